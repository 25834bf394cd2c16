"""Callers who wait, ask to be called back, and are; on the simulated carrier, in virtual time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from contactcenter.handling import callbacks
from contactcenter.routing import queries
from contactcenter.routing.actions import SetState
from contactcenter.routing.model import Waiting
from tests.handling.office import MARY, PLAIN
from tests.handling.stage import Stage

OFFERS_CALLBACK = [{"measure": "own_wait_s", "above": 20, "then": {"callback": True}}]


async def _queue(stage: Stage, **config: Any) -> None:
    await stage.office.site.queue(wrap_up_s=30, **config)


async def _waits(stage: Stage, **config: Any) -> None:
    """A caller in the queue, nobody free."""
    await _queue(stage, overflow=OFFERS_CALLBACK, **config)
    await stage.office.site.do(SetState(stage.agent, "away", "lunch"))
    stage.world.phones.call(MARY, PLAIN)
    await stage.seen("queued")
    await stage.hears("stay on the line")


async def _asked(stage: Stage, **config: Any) -> UUID:
    """The caller has pressed 1 and the line is dead."""
    await _waits(stage, **config)
    await stage.clock.advance(20)
    await stage.hears("Press 1 to be called back")
    stage.world.phones.press(MARY, "1")
    await stage.hears("You keep your place")
    key = await stage.seen("callback_planned", "leg_ended")
    await stage.nobody_lives()
    return key


async def _item(stage: Stage, key: UUID) -> Waiting:
    found = await stage.office.read(lambda tx: queries.waiting_one(tx, key))
    assert found is not None
    return found


async def test_the_place_is_kept_and_the_customer_is_called_first(stage: Stage) -> None:
    key = await _asked(stage)
    state = await stage.office.state(key)
    assert (state.state, state.closed_at) == ("waiting", None)
    assert (await _item(stage, key)).callback is not None
    await stage.office.site.do(SetState(stage.agent, "available"))
    await stage.seen("callback_due", "leg_started", "leg_ringing")
    stage.world.phones.answer(MARY)
    await stage.hears("the call you asked for")
    assert await stage.accepts() == key
    await stage.seen("connected")
    stage.world.phones.hang_up(MARY)
    await stage.seen("wrap_up_started")
    await stage.office.desk.wrap_up(key, stage.agent, "solved", "")
    await stage.seen("closed")
    assert (await stage.office.state(key)).close_reason == "handled"
    assert "abandoned" not in [one.data.get("reason") for one in await stage.office.events(key)]
    await stage.nobody_lives()
    await stage.office.assert_sound()


async def test_the_agent_is_on_the_line_first(stage: Stage) -> None:
    key = await _asked(stage, callback={"first": "agent"})
    await stage.office.site.do(SetState(stage.agent, "available"))
    assert await stage.accepts() == key
    await stage.seen("callback_due", "leg_answered", "leg_ringing", "leg_ringing")
    stage.world.phones.answer(MARY)
    await stage.seen("connected")
    assert "the call you asked for" not in " ".join(stage.prompts())
    stage.world.phones.hang_up(MARY)
    await stage.seen("wrap_up_started")
    await stage.nobody_lives()
    await stage.office.assert_sound()


async def test_an_agent_who_hangs_up_before_the_customer_answers_stays_available(
    stage: Stage,
) -> None:
    key = await _asked(stage, callback={"first": "agent", "attempts": 2, "gap_s": 60})
    await stage.office.site.do(SetState(stage.agent, "available"))
    await stage.accepts()
    await stage.seen("leg_ringing", "leg_ringing")
    await stage.office.desk.hang_up(key, stage.agent)
    await stage.seen("callback_planned", "callback_planned")
    assert (await _item(stage, key)).state == "later"
    await stage.nobody_lives()
    await stage.clock.advance(61)
    await stage.seen("offered", "offered")  # again to the same agent: they are not away
    await stage.accepts()
    await stage.seen("callback_due", "callback_due", *["leg_ringing"] * 4)
    stage.world.phones.answer(MARY)
    await stage.seen("connected")
    await stage.office.desk.hang_up(key, stage.agent)
    await stage.seen("wrap_up_started")
    await stage.nobody_lives()
    await stage.office.assert_sound()


@pytest.mark.parametrize("first", ["customer", "agent"])
async def test_a_customer_who_is_not_reached_is_called_again(stage: Stage, first: str) -> None:
    key = await _asked(stage, callback={"first": first, "attempts": 2, "gap_s": 60})
    await stage.office.site.do(SetState(stage.agent, "available"))
    if first == "agent":
        await stage.accepts()
    await stage.seen("callback_due", *["leg_ringing"] * (2 if first == "agent" else 1))
    stage.world.phones.hang_up(MARY)  # refuses
    await stage.seen("callback_planned", "callback_planned")
    assert (await _item(stage, key)).state == "later"
    await stage.nobody_lives()
    await stage.clock.advance(61)
    if first == "agent":
        await stage.seen("offered", "offered")
        await stage.accepts()
    await stage.seen(
        "callback_due", "callback_due", *["leg_ringing"] * (4 if first == "agent" else 2)
    )
    stage.world.phones.hang_up(MARY)
    await stage.seen("closed")
    assert (await stage.office.state(key)).close_reason == "callback_failed"
    await stage.nobody_lives()
    await stage.office.assert_sound()


async def test_another_number_is_keyed_in(stage: Stage) -> None:
    await _waits(stage)
    await stage.clock.advance(20)
    await stage.hears("2 to leave another number")
    stage.world.phones.press(MARY, "2")
    await stage.hears("enter the number")
    for digit in "123#":
        stage.world.phones.press(MARY, digit)
    await stage.hears("can not call that number")
    for digit in "07700900002#":
        stage.world.phones.press(MARY, digit)
    await stage.hears("You keep your place")
    key = await stage.seen("callback_planned")
    callback = (await _item(stage, key)).callback
    assert callback is not None
    assert callback.address == "+447700900002"


async def test_who_does_not_press_waits_on(stage: Stage) -> None:
    await _waits(stage)
    await stage.clock.advance(20)
    await stage.hears("Press 1 to be called back")
    before = len(stage.prompts())
    await stage.clock.advance(8)

    async def music() -> bool:
        return any("stay on the line" in one for one in stage.prompts()[before:])

    await stage.until(music, "the queue's words again")
    await stage.office.site.do(SetState(stage.agent, "available"))
    await stage.accepts()
    await stage.seen("connected")


async def test_an_agreed_time(stage: Stage) -> None:
    await _waits(stage)
    key = (await stage.office.interactions())[-1].id
    at = stage.clock.now().replace(microsecond=0)
    from datetime import timedelta

    await stage.office.db.write(
        lambda tx: callbacks.ask(tx, key, lines=stage.office.lines, at=at + timedelta(hours=1))
    )
    await stage.seen("callback_planned")
    stage.world.phones.hang_up(MARY)
    await stage.seen("leg_ended")
    await stage.office.site.do(SetState(stage.agent, "available"))
    await stage.clock.advance(600)
    assert "callback_due" not in await stage.office.kinds(key)
    await stage.clock.advance(3000)
    await stage.seen("callback_due", "leg_ringing")


@pytest.mark.parametrize(
    "after", ["callback_planned", "callback_due", "leg_ringing", "leg_answered"]
)
@pytest.mark.parametrize("first", ["customer", "agent"])
async def test_a_server_killed_on_the_way_calls_once(stage: Stage, first: str, after: str) -> None:
    key = await _asked(stage, callback={"first": first})
    twice = 2 if first == "agent" else 1
    if after == "callback_planned":
        await stage.kill()
        await stage.start()
    await stage.office.site.do(SetState(stage.agent, "available"))
    if first == "agent":
        await stage.accepts()
    if after in ("callback_due", "leg_ringing"):
        await stage.seen(after)
        await stage.kill()
        await stage.start()
    await stage.seen("callback_due", *["leg_ringing"] * twice)
    stage.world.phones.answer(MARY)
    if after == "leg_answered":
        await stage.kill()  # before or after it heard of the answer
        await stage.start()
    if first == "customer":
        assert await stage.accepts() == key
    await stage.seen("connected")
    kinds = await stage.office.kinds(key)
    assert kinds.count("callback_due") == 1
    assert stage.events().count("ringing") <= 1
    stage.world.phones.hang_up(MARY)
    await stage.seen("wrap_up_started")
    await stage.nobody_lives()
    await stage.office.assert_sound()
