"""Scripted customers: they call, press keys at prompts, talk, lose patience, hang up at any moment,
and text. For ``demo --callers``, load trials and tests; they live in the world's own process."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contactcenter.core.clock import Clock
from contactcenter.core.errors import ContactCenterError
from contactcenter.standins.world import World
from contactcenter.standins.world_state import PhoneEvent


@dataclass(frozen=True, slots=True)
class CallScript:
    """What a caller does. Times are seconds of the world's clock.

    ``keys``: pairs of a part of a prompt's text ("" for any) and the keys pressed when it is
    heard; each pair serves once, in order. ``says`` is said once connected. ``patience_s`` runs
    from dialling to being connected; ``talk_s`` from there. ``hang_up_after_s`` cuts everything
    short, wherever the call is.
    """

    line: str
    keys: tuple[tuple[str, str], ...] = ()
    speech: tuple[tuple[str, str], ...] = ()
    says: tuple[str, ...] = ()
    patience_s: float = 120.0
    talk_s: float = 30.0
    hang_up_after_s: float | None = None


@dataclass(slots=True)
class CallResult:
    """How a call went. ``wait_s``: from dialling to being connected."""

    prompts: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    answered: bool = False
    connected: bool = False
    wait_s: float | None = None
    cause: str = ""


class ScriptedCaller:
    """A customer with a telephone of its own."""

    def __init__(self, world: World, address: str, clock: Clock) -> None:
        self._world = world
        self.address = address
        self._clock = clock

    @property
    def is_free(self) -> bool:
        return self._world.phones.phone(self.address).leg is None

    def text(self, number: str, body: str) -> None:
        self._world.texts.from_customer(self.address, number, body)

    async def call(self, script: CallScript) -> CallResult:
        """Dial and follow ``script`` until the call has ended."""
        began = self._clock.now()
        with _Watch(self._world, self.address) as watch:
            self._world.phones.call(self.address, script.line)
            result = CallResult()
            player = asyncio.ensure_future(self._follow(script, watch, result))
            timers = [
                asyncio.ensure_future(self._give_up(script, result)),
                asyncio.ensure_future(self._cut(script.hang_up_after_s)),
            ]
            try:
                await player
            finally:
                for task in (player, *timers):
                    task.cancel()
                await asyncio.gather(player, *timers, return_exceptions=True)
            if watch.connected_at is not None:
                result.wait_s = (watch.connected_at - began).total_seconds()
        return result

    async def _follow(self, script: CallScript, watch: _Watch, result: CallResult) -> None:
        keys, speech = list(script.keys), list(script.speech)
        while not result.cause:
            event = await watch.next()
            match event["event"]:
                case "answered":
                    result.answered = True
                case "prompt":
                    text = str(event["text"])
                    result.prompts.append(text)
                    self._respond(text, keys, speech)
                case "caption" if event["from"] != "customer":
                    result.captions.append(str(event["text"]))
                case "connected" if not result.connected:
                    result.connected = True
                    watch.connected_at = self._clock.now()
                    watch.later(self._talk(script))
                case "ended":
                    result.cause = str(event["cause"])

    def _respond(
        self, prompt: str, keys: list[tuple[str, str]], speech: list[tuple[str, str]]
    ) -> None:
        phones = self._world.phones
        if self.is_free:
            return
        if keys and keys[0][0] in prompt:
            phones.press(self.address, keys.pop(0)[1])
        elif speech and speech[0][0] in prompt:
            phones.say(self.address, speech.pop(0)[1])

    async def _talk(self, script: CallScript) -> None:
        pause = script.talk_s / (len(script.says) + 1)
        for sentence in script.says:
            await self._clock.sleep(pause)
            if self.is_free:
                return
            self._world.phones.say(self.address, sentence)
        await self._clock.sleep(pause)
        self._hang_up()

    async def _give_up(self, script: CallScript, result: CallResult) -> None:
        await self._clock.sleep(script.patience_s)
        if not result.connected:
            self._hang_up()

    async def _cut(self, seconds: float | None) -> None:
        if seconds is not None:
            await self._clock.sleep(seconds)
            self._hang_up()

    def _hang_up(self) -> None:
        if not self.is_free:
            self._world.phones.hang_up(self.address)


class _Watch:
    """The events of one phone from now on, and what the caller does beside listening."""

    def __init__(self, world: World, address: str) -> None:
        self._phone = world.phones.phone(address)
        self._waiting: asyncio.Queue[PhoneEvent] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self.connected_at: datetime | None = None
        self.next = self._waiting.get

    def __enter__(self) -> _Watch:
        self._phone.watchers.append(self._waiting.put_nowait)
        return self

    def __exit__(self, *error: object) -> None:
        self._phone.watchers.remove(self._waiting.put_nowait)
        for task in self._tasks:
            task.cancel()

    def later(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.append(asyncio.create_task(work))


async def run_callers(
    world: World,
    clock: Clock,
    *,
    per_hour: float,
    addresses: Sequence[str],
    scripts: Sequence[CallScript],
    seed: int = 1,
) -> None:
    """Callers for ever, with exponential gaps (a Poisson stream of ``per_hour``), each a customer
    of ``addresses`` whose phone is free, each with one of ``scripts`` and an own patience."""
    chance = random.Random(seed)
    running: set[asyncio.Task[None]] = set()
    try:
        while True:
            await clock.sleep(chance.expovariate(per_hour / 3600.0))
            caller = ScriptedCaller(world, chance.choice(addresses), clock)
            if not caller.is_free:
                continue
            task = asyncio.create_task(_one(caller, _varied(chance, chance.choice(scripts))))
            running.add(task)
            task.add_done_callback(running.discard)
    finally:
        for task in tuple(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _one(caller: ScriptedCaller, script: CallScript) -> None:
    try:
        await caller.call(script)
    except ContactCenterError:
        # No server has connected yet, or the line went away: this customer does something else.
        return


def _varied(chance: random.Random, script: CallScript) -> CallScript:
    """The script with patience and talk time of one customer (exponential, mean as written)."""
    return CallScript(
        script.line,
        script.keys,
        script.speech,
        script.says,
        patience_s=max(5.0, chance.expovariate(1.0 / script.patience_s)),
        talk_s=max(3.0, chance.expovariate(1.0 / script.talk_s)),
        hang_up_after_s=script.hang_up_after_s,
    )
