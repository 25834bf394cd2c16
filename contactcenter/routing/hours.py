"""When a queue is open: weekly hours in a time zone, holidays, overrides, the emergency flag.

Pure, and safe at clock changes. Precedence, strongest first: emergency (closed at once), overrides
with times, overrides of whole days, holidays, weekly hours; among overrides of a kind the later
one wins. A wall time that the clock skips is the moment after the gap; of one that comes twice an
opening takes the first and a closing the last, so nobody is turned away by a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from contactcenter.core.errors import Invalid

DAY_MINUTES = 24 * 60
HORIZON = timedelta(days=800)
_STEP = timedelta(days=8)

Period = tuple[datetime, datetime]
"""From (included) to (excluded), aware UTC."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Part of a day in minutes since 00:00 on the wall; the end is excluded, 1440 is midnight."""

    start: int
    end: int

    def __str__(self) -> str:
        return "-".join(f"{at // 60:02}:{at % 60:02}" for at in (self.start, self.end))


WHOLE_DAY = (Span(0, DAY_MINUTES),)


@dataclass(frozen=True, slots=True)
class Holidays:
    """Public holidays of a country and own dates; ``worked`` are none here, ``spans`` the hours
    kept on a holiday (none: closed)."""

    country: str | None = None
    subdivision: str | None = None
    own: tuple[tuple[date, str], ...] = ()
    worked: frozenset[date] = frozenset()
    spans: tuple[Span, ...] = ()

    def name_of(self, day: date) -> str | None:
        """The holiday's name in its country's language, or None."""
        if day in self.worked:
            return None
        named = dict(self.own).get(day)
        if named is None and self.country:
            named = public_holidays(self.country, self.subdivision, day.year).get(day)
        return named


@dataclass(frozen=True, slots=True)
class DaysOverride:
    """Other hours on some days, both included; no spans: closed."""

    first: date
    last: date
    spans: tuple[Span, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class TimedOverride:
    """Open or closed between two wall times of the zone, the end excluded."""

    start: datetime
    end: datetime
    is_open: bool
    name: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The next moment at which the hours open or close."""

    at: datetime
    opens: bool


@dataclass(frozen=True, slots=True)
class Hours:
    """Business hours. All moments are aware datetimes; naive ones raise ``Invalid``."""

    zone: str
    weekly: tuple[tuple[Span, ...], ...] = ((),) * 7
    """Monday first."""
    holidays: Holidays = field(default_factory=Holidays)
    days: tuple[DaysOverride, ...] = ()
    timed: tuple[TimedOverride, ...] = ()
    emergency: bool = False

    def is_open(self, at: datetime) -> bool:
        """Open at this moment?"""
        return bool(self.openings(at, at + timedelta(microseconds=1)))

    def next_change(self, at: datetime) -> Change | None:
        """The first opening or closing after ``at``; None when nothing changes for two years."""
        now = _utc(at)
        was_open, start = self.is_open(now), now
        while start - now < HORIZON:
            end = start + _STEP
            found = self.openings(start, end)
            if was_open and not (found and found[0] == (start, end)):
                # Open up to the window's start: what is missing there closed at its edge.
                closes = found[0][1] if found and found[0][0] == start else start
                return Change(closes, opens=False)
            if not was_open and found:
                return Change(found[0][0], opens=True)
            start = end
        return None

    def next_opening(self, at: datetime) -> datetime | None:
        """``at`` itself when open, else the next opening."""
        if self.is_open(at):
            return _utc(at)
        change = self.next_change(at)
        return change.at if change else None

    def open_seconds(self, start: datetime, end: datetime) -> float:
        """Seconds open in [start, end); 0 when the end is not after the start."""
        return sum(((b - a).total_seconds() for a, b in self.openings(start, end)), 0.0)

    def reason(self, at: datetime) -> str:
        """The name of what decides at this moment: emergency, an override, a holiday, or ""."""
        if self.emergency:
            return "emergency"
        now, zone = _utc(at), ZoneInfo(self.zone)
        for timed in reversed(self.timed):
            start, end = _timed_period(timed, zone)
            if start <= now < end:
                return timed.name
        day = now.astimezone(zone).date()
        whole = self._override_of(day)
        return whole.name if whole else (self.holidays.name_of(day) or "")

    def openings(self, start: datetime, end: datetime) -> list[Period]:
        """When it is open within [start, end), in order, clipped, none touching the next."""
        start, end = _utc(start), _utc(end)
        if self.emergency or end <= start:
            return []
        zone = ZoneInfo(self.zone)
        periods = _union(self._daily(start, end, zone))
        for timed in self.timed:
            period = _timed_period(timed, zone)
            if period[0] < end and period[1] > start:
                kept = _without(periods, period)
                periods = _union([*kept, period]) if timed.is_open else kept
        return [(max(a, start), min(b, end)) for a, b in periods if a < end and b > start]

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The day's hours, timed overrides and emergency aside."""
        whole = self._override_of(day)
        if whole:
            return whole.spans
        if self.holidays.name_of(day) is not None:
            return self.holidays.spans
        return self.weekly[day.weekday()]

    def _override_of(self, day: date) -> DaysOverride | None:
        return next((each for each in reversed(self.days) if each.first <= day <= each.last), None)

    def _daily(self, start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[Period]:
        # A day more on both sides: a gap or a fold may stand at midnight.
        day = start.astimezone(zone).date() - timedelta(days=1)
        last = end.astimezone(zone).date() + timedelta(days=1)
        while day <= last:
            for span in self.spans_on(day):
                yield (
                    moment(_wall(day, span.start), zone, last=False),
                    moment(_wall(day, span.end), zone, last=True),
                )
            day += timedelta(days=1)


@lru_cache(maxsize=512)
def public_holidays(country: str, subdivision: str | None, year: int) -> dict[date, str]:
    """A year's public holidays, named in the country's language. Raises ``Invalid`` for what the
    library does not know."""
    import holidays  # a quarter of a second: only for those who name a country

    try:
        named = holidays.country_holidays(country, subdiv=subdivision)
        # without one the library would take the language of the server's environment
        found = holidays.country_holidays(
            country, subdiv=subdivision, years=year, language=named.default_language
        )
    except NotImplementedError as error:
        place = f"{country}-{subdivision}" if subdivision else country
        raise Invalid(f"no public holidays are known for {place!r}") from error
    return {day: name for day, name in found.items() if day.year == year}


def moment(wall: datetime, zone: ZoneInfo, *, last: bool) -> datetime:
    """The UTC moment of a naive wall time: the first or last of two, the end of a gap for none."""
    early = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    late = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if early <= late:  # equal nearly always; apart where the clock goes back
        return late if last else early
    # The clock jumps over this wall time, at some second between the two readings of it.
    before = late.astimezone(zone).utcoffset()
    low, high = int(late.timestamp()), int(early.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle, zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return datetime.fromtimestamp(high, UTC)


def _wall(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def _timed_period(timed: TimedOverride, zone: ZoneInfo) -> Period:
    return moment(timed.start, zone, last=False), moment(timed.end, zone, last=True)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise Invalid(f"{at.isoformat()} has no time zone", hint="give an aware time")
    return at.astimezone(UTC)


def _union(periods: Iterable[Period]) -> list[Period]:
    """Sorted, overlapping and touching ones joined, empty ones dropped."""
    joined: list[Period] = []
    for start, end in sorted(periods):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _without(periods: Iterable[Period], hole: Period) -> list[Period]:
    kept = []
    for start, end in periods:
        kept += [(start, min(end, hole[0])), (max(start, hole[1]), end)]
    return [(start, end) for start, end in kept if start < end]
