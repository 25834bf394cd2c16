"""Callbacks: the customer may hang up, keeps the place, and is called when the turn comes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contactcenter.core.errors import Conflict
from contactcenter.routing import actions as do
from contactcenter.routing.effects import (
    Accepted,
    Announced,
    CallbackDue,
    CallbackPlanned,
    Dequeued,
    Withdrawn,
)
from tests.routing.floors import Bench, agent_id, at, call_id

PHONE = "+8613900000000"


def bench_of(**callback: Any) -> Bench:
    bench = Bench()
    bench.queue(wrap_up="none", callback={"attempts": 2, "gap_s": 300, **callback})
    return bench


def ask(bench: Bench, n: int, **more: Any) -> list[str]:
    """The n-th interaction enters and would rather be called."""
    bench.enqueue(n)
    return bench.do(do.AskCallback(call_id(n), PHONE, **more))


def called(bench: Bench) -> list[int]:
    """Which customers are to be called, by the last effects."""
    return [one.interaction.int - call_id(0).int for one in bench.seen(CallbackDue)]


def test_hanging_up_after_asking_keeps_the_place_and_is_not_an_abandon() -> None:
    bench = bench_of()
    ask(bench, 1)
    assert bench.do(do.Leave(call_id(1), "abandoned")) == []
    bench.wait(60)
    bench.enqueue(2)
    assert bench.floor.queue_states["sales"].abandoned == 0
    bench.agent(1)
    assert called(bench) == [1], "before the one who came later"


def test_a_customer_who_gives_the_callback_up_leaves() -> None:
    bench = bench_of()
    ask(bench, 1)
    bench.do(do.Leave(call_id(1), "cancelled"))
    assert bench.queue_now(1) is None


def test_customer_first_calls_when_an_agent_is_free_and_offers_when_reached() -> None:
    bench = bench_of(first="customer")
    assert ask(bench, 1) == ["callback_planned"]
    bench.agent(1)
    (due,) = bench.seen(CallbackDue)
    assert (due.address, due.attempt, due.agent) == (PHONE, 1, None)
    assert bench.given_to(1) is None, "the agent is not kept waiting on the line"
    bench.do(do.CallbackAnswered(call_id(1)))
    assert bench.given_to(1) == 1


def test_a_customer_reached_stands_before_all_who_came_later() -> None:
    bench = bench_of()
    ask(bench, 1)
    bench.wait(10)
    bench.enqueue(2)
    bench.agent(1)
    assert bench.given_to(2) == 1, "the agent does not idle while the customer is called"
    bench.wait(10)
    bench.enqueue(3)
    bench.do(do.CallbackAnswered(call_id(1)))
    bench.wait(100)
    bench.agent(2)
    assert bench.given_to(1) == 2


def test_agent_first_offers_and_calls_once_the_agent_has_accepted() -> None:
    bench = bench_of(first="agent")
    ask(bench, 1)
    bench.agent(1)
    assert bench.given_to(1) == 1
    assert called(bench) == []
    bench.accept(1)
    (due,) = bench.seen(CallbackDue)
    assert due.agent == agent_id(1)
    bench.do(do.CallbackAnswered(call_id(1)))
    bench.do(do.MediaUp(call_id(1)))
    assert bench.floor.states[agent_id(1)].state == "busy"


def test_the_customer_may_choose_who_is_called_first() -> None:
    bench = bench_of(first="customer")
    ask(bench, 1, first="agent")
    bench.agent(1)
    assert bench.given_to(1) == 1


def test_at_an_agreed_time_nothing_happens_before_and_the_call_comes_then() -> None:
    bench = bench_of()
    bench.agent(1)
    bench.do(do.SetState(agent_id(1), "away", "tea"))
    ask(bench, 1, at=at(3600))
    assert bench.seen(CallbackPlanned)[0].due_at == at(3600)
    bench.do(do.SetState(agent_id(1), "available"))
    assert bench.wait(3599) == []
    bench.wait(1)
    assert called(bench) == [1]


def test_an_agreed_time_that_has_passed_means_now() -> None:
    bench = bench_of()
    bench.wait(100)
    ask(bench, 1, at=at(50))
    bench.agent(1)
    assert called(bench) == [1]


def test_not_reached_is_tried_again_after_the_gap_until_attempts_are_used_up() -> None:
    bench = bench_of(attempts=2, gap_s=300)
    ask(bench, 1)
    bench.agent(1)
    bench.do(do.CallbackFailed(call_id(1), "busy"))
    (planned,) = bench.seen(CallbackPlanned)
    assert planned.due_at == bench.now + timedelta(seconds=300)
    assert bench.wait(299) == []
    bench.wait(1)
    assert bench.seen(CallbackDue)[0].attempt == 2
    bench.do(do.CallbackFailed(call_id(1)))
    assert [one.reason for one in bench.seen(Dequeued)] == ["callback_failed"]
    assert bench.floor.queue_states["sales"].abandoned == 0


def test_an_attempt_that_nobody_reports_counts_as_failed_in_the_end() -> None:
    bench = bench_of(attempts=1)
    ask(bench, 1)
    bench.agent(1)
    bench.wait(300)
    assert bench.queue_now(1) is None


def test_an_agent_waiting_on_the_line_is_freed_when_the_customer_is_not_reached() -> None:
    bench = bench_of(first="agent")
    ask(bench, 1)
    bench.agent(1)
    bench.accept(1)
    bench.do(do.CallbackFailed(call_id(1)))
    assert [one.reason for one in bench.seen(Withdrawn)] == ["callback_failed"]
    assert bench.floor.states[agent_id(1)].state == "available"


def test_a_customer_reached_who_hangs_up_before_an_agent_answers_has_abandoned() -> None:
    bench = bench_of()
    ask(bench, 1)
    bench.agent(1)
    bench.do(do.CallbackAnswered(call_id(1)))
    bench.do(do.Leave(call_id(1), "abandoned"))
    assert bench.queue_now(1) is None
    assert bench.floor.queue_states["sales"].abandoned == 1


def test_an_offer_standing_is_withdrawn_when_the_customer_asks_for_a_callback() -> None:
    bench = bench_of(first="customer")
    bench.agent(1)
    bench.enqueue(1)
    bench.do(do.AskCallback(call_id(1), PHONE))
    assert [one.reason for one in bench.seen(Withdrawn)] == ["callback"]
    assert called(bench) == [1]


def test_who_talks_to_an_agent_can_not_ask_for_one() -> None:
    bench = bench_of()
    bench.agent(1)
    bench.enqueue(1)
    bench.talk(1)
    with pytest.raises(Conflict):
        bench.do(do.AskCallback(call_id(1), PHONE))


def test_no_more_customers_are_called_than_agents_are_free_for_them() -> None:
    bench = bench_of(gap_s=300)
    for n in (1, 2, 3):
        ask(bench, n)
    bench.agent(1)
    assert called(bench) == [1]
    bench.do(do.CallbackFailed(call_id(1)))
    assert called(bench) == [2]


def test_one_agent_of_two_queues_is_promised_to_one_customer() -> None:
    bench = bench_of()
    bench.queue("loans")
    ask(bench, 1)
    bench.enqueue(2, "loans")
    bench.do(do.AskCallback(call_id(2), PHONE))
    bench.agent(1, queues=["sales", "loans"])
    assert called(bench) == [1]
    bench.agent(2, queues=["loans"])
    assert called(bench) == [2]


def test_a_customer_reached_when_the_agent_has_gone_gets_the_next_one() -> None:
    bench = bench_of()
    ask(bench, 1)
    bench.agent(1)
    bench.do(do.SignOut(agent_id(1)))
    bench.do(do.CallbackAnswered(call_id(1)))
    assert bench.given_to(1) is None
    bench.agent(2)
    assert bench.given_to(1) == 2


def test_the_longest_wait_is_for_those_on_the_line() -> None:
    bench = bench_of()
    bench.queue(max_wait_s=300)
    ask(bench, 1)
    ask(bench, 2, at=at(3600))
    bench.wait(4000)
    assert [bench.queue_now(n) for n in (1, 2)] == ["sales", "sales"]


def test_who_has_hung_up_hears_no_announcements() -> None:
    bench = bench_of()
    bench.queue(announcements={"first_s": 30})
    ask(bench, 1)
    bench.wait(300)
    assert bench.seen(Announced) == []


def test_an_agent_who_pulls_a_callback_has_the_customer_called() -> None:
    bench = bench_of(first="customer")
    ask(bench, 1)
    bench.agent(1, queues=[])
    bench.do(do.Pull(call_id(1), agent_id(1)))
    assert len(bench.seen(Accepted)) == 1
    (due,) = bench.seen(CallbackDue)
    assert due.agent == agent_id(1)
