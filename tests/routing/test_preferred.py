"""Preferred agents: sticky, owner or named; held out for, and then the queue is the backup."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.routing import actions as do
from tests.routing.floors import Bench, agent_id, call_id


@pytest.fixture
def bench() -> Bench:
    """Two agents, the first of them idle for longer; calls below prefer the second."""
    bench = Bench()
    bench.queue(wrap_up="none", offer_s={"voice": 20}, exclude_s=60)
    bench.agent(1)
    bench.wait(10)
    bench.agent(2)
    return bench


def prefer(bench: Bench, n: int, *agents: int, hold_s: int = 40, **more: Any) -> None:
    bench.enqueue(n, preferred=tuple(map(agent_id, agents)), hold_s=hold_s, **more)


def test_a_free_preferred_agent_gets_it_before_the_longest_idle(bench: Bench) -> None:
    prefer(bench, 1, 2)
    assert bench.given_to(1) == 2


def test_while_the_preferred_agent_is_busy_it_is_held_out_for(bench: Bench) -> None:
    bench.enqueue(9, preferred=(agent_id(2),), hold_s=1)
    bench.talk(9)
    prefer(bench, 1, 2)
    bench.wait(39)
    assert bench.given_to(1) is None


def test_the_preferred_agent_who_becomes_free_in_time_gets_it(bench: Bench) -> None:
    prefer(bench, 9, 2)
    bench.talk(9)
    prefer(bench, 1, 2)
    bench.wait(30)
    bench.do(do.Ended(call_id(9)))
    assert bench.given_to(1) == 2


def test_when_the_hold_is_over_the_queue_is_the_backup(bench: Bench) -> None:
    prefer(bench, 9, 2)
    bench.talk(9)
    prefer(bench, 1, 2)
    bench.wait(40)
    assert bench.given_to(1) == 1


def test_held_work_comes_before_older_work_of_the_queue(bench: Bench) -> None:
    prefer(bench, 8, 1)
    prefer(bench, 9, 2)
    bench.talk(8)
    bench.talk(9)
    bench.enqueue(1)
    bench.wait(60)
    prefer(bench, 2, 2)
    bench.do(do.Ended(call_id(9)))
    assert bench.given_to(2) == 2
    assert bench.given_to(1) is None


def test_nobody_holds_out_for_an_agent_who_is_offline(bench: Bench) -> None:
    bench.do(do.SignOut(agent_id(2)))
    prefer(bench, 1, 2)
    assert bench.given_to(1) == 1


def test_signing_out_during_the_hold_lets_it_go_to_others_at_once(bench: Bench) -> None:
    prefer(bench, 9, 2)
    bench.talk(9)
    prefer(bench, 1, 2)
    bench.do(do.SignOut(agent_id(2)))
    assert bench.given_to(1) == 1


def test_an_agent_who_is_away_may_come_back_within_the_hold(bench: Bench) -> None:
    bench.do(do.SetState(agent_id(2), "away", "tea"))
    prefer(bench, 1, 2)
    bench.wait(20)
    assert bench.given_to(1) is None
    bench.do(do.SetState(agent_id(2), "available"))
    assert bench.given_to(1) == 2


def test_of_several_preferred_the_first_named_who_is_free_gets_it(bench: Bench) -> None:
    bench.agent(3)
    prefer(bench, 1, 3, 2)
    prefer(bench, 2, 3, 2)
    assert (bench.given_to(1), bench.given_to(2)) == (3, 2)


def test_a_named_agent_need_not_be_in_the_queue_nor_have_its_skills(bench: Bench) -> None:
    bench.agent(3, queues=[])
    prefer(bench, 1, 3, requires="rare")
    assert bench.given_to(1) == 3


def test_after_the_hold_the_skills_of_the_queue_count_again(bench: Bench) -> None:
    bench.agent(3, queues=[], capacity={"voice": 0})
    prefer(bench, 1, 3, requires="rare")
    bench.wait(3600)
    assert bench.given_to(1) is None
    bench.agent(4, skills={"rare": 1})
    assert bench.given_to(1) == 4


def test_a_text_is_held_while_the_preferred_agent_has_no_room_for_it(bench: Bench) -> None:
    bench.agent(2, capacity={"sms": 1})
    prefer(bench, 9, 2, channel="sms")
    prefer(bench, 1, 2, channel="sms")
    assert bench.given_to(1) is None
    bench.accept(9)
    bench.do(do.Complete(call_id(9), agent_id(2), "solved"))
    assert bench.given_to(1) == 2


def test_a_hold_of_no_time_is_no_hold(bench: Bench) -> None:
    prefer(bench, 1, 2, hold_s=0)
    assert bench.given_to(1) == 1


def test_a_preferred_agent_who_refuses_releases_it_at_once(bench: Bench) -> None:
    prefer(bench, 1, 2)
    bench.reject(1)
    assert bench.given_to(1) == 1


def test_a_preferred_agent_who_does_not_answer_releases_it_at_once(bench: Bench) -> None:
    prefer(bench, 1, 2)
    bench.wait(20)
    assert bench.given_to(1) == 1


def test_once_let_go_it_is_not_held_again_when_the_agent_signs_in() -> None:
    bench = Bench()
    bench.queue()
    bench.agent(2, available=False)
    prefer(bench, 1, 2)
    bench.do(do.SignIn(agent_id(2)))
    bench.agent(1)
    assert bench.given_to(1) == 1


def test_the_place_in_the_line_is_kept_when_the_hold_ends(bench: Bench) -> None:
    for n, agent in ((8, 1), (9, 2)):
        prefer(bench, n, agent)
        bench.talk(n)
    prefer(bench, 1, 2, hold_s=30)
    bench.wait(10)
    bench.enqueue(2)
    bench.wait(30)
    bench.do(do.Ended(call_id(8)))
    assert bench.given_to(1) == 1
    assert bench.given_to(2) is None
