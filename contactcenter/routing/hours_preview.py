"""What hours come to, day by day: for whoever writes them to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contactcenter.routing.hours import Hours

NOON = time(12)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the zone. ``periods``: wall times (``09:00``, ``24:00``) from and to; ``reason``:
    the holiday's or override's name, ""."""

    date: date
    periods: Sequence[tuple[str, str]]
    reason: str


def days(hours: Hours, at: datetime, count: int) -> list[Day]:
    """The day of ``at`` in the hours' zone and those after it."""
    zone = ZoneInfo(hours.zone)
    first = at.astimezone(zone).date()
    return [_day(hours, zone, first + timedelta(days=n)) for n in range(count)]


def _day(hours: Hours, zone: ZoneInfo, day: date) -> Day:
    start, end = (_midnight(each, zone) for each in (day, day + timedelta(days=1)))
    found = hours.openings(start, end)
    periods = [(_wall(a, zone), "24:00" if b >= end else _wall(b, zone)) for a, b in found]
    noon = datetime.combine(day, NOON, zone)
    return Day(day, periods, hours.reason(noon))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _wall(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%H:%M")
