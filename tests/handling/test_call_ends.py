"""However a leg ends, whoever is left comes to a defined state."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Hangup, Park, Say, step_from_data
from contactcenter.core.ids import new_id
from contactcenter.handling.desk import Begun, begin_call
from contactcenter.routing import queries
from contactcenter.routing.actions import SetState
from tests.handling.office import JOHN, MARY, PLAIN, Office


async def _end(office: Office, leg: str, cause: str = "normal") -> None:
    await office.take(voice.LegEnded, leg, line=PLAIN, cause=cause)
    await office.turn()


async def _pass(office: Office, seconds: float) -> None:
    await office.clock.advance(seconds)
    await office.turn()


async def test_the_customer_hangs_up_and_the_agent_wraps_up(office: Office) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    await _end(office, "leg-1")
    hangup = (await office.commands("hangup"))[0]
    assert (hangup.leg.ref, hangup.data) == ("leg-a", {"cause": "customer_left"})
    state = await office.state(key)
    assert state.state == "wrap_up"
    assert await office.agent_state(agent) == ("wrap_up", None)
    await _end(office, "leg-a")
    assert (await office.state(key)).state == "wrap_up"
    await office.assert_sound()


async def test_a_leg_that_ends_in_a_room_has_left_it_whatever_is_reported(office: Office) -> None:
    key = await office.connected_call(await office.agent())
    await _end(office, "leg-1")
    assert (await office.last("left", key)).data["reason"] == "ended"
    room = f"room-{key}"
    await office.take(voice.Left, "leg-1", line=PLAIN, room=room, reason="ended")
    kinds = await office.kinds(key)
    assert kinds.count("left") == 1
    assert kinds.index("left") < kinds.index("leg_ended")


@pytest.mark.parametrize("cause", ["no_answer", "failed", "rejected", "busy"])
async def test_an_agents_leg_that_is_not_answered_gives_the_call_to_the_next(
    office: Office, cause: str
) -> None:
    ann = await office.agent("Ann")
    key = await office.assigned_call(ann)
    (asked,) = await office.commands("originate")
    await office.take(voice.LegRinging, "leg-a", line=PLAIN, origin=asked.op_id)
    bob = await office.agent("Bob")
    await _end(office, "leg-a", cause)
    assert await office.agent_state(ann) == ("away", "no_media")
    state = await office.state(key)
    assert (state.state, state.agent_id) == ("offered", None)
    # the customer was never disturbed: still parked
    assert await office.commands("run", "hangup") == []
    assert await office.accepted(bob) == key
    assert (await office.state(key)).agent_id == bob
    second = (await office.commands("originate"))[-1]
    assert second.data["to"] == f"agent:{bob}"
    assert (await office.last("leg_ended", key)).data["cause"] == cause
    await office.assert_sound()


async def test_an_agent_lost_between_answer_and_connection_sends_the_customer_back(
    office: Office,
) -> None:
    ann = await office.agent("Ann")
    key = await office.assigned_call(ann)
    await office.agent_answers(key)
    await _end(office, "leg-a", "carrier_lost")
    join, park = await office.commands("join", "run")
    assert (join.kind, park.kind) == ("join", "run")
    (step,) = [step_from_data(one) for one in park.data["steps"]]
    assert isinstance(step, Park)
    assert step.queue == "sales"
    assert (await office.state(key)).state == "waiting"
    assert [one.state for one in await office.read(queries.waiting)] == ["waiting"]


async def test_an_agents_leg_that_rings_on_after_the_offer_was_taken_back_is_ended(
    office: Office,
) -> None:
    ann = await office.agent("Ann")
    key = await office.assigned_call(ann)
    (asked,) = await office.commands("originate")
    await office.take(voice.LegRinging, "leg-a", line=PLAIN, origin=asked.op_id)
    await _pass(office, 31)  # longer than the queue's time for media
    assert "withdrawn" in await office.kinds(key)
    (hangup,) = await office.commands("hangup")
    assert hangup.leg.ref == "leg-a"
    # it is answered in the very moment: the customer must not be joined to it
    await office.take(voice.LegAnswered, "leg-a", line=PLAIN)
    assert await office.commands("join") == []
    assert (await office.commands("hangup"))[-1].data == {"cause": "too_late"}
    await _end(office, "leg-a")
    assert (await office.state(key)).state == "waiting"


async def test_an_agent_who_hangs_up_ends_the_call(office: Office) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    await _end(office, "leg-a", "normal")
    (hangup,) = await office.commands("hangup")
    assert (hangup.leg.ref, hangup.data) == ("leg-1", {"cause": "agent_left"})
    await _end(office, "leg-1")
    assert (await office.state(key)).state == "wrap_up"


@pytest.mark.parametrize("cause", ["carrier_lost", "failed"])
async def test_an_agent_lost_in_the_talk_is_told_to_the_customer_and_wrapped_up(
    office: Office, cause: str
) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    await _end(office, "leg-a", cause)
    (sorry,) = await office.commands("run")
    said, hangup = [step_from_data(one) for one in sorry.data["steps"]]
    assert isinstance(said, Say)
    assert "connection" in said.text
    assert hangup == Hangup("agent_lost")
    assert sorry.leg.ref == "leg-1"
    state = await office.state(key)
    assert (state.state, state.connected) == ("assigned", False)
    await _end(office, "leg-1", "normal")
    assert (await office.state(key)).state == "wrap_up"
    assert (await office.events(key))[-1].kind == "wrap_up_started"
    causes = [e.data["cause"] for e in await office.events(key) if e.kind == "leg_ended"]
    assert causes == [cause, "normal"]
    await office.assert_sound()


async def test_a_caller_who_leaves_while_the_agents_leg_rings(office: Office) -> None:
    agent = await office.agent()
    key = await office.assigned_call(agent)
    (asked,) = await office.commands("originate")
    await office.take(voice.LegRinging, "leg-a", line=PLAIN, origin=asked.op_id)
    await _end(office, "leg-1")
    state = await office.state(key)
    assert (state.state, state.close_reason) == ("closed", "abandoned")
    assert await office.agent_state(agent) == ("available", None)
    assert {one.leg.ref for one in await office.commands("hangup")} == {"leg-a"}
    # the leg answers nevertheless, and is refused
    await office.take(voice.LegAnswered, "leg-a", line=PLAIN)
    assert await office.commands("join") == []
    await _end(office, "leg-a")
    await office.assert_sound()


# -- calls that an agent begins ------------------------------------------------------------------


async def _dialled(office: Office, agent: Any) -> Any:
    """As ``Desk.dial`` does it, with the router driven by hand."""
    line = office.lines.get("voice", PLAIN)
    begin = partial(begin_call, begun=Begun(line, agent, JOHN, "service"), key=new_id())
    key = await office.db.write(begin)
    await office.turn()
    return key


async def test_an_outgoing_call_reaches_the_agent_first_then_the_customer(office: Office) -> None:
    agent = await office.agent()
    key = await _dialled(office, agent)
    await office.agent_answers(key)
    to_agent, to_customer = await office.commands("originate")
    assert (to_agent.data["to"], to_customer.data["to"]) == (f"agent:{agent}", JOHN)
    assert to_customer.data["from_"] == PLAIN
    room = f"room-{key}"
    await office.take(voice.Joined, "leg-a", line=PLAIN, room=room)
    more = {"line": PLAIN, "origin": to_customer.op_id}
    await office.take(voice.LegRinging, "leg-c", **more)
    await office.take(voice.LegAnswered, "leg-c", **more)
    await office.take(voice.Joined, "leg-c", line=PLAIN, room=room)
    await office.turn()
    state = await office.state(key)
    assert (state.direction, state.connected) == ("outbound", True)
    await _end(office, "leg-c")
    assert (await office.state(key)).state == "wrap_up"
    await office.assert_sound()


@pytest.mark.parametrize("cause", ["busy", "no_answer", "failed"])
async def test_a_customer_who_is_not_reached_leaves_the_agent_in_wrap_up_with_the_cause(
    office: Office, cause: str
) -> None:
    agent = await office.agent()
    key = await _dialled(office, agent)
    await office.agent_answers(key)
    asked = (await office.commands("originate"))[-1]
    await office.take(voice.LegRinging, "leg-c", line=PLAIN, origin=asked.op_id)
    await _end(office, "leg-c", cause)
    ended = await office.last("leg_ended", key)
    assert (ended.data["cause"], ended.data["party"]) == (cause, "customer")
    assert (await office.state(key)).state == "wrap_up"
    assert await office.agent_state(agent) == ("wrap_up", None)
    assert {one.leg.ref for one in await office.commands("hangup")} == {"leg-a"}


async def test_an_agent_who_does_not_take_their_own_call_is_wrapped_up_too(office: Office) -> None:
    agent = await office.agent()
    key = await _dialled(office, agent)
    (asked,) = await office.commands("originate")
    await office.take(voice.LegRinging, "leg-a", line=PLAIN, origin=asked.op_id)
    await _end(office, "leg-a", "no_answer")
    assert (await office.state(key)).state == "wrap_up"
    assert len(await office.commands("originate")) == 1


async def test_an_agent_lost_while_the_customers_phone_rings_ends_that_too(office: Office) -> None:
    agent = await office.agent()
    key = await _dialled(office, agent)
    await office.agent_answers(key)
    asked = (await office.commands("originate"))[-1]
    await office.take(voice.LegRinging, "leg-c", line=PLAIN, origin=asked.op_id)
    await _end(office, "leg-a", "carrier_lost")
    (hangup,) = await office.commands("hangup")
    assert hangup.leg.ref == "leg-c"
    await _end(office, "leg-c", "cancelled")
    assert (await office.state(key)).state == "wrap_up"


async def test_nobody_stays_reserved_when_the_agent_goes_on_with_the_next_call(
    office: Office,
) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    await office.call(JOHN, leg="leg-2")
    await _end(office, "leg-1")
    await _pass(office, 31)  # the queue's wrap-up limit
    assert (await office.state(key)).state == "closed"
    assert (await office.state(key)).disposition == "wrap_up_timeout"
    await office.site.do(SetState(agent, "available"))
    second = await office.accepted(agent)
    state = await office.state(second)
    assert (state.state, (await office.customer(JOHN)).id) == ("assigned", state.customer_id)
    assert (await office.customer(MARY)).id != state.customer_id
