"""What each command means on a floor of a few agents."""

from __future__ import annotations

import pytest

from contactcenter.core.errors import Conflict, Denied, Invalid, NotFound
from contactcenter.routing import actions as do
from contactcenter.routing.model import WRAP_UP_TIMEOUT
from tests.routing.floors import Bench, agent_id, call_id


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.queue(wrap_up="mandatory_limit", wrap_up_s=30, exclude_s=60, media_s=20)
    return bench


def state(bench: Bench, n: int) -> tuple[str, str | None]:
    found = bench.floor.states[agent_id(n)]
    return found.state, found.reason


def test_a_call_is_offered_accepted_talked_wrapped_up_and_closed(bench: Bench) -> None:
    agent = bench.agent(1)
    assert bench.enqueue(1) == ["offered", "state_changed"]
    assert state(bench, 1) == ("reserved", None)
    assert bench.accept(1) == ["accepted", "state_changed"]
    assert state(bench, 1) == ("busy", None)
    bench.do(do.MediaUp(call_id(1)))
    bench.wait(300)
    assert bench.do(do.Ended(call_id(1))) == ["wrap_up_started", "state_changed"]
    assert state(bench, 1) == ("wrap_up", None)
    kinds = bench.do(do.Complete(call_id(1), agent, "solved"))
    assert kinds == ["wrapped_up", "closed", "state_changed"]
    assert state(bench, 1) == ("available", None)
    assert not bench.floor.waiting
    assert not bench.floor.reservations


def test_free_capacity_pulls_at_once_in_order_of_score(bench: Bench) -> None:
    for n in (1, 2, 3):
        bench.enqueue(n, priority=5 if n == 3 else 0)
        bench.wait(60)
    bench.agent(1)
    assert bench.offered_to() == [(call_id(3), agent_id(1))]
    bench.talk(3)
    bench.do(do.Ended(call_id(3)))
    bench.do(do.Complete(call_id(3), agent_id(1), "solved"))
    assert bench.offered_to() == [(call_id(1), agent_id(1))]


def test_a_rejected_offer_goes_to_the_next_and_comes_back_after_the_exclusion(
    bench: Bench,
) -> None:
    bench.agent(1)
    bench.enqueue(1)
    offer = bench.offer(1)
    assert bench.do(do.Reject(offer.id, agent_id(1), "busy here")) == ["rejected", "state_changed"]
    assert state(bench, 1) == ("available", None)
    bench.agent(2)
    assert bench.offered_to() == [(call_id(1), agent_id(2))]
    second = bench.offer(1)
    bench.do(do.Reject(second.id, agent_id(2)))
    assert bench.wait(59) == []
    assert bench.wait(1) == ["offered", "state_changed"]
    assert bench.offer(1).agent == agent_id(1)


