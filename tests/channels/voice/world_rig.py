"""The simulated carrier as a rig of the contract suites, over both transports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from contactcenter.channels.conformance.voice import ScriptedCore
from contactcenter.channels.voice.simulated import SimulatedVoice
from contactcenter.channels.voice.simulated_transport import (
    DirectWorld,
    LoopbackWorld,
    WorldTransport,
)
from contactcenter.core.clock import Clock, SystemClock, VirtualClock
from contactcenter.standins.world import World
from contactcenter.standins.world_socket import WorldSocket

LINE = "+15550100000"
CALLER = "+15550123456"
SPEED = 20.0
"""Real-time tests run their clock this much faster than the wall."""


class FastClock(SystemClock):
    """Real time, run fast: a second lasts 1/20 s."""

    def __init__(self) -> None:
        super().__init__()
        self._start = super().now()

    def now(self) -> datetime:
        return self._start + (super().now() - self._start) * SPEED

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / SPEED)


@dataclass
class SimulatedPhone:
    """A phone in the world, as the contract's far end."""

    world: World
    number: str = CALLER

    def shown(self, event: str) -> list[dict[str, object]]:
        return [each for each in self.world.phones.phone(self.number).log if each["event"] == event]

    @property
    def prompts(self) -> list[str]:
        return [str(each["text"]) for each in self.shown("prompt")]

    @property
    def captions(self) -> list[str]:
        heard = [each for each in self.shown("caption") if each["from"] != "customer"]
        return [str(each["text"]) for each in heard]

    async def call(self, line: str) -> None:
        self.world.phones.call(self.number, line)

    async def answer(self) -> None:
        self.world.phones.answer(self.number)

    async def press(self, digits: str) -> None:
        self.world.phones.press(self.number, digits)

    async def say(self, text: str) -> None:
        self.world.phones.say(self.number, text)

    async def hang_up(self) -> None:
        self.world.phones.hang_up(self.number)


@dataclass
class Rig:
    """An adapter on a world. ``restart`` stands for the death of the server process."""

    world: World
    clock: Clock
    connect: Callable[[], WorldTransport]
    line: str = LINE
    core: ScriptedCore = field(default_factory=ScriptedCore)
    carrier: list[bool] = field(default_factory=list)
    socket: WorldSocket | None = None

    def __post_init__(self) -> None:
        self.far = SimulatedPhone(self.world)
        self.adapter = self.new_adapter()

    def new_adapter(self) -> SimulatedVoice:
        self.transport = self.connect()
        return SimulatedVoice(lines=(LINE,), transport=self.transport, clock=self.clock)

    async def start(self) -> None:
        ups = self.carrier.count(True)
        await self.adapter.start(self.core.sink, self._on_carrier)
        await self.until(lambda: self.carrier.count(True) > ups)

    async def restart(self) -> None:
        await self.adapter.stop()
        self.adapter = self.new_adapter()
        await self.start()

    async def _on_carrier(self, up: bool) -> None:
        self.carrier.append(up)

    async def pass_time(self, seconds: float) -> None:
        if isinstance(self.clock, VirtualClock):
            await self.clock.advance(seconds)
        else:
            await self.clock.sleep(seconds)

    async def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(400):
            if holds():
                return
            await self.pass_time(0.1)
        raise AssertionError(f"never happened; the core saw {self.core.names()}")


@asynccontextmanager
async def direct_rig(chars_per_s: float = 20.0) -> AsyncIterator[Rig]:
    clock = VirtualClock()
    world = World(clock, chars_per_s=chars_per_s)
    rig = Rig(world, clock, lambda: DirectWorld(world))
    await rig.start()
    try:
        yield rig
    finally:
        await rig.adapter.stop()
        await world.close()


@asynccontextmanager
async def loopback_rig(chars_per_s: float = 20.0) -> AsyncIterator[Rig]:
    clock = FastClock()
    world = World(clock, chars_per_s=chars_per_s)
    socket = WorldSocket(world)
    await socket.start()
    rig = Rig(world, clock, lambda: LoopbackWorld("127.0.0.1", socket.port))
    rig.socket = socket
    await rig.start()
    try:
        yield rig
    finally:
        await rig.adapter.stop()
        await socket.close()
        await world.close()
