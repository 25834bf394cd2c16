"""Limits: a full queue, nobody there, closed hours, a closed queue, the longest wait, refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contactcenter.routing import actions as do
from contactcenter.routing.effects import Announced, Dequeued, Moved
from tests.routing.floors import START, Bench, agent_id, call_id

OFFICE = {
    "zone": "UTC",
    "weekly": {"mon": ["09:00-17:00"], "tue": ["09:00-17:00"]},
}


def bench_of(**config: Any) -> Bench:
    """The queue ``sales`` with this configuration, and ``partner`` beside it."""
    bench = Bench()
    bench.queue("partner")
    bench.queue(**config)
    return bench


def left(bench: Bench) -> list[str]:
    return [one.reason for one in bench.seen(Dequeued)]


# -- a full queue ----------------------------------------------------------------------------


def test_a_full_queue_turns_newcomers_away_not_those_who_wait() -> None:
    bench = bench_of(limits={"max_length": 2})
    for n in (1, 2, 3):
        bench.enqueue(n)
    assert left(bench) == ["queue_full"]
    assert [bench.queue_now(n) for n in (1, 2, 3)] == ["sales", "sales", None]


def test_who_is_offered_to_an_agent_at_once_needs_no_place() -> None:
    bench = bench_of(limits={"max_length": 0})
    bench.agent(1)
    bench.enqueue(1)
    assert bench.given_to(1) == 1
    bench.enqueue(2)
    assert left(bench) == ["queue_full"]


def test_those_in_conversation_take_no_place_in_the_queue() -> None:
    bench = bench_of(limits={"max_length": 1})
    bench.agent(1)
    bench.enqueue(1)
    bench.talk(1)
    bench.enqueue(2)
    assert bench.queue_now(2) == "sales"


def test_a_full_queue_may_send_on_to_another() -> None:
    bench = bench_of(limits={"max_length": 0, "full_then": {"move": "partner"}})
    assert bench.enqueue(1) == ["moved"]
    assert bench.queue_now(1) == "partner"


# -- nobody there ----------------------------------------------------------------------------


def test_without_a_rule_for_nobody_newcomers_wait_for_an_agent_to_sign_in() -> None:
    bench = bench_of()
    bench.enqueue(1)
    assert bench.queue_now(1) == "sales"


def test_with_one_they_leave_while_nobody_is_signed_in() -> None:
    bench = bench_of(limits={"nobody_then": {"leave": "voicemail"}})
    bench.agent(1, available=False)
    bench.enqueue(1)
    assert left(bench) == ["voicemail"]


@pytest.mark.parametrize("state", ["away", "busy"])
def test_an_agent_who_is_away_or_busy_is_somebody(state: str) -> None:
    bench = bench_of(limits={"nobody_then": {"leave": "voicemail"}})
    bench.agent(1)
    if state == "away":
        bench.do(do.SetState(agent_id(1), "away", "tea"))
    else:
        bench.enqueue(8)
        bench.talk(8)
    bench.enqueue(1)
    assert bench.queue_now(1) == "sales"


def test_agents_of_other_queues_are_nobody_here() -> None:
    bench = bench_of(limits={"nobody_then": {"move": "partner"}})
    bench.agent(1, queues=["partner"])
    bench.enqueue(1)
    assert bench.queue_now(1) == "partner"
    assert bench.given_to(1) == 1


# -- closed ----------------------------------------------------------------------------------


def test_outside_its_hours_a_queue_takes_nobody_and_those_inside_stay() -> None:
    bench = bench_of(hours=OFFICE)
    bench.enqueue(1)
    bench.wait(8 * 3600)  # 17:00
    bench.enqueue(2)
    assert left(bench) == ["queue_closed"]
    assert bench.queue_now(1) == "sales"
    bench.now = START + timedelta(days=1)
    bench.enqueue(3)
    assert bench.queue_now(3) == "sales"


def test_the_emergency_flag_closes_at_once() -> None:
    bench = bench_of(hours=OFFICE)
    bench.queue(hours={**OFFICE, "emergency": True})
    bench.enqueue(1)
    assert left(bench) == ["queue_closed"]


def test_a_closed_queue_may_offer_a_callback_or_send_on() -> None:
    for then, kinds in (({"callback": True}, ["dequeued"]), ({"move": "partner"}, ["moved"])):
        bench = bench_of(hours={**OFFICE, "emergency": True}, limits={"closed_then": then})
        assert bench.enqueue(1) == kinds


def test_a_supervisor_closes_a_queue_for_newcomers_and_opens_it_again() -> None:
    bench = bench_of()
    bench.enqueue(1)
    assert bench.do(do.CloseQueue("sales", True, "fire drill")) == ["queue_closed"]
    bench.enqueue(2)
    assert left(bench) == ["queue_closed"]
    bench.agent(1)
    assert bench.given_to(1) == 1, "who was there already is served"
    bench.do(do.CloseQueue("sales", False))
    bench.enqueue(3)
    assert bench.queue_now(3) == "sales"


def test_even_a_free_agent_gets_nothing_from_a_closed_queue() -> None:
    bench = bench_of()
    bench.agent(1)
    bench.do(do.CloseQueue("sales"))
    bench.enqueue(1)
    assert bench.given_to(1) is None


# -- the longest wait ------------------------------------------------------------------------


def test_the_longest_wait_ends_in_leaving_or_in_what_the_queue_says() -> None:
    bench = bench_of(max_wait_s=90)
    bench.enqueue(1)
    bench.wait(90)
    assert left(bench) == ["wait_limit"]
    bench = bench_of(max_wait_s=90, limits={"wait_then": {"move": "partner"}})
    bench.enqueue(1)
    assert bench.wait(89) == []
    assert bench.wait(1) == ["moved"]


def test_a_limit_that_passes_during_an_offer_counts_only_if_the_offer_fails() -> None:
    bench = bench_of(max_wait_s=30, offer_s={"voice": 20})
    bench.enqueue(1)
    bench.wait(20)
    bench.agent(1)
    bench.wait(15)
    assert bench.given_to(1) == 1
    bench.wait(5)
    assert bench.queue_now(1) is None


# -- refused by all --------------------------------------------------------------------------


def test_after_so_many_offers_the_interaction_is_escalated() -> None:
    bench = bench_of(max_offers=2, escalate={"move": "partner"})
    for n in (1, 2, 3):
        bench.agent(n)
    bench.agent(9, queues=["partner"])
    bench.enqueue(1)
    bench.reject(1)
    assert bench.given_to(1) == 2
    bench.reject(1)
    assert [one.queue for one in bench.seen(Moved)] == ["partner"]
    assert bench.given_to(1) == 9


def test_without_escalation_it_leaves_as_refused_by_all() -> None:
    bench = bench_of(max_offers=1)
    bench.agent(1)
    bench.agent(2)
    bench.enqueue(1)
    bench.reject(1)
    assert left(bench) == ["refused_by_all"]


def test_a_missed_offer_counts_as_a_refused_one() -> None:
    bench = bench_of(max_offers=2, offer_s={"voice": 10})
    bench.agent(1)
    bench.agent(2)
    bench.enqueue(1)
    bench.wait(10)
    assert bench.given_to(1) == 2
    bench.reject(1)
    assert left(bench) == ["refused_by_all"]


def test_a_lost_connection_is_no_refusal() -> None:
    bench = bench_of(max_offers=1)
    bench.agent(1)
    bench.enqueue(1)
    bench.do(do.LoseConnection(agent_id(1)))
    assert bench.queue_now(1) == "sales"


def test_an_escalation_that_only_plays_lets_it_wait_on_for_the_next_agent() -> None:
    bench = bench_of(max_offers=1, escalate={"play": "sorry"})
    bench.agent(1)
    bench.agent(2)
    bench.enqueue(1)
    bench.reject(1)
    assert [one.prompt for one in bench.seen(Announced)] == ["sorry"]
    assert bench.given_to(1) == 2


def test_the_count_begins_anew_after_an_escalation() -> None:
    bench = bench_of(max_offers=2, escalate={"add": ["partner"]}, exclude_s=5)
    bench.agent(1)
    bench.enqueue(1)
    bench.reject(1)
    bench.wait(5)
    bench.reject(1)
    assert bench.floor.waiting[call_id(1)].offers == 0
    bench.agent(9, queues=["partner"])
    assert bench.given_to(1) == 9
