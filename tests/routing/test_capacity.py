"""Capacity per channel and shared, what interrupts what, and the clock of idleness."""

from __future__ import annotations

import pytest

from contactcenter.core.errors import Conflict
from contactcenter.routing import actions as do
from contactcenter.routing.model import Channel
from tests.routing.floors import CUSTOMER, Bench, agent_id, call_id


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.queue(wrap_up="none")
    return bench


def fill(bench: Bench, channel: Channel, count: int, first: int = 1) -> int:
    """How many of so many the agent is given; each is accepted."""
    given = 0
    for n in range(first, first + count):
        bench.enqueue(n, channel=channel)
        if bench.given_to(n) is not None:
            bench.accept(n)
            given += 1
    return given


@pytest.mark.parametrize(("channel", "most"), [("voice", 1), ("sms", 3), ("email", 5)])
def test_without_configuration_one_call_three_texts_or_five_mails(
    bench: Bench, channel: Channel, most: int
) -> None:
    bench.agent(1)
    assert fill(bench, channel, 9) == most


def test_each_channel_has_its_own_capacity(bench: Bench) -> None:
    bench.agent(1, capacity={"sms": 2, "email": 1})
    assert fill(bench, "sms", 4, first=10) == 2
    assert fill(bench, "email", 4, first=20) == 1


def test_no_capacity_on_a_channel_means_never_asked(bench: Bench) -> None:
    bench.agent(1, capacity={"email": 0})
    assert fill(bench, "email", 1) == 0


def test_channels_that_share_hold_at_most_so_many_together(bench: Bench) -> None:
    bench.agent(1, shared=[{"channels": ["sms", "email"], "most": 4}])
    assert fill(bench, "email", 3, first=10) == 3
    assert fill(bench, "sms", 3, first=20) == 1


def test_a_place_freed_on_one_channel_is_taken_by_what_waits_on_the_other(bench: Bench) -> None:
    agent = bench.agent(1, shared=[{"channels": ["sms", "email"], "most": 1}])
    fill(bench, "email", 1, first=10)
    bench.enqueue(20, channel="sms")
    assert bench.given_to(20) is None
    bench.do(do.Complete(call_id(10), agent, None))
    assert bench.given_to(20) == 1


def test_work_in_wrap_up_still_takes_its_place() -> None:
    bench = Bench()
    bench.queue(wrap_up="mandatory")
    agent = bench.agent(1)
    bench.enqueue(1)
    bench.talk(1)
    bench.do(do.Ended(call_id(1)))
    bench.enqueue(2)
    assert bench.given_to(2) is None
    bench.do(do.Complete(call_id(1), agent, "solved"))
    assert bench.given_to(2) == 1


@pytest.mark.parametrize(
    ("holding", "offered", "allowed"),
    [
        ("email", "voice", True),
        ("sms", "voice", True),
        ("email", "sms", True),
        ("sms", "email", True),
        ("voice", "sms", False),
        ("voice", "email", False),
        ("voice", "voice", False),
    ],
)
def test_a_call_interrupts_writing_and_nothing_interrupts_a_call(
    bench: Bench, holding: Channel, offered: Channel, allowed: bool
) -> None:
    bench.agent(1)
    bench.enqueue(1, channel=holding)
    bench.accept(1)
    bench.enqueue(2, channel=offered)
    assert (bench.given_to(2) == 1) is allowed


def test_the_matrix_can_be_set_for_each_channel(bench: Bench) -> None:
    bench.agent(1, interrupts={"voice": ["email"], "sms": []})
    bench.enqueue(1, channel="sms")
    bench.accept(1)
    bench.enqueue(2, channel="voice")
    bench.enqueue(3, channel="sms")
    assert bench.given_to(2) is None
    assert bench.given_to(3) is None
    bench.enqueue(4, channel="email")
    assert bench.given_to(4) == 1, "what is not named keeps its default"


def test_an_offer_not_yet_answered_counts_as_work_in_hand(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    bench.enqueue(2, channel="sms")
    assert bench.given_to(1) == 1
    assert bench.given_to(2) is None


def test_waiting_text_is_offered_the_moment_the_call_is_over(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    bench.talk(1)
    for n in (2, 3):
        bench.enqueue(n, channel="sms")
    bench.do(do.Ended(call_id(1)))
    assert (bench.given_to(2), bench.given_to(3)) == (1, 1)


def test_less_capacity_takes_nothing_away_but_gives_nothing_more(bench: Bench) -> None:
    agent = bench.agent(1)
    fill(bench, "sms", 3)
    bench.agent(1, capacity={"sms": 1})
    bench.enqueue(9, channel="sms")
    assert len(bench.floor.held_by(agent)) == 3
    for n in (1, 2):
        bench.do(do.Complete(call_id(n), agent, None))
        assert bench.given_to(9) is None
    bench.do(do.Complete(call_id(3), agent, None))
    assert bench.given_to(9) == 1


def test_own_outbound_work_takes_capacity_and_is_refused_beyond_it(bench: Bench) -> None:
    agent = bench.agent(1)
    bench.do(do.Assign(call_id(1), agent, "voice", CUSTOMER))
    with pytest.raises(Conflict) as full:
        bench.do(do.Assign(call_id(2), agent, "voice", CUSTOMER))
    assert full.value.code == "at_capacity"


@pytest.mark.parametrize(("clock", "expected"), [("any", 2), ("inbound", 1)])
def test_outbound_work_starts_the_idle_clock_only_where_any_work_does(
    bench: Bench, clock: str, expected: int
) -> None:
    agent = bench.agent(1, idle_clock=clock)
    bench.wait(10)
    bench.agent(2)
    bench.do(do.Assign(call_id(1), agent, "voice", CUSTOMER))
    bench.wait(60)
    bench.do(do.Ended(call_id(1)))
    bench.do(do.Complete(call_id(1), agent, "no_answer"))
    bench.enqueue(2)
    assert bench.given_to(2) == expected


def test_inbound_work_starts_the_idle_clock_in_both(bench: Bench) -> None:
    bench.agent(1, idle_clock="inbound")
    bench.enqueue(1)
    bench.wait(1)
    bench.agent(2)
    bench.serve(1, 60)
    bench.enqueue(2)
    assert bench.given_to(2) == 2
    assert bench.floor.states[agent_id(1)].idle_since == bench.now
