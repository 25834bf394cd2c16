"""The wait estimate: exact where theory is, calibrated on days it has not seen, else silent."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.core.errors import Invalid
from contactcenter.core.measures.recent import HandleSummary, summarise
from contactcenter.core.measures.waits import longer_than
from contactcenter.routing.estimate import Estimate, Situation, Unsure, assess, estimate
from tests.routing.wait_days import Day, announce, compare


def exponential(mean_s: float = 200, count: int = 400) -> HandleSummary:
    """Handle times at the even quantiles of an exponential distribution, in no order."""
    from math import log

    values = [-mean_s * log(1 - (n + 0.5) / count) for n in range(count)]
    random.Random(1).shuffle(values)
    return summarise([(1.0, value) for value in values])  # type: ignore[return-value]


def fixed(value_s: float = 200, count: int = 400) -> HandleSummary:
    return summarise([(1.0, value_s + 1e-3 * n) for n in range(count)])  # type: ignore[return-value]


def busy(count: int, mean_s: float = 200) -> list[float]:
    """Ages as they are in steady state."""
    draw = random.Random(2)
    return [draw.expovariate(1 / mean_s) for _ in range(count)]


def sure(situation: Situation, **how: Any) -> Estimate:
    found = assess(situation, **how)
    assert isinstance(found, Estimate)
    return found


@pytest.mark.parametrize("position", [1, 2, 7, 30])
@pytest.mark.parametrize("leaving", [0.0, 1 / 300])
def test_exponential_handling_gives_the_exact_band(position: int, leaving: float) -> None:
    """The answered's wait is a sum of exponentials, known exactly: 10% below, 10% above."""
    found = sure(Situation(position, busy(40), exponential(), leaving_per_s=leaving))
    slowest = 40 / 200 + leaving
    for at, above in ((found.low_s, 0.9), (found.middle_s, 0.5), (found.high_s, 0.1)):
        exact = longer_than(at, slowest, leaving, position)[-1]
        assert exact == pytest.approx(above, abs=0.035)


@pytest.mark.parametrize("agents", [1, 2, 3])
@pytest.mark.parametrize("position", [2, 5, 8])
@pytest.mark.parametrize("leaving", [0.0, 1 / 300])
def test_few_agents_are_played_and_agree_with_theory(
    agents: int, position: int, leaving: float
) -> None:
    found = sure(Situation(position, [0.0] * agents, exponential(), leaving_per_s=leaving))
    slowest = agents / 200 + leaving
    for at, above in ((found.low_s, 0.9), (found.middle_s, 0.5), (found.high_s, 0.1)):
        exact = longer_than(at, slowest, leaving, position)[-1]
        assert exact == pytest.approx(above, abs=0.09)  # of 240 plays


def test_steady_handling_by_few_agents_comes_in_steps() -> None:
    """Two agents, 50 s and 150 s into 200 s each: free after 50, 150, 250, 350 s."""
    for position, wait_s in enumerate((50, 150, 250, 350), start=1):
        found = sure(Situation(position, [50.0, 150.0], fixed()))
        assert found.low_s == pytest.approx(wait_s, abs=2)
        assert found.high_s == pytest.approx(wait_s, abs=2)


def test_what_is_played_is_the_same_every_time() -> None:
    situation = Situation(4, [10.0, 90.0], exponential(), leaving_per_s=1 / 300)
    assert sure(situation) == sure(situation)


def test_overtaking_is_a_birth_and_death_chain() -> None:
    """Played out: 20 agents of 200 s, 5 ahead who leave at 1/300, 0.03/s come before."""
    situation = Situation(6, busy(20), exponential(), leaving_per_s=1 / 300, overtaking_per_s=0.03)
    found = sure(situation)
    draw = random.Random(9)
    waits: list[float] = []
    while len(waits) < 4000:
        ahead, at = 5, 0.0
        patience = draw.expovariate(1 / 300)
        while ahead >= 0:
            down = 20 / 200 + ahead / 300
            at += draw.expovariate(down + 0.03)
            ahead += 1 if draw.random() * (down + 0.03) < 0.03 else -1
        if patience > at:
            waits.append(at)
    inside = sum(found.low_s <= wait <= found.high_s for wait in waits) / len(waits)
    assert inside == pytest.approx(0.8, abs=0.05)
    assert found.middle_s == pytest.approx(sorted(waits)[2000], rel=0.07)
    calm = sure(replace(situation, overtaking_per_s=0.0))
    assert found.middle_s > 1.1 * calm.middle_s


def test_how_long_agents_are_at_it_counts() -> None:
    """Handle times of 200 s, always: who began 190 s ago is free in ten seconds."""
    late = sure(Situation(1, [190.0] * 3, fixed()))
    early = sure(Situation(1, [20.0] * 3, fixed()))
    assert late.high_s == pytest.approx(10, abs=2)
    assert early.low_s == pytest.approx(180, abs=3)
    # For exponential handle times the past says nothing.
    other = [sure(Situation(3, [age] * 10, exponential())).middle_s for age in (5.0, 150.0)]
    assert other[0] == pytest.approx(other[1], rel=0.1)


def test_steadier_handling_narrows_the_band() -> None:
    steadier = [(1.0, 200 + 40 * random.Random(n).gauss(0, 1)) for n in range(400)]
    narrow = sure(Situation(20, [random.Random(n).random() * 200 for n in range(10)],
                            summarise(steadier)))  # fmt: skip
    wide = sure(Situation(20, busy(10), exponential()))
    assert narrow.width_s < 0.7 * wide.width_s


