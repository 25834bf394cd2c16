"""The contract of legs and steps: offered, prompts, input, parking, our own calls, endings."""

from __future__ import annotations

from contactcenter.channels.conformance.refusals import refused
from contactcenter.channels.conformance.voice import VoiceRig
from contactcenter.channels.voice.base import (
    Collected,
    LegAnswered,
    LegEnded,
    LegOffered,
    NoInput,
    StepDone,
)
from contactcenter.channels.voice.steps import (
    Collect,
    Dial,
    Hangup,
    Park,
    Pause,
    Reject,
    Say,
)
from contactcenter.core.errors import Conflict

MENU = Collect((Say("Press one for sales.", "en"),), max_digits=1)


def _offered(rig: VoiceRig) -> bool:
    return bool(rig.core.of(LegOffered))


class LegContract:
    """Calls in and out, one leg at a time."""

    async def test_offered_call_names_both_numbers_and_hears_the_prompt(
        self, rig: VoiceRig
    ) -> None:
        rig.core.on(LegOffered, (Say("Welcome.", "en"),))
        await rig.far.call(rig.line)
        await rig.until(lambda: bool(rig.core.of(StepDone)))
        offered = rig.core.one(LegOffered)
        assert (offered.from_, offered.to) == (rig.far.number, rig.line)
        assert rig.core.one(StepDone).op_id == offered.event_id
        assert rig.far.prompts == ["Welcome."]

    async def test_key_cuts_the_prompt_and_is_collected(self, rig: VoiceRig) -> None:
        long = Say("This prompt goes on and on, " * 20, "en")
        rig.core.on(LegOffered, (Collect((long, Say("never heard", "en"))),))
        await rig.far.call(rig.line)
        await rig.until(lambda: bool(rig.far.prompts))
        await rig.far.press("7")
        await rig.until(lambda: bool(rig.core.of(Collected)))
        collected = rig.core.one(Collected)
        assert (collected.value, collected.how) == ("7", "digits")
        assert collected.op_id == rig.core.one(LegOffered).event_id
        assert "never heard" not in rig.far.prompts

    async def test_finish_key_ends_the_input_and_is_not_part_of_it(self, rig: VoiceRig) -> None:
        rig.core.on(LegOffered, (Collect((Say("Your number.", "en"),), max_digits=10),))
        await rig.far.call(rig.line)
        await rig.until(lambda: bool(rig.far.prompts))
        await rig.far.press("4711#")
        await rig.until(lambda: bool(rig.core.of(Collected)))
        assert rig.core.one(Collected).value == "4711"

    async def test_silence_is_no_input_after_the_first_timeout(self, rig: VoiceRig) -> None:
        rig.core.on(LegOffered, (Collect((Say("Hello?", "en"),), first_timeout_s=2.0),))
        await rig.far.call(rig.line)
        await rig.until(lambda: bool(rig.far.prompts))
        assert rig.core.of(NoInput) == []
        await rig.pass_time(3.0)
        await rig.until(lambda: bool(rig.core.of(NoInput)))
        assert rig.core.of(Collected) == []

    async def test_the_answer_to_input_is_done_next(self, rig: VoiceRig) -> None:
        rig.core.on(LegOffered, (MENU,))
        rig.core.on(Collected, (Say("Sales.", "en"), Hangup()))
        await rig.far.call(rig.line)
        await rig.until(lambda: bool(rig.far.prompts))
        await rig.far.press("1")
        await rig.until(lambda: bool(rig.core.of(LegEnded)))
        assert rig.far.prompts == ["Press one for sales.", "Sales."]
        assert rig.core.one(LegEnded).cause == "normal"

    async def test_parked_caller_hears_the_announcement_again(self, rig: VoiceRig) -> None:
        park = Park("sales", (Say("Please hold.", "en"),), repeat_s=4.0)
        rig.core.on(LegOffered, (park,))
        await rig.far.call(rig.line)
        await rig.until(lambda: rig.far.prompts == ["Please hold."])
        await rig.pass_time(5.0)
        await rig.until(lambda: len(rig.far.prompts) >= 2)
        assert set(rig.far.prompts) == {"Please hold."}

    async def test_rejected_call_ends_busy_without_an_answer(self, rig: VoiceRig) -> None:
        rig.core.on(LegOffered, (Reject("busy"),))
        await rig.far.call(rig.line)
        await rig.until(lambda: bool(rig.core.of(LegEnded)))
        assert rig.core.one(LegEnded).cause == "busy"
        assert rig.far.prompts == []

    async def test_caller_hangs_up_and_commands_after_it_are_refused(self, rig: VoiceRig) -> None:
        rig.core.on(LegOffered, (Park("sales"),))
        await rig.far.call(rig.line)
        await rig.until(lambda: _offered(rig))
        leg = rig.core.one(LegOffered).leg
        await rig.pass_time(0.5)
        await rig.far.hang_up()
        await rig.until(lambda: bool(rig.core.of(LegEnded)))
        late = rig.adapter.legs.run("late", leg, (Say("too late", "en"),))
        assert (await refused(Conflict, late)).code == "leg_gone"
        assert await rig.adapter.legs.live() == []

    async def test_run_replaces_and_the_same_operation_acts_once(self, rig: VoiceRig) -> None:
        rig.core.on(LegOffered, (Park("sales"),))
        await rig.far.call(rig.line)
        await rig.until(lambda: _offered(rig))
        leg = rig.core.one(LegOffered).leg
        for _ in range(2):
            await rig.adapter.legs.run("op-1", leg, (Say("An agent comes.", "en"), Pause(60.0)))
        await rig.until(lambda: "An agent comes." in rig.far.prompts)
        await rig.pass_time(1.0)
        assert rig.far.prompts.count("An agent comes.") == 1
        (live,) = await rig.adapter.legs.live()
        assert (live.leg, live.state, live.direction) == (leg, "up", "inbound")

    async def test_our_call_rings_is_answered_and_runs_its_steps(self, rig: VoiceRig) -> None:
        originate = rig.adapter.legs.originate
        steps = (Say("Your callback.", "en"), Hangup())
        leg = await originate("call-1", to=rig.far.number, from_=rig.line, steps=steps)
        again = await originate("call-1", to=rig.far.number, from_=rig.line, steps=steps)
        assert again == leg
        await rig.pass_time(0.5)
        await rig.far.answer()
        await rig.until(lambda: bool(rig.core.of(LegEnded)))
        assert rig.core.one(LegAnswered).leg == leg
        assert rig.far.prompts == ["Your callback."]

    async def test_our_call_nobody_takes_ends_as_no_answer(self, rig: VoiceRig) -> None:
        await rig.adapter.legs.originate(
            "call-2", to=rig.far.number, from_=rig.line, steps=(Hangup(),), ring_timeout_s=3.0
        )
        await rig.pass_time(4.0)
        await rig.until(lambda: bool(rig.core.of(LegEnded)))
        assert rig.core.one(LegEnded).cause == "no_answer"
        assert rig.core.of(LegAnswered) == []

    async def test_dialling_on_asks_again_when_that_call_is_over(self, rig: VoiceRig) -> None:
        rig.core.on(LegOffered, (Dial("+15550199999", ring_timeout_s=2.0),))
        rig.core.on(StepDone, (Say("Nobody is there.", "en"), Hangup()))
        await rig.far.call(rig.line)
        await rig.until(lambda: _offered(rig))
        await rig.pass_time(3.0)
        await rig.until(lambda: bool(rig.core.of(LegEnded)))
        assert rig.far.prompts == ["Nobody is there."]
        assert len(rig.core.of(LegOffered)) == 1
