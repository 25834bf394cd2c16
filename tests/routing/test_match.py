"""Who gets what: skills, orders, delays, changed configuration, and the reasons recorded."""

from __future__ import annotations

import sys

import pytest

from contactcenter.routing import actions as do
from tests.routing.floors import Bench, agent_id, call_id


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.queue(wrap_up="mandatory_limit", wrap_up_s=30, exclude_s=60, media_s=20)
    return bench


def test_longest_idle_gets_it_and_ties_go_to_the_lower_id(bench: Bench) -> None:
    bench.agent(2)
    bench.agent(1)
    bench.enqueue(1)
    assert bench.offered_to() == [(call_id(1), agent_id(1))]
    bench.wait(1)
    bench.agent(3)
    bench.enqueue(2)
    assert bench.offered_to() == [(call_id(2), agent_id(2))]


def test_a_small_priority_does_not_overtake_a_longer_wait(bench: Bench) -> None:
    bench.enqueue(1)
    bench.wait(6 * 60)
    bench.enqueue(2, priority=5)
    bench.agent(1)
    assert bench.offered_to() == [(call_id(1), agent_id(1))]


def test_skills_of_queue_and_interaction_are_both_needed(bench: Bench) -> None:
    bench.queue("loans", requires={"skill": "loans", "level": 3})
    bench.agent(1, skills={"loans": 2, "zh": 5}, queues=["loans"])
    bench.agent(2, skills={"loans": 3}, queues=["loans"])
    bench.agent(3, skills={"loans": 5, "zh": 1}, queues=["loans"])
    bench.enqueue(1, "loans", requires={"or": ["zh", "yue"]})
    assert bench.offered_to() == [(call_id(1), agent_id(3))]
    bench.enqueue(2, "loans", requires={"not": "zh"})
    assert bench.offered_to() == [(call_id(2), agent_id(2))]
    assert bench.enqueue(3, "loans") == []


def test_a_skill_switched_off_keeps_its_level_and_does_not_count(bench: Bench) -> None:
    bench.queue("loans", requires="loans")
    bench.agent(1, skills={"loans": {"level": 4, "active": False}}, queues=["loans"])
    assert bench.enqueue(1, "loans") == []
    bench.agent(1, skills={"loans": 4}, queues=["loans"])
    assert [one.state for one in bench.floor.reservations.values()] == ["pending"]


def test_a_delayed_agent_is_asked_only_after_the_delay(bench: Bench) -> None:
    bench.agent(1, queues={"sales": {"delay_s": 30}})
    assert bench.enqueue(1) == []
    assert bench.wait(29) == []
    assert bench.wait(1) == ["offered", "state_changed"]


def test_the_queue_an_agent_ranks_higher_is_served_first(bench: Bench) -> None:
    bench.queue("loans")
    bench.enqueue(1, "sales")
    bench.wait(60)
    bench.enqueue(2, "loans")
    bench.agent(1, queues={"sales": {}, "loans": {"priority": 1}})
    assert bench.offered_to() == [(call_id(2), agent_id(1))]


def test_a_changed_queue_and_a_changed_agent_match_what_waits(bench: Bench) -> None:
    bench.queue("loans", requires="loans")
    bench.agent(1, queues=["loans"])
    bench.enqueue(1, "loans")
    bench.queue("loans")
    assert bench.offered_to() == [(call_id(1), agent_id(1))]
    bench.queue("cards", requires="cards")
    bench.agent(2, queues=["loans"])
    bench.enqueue(2, "cards")
    bench.agent(2, queues=["cards"], skills={"cards": 1})
    assert bench.floor.waiting[call_id(2)].state == "offered"


def test_an_older_configuration_is_ignored(bench: Bench) -> None:
    bench.agent(1)
    bench.do(do.ChangeAgent(agent_id(1), 1, "old", {"queues": []}))
    assert bench.floor.agents[agent_id(1)].name == "agent 1"
    bench.do(do.ChangeQueue("sales", 0, {"requires": "nothing"}))
    assert "offered" in bench.enqueue(1)


def test_decisions_say_why() -> None:
    bench = Bench()
    bench.queue()
    bench.queue("loans", requires="loans")
    bench.agent(1, queues=["sales", "loans"])
    bench.agent(2, queues=["sales", "loans"], skills={"loans": 1})
    bench.agent(3, queues=["sales", "loans"], skills={"loans": 1}, available=False)
    bench.agent(4, queues=["sales", "loans"], skills={"loans": 1})
    out = bench.floor.apply(do.Enqueue(call_id(1), "loans", "voice", call_id(99)), bench.now)
    (decision,) = out.decisions
    assert decision.agent == agent_id(2)
    assert decision.cause == "interaction"
    assert decision.key == {"longest_idle": bench.now.isoformat()}
    assert decision.tie_break == "id"
    assert decision.refusals == {"lower_order": 1, "not_signed_in": 1, "skill": 1}


def test_groups_of_own_requirements_do_not_pile_up(bench: Bench) -> None:
    for n in range(1500):
        bench.enqueue(n, requires={"skill": f"s{n}"})
    for n in range(1500):
        bench.do(do.Leave(call_id(n)))
    assert len(bench.floor.matcher.groups) <= 1024
    bench.agent(1, skills={"s3": 1})
    assert "offered" in bench.enqueue(2000, requires="s3")


def test_a_decision_costs_about_the_same_on_a_large_floor() -> None:
    """Counted, not timed: function calls of one decision, 20 times as large a floor. (Not the
    same to the call: entries that others left in the heaps are thrown out when met.)"""
    assert _steps_of_a_decision(400) <= 2 * _steps_of_a_decision(20)


def _steps_of_a_decision(agents: int) -> int:
    bench = Bench()
    bench.queue(requires="a")
    for n in range(agents):
        bench.agent(n, skills={"a": 1 + n % 5})
    for n in range(agents * 5):
        bench.enqueue(n)
    bench.talk(0)
    bench.do(do.Ended(call_id(0)))
    seen = 0

    def count(frame: object, event: str, arg: object) -> None:
        nonlocal seen
        seen += event == "call"

    sys.setprofile(count)
    try:
        bench.do(do.Complete(call_id(0), agent_id(0), "solved"))
    finally:
        sys.setprofile(None)
    assert len(bench.offered_to()) == 1
    return seen