@settings(deadline=None, max_examples=60)
@given(
    position=st.integers(1, 60),
    agents=st.integers(1, 80),
    leaving=st.floats(0, 0.01),
    coverage=st.floats(0.3, 0.95),
)
def test_bands_are_ordered_and_grow_with_position(
    position: int, agents: int, leaving: float, coverage: float
) -> None:
    situation = Situation(position, busy(agents), exponential(), leaving_per_s=leaving)
    found = assess(situation, coverage=coverage)
    if isinstance(found, Unsure):
        assert found.reason == "too_long"
        return
    assert 0 <= found.low_s <= found.middle_s <= found.high_s
    behind = assess(replace(situation, position=position + 5), coverage=coverage)
    if isinstance(behind, Estimate):
        assert behind.middle_s > found.middle_s
    wider = assess(situation, coverage=(1 + coverage) / 2)
    if isinstance(wider, Estimate):
        assert wider.low_s <= found.low_s * 1.01 + 0.1
        assert wider.high_s >= found.high_s * 0.99 - 0.1


def test_a_free_agent_is_no_wait_and_takes_those_ahead() -> None:
    assert sure(Situation(2, [], exponential(), free=2)).high_s == 0
    behind = sure(Situation(3, busy(9), exponential(), free=1))
    alone = sure(Situation(2, [*busy(9), 0.0], exponential()))
    assert behind == alone


def test_few_samples_widen_the_band() -> None:
    many = sure(Situation(20, busy(10), exponential()))
    few = sure(Situation(20, busy(10), exponential(count=25)))
    assert few.width_s > 1.05 * many.width_s


GOOD = Situation(3, busy(10), exponential())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"handling": None}, "few_samples"),
        ({"handling": exponential(count=19)}, "few_samples"),
        ({"serving_s": []}, "nobody_serving"),
        ({"overtaking_per_s": 0.05}, "unstable"),
        ({"position": 2000}, "too_long"),
    ],
)
def test_silent_when_unsure(changes: dict[str, Any], reason: str) -> None:
    situation = replace(GOOD, **changes)
    assert assess(situation) == Unsure(reason)
    assert estimate(situation) is None
    assert isinstance(estimate(GOOD), Estimate)


def test_silent_when_handle_times_have_just_changed() -> None:
    before, now = [(1.0, 100.0 + n % 7) for n in range(100)], [(1.0, 400.0)] * 34
    changed = summarise(before + now)
    assert assess(replace(GOOD, handling=changed)) == Unsure("drifting")
    mixed = summarise(sorted(before + now, key=lambda each: hash(each[1] * 7919) % 101))
    assert isinstance(assess(replace(GOOD, handling=mixed)), Estimate)


def test_silent_when_the_band_says_nothing() -> None:
    wide = replace(GOOD, position=30)
    assert assess(wide, widest_s=30) == Unsure("too_wide")
    assert isinstance(assess(wide, widest_s=3000), Estimate)


@pytest.mark.parametrize("coverage", [0, 1, -0.5, 80])
def test_a_coverage_is_a_probability(coverage: float) -> None:
    with pytest.raises(Invalid, match="between 0 and 1"):
        assess(GOOD, coverage=coverage)


@pytest.mark.parametrize(
    "wrong",
    [{"position": 0}, {"free": -1}, {"leaving_per_s": -1.0}, {"serving_s": [float("nan")]}],
)
def test_a_situation_is_possible(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        replace(GOOD, **wrong)


# -- days, on seeds that nothing was tuned on ------------------------------------------------

FRESH = (2027, 2028, 2029)
SHORT = {
    "exponential": Day(6.5, 200, 20, 180, length_s=4 * 3600),
    "nobody leaves": Day(4, 180, 13, None, length_s=4 * 3600),
    "lognormal, peaks": Day(6, 240, 25, 200, cv=0.7, swing=0.3, length_s=4 * 3600),
    "long tail, peaks": Day(6, 240, 25, 200, cv=1.3, swing=0.3, length_s=4 * 3600),
    "one agent, steady": Day(0.3, 240, 1, 600, cv=0.2, length_s=80 * 3600),
    "two agents": Day(0.5, 240, 2, 900, cv=0.5, length_s=40 * 3600),
    "three agents, steady, nobody leaves": Day(0.68, 240, 3, None, cv=0.2, length_s=40 * 3600),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHORT)
def test_the_band_is_calibrated_and_beats_the_moving_average(name: str) -> None:
    played = [announce(SHORT[name], seed) for seed in FRESH]
    told = sum(each.ours.whole.answered for each in played)
    inside = sum(each.ours.whole.inside for each in played)
    assert told > 500
    assert inside / told == pytest.approx(0.8, abs=0.05)
    error = sum(each.ours.error_s for each in played) / told
    average = sum(each.average_error_s for each in played) / told
    assert error < 0.85 * average
    assert sum(each.ours.silent for each in played) < 0.1 * told


@pytest.mark.slow
def test_other_coverages_hold_too() -> None:
    for coverage in (0.5, 0.9):
        played = announce(SHORT["exponential"], 2030, coverage)
        assert played.ours.coverage == pytest.approx(coverage, abs=0.05)


def test_the_comparison_is_printed() -> None:
    tiny = Day(6, 60, 5, 120, length_s=3600)
    head, _, row = compare({"tiny": tiny}, [1])
    assert "moving average" in head
    assert row.startswith("| tiny | ")
    assert row.count("|") == head.count("|")
