"""The verdict is the matcher's: whoever is chosen was free, and whoever was free was not better."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactcenter.routing import actions as do
from contactcenter.routing.effects import Decision
from contactcenter.routing.floor import Floor
from contactcenter.routing.match import FREE
from contactcenter.routing.model import CHANNELS, Reservation, Waiting
from contactcenter.routing.policies import AgentOrder
from contactcenter.routing.reasons import KEYS, REASONS, WOKEN
from contactcenter.routing.verdicts import candidates, verdict
from tests.routing.floors import CUSTOMER, Bench, agent_id, call_id
from tests.routing.worlds import World

RULES: dict[str, dict[str, Any]] = {
    "plain": {"exclude_s": 9, "wrap_up": "none", "agent_order": ["least_occupied"]},
    "ringed": {
        "requires": {"skill": "a", "level": 3},
        "rings": [{"after_s": 6, "add": ["plain"]}, {"after_s": 14, "drop": ["a"]}],
        "agent_order": ["lowest_level", "round_robin"],
        "offer_to": 2,
    },
    "widened": {
        "requires": "b",
        "overflow": [{"measure": "own_wait_s", "above": 8, "then": {"add": ["plain"]}}],
        "priority": 2,
    },
}
AGENTS: list[dict[str, Any]] = [
    {"queues": ["plain"], "skills": {"a": 2}},
    {"queues": ["ringed", "widened"], "skills": {"a": 4, "b": 1}},
    {"queues": {"ringed": {"delay_s": 5}, "plain": {"priority": 1}}, "skills": {"a": 3}},
    {"queues": ["plain", "widened"], "skills": {"b": 5}, "capacity": {"sms": 1}},
]


class Judged(Floor):
    """A floor that asks for the verdict on everybody before each offer."""

    judged = 0

    def _offer_to(self, decision: Decision, item: Waiting, now: datetime) -> None:
        why = verdict(self, item, self.agents[decision.agent], now)
        assert why.reason == FREE, f"offered to one who is {why.reason}"
        found = {one.agent: one.verdict.reason for one in candidates(self, item, now)}
        assert decision.agent in found
        assert set(found.values()) <= REASONS.keys()
        Judged.judged += 1
        super()._offer_to(decision, item, now)


enqueue = st.tuples(
    st.just("enqueue"),
    st.integers(0, 9),
    st.sampled_from(sorted(RULES)),
    st.sampled_from(CHANNELS),
    st.sampled_from([None, "a", {"not": "b"}]),
    st.booleans(),
)
ops = st.one_of(
    enqueue,
    enqueue,
    st.tuples(st.sampled_from(["accept", "reject", "complete", "media"]), st.integers(0, 5)),
    st.tuples(st.just("ended"), st.integers(0, 9)),
    st.tuples(st.sampled_from(["available", "away"]), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.integers(1, 12)),
)


def command_of(floor: Floor, op: tuple[Any, ...]) -> do.Command | None:
    """The op against the floor as it is."""
    match op:
        case ("enqueue", n, queue, channel, requires, held):
            preferred = (agent_id(n % 4),) if held else ()
            return do.Enqueue(
                call_id(n), queue, channel, CUSTOMER, requires, preferred=preferred, hold_s=7
            )
        case ("ended", n):
            return do.Ended(call_id(n))
        case ("available", n):
            return do.SetState(agent_id(n), "available")
        case ("away", n):
            return do.SetState(agent_id(n), "away", "lunch")
    live = sorted(floor.reservations.values(), key=lambda one: one.id)
    return _on(op[0], live[op[1] % len(live)]) if live else None


def _on(what: str, one: Reservation) -> do.Command:
    match what:
        case "accept":
            return do.Accept(one.id, one.agent)
        case "reject":
            return do.Reject(one.id, one.agent, "no")
        case "media":
            return do.MediaUp(one.interaction)
    return do.Complete(one.interaction, one.agent, "solved")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(ops, min_size=15, max_size=60))
def test_whoever_is_offered_an_interaction_was_free_and_nobody_free_is_left(
    script: list[tuple[Any, ...]],
) -> None:
    world = World(floor=Judged())
    for name, config in RULES.items():
        world.do(do.ChangeQueue(name, 1, config))
    for n, config in enumerate(AGENTS):
        world.do(do.ChangeAgent(agent_id(n), 1, f"agent {n}", config))
        world.do(do.SetState(agent_id(n), "available"))
    for op in script:
        if op[0] == "wait":
            world.wait(op[1])
        elif (command := command_of(world.floor, op)) is not None:
            world.do(command)


def test_the_property_looks_at_offers() -> None:
    before = Judged.judged
    test_whoever_is_offered_an_interaction_was_free_and_nobody_free_is_left()
    assert Judged.judged > before + 50


def why(bench: Bench, n: int, agent: UUID) -> str:
    """The verdict on an agent for the n-th interaction."""
    floor = bench.floor
    return verdict(floor, floor.waiting[call_id(n)], floor.agents[agent], bench.now).reason


def test_rings_holds_delays_and_interrupts_are_told_apart() -> None:
    bench = Bench()
    for name, config in RULES.items():
        bench.queue(name, **config)
    away = bench.agent(1, skills={"a": 5}, queues=["ringed"], available=False)
    plain = bench.agent(2, skills={"a": 5}, queues=["plain"])
    low = bench.agent(3, skills={"a": 1}, queues=["ringed"])
    bench.enqueue(1, "ringed")
    assert why(bench, 1, away) == "not_signed_in"
    assert why(bench, 1, plain) == "ring_not_reached"
    assert why(bench, 1, low) == "ring_not_reached"  # the last ring drops the skill
    bench.queue("strict", requires={"skill": "a", "level": 3})
    novice = bench.agent(4, skills={"a": 1}, queues=["strict"])
    other = bench.agent(5, skills={"b": 1}, queues=["strict"])
    late = bench.agent(6, skills={"a": 3}, queues={"strict": {"delay_s": 60}})
    bench.enqueue(2, "strict")
    assert why(bench, 2, novice) == "level_too_low"
    assert why(bench, 2, other) == "skill_missing"
    assert why(bench, 2, late) == "delay_over"
    assert why(bench, 2, plain) == "not_in_queue"
    bench.do(do.Enqueue(call_id(3), "strict", "voice", CUSTOMER, preferred=(away,), hold_s=30))
    early = bench.agent(7, skills={"a": 3}, queues=["strict"])
    assert (call_id(2), early) in bench.offered_to()
    bench.talk(2)
    assert why(bench, 3, early) == "at_capacity"
    bench.enqueue(4, "strict", "email")
    assert why(bench, 4, early) == "on_call"


@pytest.mark.parametrize("kind", sorted(do._BY_KIND))
def test_every_command_that_may_wake_the_matcher_has_its_words(kind: str) -> None:
    assert kind in WOKEN


@pytest.mark.parametrize("order", get_args(AgentOrder))
def test_every_order_has_its_words(order: str) -> None:
    assert order in KEYS
