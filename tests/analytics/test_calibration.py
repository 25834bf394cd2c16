"""Coverage, silence, those who left: counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contactcenter.analytics.calibration import FEW, Held, Report, position_name
from contactcenter.analytics.calibration_pages import data_of, page
from contactcenter.analytics.told import Outcome, Told

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
ALL = range(1, 1_000_000)


def one(
    waited_s: float,
    outcome: Outcome = "answered",
    band: tuple[float, float] | None = (60.0, 100.0),
    **more: Any,
) -> Told:
    known: dict[str, Any] = {
        "log_position": 10, "queue": "care", "at": START, "position": 1, "stay": 0,
    }  # fmt: skip
    return Told(band=band, outcome=outcome, waited_s=waited_s, **(known | more))


def report(*lives: list[Told], **more: Any) -> Report:
    found = Report(
        START, START + timedelta(days=1), ZoneInfo("Asia/Shanghai"), 0.8,
        **({"telling": {"care"}} | more),
    )  # fmt: skip
    for life in lives:
        found.add(life, ALL)
    return found


def test_who_left_is_outside_only_when_it_is_known() -> None:
    held = report(
        [one(80)], [one(60)], [one(100)],  # inside, both ends included
        [one(59)], [one(101)],
        [one(70, "left")], [one(20, "left")],  # would have been answered some time later
        [one(130, "left")],  # whenever it had been: not by then
        [one(40, "waiting")], [one(140, "waiting")],
    ).whole  # fmt: skip
    assert (held.told, held.answered.answered, held.left, held.waiting, held.late) == (
        10, 5, 3, 2, 2,
    )  # fmt: skip
    assert (held.answered.inside, held.answered.below, held.answered.above) == (3, 1, 1)
    assert held.answered.coverage == 0.6
    assert held.bounds == (0.3, 0.6), "3 known inside, 3 more unknown, of 10"
    assert held.mean_width_s == 40
    assert held.mean_error_s == (0 + 20 + 20 + 21 + 21) / 5


def test_silence_counts_where_the_wait_is_told_and_nowhere_else() -> None:
    found = report(
        [one(10), one(5, band=None)],
        [one(10, band=None)],
        [one(10, band=None, queue="position_only")],
        [one(70, queue="no_longer_telling")],
    )
    assert (found.whole.told, found.whole.silent, found.whole.silent_share) == (2, 2, 0.5)
    assert set(found.by_queue) == {"care", "no_longer_telling"}


def test_several_announcements_in_a_wait_are_one_proof() -> None:
    found = report(
        [one(80, position=5), one(70, position=3), one(65, position=2), one(60, stay=1)],
        [one(80, position=2)],
    )
    assert (found.whole.told, found.whole.waits) == (5, 3)
    places = {name: (held.told, held.waits) for name, held in found.by_position.items()}
    assert places == {"4-7": (1, 1), "2-3": (3, 2), "1": (1, 1)}


def test_a_wait_that_spreads_over_two_pages_of_the_log_is_one() -> None:
    found = report()
    life = [one(80, log_position=10), one(70, log_position=30)]
    for each in (range(1, 21), range(21, 41)):
        found.add(life, each)
    assert (found.whole.told, found.whole.waits) == (2, 1)


def test_only_the_period_and_the_queue_asked_for() -> None:
    found = report(
        [one(80, at=START - timedelta(seconds=1)), one(80), one(80, at=START + timedelta(days=1))],
        [one(80, queue="sales")],
        queue="care",
    )
    assert (found.whole.told, found.whole.waits, set(found.by_queue)) == (1, 1, {"care"})


def test_hours_are_the_sites_own() -> None:
    found = report([one(80)], [one(80, at=START + timedelta(hours=9))])
    assert set(found.by_hour) == {"16", "01"}


@pytest.mark.parametrize(
    ("position", "name"),
    [(1, "1"), (2, "2-3"), (3, "2-3"), (4, "4-7"), (15, "8-15"), (31, "16-31"), (32, "32+"),
     (500, "32+"), (None, "")],
)  # fmt: skip
def test_places_that_are_counted_together(position: int | None, name: str) -> None:
    assert position_name(position) == name


def held(inside: int, outside: int) -> Held:
    found = Held()
    for number in range(inside + outside):
        found.add(one(80 if number < inside else 200), is_first=True)
    return found


@pytest.mark.parametrize(
    ("inside", "outside", "verdict"),
    [(0, 0, "none"), (FEW - 1, 0, "few"), (80, 20, "true"), (83, 17, "true"), (60, 40, "narrow"),
     (98, 2, "wide"), (7_700, 2_300, "narrow"), (7_950, 2_050, "true")],
)  # fmt: skip
def test_the_judgement_needs_enough_waits(inside: int, outside: int, verdict: str) -> None:
    assert held(inside, outside).verdict(0.8) == verdict


def test_many_announcements_in_few_waits_are_too_few() -> None:
    found = report(*([one(200, stay=0) for _ in range(50)] for _ in range(5)))
    assert (found.whole.answered.answered, found.whole.waits) == (250, 5)
    assert found.whole.verdict(0.8) == "few"


def test_an_empty_period_has_no_shares_and_teaches() -> None:
    empty = report()
    data = data_of(empty)
    assert data["whole"]["verdict"] == "none"
    assert {data["whole"][name] for name in ("coverage", "at_least", "mean_error_s")} == {None}
    assert "announcements: {wait: true}" in page(empty)
    assert "1 announcements were made without" in page(report([one(5, band=None)]))


def test_the_page_says_what_the_counts_say() -> None:
    found = report(*([one(80)] for _ in range(60)), *([one(130)] for _ in range(40)))
    text = page(found)
    assert text.startswith("The bands hold less often than they say")
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}
    assert rows["care"][1:8] == ["100", "0", "%", "100", "60", "%", "50-69"]
    assert "30-60 s            100      0 %     60 %     40 %" in text
