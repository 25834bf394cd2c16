"""The stories of Twilio's log: what a customer, an agent and the carrier do, step by step.

Each returns the normalised log of its interaction. A step is taken when the one before it stands
in the log, never after a time: so the weather can not change what people do, only when.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from contactcenter.core.ids import new_id
from contactcenter.handling.legs import room_of
from contactcenter.standins.twilio import Handset, Phone
from tests.stories.twilio_rig import PATIENCE_S, TEXTS, VOICE, Rig

Plot = Callable[[Rig, str], Awaitable[list[str]]]
"""A story with the number of its customer."""


async def queued_caller(rig: Rig, number: str) -> Handset:
    """Somebody new calls, chooses a language, and asks for billing."""
    caller = rig.twilio.dial(number, VOICE)
    await caller.hears("For English, press 1", PATIENCE_S)
    caller.press("1")
    await caller.hears("What can we do for you?", PATIENCE_S)
    caller.press("2")
    await caller.hears("from billing", PATIENCE_S)
    await caller.waits_in("billing", PATIENCE_S)
    return caller


async def talking(rig: Rig, number: str) -> tuple[Handset, UUID]:
    """As above, and an agent takes the call."""
    rig.twilio.phones[rig.client] = Phone(answers_after_s=1)
    caller = await queued_caller(rig, number)
    call = await rig.accept()
    await rig.logged(call, "connected")
    return caller, call


async def wrapped_up(rig: Rig, interaction: UUID, disposition: str = "solved") -> list[str]:
    """The agent ends the work; the whole log."""
    await rig.logged(interaction, "wrap_up_started")
    await rig.api(
        "POST", f"/interactions/{interaction}/wrap-up", disposition=disposition, note="done"
    )
    return await rig.finished(interaction)


async def record(rig: Rig, call: UUID, what: str) -> None:
    """The carrier port's recording of the room. (No desk command asks for it yet.)"""
    assert rig.node is not None
    voice = rig.node.adapters.voice["twilio"]
    await voice.recording.record(str(new_id()), room_of(call), what)  # type: ignore[arg-type]


async def a_whole_call(rig: Rig, number: str) -> list[str]:
    """Menu, queue, agent, hold, mute, a recording, hang-up by the agent, wrap-up."""
    caller, call = await talking(rig, number)
    await record(rig, call, "start")
    await rig.asks(call, "hold", "held")
    await rig.asks(call, "resume", "resumed")
    await rig.asks(call, "mute", "muted")
    await rig.asks(call, "unmute", "unmuted")
    await record(rig, call, "stop")
    await rig.logged(call, "recording_ready")
    await rig.asks(call, "hang-up", "leg_ended", "leg_ended")
    assert await caller.ended(PATIENCE_S) == "completed"
    return await wrapped_up(rig, call)


async def a_customer_who_hangs_up(rig: Rig, number: str) -> list[str]:
    """The recording runs on; the customer ends the call: three reports race."""
    caller, call = await talking(rig, number)
    await record(rig, call, "start")
    await caller.hang_up()
    await rig.logged(call, "leg_ended", "leg_ended", "recording_ready")
    return await wrapped_up(rig, call)


async def a_customer_who_gives_up(rig: Rig, number: str) -> list[str]:
    """Nobody takes the call: it ends in the queue."""
    caller = await queued_caller(rig, number)
    _, call = await rig.offer()
    await caller.hang_up()
    return await rig.finished(call)


async def an_agent_out_of_reach(rig: Rig, number: str) -> list[str]:
    """The first leg to the agent fails; the call comes back, and the second one is answered."""
    rig.twilio.phones[rig.client] = Phone(outcome="failed")
    await queued_caller(rig, number)
    call = await rig.accept()
    await rig.logged(call, "leg_ended", "withdrawn")
    rig.twilio.phones[rig.client] = Phone(answers_after_s=1)
    await rig.available()
    assert await rig.accept() == call
    await rig.logged(call, "connected")
    await rig.asks(call, "hang-up", "leg_ended", "leg_ended", "leg_ended")
    return await wrapped_up(rig, call)


