"""Scripted customers against a scripted core, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contactcenter.channels.conformance.voice_rooms import AGENT
from contactcenter.channels.voice.base import Captioned, Collected, LegEnded, LegOffered, VoiceEvent
from contactcenter.channels.voice.steps import Bridge, Collect, Park, Say
from contactcenter.standins.handset_callers import (
    CallResult,
    CallScript,
    ScriptedCaller,
    run_callers,
)
from contactcenter.standins.server import per_hour, read_script
from tests.channels.voice.world_rig import CALLER, LINE, Rig, direct_rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with direct_rig() as made:
        made.core.on(LegOffered, (Collect((Say("For sales press 1."),)),))
        made.core.on(Collected, (Park("sales", (Say("Please hold."),)),))
        yield made


@asynccontextmanager
async def calling(rig: Rig, script: CallScript) -> AsyncIterator[asyncio.Task[CallResult]]:
    caller = ScriptedCaller(rig.world, CALLER, rig.clock)
    task = asyncio.create_task(caller.call(script))
    await asyncio.sleep(0)
    yield task


async def test_caller_presses_waits_and_gives_up(rig: Rig) -> None:
    script = CallScript(LINE, keys=(("sales", "1"),), patience_s=20.0)
    async with calling(rig, script) as task:
        await rig.until(task.done)
    result = task.result()
    assert rig.core.one(Collected).value == "1"
    assert (result.answered, result.connected, result.cause) == (True, False, "normal")
    assert result.prompts == ["For sales press 1.", "Please hold."]


async def test_caller_is_connected_talks_and_hangs_up(rig: Rig) -> None:
    script = CallScript(LINE, keys=(("sales", "1"),), says=("My line is down.",), talk_s=10.0)
    async with calling(rig, script) as task:
        await rig.until(lambda: bool(rig.core.of(Collected)))
        await rig.pass_time(5.0)
        await rig.adapter.legs.originate("a", to=AGENT, from_=LINE, steps=(Bridge("r", "agent"),))
        await rig.adapter.rooms.join("j", rig.core.one(LegOffered).leg, "r", "customer")
        await rig.until(task.done)
    result = task.result()
    assert result.connected
    assert result.wait_s is not None
    assert result.wait_s >= 5.0
    assert rig.core.one(Captioned).text == "My line is down."
    await rig.until(lambda: bool(rig.core.of(LegEnded)))


@pytest.mark.parametrize("seconds", [0.1, 1.0, 3.0])
async def test_caller_hangs_up_at_any_moment(rig: Rig, seconds: float) -> None:
    async with calling(rig, CallScript(LINE, hang_up_after_s=seconds)) as task:
        await rig.until(task.done)
    await rig.until(lambda: bool(rig.core.of(LegEnded)))
    assert rig.world.calls.legs == {}


async def test_spoken_answer_is_given_to_the_menu(rig: Rig) -> None:
    rig.core.on(LegOffered, (Collect((Say("What is it about?"),), speech=True),))
    script = CallScript(LINE, speech=(("about", "my bill"),), patience_s=5.0)
    async with calling(rig, script) as task:
        await rig.until(task.done)
    collected = rig.core.one(Collected)
    assert (collected.value, collected.how) == ("my bill", "speech")


async def test_callers_come_at_the_rate_asked_for(rig: Rig) -> None:
    offered: list[VoiceEvent] = []
    rig.core.answers[LegOffered] = offered.append
    addresses = [f"+1555020{number:04d}" for number in range(500)]
    task = asyncio.create_task(
        run_callers(
            rig.world,
            rig.clock,
            per_hour=120.0,
            addresses=addresses,
            scripts=(CallScript(LINE, patience_s=20.0),),
        )
    )
    await rig.pass_time(3600.0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert 85 <= len(offered) <= 155  # three standard deviations of a Poisson count of 120
    assert rig.world.calls.legs == {} or len(rig.world.calls.legs) < 10


@pytest.mark.parametrize(("rate", "expected"), [("30/h", 30.0), ("2/min", 120.0), ("1/s", 3600.0)])
def test_rate_is_read(rate: str, expected: float) -> None:
    assert per_hour(rate) == expected


@pytest.mark.parametrize("rate", ["30", "x/h", "-1/h", "0/h", "3/day"])
def test_rate_that_is_none_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match="30/h"):
        per_hour(rate)


def test_script_is_read_from_json() -> None:
    script = read_script({"line": LINE, "keys": [["sales", "1"]], "says": ["hi"], "talk_s": 5})
    assert script == CallScript(LINE, keys=(("sales", "1"),), says=("hi",), talk_s=5)
