"""Which agent is asked, and which interaction comes first; ties go down to the id."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.routing import actions as do
from tests.routing.floors import Bench, agent_id, call_id


def bench_of(*orders: str, **more: Any) -> Bench:
    bench = Bench()
    bench.queue(agent_order=list(orders) or ["longest_idle"], wrap_up="none", **more)
    return bench


def who_gets_the_next(bench: Bench, n: int = 99, **more: Any) -> int | None:
    bench.enqueue(n, **more)
    return bench.given_to(n)


# -- which agent -----------------------------------------------------------------------------


def test_longest_idle_is_whose_last_interaction_ended_first() -> None:
    bench = bench_of()
    bench.agent(1)
    bench.wait(5)
    bench.agent(2)
    bench.enqueue(1)
    bench.serve(1, 60)
    assert who_gets_the_next(bench) == 2


def test_idle_begins_with_the_sign_in_for_who_has_served_nobody() -> None:
    bench = bench_of()
    bench.agent(2)
    bench.wait(1)
    bench.agent(1)
    assert who_gets_the_next(bench) == 2


def test_among_equals_the_lower_id_is_asked_whatever_the_order_of_sign_in() -> None:
    for sequence in ((1, 2, 3), (3, 2, 1)):
        bench = bench_of()
        for n in sequence:
            bench.agent(n)
        assert who_gets_the_next(bench) == 1


def test_least_occupied_is_who_worked_least_in_the_last_half_hour() -> None:
    bench = bench_of("least_occupied")
    bench.agent(1)
    bench.enqueue(1)
    bench.serve(1, 30)
    bench.agent(2)
    bench.do(do.SetState(agent_id(1), "away", "tea"))
    bench.enqueue(2)
    bench.serve(2, 600)
    bench.wait(60)
    bench.enqueue(3)
    bench.serve(3, 60)
    bench.do(do.SetState(agent_id(1), "available"))
    assert who_gets_the_next(bench) == 1, "idle for shorter or longer does not matter"


def test_old_work_counts_less_than_new_work() -> None:
    bench = bench_of("least_occupied")
    bench.agent(1)
    bench.enqueue(1)
    bench.serve(1, 600)
    bench.wait(2 * 3600)
    bench.agent(2)
    bench.do(do.SetState(agent_id(1), "away", "tea"))
    bench.enqueue(2)
    bench.serve(2, 60)
    bench.do(do.SetState(agent_id(1), "available"))
    assert who_gets_the_next(bench) == 1


def test_work_under_way_counts_as_occupation_too() -> None:
    bench = bench_of("least_occupied")
    bench.agent(1)
    bench.enqueue(1, channel="email")
    bench.accept(1)
    bench.wait(60)
    bench.agent(2)
    bench.enqueue(2)
    bench.serve(2, 30)
    bench.wait(1800)
    assert who_gets_the_next(bench) == 2, "the other has been writing for half an hour"


def test_round_robin_asks_each_in_turn_whether_they_served_or_not() -> None:
    bench = bench_of("round_robin")
    for n in (1, 2, 3):
        bench.agent(n)
    asked = []
    for n in range(6):
        bench.enqueue(n)
        asked.append(bench.given_to(n))
        bench.do(do.Leave(call_id(n)))
        bench.wait(5)
    assert asked == [1, 2, 3, 1, 2, 3]


def test_highest_level_asks_the_expert_and_lowest_level_spares_them() -> None:
    for order, expected in (("highest_level", 2), ("lowest_level", 3)):
        bench = bench_of(order, requires={"skill": "loans", "level": 2})
        bench.agent(1, skills={"loans": 1})
        bench.agent(2, skills={"loans": 5})
        bench.agent(3, skills={"loans": 2})
        bench.agent(4, skills={"loans": 3})
        assert who_gets_the_next(bench) == expected


def test_only_the_levels_of_what_is_required_count() -> None:
    bench = bench_of("highest_level", requires="loans")
    bench.agent(1, skills={"loans": 2, "german": 5, "dutch": 5})
    bench.agent(2, skills={"loans": 3})
    assert who_gets_the_next(bench) == 2


def test_most_capacity_asks_who_has_most_room_on_this_channel() -> None:
    bench = bench_of("most_capacity")
    bench.agent(1, capacity={"sms": 2, "email": 9})
    bench.agent(2, capacity={"sms": 3})
    assert who_gets_the_next(bench, 1, channel="sms") == 2
    assert who_gets_the_next(bench, 2, channel="sms") == 1, "two each: the longest idle, the id"
    assert who_gets_the_next(bench, 3, channel="sms") == 2


def test_weighted_shares_the_offers_out_by_weight() -> None:
    bench = bench_of("weighted")
    bench.agent(1, weight=1)
    bench.agent(2, weight=3)
    asked = []
    for n in range(40):
        bench.enqueue(n)
        asked.append(bench.given_to(n))
        bench.serve(n)
        bench.wait(1)
    assert asked.count(2) == 30


def test_each_order_breaks_the_ties_of_the_one_before_and_then_the_longest_idle() -> None:
    bench = bench_of("highest_level", "most_capacity", requires="loans")
    bench.agent(1, skills={"loans": 3}, capacity={"sms": 9})
    bench.agent(2, skills={"loans": 4}, capacity={"sms": 1})
    bench.agent(4, skills={"loans": 4}, capacity={"sms": 2})
    bench.wait(1)
    bench.agent(3, skills={"loans": 4}, capacity={"sms": 2})
    assert who_gets_the_next(bench, channel="sms") == 4


# -- which interaction -----------------------------------------------------------------------


def served_in_order(bench: Bench, count: int) -> list[int]:
    bench.agent(1)
    order = []
    for _ in range(count):
        offer = next(iter(bench.floor.reservations.values()))
        order.append(offer.interaction.int - call_id(0).int)
        bench.serve(order[-1])
    return order


def test_the_score_is_minutes_waited_plus_priority_minutes() -> None:
    bench = bench_of()
    bench.enqueue(1)
    bench.wait(299)
    bench.enqueue(2, priority=5)
    bench.wait(2)
    bench.enqueue(3, priority=5)
    assert served_in_order(bench, 3) == [2, 1, 3], "five minutes are five minutes"


def test_a_negative_priority_waits_longer_but_is_overtaken_only_for_so_many_minutes() -> None:
    bench = bench_of()
    bench.enqueue(1, priority=-10)
    bench.wait(599)
    bench.enqueue(2)
    bench.wait(2)
    bench.enqueue(3)
    assert served_in_order(bench, 3) == [2, 1, 3]


def test_strict_priority_comes_before_any_wait_and_then_the_longer_wait() -> None:
    bench = bench_of(caller_order="priority")
    bench.enqueue(1)
    bench.wait(3600)
    for n, priority in ((2, 1), (3, 2), (4, 2)):
        bench.enqueue(n, priority=priority)
        bench.wait(1)
    assert served_in_order(bench, 4) == [3, 4, 2, 1]


@pytest.mark.parametrize("caller_order", ["score", "priority"])
def test_equal_priority_and_age_go_by_the_lower_id(caller_order: str) -> None:
    bench = bench_of(caller_order=caller_order)
    for n in (3, 1, 2):
        bench.enqueue(n)
    assert served_in_order(bench, 3) == [1, 2, 3]


def test_routing_age_moves_the_place_and_not_the_wait_told() -> None:
    bench = bench_of()
    bench.enqueue(1)
    bench.wait(60)
    bench.enqueue(2, age_s=61)
    assert bench.floor.waiting[call_id(2)].waited(bench.now).total_seconds() == 0
    assert bench.floor.longest_wait_s("sales", bench.now) == 60
    assert served_in_order(bench, 2) == [2, 1]


def test_an_agent_of_several_queues_serves_their_higher_queue_priority_first() -> None:
    bench = bench_of()
    bench.queue("loans", wrap_up="none")
    bench.enqueue(1, "sales", priority=60)
    bench.wait(600)
    bench.enqueue(2, "loans")
    bench.agent(1, queues={"sales": {"priority": 1}, "loans": {"priority": 2}})
    assert bench.given_to(2) == 1


def test_with_equal_queue_priority_the_score_decides_across_queues() -> None:
    bench = bench_of()
    bench.queue("loans", wrap_up="none", priority=3)
    bench.enqueue(1, "sales")
    bench.wait(120)
    bench.enqueue(2, "loans")
    bench.agent(1, queues=["sales", "loans"])
    assert bench.given_to(2) == 1, "the queue's own three minutes count"


def test_an_agent_with_a_delay_is_asked_only_after_that_wait() -> None:
    bench = bench_of()
    bench.agent(1, queues={"sales": {"delay_s": 45}})
    bench.enqueue(1)
    bench.wait(44)
    assert bench.given_to(1) is None
    bench.wait(1)
    assert bench.given_to(1) == 1
