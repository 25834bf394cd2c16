"""The virtual clock: seconds as numbers inside, aware instants for the floor. And ids."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

START = datetime(2026, 1, 5, tzinfo=UTC)
"""Second 0 of every run: a Monday, 00:00 UTC."""


def instant(seconds: float) -> datetime:
    """``seconds`` after the start, to the microsecond. Integers spare ``timedelta`` its float
    arithmetic, which costs twice as much."""
    whole = int(seconds)
    return START + timedelta(0, whole, int((seconds - whole) * 1e6))


def seconds_of(at: datetime) -> float:
    """The inverse."""
    return (at - START).total_seconds()


def id_of(number: int) -> UUID:
    """An id of a run: the bare number. The floor only compares and hashes ids, and a ``UUID`` does
    both in Python: a sixth of a run's time."""
    return cast("UUID", number)
