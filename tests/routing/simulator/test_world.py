"""What happens in a run: each thing people do, by the figures it leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contactcenter.core.errors import Invalid
from contactcenter.routing.simulator.distributions import Deterministic
from contactcenter.routing.simulator.scenario import (
    AgentGroup,
    Length,
    PoissonArrivals,
    QueueLoad,
    Scenario,
    ServesFirst,
    Shift,
)
from contactcenter.routing.simulator.simulate import simulate
from contactcenter.routing.simulator.world import World
from tests.routing.simulator.runs import NO_WRAP_UP, calls, counts, one_agent


def test_calls_wait_for_the_agent_before_them() -> None:
    found = one_agent(0.0, 10.0, 20.0)
    assert counts(found) == (3, 0, 0, 3, 0)
    assert found.asa_s.value == pytest.approx((0 + 50 + 100) / 3)
    assert found.wait_if_delayed_s.value == pytest.approx(75)
    assert found.p_delayed.value == pytest.approx(2 / 3)
    assert found.service_level.value == pytest.approx(1 / 3)
    assert found.max_wait_s.value == pytest.approx(100)
    assert found.occupancy.value == pytest.approx(180 / 1000)
    assert found.primary_skill_share.value is None


def test_places_block() -> None:
    found = one_agent(0.0, 1.0, 2.0, 3.0, 70.0, places=1)
    assert counts(found) == (5, 2, 0, 3, 0)
    assert found.p_blocked.value == pytest.approx(0.4)
    assert found.p_delayed.value == pytest.approx(2 / 3), "of those taken in"
    assert counts(one_agent(0.0, 1.0, places=0)) == (2, 1, 0, 1, 0)


def test_impatience() -> None:
    found = one_agent(0.0, 10.0, 15.0, patience_s=25.0, service_s=45.0)
    assert counts(found) == (3, 0, 2, 1, 0)
    assert found.p_abandoned.value == pytest.approx(2 / 3)
    assert found.wait_s.value == pytest.approx(50 / 3)
    assert found.service_level.value == pytest.approx(1 / 3), "both left after more than 20 s"
    kept = one_agent(0.0, 10.0, patience_s=25.0, service_s=30.0)
    assert counts(kept) == (2, 0, 0, 2, 0), "an answer ends impatience"


def test_leaving_early_is_not_held_against_the_level() -> None:
    assert one_agent(0.0, 1.0, patience_s=5.0).service_level.value == 1.0


def test_who_waits_too_long_flows_out() -> None:
    found = one_agent(0.0, 5.0, queue={"config": {**NO_WRAP_UP, "max_wait_s": 20}})
    assert counts(found) == (2, 0, 0, 1, 1)


def test_a_full_queue_blocks() -> None:
    found = one_agent(0.0, 1.0, 2.0, queue={"config": {**NO_WRAP_UP, "limits": {"max_length": 1}}})
    assert counts(found) == (3, 1, 0, 2, 0)
    assert found.p_delayed.value == pytest.approx(0.5)


def test_rings_widen_the_circle() -> None:
    """A rule of the product that the simulator knows nothing of."""
    config = {**NO_WRAP_UP, "requires": "a", "rings": [{"after_s": 45, "drop": ["a"]}]}
    found = one_agent(10.0, queue={"config": config}, agent={"config": {"queues": ["q"]}})
    assert found.asa_s.value == pytest.approx(45)


def test_outbound_work_gives_way() -> None:
    """One agent is kept for calls: of two outbound interactions one waits for an agent."""
    calling = QueueLoad("calls", NO_WRAP_UP, arrivals=calls(500.0))
    rule = {"yields_to": ["calls"], "reserve": 1}
    blended = QueueLoad(
        "campaign",
        {**NO_WRAP_UP, "blending": rule},
        arrivals=calls(1.0, 2.0),
        direction="outbound",
    )
    found = simulate(Scenario((calling, blended), (AgentGroup("x", 2),), Length(time_s=900.0)))
    assert found.queues["campaign"].max_wait_s.value == pytest.approx(59)
    assert found.queues["campaign"].answered.value == 2


def test_a_wait_limit_that_only_time_reaches() -> None:
    """No event but the floor's own timer ends the second call's wait."""
    nobody = {"shifts": (Shift(0.0, 1.0),)}
    found = one_agent(
        30.0, queue={"config": {**NO_WRAP_UP, "max_wait_s": 500}}, agent=nobody, length_s=100.0
    )
    assert counts(found) == (1, 0, 0, 0, 1)


def test_nobody_there_ends_too() -> None:
    """Calls that nobody will ever answer do not keep the run."""
    found = one_agent(30.0, agent={"shifts": (Shift(0.0, 1.0),)}, length_s=100.0)
    assert counts(found) == (1, 0, 0, 0, 0)


def test_wrap_up_keeps_the_agent() -> None:
    wrapping = {"config": {"wrap_up": "mandatory"}, "wrap_up": Deterministic(40.0)}
    found = one_agent(0.0, 10.0, queue=wrapping)
    assert found.max_wait_s.value == pytest.approx(90)
    assert found.occupancy.value == pytest.approx(200 / 1000)
    cut = {"config": {"wrap_up": "mandatory_limit", "wrap_up_s": 15}, "wrap_up": Deterministic(40)}
    assert one_agent(0.0, 10.0, queue=cut).max_wait_s.value == pytest.approx(65)
    fixed = {"config": {"wrap_up": "fixed", "wrap_up_s": 30}, "wrap_up": Deterministic(5.0)}
    assert one_agent(0.0, 10.0, queue=fixed).max_wait_s.value == pytest.approx(80)


def test_agents_take_time_to_answer() -> None:
    found = one_agent(0.0, 200.0, queue={"answer": Deterministic(7.0)})
    assert found.asa_s.value == pytest.approx(7)
    assert found.p_delayed.value == 0, "they were offered at once"
    own = one_agent(0.0, queue={"answer": Deterministic(7.0)}, agent={"answer": Deterministic(3.0)})
    assert own.asa_s.value == pytest.approx(3)


def test_an_offer_unanswered_goes_on() -> None:
    """The agent who misses it is away until they return; then the call is theirs again after the
    queue's exclusion."""
    config = {**NO_WRAP_UP, "offer_s": {"voice": 10}, "exclude_s": 50}
    found = one_agent(
        0.0,
        queue={"config": config},
        agent={"answer": Deterministic(15.0), "returns_after_s": 100.0},
        length_s=100.0,
    )
    assert counts(found) == (1, 0, 0, 0, 0), "nobody else answers, and the agent never in time"
    load = QueueLoad("q", config=config, arrivals=calls(0.0))
    slow = AgentGroup("slow", answer=Deterministic(15.0))
    quick = AgentGroup("quick", shifts=(Shift(5.0, 900.0),))
    both = simulate(Scenario((load,), (slow, quick), Length(time_s=900.0))).overall
    assert both.asa_s.value == pytest.approx(10), "the quick one gets it when the offer expires"


