"""Queues and agents that go: from the floor, from the rows, from the document; and come back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contactcenter.core.errors import ContactCenterError, NotFound
from contactcenter.routing import actions as do
from contactcenter.routing.effects import Offered
from contactcenter.routing.model import Callback
from contactcenter.routing.rows import floor_of, rows_of
from tests.routing.floors import CUSTOMER, Bench, agent_id, call_id

ME = "account:me"


def _code(bench: Bench, command: do.Command) -> str:
    before = rows_of(bench.floor)
    with pytest.raises(ContactCenterError) as caught:
        bench.do(command)
    after = rows_of(bench.floor)
    assert (after.waiting, after.queues, after.agents) == (
        before.waiting,
        before.queues,
        before.agents,
    )
    return caught.value.code


def _gone(name: str, to: str | None = None) -> do.RemoveQueue:
    return do.RemoveQueue(name, 10**6, to)


# -- the floor -------------------------------------------------------------------------------------


def test_an_empty_queue_goes_and_nobody_can_enter_it() -> None:
    bench = Bench()
    bench.queue("old")
    bench.agent(1, queues=["old"])
    bench.do(_gone("old"))
    assert "old" not in bench.floor.queues
    with pytest.raises(NotFound):
        bench.enqueue(1, "old")


def test_a_queue_in_which_something_waits_stays_unless_told_where_to() -> None:
    bench = Bench()
    bench.queue("old")
    bench.queue("new")
    bench.enqueue(1, "old")
    bench.enqueue(2, "old", requires="german", attributes={"tier": "gold"})
    assert _code(bench, _gone("old")) == "not_empty"
    entered = bench.floor.waiting[call_id(2)].entered_first
    bench.wait(30)
    assert bench.do(_gone("old", "new")) == ["moved", "moved"]
    item = bench.floor.waiting[call_id(2)]
    assert (item.queue, item.entered_first, item.requires) == ("new", entered, "german")
    assert item.attributes == {"tier": "gold"}
    bench.agent(1, queues=["new"])
    assert bench.given_to(1) == 1


def test_an_open_offer_is_withdrawn_and_the_agent_gets_it_from_the_other_queue() -> None:
    bench = Bench()
    bench.queue("old")
    bench.queue("new")
    bench.agent(1, queues=["old", "new"])
    bench.enqueue(1, "old")
    bench.do(_gone("old", "new"))
    assert bench.offer(1).queue == "new"


def test_nobody_is_offered_from_a_queue_that_is_going() -> None:
    bench = Bench()
    bench.queue("old")
    bench.queue("new")
    for n in (1, 2):
        bench.agent(n, queues=["old", "new"])
    for n in range(5):
        bench.enqueue(n, "old")
    bench.do(do.AskCallback(call_id(4), "+1"))
    bench.do(_gone("old", "new"))
    assert {one.queue for one in bench.seen(Offered)} == {"new"}
    assert [one.queue for one in bench.floor.waiting.values()] == ["new"] * 5
    assert {bench.given_to(0), bench.given_to(1)} == {1, 2}


def test_what_agents_handle_stays_theirs() -> None:
    bench = Bench()
    bench.queue("old", wrap_up_s=9)
    agent = bench.agent(1, queues=["old"])
    bench.enqueue(1, "old")
    bench.talk(1)
    bench.do(_gone("old"))
    bench.floor = floor_of(rows_of(bench.floor))
    assert bench.do(do.Ended(call_id(1)))[0] == "wrap_up_started"
    assert "wrapped_up" in bench.do(do.Complete(call_id(1), agent, "solved"))
    assert bench.floor.states[agent].state == "available"


def test_a_call_that_is_being_connected_may_come_back_so_the_queue_stays() -> None:
    bench = Bench()
    bench.queue("old")
    bench.queue("new")
    bench.agent(1, queues=["old"])
    bench.enqueue(1, "old")
    bench.accept(1)
    assert _code(bench, _gone("old", "new")) == "not_empty"
    bench.do(do.MediaUp(call_id(1)))
    bench.do(_gone("old", "new"))


@pytest.mark.parametrize(
    "rules",
    [
        {"rings": [{"after_s": 5, "add": ["old"]}]},
        {"limits": {"max_length": 3, "full_then": {"move": "old"}}},
        {"overflow": [{"measure": "length", "of": "old", "above": 3, "then": {"leave": "x"}}]},
        {"blending": {"yields_to": ["old"]}},
        {"max_offers": 2, "escalate": {"move": "old"}},
    ],
)
def test_a_queue_that_others_speak_of_stays(rules: dict[str, Any]) -> None:
    bench = Bench()
    bench.queue("old")
    bench.queue("new", **rules)
    assert _code(bench, _gone("old")) == "in_use"
    bench.queue("new")
    bench.do(_gone("old"))


def test_a_callback_for_later_moves_along() -> None:
    bench = Bench()
    bench.queue("old")
    bench.queue("new")
    bench.enqueue(1, "old")
    bench.do(do.AskCallback(call_id(1), "+1", at=bench.now + timedelta(seconds=60)))
    assert _code(bench, _gone("old")) == "not_empty"
    bench.do(_gone("old", "new"))
    item = bench.floor.waiting[call_id(1)]
    assert (item.queue, item.state) == ("new", "later")
    assert isinstance(item.callback, Callback)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (_gone("none"), "unknown_queue"),
        (_gone("old", "none"), "unknown_queue"),
        (_gone("old", "old"), "invalid"),
        (do.RemoveQueue("old", 0), "superseded"),
        (do.RemoveAgent(agent_id(9), 10**6), "unknown_agent"),
        (do.RemoveAgent(agent_id(1), 0), "superseded"),
        (do.RemoveAgent(agent_id(1), 10**6), "signed_in"),
    ],
)
def test_what_can_not_go(command: do.Command, code: str) -> None:
    bench = Bench()
    bench.queue("old")
    bench.agent(1, queues=["old"])
    assert _code(bench, command) == code


def test_a_queue_that_comes_back_begins_anew() -> None:
    bench = Bench()
    closed = {"zone": "UTC", "weekly": {"sun": ["01:00-02:00"]}}
    bench.do(do.ChangeQueue("old", 1, {"hours": closed}))
    bench.agent(1, queues=["old"])
    assert bench.enqueue(1, "old")[0] == "dequeued"
    bench.do(do.CloseQueue("old"))
    bench.do(_gone("old"))
    bench.do(do.ChangeQueue("old", 1, {}))
    bench.enqueue(2, "old")
    assert bench.given_to(2) == 1


def test_an_agent_goes_when_signed_out_with_nothing_in_hand() -> None:
    bench = Bench()
    bench.queue()
    agent = bench.agent(1)
    bench.enqueue(1)
    bench.talk(1)
    bench.do(do.SignOut(agent))
    assert _code(bench, do.RemoveAgent(agent, 10**6)) == "has_work"
    bench.do(do.Ended(call_id(1)))
    bench.do(do.Complete(call_id(1), agent, "solved"))
    bench.do(do.RemoveAgent(agent, 10**6))
    with pytest.raises(NotFound):
        bench.do(do.SignIn(agent))
    bench.enqueue(2)
    bench.agent(1)
    assert bench.given_to(2) == 1


def test_what_is_held_for_an_agent_who_comes_back_is_theirs_after_a_crash_too() -> None:
    bench = Bench()
    bench.queue()
    gone, other = bench.agent(1, available=False), bench.agent(2)
    bench.do(do.SetState(other, "away", "lunch"))
    preferred = (gone, other)
    bench.do(do.Enqueue(call_id(1), "sales", "voice", CUSTOMER, preferred=preferred, hold_s=60))
    bench.do(do.RemoveAgent(gone, 10**6))
    twin = Bench()
    twin.floor, twin.now = floor_of(rows_of(bench.floor)), bench.now
    for one in (bench, twin):
        one._versions = 100
        one.agent(1)
    assert bench.given_to(1) == twin.given_to(1) == 1
