"""Commands to Twilio: idempotence, supervision, recording, reconciliation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from contactcenter.channels.voice.base import (
    Joined,
    LegAnswered,
    LegEnded,
    LegOffered,
    LegRinging,
    MachineResult,
    RecordingReady,
    StepDone,
    VoiceEvent,
)
from contactcenter.channels.voice.steps import Bridge, Dial, Hangup, Park, Say, Step
from contactcenter.core.errors import Conflict, Invalid, TransportError, Unsupported
from contactcenter.standins.twilio import Phone
from tests.channels.voice.twilio_requests import signed_for
from tests.standins.twilio_site import CALLER, LINE, SECOND, Site, site

NOBODY = "CA" + "0" * 32
AGENT = "+15553334444"
BOSS = "+15555556666"


def parked(event: VoiceEvent) -> Sequence[Step] | None:
    return [Park("q")] if isinstance(event, LegOffered | StepDone) else None


def desk_first(event: VoiceEvent) -> Sequence[Step] | None:
    if isinstance(event, LegOffered):
        return [Say("One moment"), Dial(AGENT, 5), Hangup()]
    return parked(event)


async def up(on: Site, op: str, to: str, room: str, role: str = "customer") -> str:
    """A leg to ``to`` that has joined ``room``."""
    on.twilio.phones[to] = Phone(answers_after_s=0.0)
    leg = await on.voice.legs.originate(op, to=to, from_=LINE, steps=[Park("limbo")])
    await on.happens(LegAnswered, leg)
    await on.voice.rooms.join(f"{op}-join", leg, room, role)  # type: ignore[arg-type]
    await on.happens(Joined, leg)
    return leg


async def test_the_same_op_starts_one_call() -> None:
    async with site() as on:
        both = await asyncio.gather(
            *(
                on.voice.legs.originate("op-1", to=CALLER, from_=LINE, steps=[Hangup()])
                for _ in range(5)
            )
        )
        assert len(set(both)) == 1
        assert len(on.twilio.world.calls) == 1


@pytest.mark.parametrize(
    ("phone", "cause"),
    [
        (Phone(outcome="busy"), "busy"),
        (Phone(outcome="failed"), "failed"),
        (Phone(), "no_answer"),
        (Phone(answers_after_s=0.0), "normal"),
    ],
)
async def test_how_an_outgoing_call_ends(phone: Phone, cause: str) -> None:
    async with site() as on:
        on.twilio.phones[CALLER] = phone
        leg = await on.voice.legs.originate(
            "op-1", to=CALLER, from_=LINE, steps=[Hangup()], ring_timeout_s=5
        )
        ended = await on.happens(LegEnded, leg)
        assert isinstance(ended, LegEnded)
        assert ended.cause == cause
        assert on.core.kinds(leg)[0] == "LegRinging"


async def test_machine_detection_does_not_keep_the_other_side_waiting() -> None:
    async with site() as on:
        on.twilio.phones[CALLER] = Phone(answers_after_s=0.0, answered_by="machine_start")
        await on.voice.legs.originate(
            "op-1", to=CALLER, from_=LINE, steps=[Hangup()], machine_detection=True
        )
        result = await on.happens(MachineResult)
        assert isinstance(result, MachineResult)
        assert result.result == "machine"


async def test_a_caller_id_must_be_ours() -> None:
    async with site() as on:
        with pytest.raises(Invalid) as caught:
            await on.voice.legs.originate("op", to=CALLER, from_="+15559999999", steps=[Hangup()])
        assert caught.value.code == "caller_id"


async def test_a_number_twilio_refuses_is_permanent() -> None:
    async with site() as on:
        with pytest.raises(TransportError) as caught:
            await on.voice.legs.originate("op", to="12", from_=LINE, steps=[Hangup()])
        assert (caught.value.permanent, caught.value.unknown) == (True, False)
        assert caught.value.reply_code == "21211"


async def test_steps_too_long_for_a_command_are_refused_before_they_are_sent() -> None:
    async with site() as on:
        with pytest.raises(Invalid) as caught:
            await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Say("x" * 4000)])
        assert caught.value.code == "steps_too_long"
        assert not on.twilio.face.requests


@pytest.mark.parametrize("what", ["run", "hangup", "transfer", "join", "leave"])
async def test_a_command_for_a_leg_that_is_gone(what: str) -> None:
    async with site() as on:
        leg = await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Hangup()])
        await on.voice.legs.hangup("bye", leg)
        assert on.twilio.world.calls[leg].status == "canceled"
        for gone in (leg, NOBODY):
            commands = {
                "run": lambda: on.voice.legs.run(f"x-{gone}", gone, [Hangup()]),  # noqa: B023
                "hangup": lambda: on.voice.legs.hangup(f"x-{gone}", gone),  # noqa: B023
                "transfer": lambda: on.voice.legs.transfer(f"x-{gone}", gone, AGENT),  # noqa: B023
                "join": lambda: on.voice.rooms.join(f"x-{gone}", gone, "r", "agent"),  # noqa: B023
                "leave": lambda: on.voice.rooms.leave(f"x-{gone}", gone, [Hangup()]),  # noqa: B023
            }
            with pytest.raises(Conflict) as caught:
                await commands[what]()
            assert caught.value.code == "leg_gone"


async def test_hold_and_mute_need_a_room() -> None:
    async with site() as on:
        on.twilio.phones[CALLER] = Phone(answers_after_s=0.0)
        leg = await on.voice.legs.originate("op", to=CALLER, from_=LINE, steps=[Park("q")])
        await on.happens(LegAnswered, leg)
        for command in (on.voice.rooms.hold, on.voice.rooms.mute):
            with pytest.raises(Conflict) as caught:
                await command("op-x", leg, True)
            assert caught.value.code == "not_in_room"


async def test_hold_works_when_this_node_has_seen_nothing() -> None:
    async with site() as on:
        leg = await up(on, "op", CALLER, "room")
        book = on.voice._hooks._book
        book.rooms.clear()
        book.conferences.clear()
        book.lines.clear()
        await on.voice.rooms.hold("op-hold", leg, True)
        conference = on.twilio.world.room_of(on.twilio.world.calls[leg])
        assert conference is not None
        assert conference.inside[leg].hold
        await on.voice.rooms.join("op-2", leg, "other", "customer")
        await on.twilio.world.until(lambda: _room(on, leg) == "other")
        book.joined(leg, "room", conference.sid)  # what another node's memory would still say
        await on.voice.rooms.mute("op-mute", leg, True)
        moved = on.twilio.world.room_of(on.twilio.world.calls[leg])
        assert moved is not None
        assert moved.inside[leg].muted


def _room(on: Site, leg: str) -> str:
    conference = on.twilio.world.room_of(on.twilio.world.calls[leg])
    return conference.name if conference else ""


async def test_a_supervisor_listens_whispers_and_barges_in() -> None:
    async with site() as on:
        customer = await up(on, "op-c", CALLER, "room")
        agent = await up(on, "op-a", AGENT, "room", "agent")
        boss = await up(on, "op-b", BOSS, "room", "monitor")
        calls = on.twilio.world.calls
        say = on.twilio.world.speak
        say(calls[customer], "from the customer")
        say(calls[boss], "silent listener")
        assert [h.text for h in calls[boss].heard if h.kind == "voice"] == ["from the customer"]
        await on.voice.rooms.join("op-w", boss, "room", "whisper")
        await on.happens(Joined, boss, 2)
        say(calls[boss], "offer a discount")
        assert "offer a discount" in [h.text for h in calls[agent].heard]
        assert "offer a discount" not in [h.text for h in calls[customer].heard]
        await on.voice.rooms.join("op-barge", boss, "room", "barge")
        await on.happens(Joined, boss, 3)
        say(calls[boss], "I take over")
        assert "I take over" in [h.text for h in calls[customer].heard]
        assert "silent listener" not in [h.text for h in calls[customer].heard]


async def test_nobody_can_whisper_to_an_absent_agent() -> None:
    async with site() as on:
        boss = await up(on, "op-b", BOSS, "room", "monitor")
        with pytest.raises(Conflict) as caught:
            await on.voice.rooms.join("op-w", boss, "room", "whisper")
        assert caught.value.code == "no_agent"


async def test_recording_with_a_pause() -> None:
    async with site() as on:
        customer = await up(on, "op-c", CALLER, "room")
        call = on.twilio.world.calls[customer]
        for action, words in (
            ("start", "my name"),
            ("pause", "my card number"),
            ("resume", "thank you"),
            ("stop", "off the record"),
        ):
            await on.voice.recording.record(f"op-{action}", "room", action)  # type: ignore[arg-type]
            on.twilio.world.speak(call, words)
        ready = await on.happens(RecordingReady, customer)
        assert isinstance(ready, RecordingReady)
        recording = on.twilio.world.recordings[ready.recording]
        assert recording.words == ["my name", "thank you"]
        assert recording.channels == 2
        pauses = [form for _, _, form in on.twilio.face.requests if "PauseBehavior" in form]
        assert pauses[0]["PauseBehavior"] == ["silence"]
        with pytest.raises(Conflict):
            await on.voice.recording.record("op-again", "room", "stop")
        with pytest.raises(Conflict) as caught:
            await on.voice.recording.record("op-else", "elsewhere", "start")
        assert caught.value.code == "no_customer"


async def test_a_blind_transfer_connects_both_and_comes_back_to_the_core() -> None:
    async with site(parked) as on:
        caller = on.twilio.dial(CALLER, SECOND)
        await caller.waits_in("q")
        await on.voice.legs.transfer("op-t", caller.sid, AGENT)
        desk = await on.twilio.rings(AGENT)
        assert desk.call.from_ == SECOND
        desk.answer()
        await on.twilio.world.until(lambda: caller.call.peer)
        caller.say("hello desk")
        await desk.hears("hello desk")
        await desk.hang_up()
        await caller.waits_in("q")
        assert on.core.kinds(caller.sid) == ["LegOffered", "StepDone"]


async def test_what_lives_on_the_carrier() -> None:
    async with site(parked) as on:
        caller = on.twilio.dial(CALLER, SECOND)
        await caller.waits_in("q")
        inside = await up(on, "op-in", AGENT, "room")
        ringing = await on.voice.legs.originate("op-r", to=BOSS, from_=LINE, steps=[Hangup()])
        await on.happens(LegRinging, ringing)
        legs = {leg.leg: leg for leg in await on.voice.legs.live()}
        assert set(legs) == {caller.sid, inside, ringing}
        assert (legs[caller.sid].line, legs[caller.sid].direction) == (SECOND, "inbound")
        assert (legs[inside].room, legs[inside].op_id) == ("room", "op-in")
        assert (legs[ringing].state, legs[ringing].direction) == ("ringing", "outbound")


async def test_start_says_the_carrier_is_up_and_stop_leaves_calls_alone() -> None:
    async with site(parked) as on:
        assert on.core.carrier == [True]
        caller = on.twilio.dial(CALLER, LINE)
        await caller.waits_in("q")
        await on.voice.stop()
        assert caller.status == "in-progress"
        over = {"CallSid": NOBODY, "CallStatus": "completed"}
        with pytest.raises(TransportError):
            await on.receiver.handle(
                signed_for(on.account, on.account.webhook("status", LINE), over)
            )
        await on.voice.start(on.core.sink, on.core.on_carrier)


async def test_what_twilio_can_not_do_is_said() -> None:
    async with site() as on:
        with pytest.raises(Unsupported):
            await on.voice.agent_side.speak("op", NOBODY, "hello")
        with pytest.raises(Unsupported):
            await on.voice.agent_side.agent_media("0197")
        assert "captions" not in on.voice.capabilities
        assert "agent_media" not in on.voice.capabilities


async def test_bridging_from_the_start_and_dialling_by_name() -> None:
    async with site(desk_first) as on:
        caller = on.twilio.dial(CALLER, LINE)
        desk = await on.twilio.rings(AGENT)
        await desk.hang_up()
        await caller.hears("One moment")
        await on.voice.legs.run("op", caller.sid, [Bridge("r")])
        await caller.is_in("r")
