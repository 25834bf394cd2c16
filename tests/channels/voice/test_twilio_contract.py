"""The contract of voice adapters, kept by the Twilio adapter on the Twilio stand-in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from contactcenter.channels.conformance.voice import ScriptedCore
from contactcenter.channels.conformance.voice_calls import LegContract
from contactcenter.channels.conformance.voice_rooms import AGENT, RoomContract
from contactcenter.channels.voice.base import VoiceAdapter
from contactcenter.standins.twilio import Handset, Phone
from tests.standins.twilio_site import CALLER, LINE, Site, site

PACE = 0.1
"""A second of the carrier's lasts 100 ms: long enough for the requests within it."""


@dataclass
class Far:
    """The customer's phone."""

    on: Site
    number: str = CALLER
    handset: Handset | None = None

    @property
    def prompts(self) -> list[str]:
        return self._heard("say")

    @property
    def captions(self) -> list[str]:
        return self._heard("voice")

    def _heard(self, kind: str) -> list[str]:
        heard = self.handset.call.heard if self.handset else []
        return [one.text for one in heard if one.kind == kind]

    @property
    def phone(self) -> Handset:
        assert self.handset is not None
        return self.handset

    async def call(self, line: str) -> None:
        self.handset = self.on.twilio.dial(self.number, line)

    async def answer(self) -> None:
        self.handset = await self.on.twilio.rings(self.number)
        self.handset.answer()

    async def press(self, digits: str) -> None:
        self.phone.press(digits)

    async def say(self, text: str) -> None:
        self.phone.say(text)

    async def hang_up(self) -> None:
        await self.phone.hang_up()


@dataclass
class Rig:
    """The adapter, its core and a far end, in real time."""

    adapter: VoiceAdapter
    core: ScriptedCore
    far: Far
    carrier: list[bool] = field(default_factory=list)
    line: str = LINE

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds * PACE)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():  # noqa: ASYNC110 - the core tells nobody, it only remembers
                await asyncio.sleep(0.01)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with site(pace=PACE) as on:
        core = ScriptedCore()
        rig = Rig(on.voice, core, Far(on))
        await on.voice.stop()

        async def carrier(up: bool) -> None:
            rig.carrier.append(up)

        await on.voice.start(core.sink, carrier)
        on.twilio.phones[on.account.agent_target(AGENT)] = Phone(answers_after_s=0.1)
        yield rig


class TestTwilioLegs(LegContract):
    """Legs and steps."""


class TestTwilioRooms(RoomContract):
    """Rooms; captions are not declared, so those parts return at once."""
