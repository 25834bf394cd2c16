"""Whole calls on the simulated carrier: world, adapter, executor, router and dispatch at work, in
virtual time and in one process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from contactcenter.routing.actions import Accept, SetState
from tests.handling.office import BARE, BROKEN, JOHN, MARY, PLAIN, VOICE
from tests.handling.stage import Stage


async def _connected(stage: Stage, line: str = PLAIN) -> UUID:
    stage.world.phones.call(MARY, line)
    key = await stage.accepts()
    await stage.seen("connected")
    return key


async def test_a_call_from_menu_to_wrap_up(stage: Stage) -> None:
    stage.world.phones.call(MARY, VOICE)
    await stage.hears("For English")
    stage.world.phones.press(MARY, "1")
    await stage.hears("What can we do?")
    stage.world.phones.press(MARY, "2")
    await stage.hears("stay on the line")
    key = await stage.accepts()
    await stage.seen("connected")
    await stage.office.desk.say(key, stage.agent, "Good morning")
    await stage.seen("caption")
    await stage.office.desk.hold(key, stage.agent, True)
    await stage.seen("held")
    await stage.office.desk.hold(key, stage.agent, False)
    await stage.seen("resumed")
    await stage.office.desk.mute(key, stage.agent, True)
    await stage.seen("muted")
    await stage.office.desk.hang_up(key, stage.agent)
    await stage.seen("wrap_up_started", "leg_ended", "leg_ended")
    await stage.office.desk.wrap_up(key, stage.agent, "solved", "done")
    await stage.seen("closed")
    assert stage.events()[-1] == "ended"
    await stage.nobody_lives()
    await stage.office.assert_sound()


async def test_an_agent_lost_in_the_talk_is_told_to_the_customer(stage: Stage) -> None:
    key = await _connected(stage)
    await stage.office.desk.hold(key, stage.agent, True)
    await stage.seen("held")
    leg = stage.world.calls.legs[stage.agents_leg().leg]
    stage.world.calls.end(leg, "carrier_lost")
    await stage.hears("the connection to our colleague was lost")
    await stage.seen("wrap_up_started")
    state = await stage.office.state(key)
    assert (state.state, state.on_hold) == ("wrap_up", False)
    await stage.nobody_lives()
    await stage.office.assert_sound()


async def test_an_agent_whose_phone_rings_out_loses_the_call_to_the_queue(stage: Stage) -> None:
    stage.world.calls._take_if_ringing = lambda leg: None  # type: ignore[method-assign]  # nobody is there
    stage.world.phones.call(MARY, PLAIN)
    key = await stage.accepts()
    await stage.seen("leg_ringing")
    leg = stage.world.calls.legs[stage.agents_leg().leg]
    stage.world.calls.end(leg, "no_answer")
    await stage.seen("withdrawn")

    async def waits() -> bool:
        return (await stage.office.state(key)).state == "waiting"

    await stage.until(waits, "the place in the queue")
    assert await stage.office.agent_state(stage.agent) == ("away", "no_media")
    assert "ended" not in stage.events(), "the caller has noticed nothing"
    del stage.world.calls._take_if_ringing
    await stage.clock.advance(61)  # the queue asks the same agent again only then
    await stage.office.site.do(SetState(stage.agent, "available"))
    await stage.seen("offered", "offered")
    assert await stage.accepts() == key
    await stage.seen("connected")
    assert (await stage.office.state(key)).answered_at is not None


async def _unreached(stage: Stage, key: UUID, cause: str) -> None:
    """The agent is in wrap-up, and the log says why."""

    async def wrapped() -> bool:
        return (await stage.office.state(key)).state == "wrap_up"

    await stage.until(wrapped, "wrap-up")
    ended = [one for one in await stage.office.events(key) if one.kind == "leg_ended"]
    causes = [one.data["cause"] for one in ended if one.data["party"] == "customer"]
    assert causes == [cause]


async def test_a_customer_who_does_not_take_the_call(stage: Stage) -> None:
    key = await stage.office.desk.dial(
        stage.agent, to=MARY, channel="voice", line=PLAIN, text=None, subject=None
    )
    await stage.seen("leg_ringing", "leg_ringing")
    stage.world.phones.hang_up(MARY)
    await _unreached(stage, key, "rejected")


async def test_a_customer_who_is_busy(stage: Stage) -> None:
    await stage.office.site.do(SetState(stage.agent, "away", "lunch"))
    stage.world.phones.call(JOHN, PLAIN)
    await stage.seen("queued")
    other = await stage.office.site.agent("Bob", queues=[])
    key = await stage.office.desk.dial(
        other, to=JOHN, channel="voice", line=PLAIN, text=None, subject=None
    )
    await _unreached(stage, key, "busy")


async def test_an_outgoing_call_is_answered(stage: Stage) -> None:
    key = await stage.office.desk.dial(
        stage.agent, to=MARY, channel="voice", line=PLAIN, text=None, subject=None
    )
    await stage.seen("leg_ringing", "leg_ringing")
    stage.world.phones.answer(MARY)
    await stage.seen("connected")
    stage.world.phones.hang_up(MARY)
    await stage.seen("wrap_up_started")
    assert (await stage.office.state(key)).state == "wrap_up"
    await stage.nobody_lives()


async def test_a_line_whose_menu_is_gone_does_not_leave_the_caller_in_silence(
    stage: Stage,
) -> None:
    stage.world.phones.call(MARY, BROKEN)
    await stage.hears("系统")
    await stage.accepts()
    await stage.seen("connected")


async def test_a_line_that_nobody_looks_after_says_goodbye(stage: Stage) -> None:
    stage.world.phones.call(MARY, BARE)
    await stage.hears("Goodbye")
    await stage.seen("closed")
    await stage.nobody_lives()


# -- the server dies -------------------------------------------------------------------------------


async def test_a_caller_in_the_menu_is_asked_again_and_goes_on(stage: Stage) -> None:
    stage.world.phones.call(MARY, VOICE)
    await stage.hears("For English")
    stage.world.phones.press(MARY, "2")
    await stage.hears("请问您需要什么")
    await stage.kill()
    stage.world.phones.press(MARY, "2")  # while nobody listens
    await stage.start()
    key = await stage.accepts()
    await stage.seen("connected")
    assert (await stage.office.kinds(key)).count("menu_entered") == 1
    await stage.office.assert_sound()


async def test_a_waiting_caller_waits_on(stage: Stage) -> None:
    await stage.office.site.do(SetState(stage.agent, "away", "lunch"))
    stage.world.phones.call(MARY, PLAIN)
    await stage.seen("queued")
    await stage.hears("stay on the line")
    await stage.kill()
    await stage.clock.advance(60)
    await stage.start()
    await stage.until(_heard_twice(stage), "the words again")
    await stage.office.site.do(SetState(stage.agent, "available"))
    await stage.accepts()
    await stage.seen("connected")


def _heard_twice(stage: Stage) -> Callable[[], Awaitable[bool]]:
    async def heard() -> bool:
        return len([one for one in stage.prompts() if "stay on the line" in one]) >= 2

    return heard


async def test_a_talk_goes_on_without_the_server(stage: Stage) -> None:
    key = await _connected(stage)
    await stage.kill()
    assert stage.world.phones.phone(MARY).connected
    await stage.start()
    await stage.office.desk.say(key, stage.agent, "Still there")
    await stage.seen("caption")
    kinds = await stage.office.kinds(key)
    assert kinds.count("connected") == 1
    assert "left" not in kinds


async def test_a_caller_who_left_while_the_server_was_away_is_known_to_have(stage: Stage) -> None:
    key = await _connected(stage)
    await stage.kill()
    stage.world.phones.hang_up(MARY)
    await stage.start()
    await stage.seen("wrap_up_started")
    await stage.nobody_lives()
    assert (await stage.office.last("leg_ended", key)).data["cause"] in ("normal", "customer_left")


@pytest.mark.parametrize("after", ["offered", "accepted", "leg_started", "leg_answered"])
async def test_a_call_killed_on_its_way_to_the_agent_gets_there(stage: Stage, after: str) -> None:
    stage.world.phones.call(MARY, PLAIN)
    await stage.seen("offered")
    if after != "offered":
        await stage.office.site.do(Accept(await stage.offer(), stage.agent))
        await stage.seen(after, *(["leg_started"] if after == "leg_started" else []))
    await stage.kill()
    await stage.start()
    if after == "offered":
        await stage.accepts()
    key = await stage.seen("connected")
    kinds = await stage.office.kinds(key)
    assert kinds.count("connected") == 1
    assert kinds.count("leg_answered") == 1
    stage.world.phones.hang_up(MARY)
    await stage.seen("wrap_up_started")
    await stage.nobody_lives()
    await stage.office.assert_sound()
