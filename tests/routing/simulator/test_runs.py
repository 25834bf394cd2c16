"""What holds of every run: all are accounted for, seeds repeat, memory stays."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.routing.model import CHANNELS
from contactcenter.routing.simulator.distributions import Deterministic, Distribution, Exponential
from contactcenter.routing.simulator.scenario import (
    AgentGroup,
    Length,
    PoissonArrivals,
    QueueLoad,
    Scenario,
    Shift,
)
from contactcenter.routing.simulator.simulate import simulate
from contactcenter.routing.simulator.world import World
from tests.routing.simulator.runs import NO_WRAP_UP, calls, counts

ANSWERS: list[Distribution] = [Deterministic(0.0), Exponential(8.0)]
WRAP_UPS: list[Distribution] = [Deterministic(0.0), Exponential(15.0)]
ANYTHING = {"skills": {"x": 1}}
STEADY = Scenario(
    queues=(
        QueueLoad(
            "a",
            {"requires": "a", **NO_WRAP_UP},
            PoissonArrivals(((0.0, 0.05),)),
            Exponential(60.0),
            Exponential(40.0),
        ),
        QueueLoad(
            "b",
            {"requires": "b", "wrap_up": "mandatory"},
            PoissonArrivals(((0.0, 0.03),)),
            Exponential(90.0),
            wrap_up=Exponential(20.0),
            answer=Exponential(3.0),
        ),
    ),
    agents=(
        AgentGroup("a", 3, {"skills": {"a": 3}}, primary="a", no_answer=0.05),
        AgentGroup("ab", 3, {"skills": {"a": 3, "b": 3}}, primary="b", serves_first="primary"),
    ),
    length=Length(interactions=3000, warm_up=300),
    seed=3,
    places=6,
)


def test_everybody_is_accounted_for() -> None:
    found = simulate(STEADY)
    for measures in (found.overall, *found.queues.values()):
        offered, *became = counts(measures)
        assert offered == sum(one or 0 for one in became)
        assert measures.offered.ci95 is not None
    assert found.overall.offered.value == 2700
    assert all(counts(found.overall)[:4])
    whole = [
        sum(x or 0 for x in each) for each in zip(*map(counts, found.queues.values()), strict=True)
    ]
    assert whole == list(counts(found.overall))


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_small_floor_accounts_for_everybody(data: st.DataObject) -> None:
    """Whatever the rules: each customer has one end, waits are possible, agents are not worked
    beyond their time, and the same seed gives the same."""
    queues = []
    for name in data.draw(st.sampled_from([("a",), ("a", "b"), ("a", "b", "c")])):
        mode = data.draw(
            st.sampled_from(["none", "mandatory", "mandatory_limit", "fixed", "optional"])
        )
        config: dict[str, Any] = {"wrap_up": mode, "wrap_up_s": 10, "exclude_s": 9}
        config["requires"] = data.draw(st.sampled_from([None, "x"]))
        config["max_wait_s"] = data.draw(st.sampled_from([None, 45]))
        config["offer_to"] = data.draw(st.integers(1, 2))
        if data.draw(st.booleans()):
            config["limits"] = {"max_length": 3}
        queues.append(
            QueueLoad(
                name,
                config,
                PoissonArrivals(((0.0, data.draw(st.sampled_from([0.01, 0.05]))),)),
                Exponential(40.0),
                data.draw(st.sampled_from([None, Exponential(30.0)])),
                channel=data.draw(st.sampled_from(CHANNELS)),
                answer=data.draw(st.sampled_from(ANSWERS)),
                wrap_up=data.draw(st.sampled_from(WRAP_UPS)),
            )
        )
    agents = [
        AgentGroup(
            f"group {number}",
            data.draw(st.integers(1, 2)),
            {"skills": data.draw(st.sampled_from([{}, {"x": 2}]))},
            shifts=data.draw(st.sampled_from([(), (Shift(0.0, 900.0, ((300.0, 350.0),)),)])),
            no_answer=data.draw(st.sampled_from([0.0, 0.2])),
        )
        for number in range(data.draw(st.integers(1, 3)))
    ]
    places = data.draw(st.sampled_from([None, 2]))
    length = data.draw(st.sampled_from([Length(time_s=1500.0, warm_up=100.0), Length(60, None, 6)]))
    scenario = Scenario(tuple(queues), tuple(agents), length, 5, places)
    found = simulate(scenario)
    for measures in (found.overall, *found.queues.values()):
        offered, *became = (one or 0 for one in counts(measures))
        assert 0 <= offered - sum(became) <= offered
        if measures.asa_s.value is not None and measures.max_wait_s.value is not None:
            assert 0 <= measures.asa_s.value <= measures.max_wait_s.value + 1e-6
        for share in (measures.p_delayed, measures.service_level, measures.p_abandoned):
            assert share.value is None or 0 <= share.value <= 1
    assert found.overall.occupancy.value is None or 0 <= found.overall.occupancy.value <= 1 + 1e-9
    served = simulate(replace(scenario, agents=(*agents, AgentGroup("late", 9, ANYTHING))))
    if all(load.config["requires"] in (None, "x") for load in queues):
        offered, *became = (one or 0 for one in counts(served.overall))
        assert offered == sum(became), "with somebody always there nobody is left over"
    assert simulate(scenario).overall == found.overall


@pytest.mark.parametrize("interactions", [1, 5, 19, 21])
def test_a_length_shorter_than_its_batches(interactions: int) -> None:
    found = simulate(replace(STEADY, length=Length(interactions=interactions)))
    assert found.overall.offered.value == interactions


def test_nobody_comes() -> None:
    quiet = QueueLoad("q", NO_WRAP_UP, PoissonArrivals(((0.0, 0.0),)))
    for length in (Length(interactions=10), Length(time_s=100.0)):
        found = simulate(Scenario((quiet,), (AgentGroup("x"),), length)).overall
        assert counts(found) == (0, 0, 0, 0, 0)
        assert (found.asa_s.value, found.service_level.value, found.p_blocked.value) == (None,) * 3


def test_the_same_seed_is_the_same_run() -> None:
    first, again = simulate(STEADY), simulate(STEADY)
    assert first.overall == again.overall
    assert first.queues == again.queues
    assert first.decisions == again.decisions
    other = simulate(STEADY, seed=4)
    assert other.seed == 4
    assert other.overall != first.overall


def test_a_change_of_rules_meets_the_same_customers() -> None:
    """Common random numbers: what came and how patient it was does not depend on the agents."""
    more = replace(STEADY, agents=(*STEADY.agents, AgentGroup("c", 3, {"skills": {"b": 1}})))
    few, many = simulate(STEADY), simulate(more)
    for name in few.queues:
        assert few.queues[name].offered == many.queues[name].offered
    assert few.overall.blocked.value > many.overall.blocked.value  # type: ignore[operator]  # both counted


def test_runs_are_independent_and_narrow_the_interval() -> None:
    short = replace(STEADY, length=Length(interactions=600))
    one, twelve = simulate(short), simulate(short, runs=12)
    assert twelve.overall.offered.value == 600, "counts are per run"
    assert one.overall.asa_s.ci95 > 2 * twelve.overall.asa_s.ci95  # type: ignore[operator]  # both known
    some = simulate(short, runs=2)
    assert some.overall.asa_s.value != one.overall.asa_s.value


def test_warm_up_is_left_out() -> None:
    """Calls of the first 100 s find nobody; measured are those after it."""
    load = QueueLoad("q", NO_WRAP_UP, arrivals=calls(10.0, 20.0, 300.0, service_s=10.0))
    group = AgentGroup("x", shifts=(Shift(100.0, 900.0),))
    scenario = Scenario((load,), (group,), Length(time_s=900.0, warm_up=200.0))
    found = simulate(scenario).overall
    assert counts(found) == (1, 0, 0, 1, 0)
    assert found.asa_s.value == 0
    assert found.occupancy.value == pytest.approx(10 / 700)


def test_nothing_is_kept_of_those_who_are_gone() -> None:
    """Memory after 3,000 customers is that after 1,000."""

    def held(interactions: int) -> int:
        scenario = replace(STEADY, length=Length(interactions=interactions))
        world = World(scenario, 1, 0)
        tracemalloc.start()
        world.play()
        world.recorder.batches.clear()  # what a run is for; their quantiles fill slowly
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert len(world.visits) <= 12
        assert len(world.floor.waiting) + len(world.floor.reservations) <= 24
        return size

    held(200)  # caches fill
    few, many = held(1000), held(3000)
    assert many - few < 30 * 1024