def test_a_missed_offer_makes_the_agent_away_and_keeps_the_place(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    bench.wait(10)
    bench.enqueue(2)
    assert bench.wait(10) == ["expired", "state_changed"]
    assert state(bench, 1) == ("away", "no_answer")
    bench.agent(2)
    assert bench.offered_to() == [(call_id(1), agent_id(2))]


def test_a_customer_who_leaves_takes_the_offer_along_and_the_next_comes(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    bench.enqueue(2)
    kinds = bench.do(do.Leave(call_id(1)))
    assert kinds == [
        "withdrawn",
        "state_changed",
        "dequeued",
        "closed",
        "offered",
        "state_changed",
    ]
    assert bench.offered_to() == [(call_id(2), agent_id(1))]


def test_accept_and_leave_race_and_exactly_one_wins(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    offer = bench.offer(1)
    bench.do(do.Leave(call_id(1)))
    with pytest.raises(Conflict) as lost:
        bench.do(do.Accept(offer.id, agent_id(1)))
    assert lost.value.code == "superseded"
    bench.enqueue(2)
    offer = bench.offer(2)
    bench.do(do.Accept(offer.id, agent_id(1)))
    kinds = bench.do(do.Leave(call_id(2)))
    assert kinds == ["withdrawn", "dequeued", "closed", "state_changed"]
    assert state(bench, 1) == ("available", None)


def test_an_accepted_call_without_media_returns_to_its_place(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    bench.accept(1)
    assert bench.wait(19) == []
    assert bench.wait(1) == ["withdrawn", "state_changed"]
    assert state(bench, 1) == ("away", "no_media")
    bench.agent(2)
    assert bench.offered_to() == [(call_id(1), agent_id(2))]


def test_an_agents_leg_that_fails_returns_the_call_at_once(bench: Bench) -> None:
    bench.agent(1)
    bench.agent(2)
    bench.enqueue(1)
    bench.accept(1)
    assert bench.do(do.MediaFailed(call_id(1)))[:2] == ["withdrawn", "state_changed"]
    assert state(bench, 1) == ("away", "no_media")
    assert bench.offered_to() == [(call_id(1), agent_id(2))]
    bench.talk(1)
    with pytest.raises(Conflict):
        bench.do(do.MediaFailed(call_id(1)))


def test_a_wrap_up_without_outcome_ends_at_its_limit(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    bench.talk(1)
    bench.do(do.Ended(call_id(1)))
    with pytest.raises(Invalid) as missing:
        bench.do(do.Complete(call_id(1), agent_id(1), None))
    assert missing.value.code == "disposition_missing"
    assert bench.wait(30) == ["wrapped_up", "closed", "state_changed"]
    assert bench.effects[0].disposition == WRAP_UP_TIMEOUT  # type: ignore[union-attr]  # it is
    with pytest.raises(Conflict):
        bench.do(do.Complete(call_id(1), agent_id(1), "late"))


@pytest.mark.parametrize(
    ("mode", "at_end", "completes", "limit"),
    [
        ("none", "completed", False, None),
        ("optional", "wrapping", True, None),
        ("mandatory", "wrapping", True, "never"),
        ("mandatory_limit", "wrapping", True, WRAP_UP_TIMEOUT),
        ("fixed", "wrapping", False, WRAP_UP_TIMEOUT),
    ],
)
def test_wrap_up_modes(mode: str, at_end: str, completes: bool, limit: str | None) -> None:
    for finish in (True, False):
        bench = Bench()
        bench.queue(wrap_up=mode, wrap_up_s=30)
        agent = bench.agent(1)
        bench.enqueue(1)
        bench.talk(1)
        kinds = bench.do(do.Ended(call_id(1)))
        assert ("wrap_up_started" in kinds) == (at_end == "wrapping")
        if at_end == "completed":
            assert state(bench, 1) == ("available", None)
            continue
        if finish:
            bench.wait(3)
            ended = "wrapped_up" in bench.do(do.Complete(call_id(1), agent, "solved"))
            assert ended == completes
            if not completes:
                assert bench.wait(30) == ["wrapped_up", "closed", "state_changed"]
                assert bench.effects[0].disposition == "solved"  # type: ignore[union-attr]  # it is
            continue
        kinds = bench.wait(3600)
        if limit == "never":
            assert kinds == []
        else:
            assert bench.effects[0].disposition == limit  # type: ignore[union-attr]  # it is


def test_texts_fill_their_capacity_and_end_by_wrap_up_directly(bench: Bench) -> None:
    agent = bench.agent(1, capacity={"sms": 2})
    for n in (1, 2, 3):
        bench.enqueue(n, channel="sms")
    assert {one.interaction for one in bench.floor.reservations.values()} == {
        call_id(1),
        call_id(2),
    }
    bench.accept(1)
    bench.accept(2)
    kinds = bench.do(do.Complete(call_id(1), agent, "solved"))
    assert kinds == ["wrapped_up", "closed", "offered"]
    assert bench.offered_to() == [(call_id(3), agent_id(1))]


def test_a_call_interrupts_writing_and_writing_never_a_call(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1, channel="email")
    bench.accept(1)
    assert "offered" in bench.enqueue(2)
    assert state(bench, 1) == ("reserved", None)
    bench.talk(2)
    assert bench.enqueue(3, channel="sms") == []
    bench.do(do.Ended(call_id(2)))
    kinds = bench.do(do.Complete(call_id(2), agent_id(1), "solved"))
    assert "offered" in kinds
    assert bench.offered_to() == [(call_id(3), agent_id(1))]


def test_away_while_busy_is_taken_after_the_work(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    bench.talk(1)
    bench.do(do.SetState(agent_id(1), "away", "lunch"))
    assert state(bench, 1) == ("busy", None)
    assert bench.floor.states[agent_id(1)].next_state == "away"
    bench.do(do.Ended(call_id(1)))
    bench.enqueue(2)
    bench.do(do.Complete(call_id(1), agent_id(1), "solved"))
    assert state(bench, 1) == ("away", "lunch")
    assert bench.floor.states[agent_id(1)].next_state is None
    assert bench.floor.waiting[call_id(2)].state == "waiting"


def test_a_lost_connection_withdraws_offers_and_signing_in_restores(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    kinds = bench.do(do.LoseConnection(agent_id(1)))
    assert kinds == ["withdrawn", "state_changed"]
    assert state(bench, 1) == ("away", "connection_lost")
    assert bench.do(do.LoseConnection(agent_id(1))) == []
    assert "offered" in bench.do(do.SignIn(agent_id(1)))


def test_signing_in_and_out(bench: Bench) -> None:
    bench.agent(1, available=False)
    assert state(bench, 1) == ("offline", None)
    bench.do(do.SignIn(agent_id(1)))
    assert state(bench, 1) == ("away", "signed_in")
    bench.do(do.SetState(agent_id(1), "available"))
    bench.enqueue(1)
    assert bench.do(do.SignOut(agent_id(1))) == ["withdrawn", "state_changed"]
    assert state(bench, 1) == ("offline", None)


def test_an_interaction_moves_to_another_queue_and_keeps_its_place(bench: Bench) -> None:
    bench.queue("loans")
    bench.agent(1)
    bench.enqueue(1)
    bench.wait(10)
    kinds = bench.enqueue(1, "loans")
    assert kinds == ["withdrawn", "state_changed", "moved"]
    bench.enqueue(2, "loans")
    bench.agent(2, queues=["loans"])
    assert bench.offered_to() == [(call_id(1), agent_id(2))]


def test_the_longest_wait_of_a_queue_is_a_deadline() -> None:
    bench = Bench()
    bench.queue(max_wait_s=90)
    bench.enqueue(1)
    assert bench.wait(89) == []
    assert bench.wait(1) == ["dequeued"]
    assert not bench.floor.waiting


def test_an_agents_own_interaction_takes_capacity_and_wraps_up(bench: Bench) -> None:
    agent = bench.agent(1)
    kinds = bench.do(do.Assign(call_id(1), agent, "voice", call_id(99)))
    assert kinds == ["accepted", "state_changed"]
    bench.enqueue(2)
    assert bench.floor.waiting[call_id(2)].state == "waiting"
    with pytest.raises(Conflict) as full:
        bench.do(do.Assign(call_id(3), agent, "voice", call_id(99)))
    assert full.value.code == "at_capacity"
    assert "wrap_up_started" in bench.do(do.Ended(call_id(1)))
    assert "offered" in bench.do(do.Complete(call_id(1), agent, "no_answer"))


def test_refusals_change_nothing_and_say_why(bench: Bench) -> None:
    agent = bench.agent(1)
    other = bench.agent(2)
    bench.enqueue(1)
    offer = bench.offer(1)
    for command, error in (
        (do.Enqueue(call_id(9), "nowhere", "voice", call_id(99)), NotFound),
        (do.Enqueue(call_id(9), "sales", "voice", call_id(99), {"skil": "x"}), Invalid),
        (do.Accept(offer.id, other), Denied),
        (do.Accept(call_id(5), agent), Conflict),
        (do.Complete(call_id(1), agent, "solved"), Conflict),
        (do.SetState(agent, "away"), Invalid),
        (do.SetState(call_id(5), "available"), NotFound),
        (do.Ended(call_id(5)), Conflict),
        (do.MediaUp(call_id(1)), Conflict),
    ):
        with pytest.raises(error):
            bench.do(command)
    assert bench.offer(1) == offer
    assert call_id(9) not in bench.floor.waiting
    bench.accept(1)
    with pytest.raises(Conflict) as still:
        bench.do(do.Complete(call_id(1), agent, "solved"))
    assert still.value.code == "not_ended"
