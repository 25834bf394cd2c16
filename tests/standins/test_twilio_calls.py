"""Whole calls: the adapter and the unmodified client against the stand-in."""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.channels.voice.base import (
    Collected,
    HoldChanged,
    Joined,
    Left,
    LegAnswered,
    LegEnded,
    LegOffered,
    LegRinging,
    MuteChanged,
    NoInput,
    RecordingReady,
    StepDone,
    VoiceEvent,
)
from contactcenter.channels.voice.steps import (
    Bridge,
    Collect,
    Hangup,
    Park,
    Record,
    Say,
    Step,
)
from contactcenter.standins.twilio import Weather
from tests.standins.twilio_site import CALLER, LINE, SECOND, Site, site

AGENT = "0197aa11-bb22-7cc3-8dd4-eeff00112233"
CLIENT = "client:agent_" + AGENT.replace("-", "")


def menu(event: VoiceEvent) -> Sequence[Step] | None:
    """Greet, take a key, park; thank and hang up for anything else."""
    match event:
        case LegOffered():
            prompt = (Say("您好，请按一", "zh-CN"), Say("Press one for sales", "en-GB"))
            return [Collect(prompt, first_timeout_s=60, speech=True, hints=("sales",))]
        case Collected(value=value) if value in ("1", "sales"):
            return [Park("sales", (Say("Please hold"),), 30)]
        case Collected() | NoInput():
            return [Say("Goodbye"), Hangup()]
    return None


async def talk(on: Site) -> None:
    """In, menu, park, agent leg, bridge, hold, mute, hang up."""
    caller = on.twilio.dial(CALLER, LINE)
    heard = await caller.hears("请按一")
    assert heard.language == "cmn-CN"
    await caller.hears("Press one")
    caller.press("1")
    await caller.waits_in("sales")
    await caller.hears("Please hold")

    agent = await on.voice.legs.originate(
        "op-agent", to=f"agent:{AGENT}", from_=LINE, steps=[Bridge("room-1", "agent")]
    )
    browser = await on.twilio.rings(CLIENT)
    assert browser.sid == agent
    browser.answer()
    await on.voice.rooms.join("op-join", caller.sid, "room-1", "customer")
    await caller.is_in("room-1")
    await browser.is_in("room-1")
    await on.happens(Joined, caller.sid)
    await on.happens(Joined, agent)
    caller.say("hello agent")
    await browser.hears("hello agent")

    await on.voice.rooms.hold("op-hold", caller.sid, True)
    await on.happens(HoldChanged, caller.sid)
    browser.say("the caller can not hear this")
    await on.voice.rooms.hold("op-resume", caller.sid, False)
    await on.happens(HoldChanged, caller.sid, 2)
    await on.voice.rooms.mute("op-mute", agent, True)
    await on.happens(MuteChanged, agent)
    browser.say("nor this")
    await on.voice.rooms.mute("op-unmute", agent, False)
    await on.happens(MuteChanged, agent, 2)
    browser.say("but this")
    await caller.hears("but this")
    assert [h.text for h in caller.call.heard if h.kind == "voice"] == ["but this"]

    await on.voice.legs.hangup("op-bye", agent)
    await on.happens(LegEnded, agent)
    await caller.hang_up()
    await on.happens(LegEnded, caller.sid)
    await on.twilio.settled()


async def test_a_call_from_greeting_to_wrap_up() -> None:
    async with site(menu) as on:
        await talk(on)
        caller = on.core.of(LegOffered)[0].leg
        assert on.core.kinds(caller) == [
            "LegOffered", "Collected", "Joined", "HoldChanged", "HoldChanged", "Left", "LegEnded",
        ]  # fmt: skip
        agent = on.core.of(LegAnswered)[0].leg
        assert on.core.kinds(agent) == [
            "LegRinging", "LegAnswered", "Joined", "MuteChanged", "MuteChanged", "Left", "LegEnded",
        ]  # fmt: skip
        collected = on.core.of(Collected)[0]
        assert isinstance(collected, Collected)
        assert (collected.value, collected.how) == ("1", "digits")
        assert collected.op_id == on.core.of(LegOffered)[0].event_id
        assert on.twilio.world.alerts == []
        assert on.twilio.hooks.mismatches == []
        assert {sent.status for sent in on.twilio.hooks.log} == {200}
        assert not on.core.of(StepDone)


async def test_ill_weather_changes_nothing_the_core_keeps() -> None:
    async with site(menu) as calm:
        await talk(calm)
    ill = Weather(
        duplicate_documents=True, duplicate_reports=True, reorder_reports=3, lose_replies=2, seed=7
    )
    async with site(menu, weather=ill) as rough:
        await talk(rough)
        await rough.twilio.settled()
        assert rough.twilio.hooks.mismatches == []
        assert rough.core.repeated >= 10
        ids = [event.event_id for event in rough.core.events]
        assert len(ids) == len(set(ids))
    assert rough.core.normalised() == calm.core.normalised()


async def test_the_order_key_ranks_what_came_shuffled() -> None:
    async with site(menu, weather=Weather(reorder_reports=9, seed=3)) as on:
        await talk(on)
        agent = on.core.of(LegAnswered)[0].leg
        ranked = sorted(
            (e for e in on.core.events if e.leg == agent and e.order is not None),
            key=lambda e: e.order or 0,
        )
        kinds = [type(e).__name__ for e in ranked]
        assert kinds[0] == "LegRinging"
        assert kinds[-1] == "LegEnded"
        assert kinds.index("Joined") < kinds.index("Left")


