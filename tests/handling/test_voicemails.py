"""A message left by a caller becomes work for the queue's agents, on the simulated carrier."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from contactcenter.channels.voice import base as voice
from contactcenter.handling import look_ups
from contactcenter.handling.menus import Menus
from contactcenter.ivr.checker import check
from contactcenter.ivr.loader import load
from contactcenter.routing import queries
from contactcenter.routing.actions import SetState
from contactcenter.routing.model import Waiting
from tests.handling.office import MARY, PLAIN, SMS, VOICE, Office, new_office
from tests.handling.stage import Stage

AFTER_A_WHILE: dict[str, Any] = {
    "overflow": [{"measure": "own_wait_s", "above": 20, "then": {"leave": "voicemail"}}]
}


async def _message(stage: Stage, words: str = "Please send me a new card.") -> UUID:
    """A caller nobody is free for has left a message; their call."""
    await stage.office.site.queue(wrap_up_s=30, **AFTER_A_WHILE)
    await stage.office.site.do(SetState(stage.agent, "away", "lunch"))
    stage.world.phones.call(MARY, PLAIN)
    await stage.seen("queued")
    await stage.hears("stay on the line")
    await stage.clock.advance(20)
    await stage.hears("leave a message")
    call = (await stage.office.interactions())[0].id

    async def recording() -> bool:
        leg = stage.world.phones.phone(MARY).leg
        return leg is not None and leg.recording is not None

    await stage.until(recording, "the tone")
    if words:
        await stage.clock.advance(2)
        stage.world.phones.say(MARY, words)
        await stage.clock.advance(2)
    return call


async def _item(office: Office, key: UUID) -> Waiting:
    found = await office.read(lambda tx: queries.waiting_one(tx, key))
    assert found is not None
    return found


async def test_a_message_waits_for_an_agent_who_then_calls(stage: Stage) -> None:
    office = stage.office
    call = await _message(stage)
    stage.world.phones.press(MARY, "#")
    await stage.hears("Thank you")
    await stage.nobody_lives()
    await stage.seen("callback_planned")
    left, work = await office.interactions()
    assert left.id == call
    assert (left.state, left.thread_id) == ("closed", work.thread_id)
    assert (work.direction, work.state, work.queue) == ("outbound", "waiting", "sales")
    caption = await office.last("caption", call)
    assert (caption.content or {})["text"] == "Please send me a new card."
    ready = await office.last("recording_ready", call)
    assert ready.data["seconds"] >= 4
    assert (ready.content or {})["media"]
    opened = await office.last("opened", work.id)
    assert opened.data["reason"] == "voicemail"
    item = await _item(office, work.id)
    assert item.attributes == {"voicemail": str(call)}
    assert timedelta(seconds=item.age_s) >= timedelta(seconds=20), "the place is kept"
    await office.site.do(SetState(stage.agent, "available"))
    assert await stage.accepts() == work.id
    await stage.seen("callback_due", "leg_ringing", "leg_ringing")
    stage.world.phones.answer(MARY)
    await stage.seen("connected")
    stage.world.phones.hang_up(MARY)
    await stage.seen("wrap_up_started")
    await stage.nobody_lives()
    await office.assert_sound()


async def test_it_is_not_turned_away_by_the_rule_that_sent_the_caller_there(stage: Stage) -> None:
    await _message(stage)
    stage.world.phones.hang_up(MARY)  # who does not press the hash key has left one too
    await stage.nobody_lives()
    work = await stage.seen("callback_planned")
    await stage.clock.advance(21)

    async def met() -> bool:
        return (await _item(stage.office, work)).fired == (0,)

    await stage.until(met, "the rule")
    await stage.clock.advance(60)
    assert (await stage.office.state(work)).state == "waiting"
    await stage.office.assert_sound()


async def test_who_hangs_up_at_the_tone_has_left_nothing(stage: Stage) -> None:
    call = await _message(stage, words="")
    stage.world.phones.hang_up(MARY)
    await stage.nobody_lives()
    await stage.seen("closed")
    await stage.clock.advance(5)
    assert [one.id for one in await stage.office.interactions()] == [call]


@pytest.mark.parametrize("from_", [MARY, "anonymous"])
async def test_a_recording_reported_twice_and_after_the_end_is_one_work(
    office: Office, from_: str
) -> None:
    await office.site.queue(limits={"nobody_then": {"leave": "voicemail"}})
    await office.call(from_)
    await office.turn()
    assert "voicemail_asked" in await office.kinds()
    await office.take(voice.LegEnded, line=PLAIN, cause="normal")
    for _ in range(2):
        given: dict[str, Any] = {"recording": "rec-1", "media": "m/1", "seconds": 7.0}
        await office.take(voice.RecordingReady, line=PLAIN, **given)
    await office.turn()
    found = await office.interactions()
    assert found[0].state == "closed"
    assert len(found) == (2 if from_ == MARY else 1), "nobody can call a withheld number"
    assert len([one for one in await office.kinds(found[0].id) if one == "recording_ready"]) == 2
    await office.assert_sound()


async def test_a_recorded_conversation_is_no_message(office: Office) -> None:
    key = await office.connected_call(await office.agent())
    given: dict[str, Any] = {"recording": "rec-1", "media": "m/1", "seconds": 60.0}
    await office.take(voice.RecordingReady, line=PLAIN, **given)
    assert [one.id for one in await office.interactions()] == [key]


MENU = """
menu: front
version: 1
languages: [en]
start: leave_word
fallback: leave_word
nodes:
  leave_word: {voicemail: sales, announce: "We sleep."}
"""


async def test_a_menu_may_ask_for_a_message(office: Office) -> None:
    menu = load(MENU, "front.yaml")
    assert check(menu, queues={"sales"}) == ()
    (fault,) = check(menu, queues={"help"})
    assert "unknown queue 'sales'" in fault.message
    office = new_office(office.site, Menus({"front": menu}, look_ups.STANDARD))
    steps = await office.call(line=VOICE)
    assert steps is not None
    assert [type(one).__name__ for one in steps] == ["Say", "Say", "Record", "Say", "Hangup"]
    given: dict[str, Any] = {"recording": "rec-1", "media": "m/1", "seconds": 7.0}
    await office.take(voice.LegEnded, line=VOICE, cause="normal")
    await office.take(voice.RecordingReady, line=VOICE, **given)
    await office.turn()
    left, work = await office.interactions()
    assert (left.state, left.queued_at) == ("closed", None), "they never waited"
    item = await _item(office, work.id)
    assert (item.queue, item.age_s) == ("sales", 0)
    await office.text("hello", line=SMS)
    await office.turn()
    text = (await office.interactions())[-1]
    assert (text.channel, text.state, text.queue) == ("sms", "waiting", "sales")
    await office.assert_sound()