async def _calls_out(rig: Rig, number: str) -> UUID:
    rig.twilio.phones[rig.client] = Phone(answers_after_s=1)
    begun = await rig.api("POST", "/interactions", channel="voice", to=number)
    return UUID(begun["id"])


async def a_call_out(rig: Rig, number: str) -> list[str]:
    """The agent calls; the customer answers and hangs up."""
    rig.twilio.phones[number] = Phone(answers_after_s=1)
    call = await _calls_out(rig, number)
    await rig.logged(call, "connected")
    callee = next(c for c in rig.twilio.world.calls.values() if c.to == number)
    await Handset(rig.twilio.exchange, callee).hang_up()
    return await wrapped_up(rig, call)


async def a_call_out_to_a_busy_line(rig: Rig, number: str) -> list[str]:
    rig.twilio.phones[number] = Phone(outcome="busy")
    call = await _calls_out(rig, number)
    await rig.logged(call, "leg_ended", "leg_ended")
    return await wrapped_up(rig, call, "no_answer")


async def a_call_out_nobody_answers(rig: Rig, number: str) -> list[str]:
    rig.twilio.phones[number] = Phone()
    call = await _calls_out(rig, number)
    await rig.logged(call, "leg_ended", "leg_ended")
    return await wrapped_up(rig, call, "no_answer")


async def a_text_and_its_answers(rig: Rig, number: str) -> list[str]:
    """Text, menu, choice, agent; every answer is delivered."""
    known = await rig.interactions()
    await rig.twilio.text(number, TEXTS, "hello")
    talk = await rig.opened(known)
    await rig.twilio.inbox(number, 1, PATIENCE_S)
    await rig.logged(talk, *["message_state"] * 2)
    await rig.twilio.text(number, TEXTS, "2")
    assert await rig.accept() == talk
    already = len([e for e in await rig.events(talk) if e.kind == "message_queued"])
    await rig.asks(talk, "messages", *["message_state"] * 2 * (already + 1), text="We look at it.")
    assert (await rig.twilio.inbox(number, already + 1, PATIENCE_S))[-1].body == "We look at it."
    return await _text_wrapped_up(rig, talk)


async def a_text_that_can_not_be_delivered(rig: Rig, number: str) -> list[str]:
    """The telephone is off: the carrier says 30003, once for each text."""
    known = await rig.interactions()
    rig.twilio.phones[number] = Phone(text_error="30003")
    await rig.twilio.text(number, TEXTS, "0")
    talk = await rig.opened(known)
    await rig.logged(talk, *["message_state"] * 2)
    await rig.twilio.text(number, TEXTS, "0")
    assert await rig.accept() == talk
    already = len([e for e in await rig.events(talk) if e.kind == "message_queued"])
    await rig.asks(talk, "messages", *["message_state"] * 2 * (already + 1), text="Are you there?")
    events = await rig.events(talk)
    assert "30003" in {e.data.get("code") for e in events if e.kind == "message_state"}
    return await _text_wrapped_up(rig, talk)


async def _text_wrapped_up(rig: Rig, talk: UUID) -> list[str]:
    await asyncio.sleep(0)
    await rig.api("POST", f"/interactions/{talk}/wrap-up", disposition="solved", note="")
    return await rig.finished(talk)


PLOTS: Mapping[str, Plot] = {
    plot.__name__: plot
    for plot in (
        a_whole_call,
        a_customer_who_hangs_up,
        a_customer_who_gives_up,
        an_agent_out_of_reach,
        a_call_out,
        a_call_out_to_a_busy_line,
        a_call_out_nobody_answers,
        a_text_and_its_answers,
        a_text_that_can_not_be_delivered,
    )
}
