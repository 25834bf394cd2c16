"""Business hours from their plain form (YAML or JSON already read), every fault with its place.

zone: Asia/Taipei
weekly: {mon-fri: ["09:00-12:00", "13:00-18:00"], sat: ["10:00-14:00"]}
holidays: {country: TW, subdivision: ..., dates: [2026-12-31], worked: [2026-10-26], hours: []}
overrides:
  - {from: 2026-12-28, to: 2026-12-30, hours: ["10:00-12:00"], name: stocktaking}
  - {from: 2026-11-23T14:00, to: 2026-11-23T15:30, open: false, name: team meeting}
emergency: false
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from contactcenter.core.errors import Invalid
from contactcenter.routing.hours import (
    DAY_MINUTES,
    WHOLE_DAY,
    DaysOverride,
    Holidays,
    Hours,
    Span,
    TimedOverride,
    moment,
    public_holidays,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")
_WALL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")
_KEYS = ("zone", "weekly", "holidays", "overrides", "emergency")
_HOLIDAY_KEYS = ("country", "subdivision", "dates", "worked", "hours")
_OVERRIDE_KEYS = ("from", "to", "hours", "open", "name")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class HoursFault:
    """One fault: where (keys and indexes from the hours' root), what, and what is allowed."""

    path: Path
    message: str
    hint: str = ""

    @property
    def where(self) -> str:
        """The path as text."""
        place = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in self.path)
        return place.lstrip(".") or "hours"

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class HoursInvalid(Invalid):
    """Hours that can not be taken, with all their faults."""

    code = "hours_invalid"

    def __init__(self, faults: Sequence[HoursFault]) -> None:
        self.faults = tuple(faults)
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(
            f"{faults[0]}{more}",
            hint=faults[0].hint or None,
            details={
                "errors": [
                    {
                        "where": fault.where,
                        "what": " ".join(filter(None, (fault.message, fault.hint))),
                    }
                    for fault in faults
                ]
            },
        )


def read_hours(plain: object) -> Hours:
    """The hours of a mapping. Raises ``HoursInvalid`` with every fault."""
    reader = _Reader()
    hours = reader.hours(plain)
    if reader.faults:
        raise HoursInvalid(reader.faults)
    return hours


