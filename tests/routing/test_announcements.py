"""What those who wait are told: position, the wait as a band, silence when unsure, prompts."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.routing import actions as do
from contactcenter.routing.effects import Announced
from tests.routing.floors import Bench, agent_id, at, call_id


def bench_of(**announcements: Any) -> Bench:
    bench = Bench()
    bench.queue(announcements={"first_s": 30, "every_s": 60, **announcements}, wrap_up="none")
    return bench


def heard(bench: Bench, n: int, seconds: float) -> list[Announced]:
    """What the n-th customer hears in this time."""
    bench.wait(seconds)
    return [one for one in bench.seen(Announced) if one.interaction == call_id(n)]


def a_morning_of_calls(bench: Bench, agents: int = 1) -> None:
    """Thirty calls of about 100 s were handled; now all agents are at work, each begun 10 s after
    the one before."""
    bench.agent(1)
    for n in range(100, 130):
        bench.enqueue(n)
        bench.serve(n, 80 + n % 3 * 20)
    for n in range(1, agents + 1):
        bench.agent(n)
        bench.enqueue(200 + n)
        bench.talk(200 + n)
        bench.wait(10)


def test_the_first_after_its_time_and_then_at_its_intervals() -> None:
    bench = bench_of(first_s=30, every_s=60)
    bench.enqueue(1)
    assert heard(bench, 1, 29) == []
    assert len(heard(bench, 1, 1)) == 1
    assert heard(bench, 1, 59) == []
    assert len(heard(bench, 1, 1)) == 1


def test_those_who_came_within_five_seconds_are_told_together() -> None:
    bench = bench_of()
    bench.enqueue(1)
    bench.wait(1)
    bench.enqueue(2)
    bench.wait(2)
    bench.enqueue(3)
    bench.wait(27)
    bench.wait(5)
    assert [one.interaction for one in bench.seen(Announced)] == [call_id(2), call_id(3)]
    assert bench.now == at(35)


def test_the_position_is_one_for_the_next_and_follows_the_score() -> None:
    bench = bench_of()
    bench.enqueue(1)
    bench.enqueue(2, priority=5)
    bench.wait(30)
    told = {one.interaction: one.position for one in bench.seen(Announced)}
    assert told == {call_id(2): 1, call_id(1): 2}


def test_the_position_moves_up_as_others_are_served() -> None:
    bench = bench_of()
    for n in (1, 2):
        bench.enqueue(n)
    assert heard(bench, 2, 30)[0].position == 2
    bench.agent(1)
    bench.talk(1)
    assert heard(bench, 2, 60)[0].position == 1


def test_the_wait_is_told_as_a_band_once_enough_calls_were_handled() -> None:
    bench = bench_of()
    a_morning_of_calls(bench, agents=6)
    bench.enqueue(1)
    (told,) = heard(bench, 1, 30)
    assert told.low_s is not None
    assert told.high_s is not None
    assert 0 <= told.low_s < told.high_s
    assert told.high_s < 50, "the first of six is soon done with a call of 100 s"


def test_further_back_in_the_line_the_band_is_later() -> None:
    bench = bench_of()
    a_morning_of_calls(bench)
    for n in (1, 2, 3):
        bench.enqueue(n)
    bench.wait(30)
    first, _, third = bench.seen(Announced)
    assert (first.position, third.position) == (1, 3)
    assert first.high_s is not None
    assert third.low_s is not None
    assert third.low_s > first.high_s


def test_nothing_is_said_of_the_wait_while_too_few_calls_were_handled() -> None:
    bench = bench_of()
    bench.agent(1)
    bench.enqueue(99)
    bench.talk(99)
    bench.enqueue(1)
    (told,) = heard(bench, 1, 30)
    assert (told.position, told.low_s, told.high_s) == (1, None, None)


def test_nothing_is_said_of_the_wait_when_nobody_serves() -> None:
    bench = bench_of()
    a_morning_of_calls(bench)
    bench.do(do.Ended(call_id(201)))
    bench.do(do.SignOut(agent_id(1)))
    bench.enqueue(1)
    (told,) = heard(bench, 1, 30)
    assert (told.low_s, told.high_s) == (None, None)


def test_position_and_wait_can_each_be_left_out() -> None:
    bench = bench_of(position=False, wait=False, prompts=["music"])
    a_morning_of_calls(bench)
    bench.enqueue(1)
    (told,) = heard(bench, 1, 30)
    assert (told.position, told.low_s, told.prompt) == (None, None, "music")


def test_nobody_hears_anything_in_a_queue_without_announcements() -> None:
    bench = Bench()
    bench.queue()
    bench.enqueue(1)
    assert bench.wait(3600) == []


def test_an_offer_makes_no_announcement() -> None:
    bench = bench_of()
    bench.enqueue(1)
    bench.wait(25)
    bench.agent(1)
    assert heard(bench, 1, 10) == []


def test_in_another_queue_the_intervals_begin_anew() -> None:
    bench = bench_of()
    bench.queue("loans", announcements={"first_s": 10})
    bench.enqueue(1)
    bench.wait(30)
    bench.enqueue(1, "loans")
    assert heard(bench, 1, 9) == []
    assert len(heard(bench, 1, 1)) == 1


@pytest.mark.parametrize(
    ("first_s", "every_s"),
    [
        (30, 60),
        (10, 20),
        (60, 60),
        (0, 12),
    ],
)
def test_prompts_are_played_in_turn_beginning_with_the_first(first_s: int, every_s: int) -> None:
    bench = bench_of(first_s=first_s, every_s=every_s, prompts=["a", "b", "c"])
    bench.enqueue(1)
    prompts = [one.prompt for one in heard(bench, 1, 600)]
    assert prompts[:7] == ["a", "b", "c", "a", "b", "c", "a"]
