"""What a carrier reports of legs: once, in any order, and never against a later report."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Bridge, step_from_data
from contactcenter.handling import legs
from tests.handling.office import PLAIN, Office


async def _take(office: Office, kind: type[Any], leg: str, **more: Any) -> Any:
    return await office.take(kind, leg, line=PLAIN, **more)


async def test_an_accepted_call_rings_the_agent_and_brings_both_into_one_room(
    office: Office,
) -> None:
    agent = await office.agent()
    key = await office.assigned_call(agent)
    (asked,) = await office.commands()
    assert asked.kind == "originate"
    assert asked.data["to"] == f"agent:{agent}"
    assert asked.data["from_"] == PLAIN
    room = legs.room_of(key)
    assert [step_from_data(one) for one in asked.data["steps"]] == [Bridge(room, "agent")]
    await office.agent_answers(key)
    (join,) = await office.commands("join")
    assert (join.leg.party, join.data) == ("customer", {"room": room, "role": "customer"})
    await _take(office, voice.Joined, "leg-a", room=room)
    assert "connected" not in await office.kinds(key)
    await _take(office, voice.Joined, "leg-1", room=room)
    connected = await office.last("connected", key)
    assert connected.data == {"room": room, "agent": str(agent)}
    await office.turn()
    state = await office.state(key)
    assert (state.state, state.connected, state.answered_at) == (
        "assigned", True, office.clock.now(),
    )  # fmt: skip
    assert (await office.kinds(key))[-7:] == [
        "accepted", "leg_started", "leg_ringing", "leg_answered", "joined", "joined", "connected",
    ]  # fmt: skip
    await office.assert_sound()


async def test_ringing_after_the_answer_says_nothing_and_the_answer_implies_it(
    office: Office,
) -> None:
    key = await office.assigned_call(await office.agent())
    (asked,) = await office.commands("originate")
    await _take(office, voice.LegAnswered, "leg-a", origin=asked.op_id)
    await _take(office, voice.LegRinging, "leg-a")
    await _take(office, voice.LegAnswered, "leg-a")
    kinds = await office.kinds(key)
    assert kinds.count("leg_ringing") == kinds.count("leg_answered") == 1
    assert kinds.index("leg_ringing") < kinds.index("leg_answered")
    assert len(await office.commands("join")) == 1
    assert (await office.legs(key))["agent"].state == "up"


async def test_hold_and_mute_change_the_state_once_and_are_the_agents_doing(
    office: Office,
) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    for kind, leg, on in (
        (voice.HoldChanged, "leg-1", True),
        (voice.HoldChanged, "leg-1", True),
        (voice.MuteChanged, "leg-a", True),
        (voice.HoldChanged, "leg-1", False),
        (voice.MuteChanged, "leg-a", False),
        (voice.MuteChanged, "leg-a", False),
    ):
        await _take(office, kind, leg, on=on)
    kinds = await office.kinds(key)
    assert kinds[-4:] == ["held", "muted", "resumed", "unmuted"]
    assert (await office.last("held", key)).actor == f"agent:{agent}"
    state = await office.state(key)
    assert (state.on_hold, state.muted) == (False, False)


async def test_a_hold_that_a_later_resume_overtook_stays_undone(office: Office) -> None:
    key = await office.connected_call(await office.agent())
    await _take(office, voice.HoldChanged, "leg-1", on=True, order=5)
    await _take(office, voice.HoldChanged, "leg-1", on=False, order=9)
    await _take(office, voice.HoldChanged, "leg-1", on=True, order=7)
    assert not (await office.state(key)).on_hold
    assert (await office.kinds(key)).count("held") == 1


async def test_leaving_reported_before_joining_gives_both_in_order(office: Office) -> None:
    key = await office.assigned_call(await office.agent())
    await office.agent_answers(key)
    room = legs.room_of(key)
    await _take(office, voice.Joined, "leg-a", room=room, order=1)
    await _take(office, voice.Left, "leg-1", room=room, reason="taken_out", order=8)
    await _take(office, voice.Joined, "leg-1", room=room, order=6)
    assert (await office.kinds(key))[-4:] == ["joined", "joined", "connected", "left"]
    state = await office.state(key)
    assert not state.connected
    assert (await office.legs(key))["customer"].room is None


async def test_leaving_a_room_one_was_never_in_is_no_event(office: Office) -> None:
    key = await office.connected_call(await office.agent())
    before = await office.kinds(key)
    await _take(office, voice.Left, "leg-1", room="another", reason="ended", order=99)
    await _take(office, voice.Left, "leg-1", room="another", reason="ended")
    assert await office.kinds(key) == before


async def test_joining_again_after_leaving_connects_again(office: Office) -> None:
    key = await office.connected_call(await office.agent())
    answered = (await office.state(key)).answered_at
    room = legs.room_of(key)
    await _take(office, voice.Left, "leg-1", room=room, reason="taken_out")
    assert not (await office.state(key)).connected
    await office.clock.advance(60)
    await _take(office, voice.Joined, "leg-1", room=room)
    state = await office.state(key)
    assert state.connected
    assert state.answered_at == answered


@pytest.mark.parametrize(("leg", "party"), [("leg-1", "customer"), ("leg-a", "agent")])
async def test_captions_keep_the_words_out_of_the_data(
    office: Office, leg: str, party: str
) -> None:
    agent = await office.agent()
    key = await office.connected_call(agent)
    await _take(office, voice.Captioned, leg, text="my secret", language="en")
    said = await office.last("caption", key)
    assert said.content == {"text": "my secret"}
    assert "secret" not in str(said.data)
    assert said.data["party"] == party
    assert said.actor == ("customer" if party == "customer" else f"agent:{agent}")


async def test_machine_results_and_transfers_asked_are_received_and_change_nothing(
    office: Office,
) -> None:
    key = await office.connected_call(await office.agent())
    before = await office.kinds(key)
    assert await _take(office, voice.MachineResult, "leg-1", result="human") is None
    assert await _take(office, voice.TransferAsked, "leg-1", target="+4420") is None
    assert await office.kinds(key) == before
