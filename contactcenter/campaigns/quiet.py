"""Quiet hours: when a message may reach a customer. Pure.

The default for every jurisdiction is the strictest common window, Monday to Saturday from 9:00 to
20:00 in the customer's own zone; a pack may widen it later.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

OPENS = time(9, 0)
CLOSES = time(20, 0)
_SUNDAY = 6


def quiet_until(zone: str, at: datetime) -> datetime | None:
    """None when ``at`` is inside the window of ``zone`` (IANA name); else when it next opens."""
    local = at.astimezone(_zone(zone))
    if local.weekday() != _SUNDAY and OPENS <= local.time() < CLOSES:
        return None
    day = local.date() if local.time() < OPENS else local.date() + timedelta(days=1)
    if day.weekday() == _SUNDAY:
        day += timedelta(days=1)
    return datetime.combine(day, OPENS, _zone(zone)).astimezone(UTC)


@lru_cache(maxsize=600)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
