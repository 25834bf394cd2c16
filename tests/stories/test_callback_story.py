"""A caller waits, hears the place, asks to be called back and hangs up; the server is killed; an
agent frees, the customer is called, both talk, the work is wrapped up. In both orders."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.analytics import floor
from contactcenter.routing.actions import SetState
from tests.handling.conftest import office, stage
from tests.handling.office import MARY, PLAIN
from tests.handling.stage import Stage

__all__ = ["office", "stage"]

QUEUE: dict[str, Any] = {
    "wrap_up_s": 60,
    "announcements": {"first_s": 10, "every_s": 60},
    "overflow": [{"measure": "own_wait_s", "above": 30, "then": {"callback": True}}],
}


@pytest.mark.parametrize("first", ["customer", "agent"])
async def test_from_waiting_to_wrap_up_by_a_callback(stage: Stage, first: str) -> None:
    await stage.office.site.queue(**QUEUE, callback={"first": first})
    await stage.office.site.do(SetState(stage.agent, "away", "lunch"))
    stage.world.phones.call(MARY, PLAIN)
    await stage.seen("queued")
    await stage.hears("stay on the line")
    await stage.clock.advance(11)
    await stage.hears("You are number 1 in the queue")
    await stage.clock.advance(20)
    await stage.hears("Press 1 to be called back")
    stage.world.phones.press(MARY, "1")
    await stage.hears("You may hang up now")
    key = await stage.seen("callback_planned", "leg_ended")
    await stage.nobody_lives()

    shown = await stage.office.read(lambda tx: floor.read(tx, {}))
    assert [(each.callback, each.state) for each in shown.waiting] == [
        (True, "waiting"),
    ]

    await stage.kill()
    await stage.clock.advance(120)
    await stage.start()

    await stage.office.site.do(SetState(stage.agent, "available"))
    if first == "agent":
        await _accepts(stage)
    await _phone_rings(stage)
    await stage.kill()
    await stage.start()
    stage.world.phones.answer(MARY)
    if first == "customer":
        await _accepts(stage)
    await _has(stage, key, "connected")
    await stage.office.desk.say(key, stage.agent, "You asked to be called")
    await _has(stage, key, "caption")
    await stage.office.desk.hang_up(key, stage.agent)
    await _has(stage, key, "wrap_up_started")
    await stage.office.desk.wrap_up(key, stage.agent, "solved", "called back")
    await _has(stage, key, "closed")

    state = await stage.office.state(key)
    assert (state.close_reason, state.disposition) == ("handled", "solved")
    kinds = await stage.office.kinds(key)
    assert kinds.count("callback_due") == kinds.count("connected") == 1
    assert state.ended_at is not None
    assert state.answered_at is not None
    # the first call ended before; on this clock a hang-up may come in the moment of the answer
    assert state.ended_at >= state.answered_at, "the end is that of the callback"
    await stage.office.assert_sound()


async def _accepts(stage: Stage) -> None:
    from contactcenter.routing.actions import Accept

    async def offered() -> bool:
        try:
            await stage.offer()
        except (StopIteration, RuntimeError):
            return False
        return True

    await stage.until(offered, "the offer")
    await stage.office.site.do(Accept(await stage.offer(), stage.agent))


async def _phone_rings(stage: Stage) -> None:
    async def rings() -> bool:
        return "ringing" in stage.events() or "rings" in stage.events()

    await stage.until(rings, f"the customer's phone; {stage.events()}")


async def _has(stage: Stage, key: object, kind: str) -> None:
    async def there() -> bool:
        return kind in await stage.office.kinds(key)  # type: ignore[arg-type]  # a UUID

    await stage.until(there, kind)