def test_a_share_of_offers_is_missed() -> None:
    load = QueueLoad(
        "q",
        config={**NO_WRAP_UP, "offer_s": {"voice": 10}, "exclude_s": 1},
        arrivals=PoissonArrivals(((0.0, 0.02),)),
        service=Deterministic(1.0),
    )
    group = AgentGroup("x", 5, no_answer=0.3, returns_after_s=5.0)
    found = simulate(Scenario((load,), (group,), Length(interactions=1200))).overall
    # A call misses k agents with chance 0.3^k, each costing 10 s: 10 * 0.3 / 0.7.
    assert found.asa_s.value == pytest.approx(4.286, rel=0.15)
    assert found.answered.value == 1200


def test_what_a_timer_brings_about_comes_before_what_was_next() -> None:
    """Every offer expires after 10 s, its agent is back after 5: again and again between two calls
    that are far apart."""
    config = {**NO_WRAP_UP, "offer_s": {"voice": 10}, "exclude_s": 1}
    load = QueueLoad("q", config=config, arrivals=calls(0.0, 600.0))
    group = AgentGroup("x", no_answer=1.0, returns_after_s=5.0)
    world = World(Scenario((load,), (group,), Length(interactions=2)), 1, 0)
    world.at(599.0, lambda _: seen.append(world.decisions), None)
    seen: list[int] = []
    world.play()
    assert seen == [40]


def test_shifts_and_breaks() -> None:
    agent = {"shifts": (Shift(100.0, 500.0, ((200.0, 250.0),)),)}
    found = one_agent(50.0, 210.0, 490.0, agent=agent, service_s=30.0)
    assert counts(found) == (3, 0, 0, 3, 0)
    assert found.asa_s.value == pytest.approx((50 + 40 + 0) / 3)
    # 350 s present, and the last call goes on 20 s after the shift
    assert found.occupancy.value == pytest.approx(90 / 370)


def test_text_is_handled_side_by_side() -> None:
    queue = {"channel": "email", "wrap_up": Deterministic(20.0), "config": {"wrap_up": "mandatory"}}
    found = one_agent(0.0, 1.0, 2.0, queue=queue, agent={"config": {"capacity": {"email": 2}}})
    assert counts(found) == (3, 0, 0, 3, 0)
    assert found.max_wait_s.value == pytest.approx(78), "talk and wrap-up of the first"
    # the union of [0, 80], [1, 81] and [80, 160]
    assert found.occupancy.value == pytest.approx(160 / 1000)


def test_skills_and_primary() -> None:
    both = AgentGroup("both", config={"skills": {"a": 1, "b": 5}}, primary="b")
    expected: dict[ServesFirst, tuple[float, float]] = {
        "primary": (119.0, 58.0),
        "longest_waiting": (59.0, 118.0),
    }
    for serves_first, (wait_a, wait_b) in expected.items():
        group = replace(both, serves_first=serves_first)
        found = simulate(
            Scenario(
                (QueueLoad("a", {"requires": "a", **NO_WRAP_UP}, arrivals=calls(0.0, 1.0)),
                 QueueLoad("b", {"requires": "b", **NO_WRAP_UP}, arrivals=calls(2.0))),
                (group,),
                Length(time_s=900.0),
            )
        )  # fmt: skip
        assert found.queues["a"].max_wait_s.value == pytest.approx(wait_a)
        assert found.queues["b"].max_wait_s.value == pytest.approx(wait_b)
        assert found.overall.primary_skill_share.value == pytest.approx(1 / 3)
        assert found.queues["b"].primary_skill_share.value == 1


def test_the_products_own_form_of_an_agent() -> None:
    """Named queues with priorities and delays are used as they stand."""
    load = QueueLoad("q", NO_WRAP_UP, arrivals=calls(0.0))
    slow = AgentGroup("x", config={"queues": {"q": {"delay_s": 25}}})
    found = simulate(Scenario((load,), (slow,), Length(time_s=100.0))).overall
    assert found.asa_s.value == pytest.approx(25)


def test_what_the_product_refuses_is_refused() -> None:
    load = QueueLoad("q", {"wrap_up": "never"}, arrivals=calls(0.0))
    with pytest.raises(Invalid, match=r"queue q\.wrap_up"):
        simulate(Scenario((load,), (AgentGroup("x"),), Length(time_s=1.0)))