class _Reader:
    """Reads on after a fault, so that all are told at once."""

    def __init__(self) -> None:
        self.faults: list[HoursFault] = []

    def fault(self, path: Path, message: str, hint: str = "") -> None:
        self.faults.append(HoursFault(path, message, hint))

    def hours(self, plain: object) -> Hours:
        given = self._mapping((), plain, _KEYS)
        zone = self._zone(given.get("zone"))
        days, timed = self._overrides(given.get("overrides"), zone)
        return Hours(
            zone=zone,
            weekly=self._weekly(given.get("weekly")),
            holidays=self._holidays(given.get("holidays")),
            days=days,
            timed=timed,
            emergency=self._flag(("emergency",), given.get("emergency", False)),
        )

    def _mapping(self, path: Path, plain: object, keys: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(plain, Mapping):
            self.fault(path, "must be a mapping", f"keys are {', '.join(keys)}")
            return {}
        for key in plain:
            if key not in keys:
                self.fault((*path, str(key)), "unknown key", f"keys are {', '.join(keys)}")
        return plain

    def _sequence(self, path: Path, plain: object) -> Sequence[Any]:
        if plain is None:
            return ()
        if isinstance(plain, Sequence) and not isinstance(plain, str):
            return plain
        self.fault(path, "must be a list")
        return ()

    def _flag(self, path: Path, plain: object) -> bool:
        if isinstance(plain, bool):
            return plain
        self.fault(path, f"{plain!r} is neither true nor false")
        return False

    def _zone(self, plain: object) -> str:
        if isinstance(plain, str) and plain in _zones():
            return plain
        if plain is None:
            self.fault(("zone",), "is missing", "an IANA name such as Europe/Berlin")
        else:
            near = _alike(str(plain), _zones())
            self.fault(("zone",), f"unknown time zone {plain!r}", near or "an IANA name")
        return "UTC"

    def _weekly(self, plain: object) -> tuple[tuple[Span, ...], ...]:
        weekly: list[tuple[Span, ...]] = [()] * 7
        seen: dict[int, str] = {}
        if plain is None:
            self.fault(("weekly",), "is missing", "for example mon-fri: [09:00-17:00]")
            return tuple(weekly)
        if not isinstance(plain, Mapping):
            self.fault(("weekly",), "must be a mapping", f"days are {', '.join(DAYS)}, mon-fri")
            return tuple(weekly)
        for key, value in plain.items():
            path = ("weekly", str(key))
            spans = self.spans(path, value)
            for number in self._day_numbers(path, str(key)):
                if number in seen:
                    self.fault(path, f"{DAYS[number]} stands under {seen[number]!r} already")
                seen.setdefault(number, str(key))
                weekly[number] = spans
        return tuple(weekly)

    def _day_numbers(self, path: Path, key: str) -> range:
        first, _, last = key.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            self.fault(path, f"unknown day {key!r}", f"{', '.join(DAYS)}, or a range: mon-fri")
            return range(0)
        start, end = DAYS.index(first), DAYS.index(last or first)
        if end < start:
            self.fault(path, f"{last} comes before {first}", "a week begins on mon")
        return range(start, end + 1)

    def spans(self, path: Path, plain: object) -> tuple[Span, ...]:
        """Parts of a day, in order; ends before starts and overlaps are faults."""
        places: list[tuple[Span, int]] = []
        for index, text in enumerate(self._sequence(path, plain)):
            span = self._span((*path, index), text)
            if span:
                places.append((span, index))
        places.sort()
        for (one, _), (two, index) in pairwise(places):
            if two.start < one.end:
                self.fault((*path, index), f"{two} overlaps {one}", "join them, or part them")
        return tuple(span for span, _ in places)

    def _span(self, path: Path, text: object) -> Span | None:
        found = _SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
        if not found:
            self.fault(path, f"{text!r} is no part of a day", "write 09:00-17:30")
            return None
        hour, minute, to_hour, to_minute = (int(each) for each in found.groups())
        span = Span(hour * 60 + minute, to_hour * 60 + to_minute)
        if max(minute, to_minute) > 59 or max(span.start, span.end) > DAY_MINUTES:
            self.fault(path, f"{text} is past the end of a day", "00:00 to 24:00")
            return None
        if span.end <= span.start:
            hint = "over midnight: write 22:00-24:00, and 00:00-06:00 on the next day"
            self.fault(path, f"{text} ends before it starts", hint)
            return None
        return span

    def _holidays(self, plain: object) -> Holidays:
        if plain is None:
            return Holidays()
        given = self._mapping(("holidays",), plain, _HOLIDAY_KEYS)
        country, subdivision = given.get("country"), given.get("subdivision")
        own = tuple(
            (day, name) for day, name in self._dates(("holidays", "dates"), given.get("dates"))
        )
        worked = self._dates(("holidays", "worked"), given.get("worked"))
        if not self._knows(country, subdivision):
            country = subdivision = None
        return Holidays(
            country,
            subdivision,
            own,
            frozenset(day for day, _ in worked),
            self.spans(("holidays", "hours"), given.get("hours")),
        )

    def _knows(self, country: object, subdivision: object) -> bool:
        """Is the place one of the library's? A country first, so that the fault names the part."""
        if country is None:
            if subdivision is not None:
                self.fault(("holidays", "subdivision"), "stands without a country")
            return False
        try:
            public_holidays(str(country), None, 2026)
        except Invalid:
            message = f"unknown country {country!r}"
            self.fault(("holidays", "country"), message, "an ISO 3166 code such as DE or TW")
            return False
        try:
            public_holidays(str(country), None if subdivision is None else str(subdivision), 2026)
        except Invalid:
            message = f"unknown subdivision {subdivision!r} of {country}"
            known = ", ".join(_subdivisions(str(country))) or "it has none"
            self.fault(("holidays", "subdivision"), message, known)
            return False
        return True

    def _dates(self, path: Path, plain: object) -> list[tuple[date, str]]:
        """Dates, or mappings of date and name."""
        found = []
        for index, each in enumerate(self._sequence(path, plain)):
            here, name = (*path, index), ""
            if isinstance(each, Mapping):
                given = self._mapping(here, each, ("date", "name"))
                each, name = given.get("date"), str(given.get("name") or "")
            day = self._wall(here, each)
            if day is not None and not isinstance(day, datetime):
                found.append((day, name))
            elif day is not None:
                self.fault(here, f"{each} is a time, not a date")
        return found

    def _wall(self, path: Path, plain: object) -> date | datetime | None:
        """A date, or a wall time without zone (it is the zone of these hours)."""
        if isinstance(plain, date) and getattr(plain, "tzinfo", None) is None:
            return plain
        text = str(plain).strip().replace(" ", "T")
        try:
            if _WALL.fullmatch(text):
                return datetime.fromisoformat(text)
            if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
                return date.fromisoformat(text)
        except ValueError:
            self.fault(path, f"{text} does not exist", "a date of the calendar")
            return None
        missing = "is missing" if plain is None else f"{plain!r} is neither a date nor a wall time"
        self.fault(path, missing, "write 2026-12-24 or 2026-12-24T14:00, without a zone")
        return None

    def _overrides(
        self, plain: object, zone: str
    ) -> tuple[tuple[DaysOverride, ...], tuple[TimedOverride, ...]]:
        days, timed = [], []
        for index, each in enumerate(self._sequence(("overrides",), plain)):
            found = self._override(("overrides", index), each, zone)
            if isinstance(found, DaysOverride):
                days.append(found)
            elif found:
                timed.append(found)
        return tuple(days), tuple(timed)

    def _override(
        self, path: Path, plain: object, zone: str
    ) -> DaysOverride | TimedOverride | None:
        given = self._mapping(path, plain, _OVERRIDE_KEYS)
        if not isinstance(plain, Mapping):
            return None
        start = self._wall((*path, "from"), given.get("from"))
        end = self._wall((*path, "to"), given.get("to", given.get("from")))
        name = str(given.get("name") or "")
        if start is None or end is None:
            return None
        if ("hours" in given) == ("open" in given):
            self.fault(path, "needs either hours or open", "open: false closes")
            return None
        if isinstance(start, datetime) != isinstance(end, datetime):
            self.fault(path, "from and to must both be dates, or both be times")
            return None
        if not isinstance(start, datetime):
            return self._days(path, given, start, end, name)
        if "hours" in given:
            self.fault((*path, "hours"), "belong to whole days", "from and to as dates")
            return None
        return self._timed(path, given, (start, end), zone, name)

    def _days(
        self, path: Path, given: Mapping[str, Any], first: date, last: date, name: str
    ) -> DaysOverride | None:
        if last < first:
            self.fault((*path, "to"), f"{last} is before {first}")
            return None
        if "hours" in given:
            return DaysOverride(first, last, self.spans((*path, "hours"), given["hours"]), name)
        is_open = self._flag((*path, "open"), given["open"])
        return DaysOverride(first, last, WHOLE_DAY if is_open else (), name)

    def _timed(
        self, path: Path, given: Mapping[str, Any], walls: tuple[Any, Any], zone: str, name: str
    ) -> TimedOverride | None:
        start, end = walls
        place = ZoneInfo(zone)
        if moment(end, place, last=True) <= moment(start, place, last=False):
            self.fault((*path, "to"), f"{end.isoformat()} is not after {start.isoformat()}")
            return None
        return TimedOverride(start, end, self._flag((*path, "open"), given["open"]), name)


@cache
def _zones() -> set[str]:
    return available_timezones()


def _alike(text: str, names: set[str]) -> str:
    import difflib

    near = difflib.get_close_matches(text, names, n=1)
    return f"did you mean {near[0]}?" if near else ""


def _subdivisions(country: str) -> Iterator[str]:
    import holidays

    yield from holidays.country_holidays(country).subdivisions