async def test_speech_is_an_answer_too() -> None:
    async with site(menu) as on:
        caller = on.twilio.dial(CALLER, SECOND)
        await caller.hears("Press one")
        caller.say("sales")
        await caller.waits_in("sales")
        collected = on.core.of(Collected)[0]
        assert isinstance(collected, Collected)
        assert collected.how == "speech"
        assert collected.line == SECOND


async def test_silence_is_reported_and_the_line_is_not_left_silent() -> None:
    def hurry(event: VoiceEvent) -> Sequence[Step] | None:
        if isinstance(event, LegOffered):
            return [Collect((Say("Well?"),), first_timeout_s=1)]
        return menu(event)

    async with site(hurry) as on:
        caller = on.twilio.dial(CALLER, LINE)
        await caller.hears("Goodbye")
        assert await caller.ended() == "completed"
        assert isinstance((await on.happens(NoInput)), NoInput)


async def test_a_caller_the_core_has_no_answer_for_is_kept_and_asked_for_again() -> None:
    at_last: list[Step] = [Say("At last"), Hangup()]
    answers = iter([None, None, at_last])

    def slow(event: VoiceEvent) -> Sequence[Step] | None:
        return next(answers) if isinstance(event, LegOffered | StepDone) else None

    async with site(slow, pace=0.01) as on:
        caller = on.twilio.dial(CALLER, LINE)
        await caller.hears("At last")
        await caller.ended()
        done = on.core.of(StepDone)
        assert len({event.event_id for event in done}) == 2


async def test_voicemail_goes_on_with_the_steps_after_it() -> None:
    def box(event: VoiceEvent) -> Sequence[Step] | None:
        if isinstance(event, LegOffered):
            return [Say("Leave a message"), Record(60), Say("Thank you"), Hangup()]
        return None

    async with site(box) as on:
        caller = on.twilio.dial(CALLER, LINE)
        await caller.hears("beep")
        caller.say("please call me back")
        caller.press("#")
        await caller.hears("Thank you")
        await caller.ended()
        ready = await on.happens(RecordingReady)
        assert isinstance(ready, RecordingReady)
        assert ready.leg == caller.sid
        assert ready.seconds >= 1
        assert on.twilio.world.recordings[ready.recording].words == ["please call me back"]


async def test_a_caller_may_leave_at_any_moment() -> None:
    async with site(menu) as on:
        for moment in ("请按一", "Please hold"):
            caller = on.twilio.dial(CALLER, LINE)
            await caller.hears("请按一")
            if moment == "Please hold":
                caller.press("1")
                await caller.hears(moment)
            await caller.hang_up()
            ended = await on.happens(LegEnded, caller.sid)
            assert isinstance(ended, LegEnded)
            assert ended.cause == "normal"
        await on.twilio.settled()
        assert not on.core.of(StepDone)


async def test_the_one_left_behind_goes_on_when_the_room_ends() -> None:
    def then(event: VoiceEvent) -> Sequence[Step] | None:
        if isinstance(event, LegOffered):
            return [Bridge("alone")]
        if isinstance(event, StepDone):
            return [Say("One question more"), Hangup()]
        return None

    async with site(then) as on:
        caller = on.twilio.dial(CALLER, LINE)
        await caller.is_in("alone")
        conference = on.twilio.world.room_of(caller.call)
        assert conference is not None
        ended = on.api.client.conferences(conference.sid).update_async(status="completed")
        await on.api.do(ended)
        await caller.hears("One question more")
        left = await on.happens(Left, caller.sid)
        assert isinstance(left, Left)
        assert left.reason == "room_ended"


async def test_steps_that_answer_a_report_reach_the_leg() -> None:
    def survey(event: VoiceEvent) -> Sequence[Step] | None:
        match event:
            case LegAnswered():
                return [Say("Hello from us"), Hangup()]
        return None

    async with site(survey) as on:
        await on.voice.legs.originate("op-1", to=CALLER, from_=LINE, steps=[Park("limbo")])
        phone = await on.twilio.rings(CALLER)
        phone.answer()
        await phone.hears("Hello from us")
        assert await phone.ended() == "completed"
        assert on.core.of(LegRinging)


async def test_a_leg_can_be_moved_again_and_again() -> None:
    async with site(menu) as on:
        caller = on.twilio.dial(CALLER, LINE)
        await caller.hears("Press one")
        for i in range(5):
            steps: list[Step] = [Say(f"Number {i}"), Park("moving")]
            await on.voice.legs.run(f"op-{i}", caller.sid, steps)
            await caller.hears(f"Number {i}")
        await on.voice.legs.run("op-4", caller.sid, [Say("Never said"), Park("moving")])
        await on.voice.rooms.join("op-room", caller.sid, "side", "customer")
        await caller.is_in("side")
        await on.voice.rooms.leave("op-out", caller.sid, [Say("Back"), Hangup()])
        await caller.hears("Back")
        await caller.ended()
        assert all("Never" not in heard.text for heard in caller.call.heard)


async def test_a_core_that_stumbles_is_asked_again_and_nobody_notices() -> None:
    async with site(menu) as on:
        on.core.failures = 1
        caller = on.twilio.dial(CALLER, LINE)
        await caller.hears("Press one")
        first, second = on.twilio.hooks.log[:2]
        assert (first.status, second.status) == (500, 200)
        assert first.token == second.token
        assert len(on.core.of(LegOffered)) == 1


async def test_a_core_that_fails_leaves_an_apology_and_no_silence() -> None:
    async with site(menu) as on:
        on.core.failures = 100
        caller = on.twilio.dial(CALLER, LINE)
        await caller.hears("We are sorry")
        assert (await caller.hears("抱歉")).language == "cmn-CN"
        assert await caller.ended() == "completed"
        assert not on.core.events
        on.core.failures = 0
