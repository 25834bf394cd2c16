"""The SMS contract on the simulated carrier, and what must survive a crash on either side."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contactcenter.channels.conformance.refusals import refused
from contactcenter.channels.conformance.sms import OnceContract, SmsContract, TextCore
from contactcenter.channels.sms.base import SmsEvent, SmsReceived, SmsReported
from contactcenter.channels.sms.simulated import SimulatedSms
from contactcenter.channels.voice.simulated_transport import (
    DirectWorld,
    LoopbackWorld,
    WorldTransport,
)
from contactcenter.core.clock import Clock, VirtualClock
from contactcenter.core.errors import TransportError
from contactcenter.standins.world import World
from contactcenter.standins.world_socket import WorldSocket
from tests.channels.voice.world_rig import FastClock

LINE = "+15550100001"
CUSTOMER = "+15550123456"


@dataclass
class Rig:
    world: World
    clock: Clock
    transport: WorldTransport
    line: str = LINE
    number: str = CUSTOMER
    core: TextCore = field(default_factory=TextCore)

    def __post_init__(self) -> None:
        self.adapter = SimulatedSms(lines=(LINE,), transport=self.transport, clock=self.clock)

    async def text(self, body: str) -> None:
        await self.until(lambda: LINE in self.world.outbox.lines("sms"))
        self.world.texts.from_customer(CUSTOMER, LINE, body)

    @property
    def inbox(self) -> list[str]:
        sent = self.world.texts.of(CUSTOMER)
        return [each.body for each in sent if each.direction == "to_customer"]

    async def until(self, holds: Callable[[], bool]) -> None:
        for _ in range(200):
            if holds():
                return
            if isinstance(self.clock, VirtualClock):
                await self.clock.advance(0.1)
            else:
                await self.clock.sleep(0.1)
        raise AssertionError(f"never happened; the core saw {self.core.events}")


@asynccontextmanager
async def world_at(path: Path | None, clock: Clock) -> AsyncIterator[World]:
    world = World(clock, path=path)
    world.start()
    try:
        yield world
    finally:
        await world.close()


@pytest.fixture(params=["direct", "loopback"])
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    direct = request.param == "direct"
    clock: Clock = VirtualClock() if direct else FastClock()
    async with world_at(None, clock) as world:
        socket = WorldSocket(world)
        await socket.start()
        remote = LoopbackWorld("127.0.0.1", socket.port)
        made = Rig(world, clock, DirectWorld(world) if direct else remote)
        await made.adapter.start(made.core.sink)
        yield made
        await made.adapter.stop()
        await socket.close()


class TestSimulatedSms(SmsContract, OnceContract):
    async def test_texts_of_one_sender_arrive_in_order(self, rig: Rig) -> None:
        for number in range(20):
            await rig.text(f"text {number}")
        await rig.until(lambda: len(rig.core.events) == 20)
        assert [each.text for each in rig.core.of(SmsReceived)] == [
            f"text {number}" for number in range(20)
        ]


async def test_event_that_the_core_could_not_take_is_offered_again() -> None:
    clock = VirtualClock()
    failing = [OSError("disk full"), OSError("disk full")]
    core = TextCore()

    async def sink(event: SmsEvent) -> None:
        if failing:
            raise failing.pop()
        await core.sink(event)

    async with world_at(None, clock) as world:
        adapter = SimulatedSms(lines=(LINE,), transport=DirectWorld(world), clock=clock)
        await adapter.start(sink)
        world.texts.from_customer(CUSTOMER, LINE, "Hallo")
        await clock.advance(0.1)
        assert len(world.outbox.kept("sms")) == 1
        await clock.advance(2.0)
        assert len(core.events) == 1
        assert world.outbox.kept("sms") == []
        await adapter.stop()


async def test_text_not_acknowledged_survives_the_death_of_both_sides(tmp_path: Path) -> None:
    clock = VirtualClock()
    async with world_at(tmp_path / "world.db", clock) as world:
        world.attach("sms", (LINE,), lambda event: None)
        world.texts.from_customer(CUSTOMER, LINE, "Noch da?")
    core = TextCore()
    async with world_at(tmp_path / "world.db", clock) as world:
        adapter = SimulatedSms(lines=(LINE,), transport=DirectWorld(world), clock=clock)
        await adapter.start(core.sink)
        await clock.advance(0.1)
        await adapter.stop()
    (got,) = core.of(SmsReceived)
    assert (got.text, got.from_) == ("Noch da?", CUSTOMER)
    async with world_at(tmp_path / "world.db", clock) as world:
        assert world.outbox.kept("sms") == []


async def test_hand_over_is_known_by_its_key_after_the_world_died(tmp_path: Path) -> None:
    clock = VirtualClock()
    sent: list[str] = []
    for _ in range(2):
        async with world_at(tmp_path / "world.db", clock) as world:
            adapter = SimulatedSms(lines=(LINE,), transport=DirectWorld(world), clock=clock)
            core = TextCore()
            await adapter.start(core.sink)
            found = await adapter.look_up("k1")
            assert (found is None) is (not sent)
            sent.append((await adapter.send("k1", line=LINE, to=CUSTOMER, text="x")).provider_ref)
            await adapter.stop()
    assert sent[0] == sent[1]


async def test_report_lost_with_the_world_is_made_up_and_the_text_comes_once(
    tmp_path: Path,
) -> None:
    clock = VirtualClock()
    async with world_at(tmp_path / "world.db", clock) as world:
        adapter = SimulatedSms(lines=(LINE,), transport=DirectWorld(world), clock=clock)
        await adapter.start(TextCore().sink)
        await adapter.send("k1", line=LINE, to=CUSTOMER, text="Ihr Code: 1234")
        await adapter.stop()
    core = TextCore()
    async with world_at(tmp_path / "world.db", clock) as world:
        adapter = SimulatedSms(lines=(LINE,), transport=DirectWorld(world), clock=clock)
        await adapter.start(core.sink)
        await clock.advance(2.0)
        shown = [each for each in world.phones.phone(CUSTOMER).log if each["event"] == "sms"]
        assert [each["text"] for each in shown] == ["Ihr Code: 1234"]
        await adapter.stop()
    assert [(each.message_key, each.state) for each in core.of(SmsReported)] == [
        ("k1", "delivered")
    ]


async def test_unreachable_number_is_reported_failed_with_the_code() -> None:
    clock = VirtualClock()
    async with world_at(None, clock) as world:
        world.texts.unreachable[CUSTOMER] = "30006"
        core = TextCore()
        adapter = SimulatedSms(lines=(LINE,), transport=DirectWorld(world), clock=clock)
        await adapter.start(core.sink)
        await adapter.send("k1", line=LINE, to=CUSTOMER, text="x")
        await clock.advance(1.0)
        await adapter.stop()
        (report,) = core.of(SmsReported)
        assert (report.state, report.code) == ("failed", "30006")
        assert world.phones.phone(CUSTOMER).log.maxlen
        assert not world.phones.phone(CUSTOMER).log


async def test_carrier_that_does_not_answer_leaves_the_outcome_unknown() -> None:
    adapter = SimulatedSms(
        lines=(LINE,),
        transport=LoopbackWorld("127.0.0.1", 1),
        clock=FastClock(),
        command_wait_s=0.1,
    )
    await adapter.start(TextCore().sink)
    error = await refused(
        TransportError, adapter.send("k1", line=LINE, to=CUSTOMER, text="anyone?")
    )
    assert error.unknown
    assert not error.permanent
    await adapter.stop()
