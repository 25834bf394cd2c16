"""Hours day by day, also where the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from contactcenter.routing.hours_preview import Day, days
from contactcenter.routing.hours_read import read_hours

OFFICE: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "weekly": {"mon-fri": ["09:00-12:00", "13:00-18:00"], "sat": ["22:00-24:00"]},
    "holidays": {"country": "DE", "dates": [{"date": "2026-12-31", "name": "own day"}]},
    "overrides": [
        {"from": "2026-12-28", "to": "2026-12-29", "hours": ["10:00-12:00"], "name": "stock"},
        {"from": "2026-12-30T10:00", "to": "2026-12-30T14:00", "open": False, "name": "talk"},
    ],
}


def test_the_days_of_a_week_with_all_that_may_differ() -> None:
    found = days(read_hours(OFFICE), datetime(2026, 12, 24, 23, 30, tzinfo=UTC), 9)
    told = {each.date.isoformat(): (list(each.periods), each.reason) for each in found}
    assert told == {
        "2026-12-25": ([], "Erster Weihnachtstag"),
        "2026-12-26": ([], "Zweiter Weihnachtstag"),
        "2026-12-27": ([], ""),
        "2026-12-28": ([("10:00", "12:00")], "stock"),
        "2026-12-29": ([("10:00", "12:00")], "stock"),
        "2026-12-30": ([("09:00", "10:00"), ("14:00", "18:00")], "talk"),
        "2026-12-31": ([], "own day"),
        "2027-01-01": ([], "Neujahr"),
        "2027-01-02": ([("22:00", "24:00")], ""),
    }


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 3, 29, 9, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 10, 25, 9, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_a_day_with_a_clock_change_is_one_day(at: datetime, day: date) -> None:
    always = read_hours({"zone": "Europe/Berlin", "weekly": {"mon-sun": ["00:00-24:00"]}})
    assert days(always, at, 1) == [Day(day, [("00:00", "24:00")], "")]


def test_an_emergency_closes_every_day() -> None:
    closed = read_hours({**OFFICE, "emergency": True})
    (day,) = days(closed, datetime(2026, 12, 21, 9, tzinfo=UTC), 1)
    assert (day.periods, day.reason) == ([], "emergency")
