"""The floor by hand: taking, moving, closing, and changing agents in the middle of it."""

from __future__ import annotations

import pytest

from contactcenter.core.errors import Conflict, NotFound
from contactcenter.routing import actions as do
from contactcenter.routing.effects import Moved, Withdrawn
from contactcenter.routing.model import Channel
from tests.routing.floors import CUSTOMER, Bench, agent_id, call_id


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.queue("loans", wrap_up="none")
    bench.queue(wrap_up="none")
    return bench


def pull(bench: Bench, n: int, agent: int) -> list[str]:
    return bench.do(do.Pull(call_id(n), agent_id(agent)))


def move(bench: Bench, n: int, queue: str, channel: Channel = "voice") -> list[str]:
    return bench.do(do.Enqueue(call_id(n), queue, channel, CUSTOMER, manual=True))


def test_an_agent_takes_a_waiting_interaction_out_of_turn(bench: Bench) -> None:
    for n in (1, 2, 3):
        bench.enqueue(n, requires="rare")
    bench.agent(1)
    pull(bench, 3, 1)
    assert bench.floor.waiting[call_id(3)].state == "assigned"
    assert bench.given_to(1) is None


def test_neither_queue_nor_skill_nor_presence_keep_an_agent_from_taking_one(bench: Bench) -> None:
    bench.enqueue(1, requires="rare")
    bench.agent(1, queues=[])
    bench.do(do.SetState(agent_id(1), "away", "paperwork"))
    pull(bench, 1, 1)
    assert bench.given_to(1) == 1


def test_capacity_does(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    bench.enqueue(2)
    with pytest.raises(Conflict) as full:
        pull(bench, 2, 1)
    assert full.value.code == "at_capacity"
    assert bench.given_to(2) is None


def test_taking_what_is_offered_to_another_withdraws_that_offer(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    bench.agent(2)
    pull(bench, 1, 2)
    assert [(one.agent, one.reason) for one in bench.seen(Withdrawn)] == [(agent_id(1), "pulled")]
    assert bench.given_to(1) == 2


def test_taking_what_is_offered_to_oneself_accepts_the_offer(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    assert pull(bench, 1, 1) == ["accepted", "state_changed"]


def test_of_two_who_take_the_same_one_the_second_is_refused(bench: Bench) -> None:
    bench.enqueue(1)
    bench.agent(1, queues=[])
    bench.agent(2, queues=[])
    pull(bench, 1, 1)
    with pytest.raises(Conflict) as late:
        pull(bench, 1, 2)
    assert late.value.code == "superseded"


def test_a_call_taken_by_hand_needs_media_like_any_other(bench: Bench) -> None:
    bench.enqueue(1)
    bench.agent(1, queues=[])
    pull(bench, 1, 1)
    bench.wait(30)
    assert bench.floor.states[agent_id(1)].reason == "no_media"
    assert bench.floor.waiting[call_id(1)].state == "waiting"


def test_a_supervisor_moves_an_interaction_which_keeps_its_place(bench: Bench) -> None:
    bench.enqueue(1)
    bench.wait(10)
    bench.enqueue(2, "loans")
    assert move(bench, 1, "loans") == ["moved"]
    assert [(one.from_, one.queue) for one in bench.seen(Moved)] == [("sales", "loans")]
    bench.agent(1, queues=["loans"])
    assert bench.given_to(1) == 1


def test_a_move_by_hand_meets_no_limits(bench: Bench) -> None:
    bench.queue("loans", limits={"max_length": 0, "nobody_then": {"leave": "voicemail"}})
    bench.do(do.CloseQueue("loans"))
    bench.enqueue(1)
    move(bench, 1, "loans")
    assert bench.queue_now(1) == "loans"


def test_a_move_withdraws_the_offer_and_frees_the_agent_for_the_next(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    bench.enqueue(2)
    move(bench, 1, "loans")
    assert [one.reason for one in bench.seen(Withdrawn)] == ["moved"]
    assert bench.given_to(2) == 1


def test_what_an_agent_has_can_not_be_moved_or_taken(bench: Bench) -> None:
    bench.agent(1)
    bench.agent(2, queues=[])
    bench.enqueue(1)
    bench.talk(1)
    with pytest.raises(Conflict):
        move(bench, 1, "loans")
    with pytest.raises(Conflict):
        pull(bench, 1, 2)
    with pytest.raises(NotFound):
        move(bench, 2, "nowhere")


def test_skills_given_in_the_middle_of_it_count_at_once(bench: Bench) -> None:
    bench.enqueue(1, requires="german")
    bench.agent(1)
    assert bench.given_to(1) is None
    bench.agent(1, skills={"german": 1})
    assert bench.given_to(1) == 1


def test_skills_taken_away_leave_the_work_in_hand(bench: Bench) -> None:
    bench.agent(1, skills={"german": 1})
    bench.enqueue(1, requires="german")
    bench.agent(1)
    assert "accepted" in bench.accept(1)


def test_a_state_set_by_a_supervisor_withdraws_what_is_offered(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1)
    bench.agent(2)
    bench.do(do.SetState(agent_id(1), "away", "meeting"))
    assert [one.reason for one in bench.seen(Withdrawn)] == ["agent_away"]
    assert bench.given_to(1) == 2


def test_closing_a_queue_twice_and_an_unknown_one(bench: Bench) -> None:
    assert bench.do(do.CloseQueue("sales", True, "storm")) == ["queue_closed"]
    assert bench.floor.queue_states["sales"].closed_reason == "storm"
    with pytest.raises(NotFound):
        bench.do(do.CloseQueue("nowhere"))
