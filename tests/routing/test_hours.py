"""Business hours: precedence, clock changes, the next change, open seconds, words."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contactcenter.core.errors import Invalid
from contactcenter.routing.hours import (
    DaysOverride,
    Holidays,
    Hours,
    Span,
    TimedOverride,
    moment,
    public_holidays,
)
from contactcenter.routing.hours_read import read_hours
from contactcenter.routing.hours_words import describe

OFFICE: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "weekly": {"mon-fri": ["09:00-12:00", "13:00-17:30"], "sat": ["10:00-14:00"]},
    "holidays": {"country": "DE", "subdivision": "BY", "dates": [date(2026, 12, 24)]},
    "overrides": [
        {"from": "2026-11-24", "to": "2026-11-25", "hours": ["10:00-11:00"], "name": "move"},
        {"from": "2026-11-26T15:00", "to": "2026-11-26T16:00", "open": False, "name": "meeting"},
        {"from": "2026-11-28T15:00", "to": "2026-11-28T16:30", "open": True, "name": "sale"},
    ],
}
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-23T08:59:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T11:59:59.999999", True),
        ("2026-11-23T12:00", False),
        ("2026-11-23T17:29", True),
        ("2026-11-22T10:00", False),  # a Sunday
        ("2026-11-24T09:30", False),  # the move's hours
        ("2026-11-25T10:59", True),
        ("2026-11-26T14:59", True),
        ("2026-11-26T15:30", False),  # the meeting
        ("2026-11-26T16:00", True),
        ("2026-11-28T15:30", True),  # the sale, a Saturday afternoon
        ("2026-12-24T10:00", False),  # own holiday, a Thursday
        ("2026-12-25T10:00", False),  # public, a Friday
        ("2026-01-06T10:00", False),  # Epiphany: in Bavaria only
    ],
)
def test_is_open(when: str, expected: bool) -> None:
    assert read_hours(OFFICE).is_open(at(when)) is expected


def test_a_holiday_may_be_worked_or_keep_hours() -> None:
    office = {**OFFICE, "holidays": {"country": "DE", "worked": [date(2026, 5, 1)]}}
    assert read_hours(office).is_open(at("2026-05-01T10:00"))
    office["holidays"] = {"country": "DE", "hours": ["10:00-12:00"]}
    assert read_hours(office).is_open(at("2026-05-01T10:00"))
    assert not read_hours(office).is_open(at("2026-05-01T14:00"))
    assert read_hours({**office, "holidays": {"country": "DE"}}).is_open(at("2026-01-06T10:00"))


def test_emergency_closes_at_once_whatever_else_holds() -> None:
    hours = read_hours({**OFFICE, "emergency": True})
    assert not hours.is_open(at("2026-11-23T10:00"))
    assert not hours.is_open(at("2026-11-28T15:30"))
    assert hours.next_change(at("2026-11-23T10:00")) is None
    assert hours.reason(at("2026-11-23T10:00")) == "emergency"
    assert describe(hours, at("2026-11-23T10:00")) == "closed until further notice"


def test_the_later_override_wins() -> None:
    overrides = [
        {"from": "2026-11-23", "to": "2026-11-29", "open": False, "name": "closed week"},
        {"from": "2026-11-25", "to": "2026-11-25", "open": True, "name": "but Wednesday"},
        {"from": "2026-11-25T12:00", "to": "2026-11-25T13:00", "open": False, "name": "lunch"},
        {"from": "2026-11-25T12:30", "to": "2026-11-25T12:40", "open": True, "name": "snack"},
    ]
    hours = read_hours({**OFFICE, "overrides": overrides})
    wanted = {"24T10:00": False, "25T03:00": True, "25T12:10": False, "25T12:35": True}
    assert {day: hours.is_open(at(f"2026-11-{day}")) for day in wanted} == wanted
    names = [hours.reason(at(f"2026-11-{day}")) for day in wanted]
    assert names == ["closed week", "but Wednesday", "lunch", "snack"]


def night(zone: str, *spans: str) -> Hours:
    days = "mon-sun"
    return read_hours({"zone": zone, "weekly": {days: list(spans)}})


def test_spring_skips_an_hour() -> None:
    """Berlin, 29 March 2026: 02:00 becomes 03:00."""
    hours = night("Europe/Berlin", "02:30-04:00")
    start, end = at("2026-03-29T00:00"), at("2026-03-29T12:00")
    assert hours.openings(start, end) == [
        (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 2, tzinfo=UTC))
    ]
    assert night("Europe/Berlin", "02:15-02:45").openings(start, end) == []
    assert night("Europe/Berlin", "00:00-24:00").open_seconds(start, at("2026-03-30T00:00")) == (
        23 * 3600
    )


def test_autumn_has_an_hour_twice() -> None:
    """Berlin, 25 October 2026: 03:00 becomes 02:00; opening at the first, closing at the last."""
    start, end = at("2026-10-25T00:00"), at("2026-10-26T00:00")
    assert night("Europe/Berlin", "00:00-24:00").open_seconds(start, end) == 25 * 3600
    assert night("Europe/Berlin", "02:30-02:45").open_seconds(start, end) == 75 * 60
    assert night("Europe/Berlin", "01:00-02:30").open_seconds(start, end) == 2.5 * 3600


@pytest.mark.parametrize(
    ("zone", "wall", "last", "expected"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", False, "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:30", True, "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25T02:30", False, "2026-10-25T00:30"),
        ("Europe/Berlin", "2026-10-25T02:30", True, "2026-10-25T01:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:10", False, "2026-10-03T15:30"),
        ("Pacific/Apia", "2011-12-30T12:00", False, "2011-12-30T10:00"),  # a whole day is missing
        ("Asia/Taipei", "2026-06-01T12:00", True, "2026-06-01T04:00"),
    ],
)
def test_wall_times_become_moments(zone: str, wall: str, last: bool, expected: str) -> None:
    found = moment(datetime.fromisoformat(wall), ZoneInfo(zone), last=last)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_the_next_change() -> None:
    hours = read_hours(OFFICE)
    now, seen = at("2026-11-22T10:00"), []
    for _ in range(8):
        change = hours.next_change(now)
        assert change is not None
        now = change.at
        seen.append((now.astimezone(BERLIN).strftime("%d %H:%M"), change.opens))
    assert seen == [
        ("23 09:00", True), ("23 12:00", False), ("23 13:00", True), ("23 17:30", False),
        ("24 10:00", True), ("24 11:00", False), ("25 10:00", True), ("25 11:00", False),
    ]  # fmt: skip


def test_what_never_changes() -> None:
    always, never = night("UTC", "00:00-24:00"), Hours("UTC")
    now = at("2026-11-22T10:00")
    assert (always.next_change(now), never.next_change(now)) == (None, None)
    assert always.next_opening(now) == now
    assert never.next_opening(now) is None


def test_a_far_opening_is_found() -> None:
    far = Hours("UTC", days=(DaysOverride(date(2028, 1, 1), date(2028, 1, 1), (Span(600, 660),)),))
    change = far.next_change(datetime(2026, 11, 22, tzinfo=UTC))
    assert change is not None
    assert change.at == datetime(2028, 1, 1, 10, tzinfo=UTC)


def test_open_seconds_of_a_week() -> None:
    hours = read_hours({**OFFICE, "overrides": [], "holidays": None})
    week = (at("2026-11-16T00:00"), at("2026-11-23T00:00"))
    assert hours.open_seconds(*week) == (5 * 7.5 + 4) * 3600
    assert hours.open_seconds(week[1], week[0]) == 0


@pytest.mark.parametrize("call", ["is_open", "next_change", "next_opening", "reason"])
def test_naive_times_are_refused(call: str) -> None:
    with pytest.raises(Invalid, match="has no time zone"):
        getattr(read_hours(OFFICE), call)(datetime(2026, 11, 22, 10))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("when", "language", "words"),
    [
        ("2026-11-23T10:00", "en", "open until 12:00"),
        ("2026-11-23T12:10", "en", "closed, opens today at 13:00"),
        ("2026-11-22T12:10", "en", "closed, opens tomorrow at 09:00"),
        ("2026-11-28T17:00", "en", "closed, opens on Monday 30 November at 09:00"),
        ("2026-11-24T12:00", "en", "closed (move), opens tomorrow at 10:00"),
        ("2026-11-22T12:10", "zh-CN", "现在休息，明天09:00开始服务"),
        ("2026-11-28T17:00", "zh-TW", "现在休息，11月30日星期一09:00开始服务"),
        ("2026-11-23T10:00", "zh", "服务至12:00"),
        ("2026-11-28T17:00", "nonsense", "closed, opens on Monday 30 November at 09:00"),
    ],
)
def test_in_words(when: str, language: str, words: str) -> None:
    assert describe(read_hours(OFFICE), at(when), language) == words


def test_a_holiday_is_named() -> None:
    said = describe(read_hours(OFFICE), at("2026-12-25T10:00"))
    christmas = public_holidays("DE", "BY", 2026)[date(2026, 12, 25)]
    assert said == f"closed ({christmas}), opens on Monday 28 December at 09:00"


def test_the_holiday_library_is_loaded_by_need_alone() -> None:
    """It costs a quarter of a second."""
    import subprocess

    program = (
        "import sys\n"
        "from contactcenter.routing.hours_read import read_hours\n"
        "read_hours({'zone': 'UTC', 'weekly': {'mon': ['09:00-10:00']}})\n"
        "print(*sorted({'holidays', 'babel', 'sqlalchemy', 'aiohttp'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# -- properties -----------------------------------------------------------------------------

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
         "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca"]  # fmt: skip
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 366 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    marks = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    pairs = zip(marks[::2], marks[1::2], strict=False)
    return tuple(Span(start * 15, end * 15) for start, end in pairs)


@st.composite
def any_hours(draw: st.DrawFn) -> Hours:
    days = st.integers(0, 365).map(lambda n: date(2026, 1, 1) + timedelta(days=n))
    whole = [
        DaysOverride(first, first + timedelta(days=draw(st.integers(0, 9))), draw(spans()))
        for first in draw(st.lists(days, max_size=2))
    ]
    timed = [
        TimedOverride(
            start.replace(tzinfo=None),
            (start + timedelta(minutes=draw(st.integers(1, 4000)))).replace(tzinfo=None),
            draw(st.booleans()),
        )
        for start in draw(st.lists(MOMENTS, max_size=2))
    ]
    country = draw(st.sampled_from([None, "DE", "TW"]))
    return Hours(
        draw(st.sampled_from(ZONES)),
        tuple(draw(spans()) for _ in range(7)),
        Holidays(country, None, tuple((day, "") for day in draw(st.lists(days, max_size=2)))),
        tuple(whole),
        tuple(timed),
    )


@settings(deadline=None, max_examples=60)
@given(hours=any_hours(), now=MOMENTS)
def test_between_changes_nothing_changes(hours: Hours, now: datetime) -> None:
    """``is_open`` at any moment is what walking ``next_change`` says."""
    was_open, start, walked = hours.is_open(now), now, 0.0
    for _ in range(12):
        change = hours.next_change(start)
        if change is None:
            return
        assert change.at > start
        assert change.opens is not was_open
        for part in (0.001, 0.3, 0.999):
            assert hours.is_open(start + (change.at - start) * part) is was_open
        assert hours.is_open(change.at) is change.opens
        walked += (change.at - start).total_seconds() if was_open else 0
        was_open, start = change.opens, change.at
    assert hours.open_seconds(now, start) == pytest.approx(walked)


@settings(deadline=None, max_examples=60)
@given(hours=any_hours(), moments=st.lists(MOMENTS, min_size=3, max_size=3))
def test_open_seconds_add_up(hours: Hours, moments: list[datetime]) -> None:
    start, middle, end = sorted(moments)
    parts = hours.open_seconds(start, middle) + hours.open_seconds(middle, end)
    assert hours.open_seconds(start, end) == pytest.approx(parts)
    assert 0 <= parts <= (end - start).total_seconds()


@settings(deadline=None, max_examples=150)
@given(zone=st.sampled_from(ZONES), week=st.tuples(*[spans()] * 7), now=MOMENTS)
def test_plain_weeks_are_what_the_wall_says(
    zone: str, week: tuple[tuple[Span, ...], ...], now: datetime
) -> None:
    """Another way round: read the wall clock. Only hours that come twice may differ, to open."""
    wall = now.astimezone(ZoneInfo(zone))
    minute = wall.hour * 60 + wall.minute
    expected = any(span.start <= minute < span.end for span in week[wall.weekday()])
    around = [(now + timedelta(hours=h)).astimezone(ZoneInfo(zone)) for h in (-2, 0, 2)]
    changes = len({each.utcoffset() for each in around}) > 1
    if changes:
        assume(expected)
    assert Hours(zone, week).is_open(now) is expected
