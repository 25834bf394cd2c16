"""The bare loop agrees with the formulas, and plays small traces as one would by hand."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest

from contactcenter.core.measures.erlang import Station, steady
from contactcenter.core.measures.event_loop import (
    Call,
    Happened,
    Watcher,
    measure,
    poisson_calls,
    run_calls,
    student_t95,
)

NEVER = math.inf
STATIONS = [
    Station(48, 60, 50, patience_s=120),
    Station(8.4, 600, 90, places=30),
    Station(5, 60, 7),
    Station(10, 60, 10, places=0),
    Station(30, 60, 20, patience_s=90, places=10),
]


@pytest.mark.parametrize("station", STATIONS)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_theory_holds(station: Station, seed: int) -> None:
    expected = steady(station)
    means, whole = measure(
        station,
        60_000,
        seed,
        {"asa_s": Happened.asa_s, "level": lambda batch: batch.service_level(20)},
    )
    measured, level = means["asa_s"], means["level"]
    # Three half-widths; a floor for measures that are nearly or exactly nought.
    assert measured.value == pytest.approx(expected.asa_s, abs=3 * measured.ci95 + 1e-9)
    assert level.value == pytest.approx(expected.service_level(20), abs=3 * level.ci95 + 1e-9)
    assert whole.blocked / whole.offered == pytest.approx(expected.blocked, abs=0.01)
    assert len(whole.left) / whole.entered == pytest.approx(expected.abandoned, abs=0.01)
    # Outcomes, not arrivals, are counted: who waits across an edge moves from batch to batch.
    assert whole.offered == pytest.approx(60_000, abs=200)


def test_the_mean_wait_of_the_answered() -> None:
    """Those who leave wait longer than those answered; the formula knows by how much."""
    station = Station(30, 60, 20, patience_s=90)
    _, whole = measure(station, 200_000, 5, {})
    answered = sum(whole.answered) / len(whole.answered)
    assert answered == pytest.approx(steady(station).answered_wait_s, rel=0.02)
    assert abs(steady(station).asa_s - answered) > 0.05 * answered


def test_first_come_first_served_by_hand() -> None:
    calls = [(0.0, 10.0, NEVER), (1.0, 10.0, NEVER), (2.0, 5.0, 3.0), (3.0, 5.0, NEVER)]
    happened = run_calls(calls, agents=1)
    assert happened.answered == [0.0, 9.0, 17.0]
    assert happened.left == [3.0]
    assert happened.offered == 4


def test_places_count_those_who_wait_now() -> None:
    """One place: free again once its customer has left, or has been answered."""
    calls = [
        (0.0, 10.0, NEVER),
        (1.0, 1.0, 2.0),  # waits, leaves at 3
        (2.0, 1.0, NEVER),  # no place
        (4.0, 1.0, NEVER),  # waits until 10
        (9.0, 1.0, NEVER),  # no place
    ]
    happened = run_calls(calls, agents=1, places=1)
    assert (happened.blocked, happened.left, happened.answered) == (2, [2.0], [0.0, 6.0])


def test_an_answered_customer_does_not_leave_later() -> None:
    happened = run_calls([(0.0, 5.0, NEVER), (1.0, 50.0, 10.0), (2.0, 1.0, 100.0)], agents=1)
    assert (happened.answered, happened.left) == ([0.0, 4.0, 53.0], [])


def test_no_calls_no_trouble() -> None:
    assert run_calls([], agents=3).offered == 0


class Notes(Watcher):
    def __init__(self) -> None:
        self.seen: list[object] = []

    def waits(self, at_s: float, ident: int, ahead: int, since: Iterable[float]) -> None:
        self.seen.append(("waits", at_s, ahead, sorted(since)))

    def ends(self, at_s: float, ident: int, waited_s: float, answered: bool) -> None:
        self.seen.append(("ends", at_s, waited_s, answered))

    def served(self, at_s: float, service_s: float) -> None:
        self.seen.append(("served", at_s, service_s))


def test_a_watcher_hears_of_every_fate() -> None:
    calls: list[Call] = [(0.0, 10.0, NEVER), (1.0, 2.0, NEVER), (2.0, 9.0, 3.0)]
    notes = Notes()
    run_calls(calls, agents=1, watcher=notes)
    assert notes.seen == [
        ("ends", 0.0, 0.0, True),
        ("waits", 1.0, 0, [0.0]),
        ("waits", 2.0, 1, [0.0]),
        ("ends", 5.0, 3.0, False),
        ("served", 10.0, 10.0),
        ("ends", 10.0, 9.0, True),
        ("served", 12.0, 2.0),
    ]


def test_a_seed_is_a_day() -> None:
    station = Station(48, 60, 50, patience_s=120)
    one, two, other = (poisson_calls(station, seed) for seed in (1, 1, 2))
    assert [next(one) for _ in range(50)] == [next(two) for _ in range(50)]
    assert next(one) != next(other)


def test_students_t_has_its_tabled_values() -> None:
    for freedom, tabled in ((5, 2.571), (19, 2.093), (60, 2.000), (1000, 1.962)):
        assert student_t95(freedom) == pytest.approx(tabled, abs=0.005)
