"""Hours that can not be taken say where and why, all faults at once."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contactcenter.core.located_yaml import read_yaml
from contactcenter.routing.hours import Span
from contactcenter.routing.hours_read import HoursInvalid, read_hours

WEEK: dict[str, Any] = {"zone": "Europe/Berlin", "weekly": {"mon-fri": ["09:00-17:00"]}}


def with_part(**parts: object) -> dict[str, Any]:
    return {**copy.deepcopy(WEEK), **parts}


def override(**parts: object) -> dict[str, Any]:
    return with_part(overrides=[{"from": "2026-11-24", "to": "2026-11-25", **parts}])


@pytest.mark.parametrize(
    ("plain", "fault"),
    [
        ([], "hours: must be a mapping"),
        ({"weekly": {}}, "zone: is missing"),
        ({"zone": "UTC"}, "weekly: is missing"),
        (with_part(zone="Europe/Berlln"), "zone: unknown time zone 'Europe/Berlln'"),
        (with_part(zone="../etc/passwd"), "zone: unknown time zone"),
        (with_part(opening=1), "opening: unknown key"),
        (with_part(emergency="yes"), "emergency: 'yes' is neither true nor false"),
        (with_part(weekly=["mon"]), "weekly: must be a mapping"),
        (with_part(weekly={"mo": []}), "weekly.mo: unknown day 'mo'"),
        (with_part(weekly={"fri-mon": []}), "weekly.fri-mon: mon comes before fri"),
        (with_part(weekly={"mon-wed": [], "tue": []}), "weekly.tue: tue stands under 'mon-wed'"),
        (with_part(weekly={"mon": "09:00-17:00"}), "weekly.mon: must be a list"),
        (with_part(weekly={"mon": ["9-17"]}), "weekly.mon[0]: '9-17' is no part of a day"),
        (with_part(weekly={"mon": ["09:00-24:01"]}), "weekly.mon[0]: 09:00-24:01 is past the end"),
        (with_part(weekly={"mon": ["09:60-10:00"]}), "weekly.mon[0]: 09:60-10:00 is past the end"),
        (with_part(weekly={"mon": ["22:00-06:00"]}), "weekly.mon[0]: 22:00-06:00 ends before"),
        (with_part(weekly={"mon": ["09:00-09:00"]}), "weekly.mon[0]: 09:00-09:00 ends before"),
        (
            with_part(weekly={"mon": ["12:00-14:00", "09:00-13:00"]}),
            "weekly.mon[0]: 12:00-14:00 overlaps 09:00-13:00",
        ),
        (with_part(holidays={"country": "XX"}), "holidays.country: unknown country 'XX'"),
        (
            with_part(holidays={"country": "DE", "subdivision": "ZZ"}),
            "holidays.subdivision: unknown subdivision 'ZZ' of DE",
        ),
        (with_part(holidays={"subdivision": "BY"}), "holidays.subdivision: stands without"),
        (with_part(holidays={"dates": ["2026-02-30"]}), "holidays.dates[0]: 2026-02-30 does not"),
        (with_part(holidays={"dates": ["24.12."]}), "holidays.dates[0]: '24.12.' is neither"),
        (with_part(holidays={"worked": ["2026-05-01T10:00"]}), "holidays.worked[0]: 2026-05-01T10"),
        (with_part(overrides={"from": 1}), "overrides: must be a list"),
        (with_part(overrides=["closed"]), "overrides[0]: must be a mapping"),
        (with_part(overrides=[{"open": False}]), "overrides[0].from: is missing"),
        (override(), "overrides[0]: needs either hours or open"),
        (override(open=True, hours=[]), "overrides[0]: needs either hours or open"),
        (override(open="no"), "overrides[0].open: 'no' is neither"),
        (override(open=False, until=3), "overrides[0].until: unknown key"),
        (override(to="2026-11-23", open=False), "overrides[0].to: 2026-11-23 is before 2026-11-24"),
        (override(to="2026-11-24T10:00", open=False), "overrides[0]: from and to must both be"),
        (
            override(hours=["10:00-11:00", "10:30-12:00"]),
            "overrides[0].hours[1]: 10:30-12:00 overlaps 10:00-11:00",
        ),
        (
            override(**{"from": "2026-11-24T10:00", "to": "2026-11-24T10:00", "open": True}),
            "overrides[0].to: 2026-11-24T10:00:00 is not after",
        ),
        (
            override(**{"from": "2026-11-24T10:00", "to": "2026-11-24T11:00", "hours": []}),
            "overrides[0].hours: belong to whole days",
        ),
        (
            override(**{"from": "2026-11-24T10:00+01:00", "open": True}),
            "overrides[0].from: '2026-11-24T10:00+01:00' is neither",
        ),
    ],
)
def test_faults_name_place_and_reason(plain: object, fault: str) -> None:
    with pytest.raises(HoursInvalid) as caught:
        read_hours(plain)
    assert [str(each) for each in caught.value.faults if str(each).startswith(fault)]


def test_all_faults_are_told_at_once_with_their_hints() -> None:
    with pytest.raises(HoursInvalid) as caught:
        read_hours({"zone": "Europe/Berln", "weekly": {"mon": ["x"], "tues": []}})
    assert [each.path for each in caught.value.faults] == [
        ("zone",),
        ("weekly", "mon", 0),
        ("weekly", "tues"),
    ]
    assert caught.value.hint == "did you mean Europe/Berlin?"
    assert caught.value.code == "hours_invalid"
    assert "(and 2 more)" in caught.value.message


def test_the_subdivisions_of_the_country_are_told() -> None:
    with pytest.raises(HoursInvalid) as caught:
        read_hours(with_part(holidays={"country": "DE", "subdivision": "Bavaria"}))
    assert "BY" in (caught.value.hint or "")


YAML = """
zone: Asia/Taipei
weekly:
  mon-fri: [09:00-12:00, 13:00-18:00]
  sat: ["22:00-24:00"]
holidays:
  country: TW
  dates: [2026-12-31, {date: 2027-01-02, name: own day}]
overrides:
  - {from: 2026-12-28, to: 2026-12-29, open: false, name: stocktaking}
  - {from: 2026-11-23T14:00, to: 2026-11-23 15:30, open: false}
"""


def test_yaml_reads_as_it_looks_and_faults_have_lines() -> None:
    """The reader of menus keeps 09:00 as text; the path of a fault leads to its line."""
    hours = read_hours(read_yaml(YAML, "queue.yaml").plain())
    assert hours.weekly[0] == (Span(540, 720), Span(780, 1080))
    assert hours.weekly[5] == (Span(1320, 1440),)
    assert [name for _, name in hours.holidays.own] == ["", "own day"]
    assert (len(hours.days), len(hours.timed)) == (1, 1)
    located = read_yaml(YAML.replace("13:00-18:00", "11:00-18:00"), "queue.yaml")
    with pytest.raises(HoursInvalid) as caught:
        read_hours(located.plain())
    assert located.line_of(caught.value.faults[0].path) == 4


def test_the_example_of_the_page_is_whole() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "hours.md").read_text("utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    hours = read_hours(read_yaml(example, "hours.md").plain())
    assert (hours.zone, hours.holidays.country, hours.emergency) == ("Asia/Taipei", "TW", False)
    assert hours.holidays.worked == {date(2026, 10, 26)}
    assert (hours.days[0].name, hours.timed[0].name) == ("stocktaking", "team meeting")
