"""The stand-ins as a process: ready line, a server that is gone and comes back, its own end."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from contactcenter.channels.conformance.sms import TextCore
from contactcenter.channels.conformance.voice import ScriptedCore
from contactcenter.channels.sms.base import SmsReceived
from contactcenter.channels.sms.simulated import SimulatedSms
from contactcenter.channels.voice.base import Collected, LegEnded, LegOffered
from contactcenter.channels.voice.simulated import SimulatedVoice
from contactcenter.channels.voice.simulated_transport import LoopbackWorld
from contactcenter.channels.voice.steps import Collect, Hangup, Say
from contactcenter.core.clock import SystemClock

LINE = "+15550100000"
ROOT = Path(__file__).parents[2]


class Process:
    """One stand-ins process."""

    def __init__(self, process: asyncio.subprocess.Process, ready: dict[str, Any]) -> None:
        self.process = process
        self.ready = ready

    def transport(self) -> LoopbackWorld:
        host, _, port = str(self.ready["world"]).rpartition(":")
        return LoopbackWorld(host, int(port))

    async def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 10)


@asynccontextmanager
async def running(folder: Path, *options: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "contactcenter.standins.server", "--dir", str(folder)),
        *("--chars-per-s", "0", *options),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 20)
    made = Process(process, json.loads(line))
    try:
        yield made
    finally:
        await made.end(signal.SIGKILL)


async def _carrier(up: bool) -> None:
    return None


async def _until(holds: Any) -> None:
    for _ in range(200):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("never happened")


async def test_call_outlives_the_server_that_took_it(tmp_path: Path) -> None:
    core = ScriptedCore()
    core.on(LegOffered, (Collect((Say("Press 1."),), first_timeout_s=60.0),))
    core.on(Collected, (Say("Bye."), Hangup()))
    async with running(tmp_path) as standins, ClientSession() as session:
        assert standins.ready["ready"] is True
        assert standins.ready["pid"] == standins.process.pid
        first = SimulatedVoice(lines=(LINE,), transport=standins.transport(), clock=SystemClock())
        await first.start(core.sink, _carrier)
        url = f"{standins.ready['handset_url']}/handset/ws?address=%2B15550123456&hello=1"
        async with session.ws_connect(url) as socket:
            await _hear(socket, "hello")
            await asyncio.sleep(0.3)
            await socket.send_json({"do": "call", "number": LINE})
            await _hear(socket, "prompt")
            await first.stop()
            await socket.send_json({"do": "press", "digits": "1"})
            await asyncio.sleep(0.1)
            second = SimulatedVoice(
                lines=(LINE,), transport=standins.transport(), clock=SystemClock()
            )
            await second.start(core.sink, _carrier)
            await asyncio.sleep(0.3)
            (live,) = await second.legs.live()
            assert live.op_id == core.one(LegOffered).event_id
            menu = Collect((Say("Press 1."),), first_timeout_s=60.0)
            await second.legs.run(live.op_id, live.leg, (menu,))
            await _hear(socket, "ended")
        await _until(lambda: core.of(LegEnded))
        await second.stop()
        assert core.names() == ["LegOffered", "Collected", "LegEnded"]
        assert await standins.end() == 0


async def _hear(socket: Any, event: str) -> dict[str, Any]:
    while True:
        got: dict[str, Any] = await socket.receive_json(timeout=10)
        if got["event"] == event:
            return got


async def test_killed_world_keeps_the_texts(tmp_path: Path) -> None:
    async with running(tmp_path) as standins, ClientSession() as session:
        adapter = SimulatedSms(lines=(LINE,), transport=standins.transport(), clock=SystemClock())
        away = asyncio.Event()

        async def never(event: object) -> None:
            away.set()
            await asyncio.Event().wait()

        await adapter.start(never)
        handed = await adapter.send("k", line=LINE, to="+15550123456", text="Hallo")
        url = f"{standins.ready['handset_url']}/handset/ws?address=%2B15550123456"
        async with session.ws_connect(url) as socket:
            await socket.send_json({"do": "sms", "number": LINE, "text": "Noch da?", "id": 1})
            await _hear(socket, "done")
        await asyncio.wait_for(away.wait(), 5)
        await standins.end(signal.SIGKILL)
        await adapter.stop()
    core = TextCore()
    async with running(tmp_path) as standins:
        adapter = SimulatedSms(lines=(LINE,), transport=standins.transport(), clock=SystemClock())
        await adapter.start(core.sink)
        await _until(lambda: core.of(SmsReceived))
        found = await adapter.look_up("k")
        assert found is not None
        assert found.provider_ref == handed.provider_ref
        await adapter.stop()
    assert [each.text for each in core.of(SmsReceived)] == ["Noch da?"]


async def test_standins_without_a_server_end_themselves(tmp_path: Path) -> None:
    async with running(tmp_path, "--abandoned-s", "0.3") as standins:
        assert await asyncio.wait_for(standins.process.wait(), 5) == 0


async def test_standins_with_a_server_stay(tmp_path: Path) -> None:
    async with running(tmp_path, "--abandoned-s", "0.5") as standins:
        adapter = SimulatedSms(lines=(LINE,), transport=standins.transport(), clock=SystemClock())
        await adapter.start(TextCore().sink)
        await asyncio.sleep(1.0)
        assert standins.process.returncode is None
        await adapter.stop()
        assert await asyncio.wait_for(standins.process.wait(), 5) == 0
