"""A server killed in the middle of calls: the carrier keeps them, the next start takes them up."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from contactcenter.core.ids import new_id
from contactcenter.crm.verify import verify
from contactcenter.standins.twilio import Handset, Phone
from tests.stories.twilio_plots import queued_caller, wrapped_up
from tests.stories.twilio_process import ServerProcess, process_rig
from tests.stories.twilio_rig import PATIENCE_S, VOICE, Rig

PACE = 2.0
"""A caller's patience must outlast a start of the server on a busy machine."""


async def _call(on: Rig, number: str, server: ServerProcess | None = None) -> list[str]:
    """A call with hold and hang-up by the agent; with a server it is killed at each stage."""

    async def killed() -> None:
        if server is not None:
            await server.restart()

    on.twilio.phones[on.client] = Phone()
    caller = on.twilio.dial(number, VOICE)
    await caller.hears("For English, press 1", PATIENCE_S)
    await killed()
    if server is not None:
        await caller.hears("For English, press 1", PATIENCE_S)  # asked again
    caller.press("1")
    await caller.hears("What can we do for you?", PATIENCE_S)
    caller.press("2")
    await caller.waits_in("billing", PATIENCE_S)
    _, call = await on.offer()
    await killed()
    await caller.waits_in("billing", PATIENCE_S)
    assert await on.accept() == call
    agent = await on.twilio.rings(on.client, PATIENCE_S)
    await on.logged(call, "leg_ringing")
    await killed()
    agent.answer()
    await on.logged(call, "connected")
    await on.asks(call, "hold", "held")
    await killed()
    await on.asks(call, "resume", "resumed")
    caller.say("Are you there?")
    await agent.hears("Are you there?", PATIENCE_S)
    await on.asks(call, "hang-up", "leg_ended", "leg_ended", "wrap_up_started")
    await killed()
    return await wrapped_up(on, call)


async def _sound(on: Rig) -> None:
    """No error heard, nothing left over, log and rows agree, the agent can go on."""
    assert on.twilio.world.alerts == []
    assert not [call for call in on.twilio.world.calls.values() if call.live]
    assert not (await verify(on.log_db)).differences
    state = await on.api("GET", "/agents/me")
    assert state["state"] == "available", state


async def test_a_call_outlives_five_kills_and_its_log_is_the_same(
    empty_store_url: str, tmp_path: Path
) -> None:
    async with process_rig(empty_store_url, tmp_path / "site", pace=PACE) as (on, server):
        undisturbed = await _call(on, "+447700900100")
        assert await _call(on, "+447700900101", server) == undisturbed
        await _sound(on)


async def _connected(on: Rig, number: str) -> tuple[Handset, UUID]:
    on.twilio.phones[on.client] = Phone(answers_after_s=0.2)
    caller = await queued_caller(on, number)
    call = await on.accept()
    await on.logged(call, "connected")
    return caller, call


async def test_what_happens_while_no_server_lives_is_found_at_the_next_start(
    empty_store_url: str, tmp_path: Path
) -> None:
    """Reports that nobody took are given up by Twilio; what it shows of its calls is not."""
    async with process_rig(empty_store_url, tmp_path / "site", pace=PACE) as (on, server):
        caller, call = await _connected(on, "+447700900100")
        await server.kill()
        await caller.hang_up()
        await on.twilio.settled()
        await server.start()
        events = await on.logged(call, "leg_ended", "leg_ended", "wrap_up_started")
        ends = {e.data["party"]: e.data["cause"] for e in events if e.kind == "leg_ended"}
        assert ends["customer"] == "carrier_lost"
        await wrapped_up(on, call)

        on.twilio.phones[on.client] = Phone()
        caller = await queued_caller(on, "+447700900101")
        call = await on.accept()
        agent = await on.twilio.rings(on.client, PATIENCE_S)
        await on.logged(call, "leg_ringing")
        await server.kill()
        agent.answer()
        await agent.is_in(f"room-{call}", PATIENCE_S)
        await on.twilio.settled()
        await server.start()
        await on.logged(call, "connected")
        caller.say(f"hello {new_id()}")
        await agent.hears("hello", PATIENCE_S)
        await on.asks(call, "hang-up", "leg_ended", "leg_ended")
        await wrapped_up(on, call)
        await _sound(on)


async def test_a_node_that_is_stopped_leaves_its_calls_on_the_carrier(
    empty_store_url: str, tmp_path: Path
) -> None:
    async with process_rig(empty_store_url, tmp_path / "site", pace=PACE) as (on, server):
        caller, call = await _connected(on, "+447700900100")
        assert await server.end() == 0
        assert caller.status == "in-progress"
        await server.start()
        await on.asks(call, "hold", "held")
        await on.asks(call, "resume", "resumed")
        await on.asks(call, "hang-up", "leg_ended", "leg_ended")
        lines = await wrapped_up(on, call)
        assert sum(" connected " in line for line in lines) == 1
        await _sound(on)
