"""The contract of rooms: connecting, hold, mute, captions, recording with a pause."""

from __future__ import annotations

from contactcenter.channels.conformance.voice import VoiceRig
from contactcenter.channels.conformance.voice_calls import LegContract
from contactcenter.channels.voice.base import (
    Captioned,
    HoldChanged,
    Joined,
    Left,
    LegAnswered,
    LegEnded,
    LegOffered,
    MuteChanged,
    RecordingReady,
)
from contactcenter.channels.voice.steps import Bridge, Hangup, Park, Say

AGENT = "agent:0190a5b2-0000-7000-8000-000000000001"


async def connected(rig: VoiceRig) -> tuple[str, str]:
    """A caller and an agent in the room ``r1``; their legs."""
    rig.core.on(LegOffered, (Park("sales"),))
    await rig.far.call(rig.line)
    await rig.until(lambda: bool(rig.core.of(LegOffered)))
    customer = rig.core.one(LegOffered).leg
    agent = await rig.adapter.legs.originate(
        "agent-leg", to=AGENT, from_=rig.line, steps=(Bridge("r1", "agent"),)
    )
    await rig.adapter.rooms.join("join-1", customer, "r1", "customer")
    await rig.until(lambda: len(rig.core.of(Joined)) == 2)
    return customer, agent


class RoomContract:
    """A caller and an agent who hear each other."""

    async def test_agent_answers_and_both_join_the_room(self, rig: VoiceRig) -> None:
        customer, agent = await connected(rig)
        assert rig.core.one(LegAnswered).leg == agent
        assert {(each.leg, each.room) for each in rig.core.of(Joined)} == {
            (customer, "r1"),
            (agent, "r1"),
        }
        rooms = {live.leg: live.room for live in await rig.adapter.legs.live()}
        assert rooms == {customer: "r1", agent: "r1"}

    async def test_speech_is_a_caption_on_the_other_side(self, rig: VoiceRig) -> None:
        if "captions" not in rig.adapter.capabilities:
            return
        customer, agent = await connected(rig)
        await rig.far.say("My line is down.")
        await rig.adapter.agent_side.speak("s1", agent, "I will look.", "en")
        await rig.until(lambda: len(rig.core.of(Captioned)) == 2)
        said = {(each.leg, each.text) for each in rig.core.of(Captioned)}
        assert said == {(customer, "My line is down."), (agent, "I will look.")}
        assert rig.far.captions == ["I will look."]

    async def test_held_customer_neither_hears_nor_is_heard(self, rig: VoiceRig) -> None:
        customer, agent = await connected(rig)
        await rig.adapter.rooms.hold("h1", customer, True)
        await rig.until(lambda: [each.on for each in rig.core.of(HoldChanged)] == [True])
        assert rig.core.of(HoldChanged)[0].leg == customer
        if "captions" in rig.adapter.capabilities:
            await rig.adapter.agent_side.speak("s1", agent, "he must not hear this", "en")
            await rig.far.say("nor she this")
        await rig.adapter.rooms.hold("h2", customer, False)
        await rig.until(lambda: len(rig.core.of(HoldChanged)) == 2)
        assert rig.far.captions == []
        assert rig.core.of(Captioned) == []

    async def test_late_copy_of_a_hold_changes_nothing(self, rig: VoiceRig) -> None:
        customer, _ = await connected(rig)
        await rig.adapter.rooms.hold("h1", customer, True)
        await rig.adapter.rooms.hold("h2", customer, False)
        await rig.adapter.rooms.hold("h1", customer, True)
        await rig.pass_time(0.5)
        await rig.until(lambda: len(rig.core.of(HoldChanged)) >= 2)
        assert [each.on for each in rig.core.of(HoldChanged)] == [True, False]

    async def test_muted_agent_is_not_heard_but_hears(self, rig: VoiceRig) -> None:
        customer, agent = await connected(rig)
        await rig.adapter.rooms.mute("m1", agent, True)
        await rig.until(lambda: [each.on for each in rig.core.of(MuteChanged)] == [True])
        if "captions" not in rig.adapter.capabilities:
            return
        await rig.adapter.agent_side.speak("s1", agent, "muted words", "en")
        await rig.far.say("Are you there?")
        await rig.until(lambda: bool(rig.core.of(Captioned)))
        assert rig.core.one(Captioned).leg == customer
        assert rig.far.captions == []

    async def test_leaving_runs_the_steps_given_for_it(self, rig: VoiceRig) -> None:
        customer, _ = await connected(rig)
        await rig.adapter.rooms.leave("l1", customer, (Say("Back in the queue.", "en"),))
        await rig.until(lambda: "Back in the queue." in rig.far.prompts)
        left = rig.core.one(Left)
        assert (left.leg, left.room, left.reason) == (customer, "r1", "taken_out")

    async def test_customer_hangs_up_and_the_agent_stays_until_told(self, rig: VoiceRig) -> None:
        customer, agent = await connected(rig)
        await rig.far.hang_up()
        await rig.until(lambda: bool(rig.core.of(LegEnded)))
        assert rig.core.one(LegEnded).leg == customer
        assert [live.leg for live in await rig.adapter.legs.live()] == [agent]
        await rig.adapter.legs.hangup("end", agent)
        await rig.until(lambda: len(rig.core.of(LegEnded)) == 2)

    async def test_recording_with_a_pause_keeps_the_timeline(self, rig: VoiceRig) -> None:
        if "record" not in rig.adapter.capabilities:
            return
        await connected(rig)
        record = rig.adapter.recording.record
        await record("r-1", "r1", "start")
        await rig.pass_time(2.0)
        await record("r-2", "r1", "pause")
        await rig.pass_time(1.0)
        await record("r-3", "r1", "resume")
        await rig.pass_time(1.0)
        await record("r-4", "r1", "stop")
        await rig.until(lambda: bool(rig.core.of(RecordingReady)))
        ready = rig.core.one(RecordingReady)
        assert ready.media
        assert 3.5 <= ready.seconds <= 10.0

    async def test_hangup_step_ends_the_leg(self, rig: VoiceRig) -> None:
        customer, _ = await connected(rig)
        await rig.adapter.legs.run("bye", customer, (Hangup("normal"),))
        await rig.until(lambda: bool(rig.core.of(LegEnded)))
        assert rig.core.one(LegEnded).leg == customer


class VoiceContract(LegContract, RoomContract):
    """The whole contract: subclass it as ``TestMyCarrier`` and give a fixture ``rig``."""
