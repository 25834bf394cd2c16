"""Blending: campaign calls are work of the same floor and give way to inbound calls."""

from __future__ import annotations

from typing import Any

from contactcenter.routing import actions as do
from tests.routing.floors import Bench, agent_id, call_id


def bench_of(agents: int, **blending: Any) -> Bench:
    """Agents who take inbound calls (``sales``) and campaign calls (``campaign``)."""
    bench = Bench()
    bench.queue(wrap_up="none", target_s=20)
    bench.queue("campaign", wrap_up="none", blending={"yields_to": ["sales"], **blending})
    for n in range(1, agents + 1):
        bench.agent(n, queues=["sales", "campaign"])
    return bench


def dial(bench: Bench, *numbers: int) -> list[int | None]:
    """Campaign calls come in; who gets each."""
    for n in numbers:
        bench.enqueue(n, "campaign", direction="outbound")
    return [bench.given_to(n) for n in numbers]


def test_idle_agents_take_campaign_calls() -> None:
    bench = bench_of(2)
    assert dial(bench, 1, 2) == [1, 2]


def test_the_reserve_stays_free_for_inbound_calls() -> None:
    bench = bench_of(3, reserve=1)
    assert dial(bench, 1, 2, 3) == [1, 2, None]
    bench.enqueue(10)
    assert bench.given_to(10) == 3


def test_who_can_not_serve_inbound_is_no_reserve() -> None:
    bench = bench_of(1, reserve=1)
    bench.agent(2, queues=["campaign"])
    assert dial(bench, 1) == [None], "one free for sales, and that one is the reserve"
    bench.agent(3, queues=["sales"])
    bench.wait(5)
    assert bench.given_to(1) == 1


def test_no_more_than_its_share_of_agents_is_on_outbound_work() -> None:
    bench = bench_of(4, max_share_percent=50)
    assert dial(bench, 1, 2, 3) == [1, 2, None]
    bench.talk(1)
    bench.do(do.Ended(call_id(1)))
    assert bench.given_to(3) is not None


def test_a_share_of_nothing_stops_the_campaign() -> None:
    bench = bench_of(4, max_share_percent=0)
    assert dial(bench, 1) == [None]


def inbound_calls_at(bench: Bench, wait_s: float, talk_s: float) -> None:
    """Five inbound calls are each answered after so long, one after the other."""
    for n in range(50, 55):
        bench.do(do.SetState(agent_id(1), "away", "tea"))
        bench.enqueue(n)
        bench.wait(wait_s)
        bench.do(do.SetState(agent_id(1), "available"))
        bench.serve(n, talk_s)


def test_nothing_is_pulled_while_the_inbound_service_level_is_below_its_bound() -> None:
    bench = bench_of(1, service_level_below=80)
    inbound_calls_at(bench, wait_s=30, talk_s=5)
    assert dial(bench, 1) == [None]


def test_a_good_service_level_lets_the_campaign_go_on() -> None:
    bench = bench_of(1, service_level_below=80)
    inbound_calls_at(bench, wait_s=3, talk_s=5)
    assert dial(bench, 1) == [1]


def test_the_campaign_resumes_by_itself_when_the_level_has_recovered() -> None:
    bench = bench_of(1, service_level_below=50)
    inbound_calls_at(bench, wait_s=30, talk_s=5)
    dial(bench, 1)
    answered_well = 0
    while bench.given_to(1) is None:
        answered_well += 1
        bench.enqueue(100 + answered_well)
        bench.serve(100 + answered_well, 5)
    assert answered_well == 5, "five late, five in time: half of them again"


def test_nothing_is_pulled_while_the_inbound_wait_estimate_is_above_its_bound() -> None:
    bench = bench_of(1, wait_above_s=60)
    inbound_calls_at(bench, wait_s=0, talk_s=100)
    bench.agent(2, queues=["campaign"])
    for n in (10, 11):
        bench.enqueue(n)
    assert dial(bench, 1) == [None], "100 s to expect in sales"
    bench.do(do.Leave(call_id(11)))
    bench.do(do.Leave(call_id(10)))
    bench.wait(5)
    assert bench.given_to(1) is not None


def test_a_higher_queue_priority_takes_inbound_before_any_campaign_call() -> None:
    bench = bench_of(0)
    dial(bench, 1)
    bench.wait(600)
    bench.enqueue(10)
    bench.agent(1, queues={"sales": {"priority": 1}, "campaign": {}})
    assert bench.given_to(10) == 1


def test_an_outbound_call_under_way_is_never_interrupted() -> None:
    bench = bench_of(1)
    dial(bench, 1)
    bench.talk(1)
    bench.enqueue(10)
    assert bench.given_to(1) == 1
    assert bench.given_to(10) is None
    bench.do(do.Ended(call_id(1)))
    assert bench.given_to(10) == 1
