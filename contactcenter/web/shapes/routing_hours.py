"""What business hours come to."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import AwareDatetime, Field

from contactcenter.web.shapes.base import Reply, Request


class HoursIn(Request):
    """Hours in the form of the routing document."""

    hours: dict[str, Any]
    days: int = Field(default=14, ge=1, le=62)
    """How many days, today's included."""


class HoursDay(Reply):
    """One day. ``periods``: wall times of the zone, from and to (``24:00`` is midnight); none:
    closed. ``reason``: the name of the holiday or override."""

    date: date
    periods: list[tuple[str, str]]
    reason: str


class HoursPreview(Reply):
    """Whether it is open now, when that changes (null: never), and the days to come."""

    zone: str
    at: AwareDatetime
    is_open: bool
    changes_at: AwareDatetime | None
    days: list[HoursDay]
