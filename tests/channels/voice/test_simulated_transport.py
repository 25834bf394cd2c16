"""The loopback transport: patience, faults by their class, and whoever is not the world."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contactcenter.channels.conformance.refusals import refused
from contactcenter.channels.voice import world
from contactcenter.channels.voice.simulated_memo import read_memo, write_memo
from contactcenter.channels.voice.simulated_transport import LoopbackWorld, Subscription
from contactcenter.channels.voice.steps import (
    Bridge,
    Collect,
    Dial,
    Hangup,
    Next,
    Park,
    Pause,
    Play,
    Record,
    Reject,
    Say,
    Step,
)
from contactcenter.core.clock import SystemClock
from contactcenter.core.errors import Conflict, Invalid, NotFound, TransportError
from contactcenter.standins.world import World
from contactcenter.standins.world_socket import WorldSocket


@asynccontextmanager
async def attached(port: int) -> AsyncIterator[tuple[LoopbackWorld, list[str]]]:
    transport = LoopbackWorld("127.0.0.1", port, retry_s=(0.01, 0.05))
    happened: list[str] = []
    await transport.attach(
        Subscription(
            "voice",
            ("+15550100000",),
            lambda event: happened.append(event.id),
            lambda world_id: happened.append("up"),
            lambda: happened.append("down"),
        )
    )
    try:
        yield transport, happened
    finally:
        await transport.detach("voice")


async def _until(happened: list[str], what: str) -> None:
    for _ in range(500):
        if what in happened:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{what} never happened: {happened}")


async def test_faults_keep_their_class_and_code() -> None:
    served = World(SystemClock())
    socket = WorldSocket(served)
    await socket.start()
    async with attached(socket.port) as (transport, _):
        gone = await refused(Conflict, transport.call(world.Answer(leg="none"), 5))
        assert gone.code == "leg_gone"
        await refused(NotFound, transport.call(world.Fetch(media="none"), 5))
        bad = world.Originate(leg="x", to="nobody", from_="+15550100000")
        await refused(Invalid, transport.call(bad, 5))
    await socket.close()
    await served.close()


async def test_command_given_while_the_world_is_away_is_carried_out_when_it_comes() -> None:
    served = World(SystemClock())
    socket = WorldSocket(served)
    await socket.start()
    async with attached(socket.port) as (transport, happened):
        await _until(happened, "up")
        await socket.close()
        await _until(happened, "down")
        asked = asyncio.create_task(transport.call(world.Live()))
        await asyncio.sleep(0.1)
        assert not asked.done()
        again = WorldSocket(served, port=socket.port)
        await again.start()
        assert await asyncio.wait_for(asked, 5) == []
        await again.close()
    await served.close()


async def test_no_answer_in_time_is_an_unknown_outcome() -> None:
    async with attached(1) as (transport, _):
        error = await refused(TransportError, transport.call(world.Live(), 0.05))
        assert error.unknown


async def test_who_is_not_the_world_is_left_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls: list[str] = []

    async def mumble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append("again" if calls else (await reader.readline()).decode())
        writer.write(b"220 this is a mail server\n")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mumble, "127.0.0.1", 0)
    async with attached(server.sockets[0].getsockname()[1]) as (_, happened):
        await _until(happened, "down")
        await _until(calls, "again")
    server.close()
    assert "not understood" in caplog.text


EVERY: tuple[Step, ...] = (
    Say("a", "zh-CN", "v"),
    Play("m"),
    Pause(0.5),
    Collect((Say("q"), Pause(1.0), Play("p")), hints=("yes", "no"), speech=True),
    Park("q", (Say("hold"), Play("music"))),
    Bridge("r", "whisper"),
    Dial("+15550100", 3.0),
    Record(9.0),
    Next(),
    Reject("busy"),
    Hangup("x"),
)


def test_steps_written_for_the_world_to_keep_are_read_back_the_same() -> None:
    assert read_memo(write_memo("op", EVERY)) == ("op", EVERY)
