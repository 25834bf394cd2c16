"""The server dies, the connection breaks, events come twice or out of order: nothing is lost and
nothing happens twice. The world lives on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from contactcenter.channels.conformance.voice import ScriptedCore
from contactcenter.channels.conformance.voice_rooms import AGENT
from contactcenter.channels.voice.base import (
    Collected,
    Joined,
    LegAnswered,
    LegEnded,
    LegOffered,
    NoInput,
    StepDone,
    VoiceEvent,
)
from contactcenter.channels.voice.simulated import SimulatedVoice
from contactcenter.channels.voice.simulated_transport import DirectWorld, Subscription
from contactcenter.channels.voice.steps import Bridge, Collect, Dial, Hangup, Park, Say, Step
from contactcenter.channels.voice.world import AnyEvent
from contactcenter.core.clock import VirtualClock
from contactcenter.standins.world import World
from tests.channels.voice.world_rig import LINE, Rig, SimulatedPhone, direct_rig, loopback_rig

FIRST = Collect((Say("First menu.", "en"),), max_digits=1, first_timeout_s=60.0)
SECOND = Collect((Say("Second menu.", "en"),), max_digits=2, first_timeout_s=60.0)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with direct_rig() as made:
        yield made


@pytest.fixture
async def remote() -> AsyncIterator[Rig]:
    async with loopback_rig() as made:
        yield made


class DyingCore(ScriptedCore):
    """Dies in the middle of taking an event of ``doomed``: before it is durable, or after it."""

    doomed: type[VoiceEvent] | None = None
    after_commit = False

    async def sink(self, event: VoiceEvent) -> Sequence[Step] | None:
        if self.doomed is None or not isinstance(event, self.doomed):
            return await super().sink(event)
        if self.after_commit:
            await super().sink(event)
        self.dead.set()
        await asyncio.Event().wait()
        return None

    def __init__(self) -> None:
        super().__init__()
        self.dead = asyncio.Event()


def two_menus(core: ScriptedCore) -> None:
    core.on(LegOffered, (FIRST,))
    core.on(Collected, (SECOND,), (Hangup(),))


@pytest.mark.parametrize("after_commit", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("doomed", [LegOffered, Collected])
async def test_death_around_an_event_neither_loses_nor_doubles_it(
    rig: Rig, doomed: type[VoiceEvent], after_commit: bool
) -> None:
    core = DyingCore()
    rig.core.on(LegOffered, None)
    await rig.adapter.stop()
    rig.core, rig.adapter = core, rig.new_adapter()
    await rig.start()
    two_menus(core)
    core.doomed, core.after_commit = doomed, after_commit
    await rig.far.call(LINE)
    if doomed is Collected:
        await rig.until(lambda: bool(rig.far.prompts))
        await rig.far.press("1")
    await rig.until(core.dead.is_set)
    core.doomed = None
    await rig.restart()
    if doomed is LegOffered:
        await rig.until(lambda: bool(rig.far.prompts))
        await rig.far.press("1")
    await rig.until(lambda: "Second menu." in rig.far.prompts)
    await rig.far.press("42")
    await rig.until(lambda: bool(core.of(LegEnded)))
    assert [each.value for each in core.of(Collected)] == ["1", "42"]
    assert core.names() == ["LegOffered", "Collected", "Collected", "LegEnded"]
    assert core.repeated == (1 if after_commit else 0)
    assert rig.world.outbox.kept("voice") == []


async def test_keys_pressed_while_the_server_is_away_are_taken_in_order(rig: Rig) -> None:
    two_menus(rig.core)
    await rig.far.call(LINE)
    await rig.until(lambda: rig.far.prompts == ["First menu."])
    (leg,) = [live.leg for live in await rig.adapter.legs.live()]
    await rig.adapter.stop()
    await rig.far.press("1")
    await rig.far.press("42")
    rig.adapter = rig.new_adapter()
    await rig.start()
    await rig.adapter.legs.run(rig.core.one(LegOffered).event_id, leg, (FIRST,))
    await rig.until(lambda: bool(rig.core.of(LegEnded)))
    assert [each.value for each in rig.core.of(Collected)] == ["1", "42"]
    assert rig.far.prompts == ["First menu."]


async def test_no_input_after_a_restart_is_reported_for_the_steps_that_ran(rig: Rig) -> None:
    menu = Collect((Say("Hello?", "en"),), first_timeout_s=5.0)
    rig.core.on(LegOffered, (menu,))
    await rig.far.call(LINE)
    await rig.until(lambda: bool(rig.far.prompts))
    offered = rig.core.one(LegOffered)
    await rig.restart()
    (live,) = await rig.adapter.legs.live()
    assert live.op_id == offered.event_id
    await rig.adapter.legs.run(live.op_id, live.leg, (menu,))
    await rig.pass_time(8.0)
    assert rig.core.one(NoInput).op_id == offered.event_id


async def test_talk_goes_on_while_the_server_is_away(rig: Rig) -> None:
    rig.core.on(LegOffered, (Park("sales"),))
    await rig.far.call(LINE)
    await rig.until(lambda: bool(rig.core.of(LegOffered)))
    customer = rig.core.one(LegOffered).leg
    agent = await rig.adapter.legs.originate(
        "a1", to=AGENT, from_=LINE, steps=(Bridge("r", "agent"),)
    )
    await rig.adapter.rooms.join("j1", customer, "r", "customer")
    await rig.until(lambda: len(rig.core.of(Joined)) == 2)
    await rig.restart()
    assert {live.leg: live.room for live in await rig.adapter.legs.live()} == {
        customer: "r",
        agent: "r",
    }
    # The core takes up where it was: the same operations change nothing.
    await rig.adapter.rooms.join("j1", customer, "r", "customer")
    await rig.pass_time(1.0)
    assert len(rig.core.of(Joined)) == 2
    await rig.adapter.stop()
    await rig.far.hang_up()
    rig.adapter = rig.new_adapter()
    await rig.start()
    assert rig.core.one(LegEnded).leg == customer


async def test_steps_of_our_own_call_wait_in_the_world_for_the_answer(rig: Rig) -> None:
    await rig.adapter.legs.originate(
        "c1", to=rig.far.number, from_=LINE, steps=(Say("Your callback.", "en"), Hangup())
    )
    await rig.adapter.stop()
    await rig.far.answer()
    rig.adapter = rig.new_adapter()
    await rig.start()
    await rig.until(lambda: bool(rig.core.of(LegEnded)))
    assert rig.far.prompts == ["Your callback."]
    assert len(rig.core.of(LegAnswered)) == 1


async def test_dialled_on_call_that_ended_meanwhile_is_over_when_asked_again(rig: Rig) -> None:
    rig.core.on(LegOffered, (Dial("+15550177777", ring_timeout_s=3.0),))
    rig.core.on(StepDone, (Hangup(),))
    await rig.far.call(LINE)
    await rig.until(lambda: bool(rig.core.of(LegOffered)))
    offered = rig.core.one(LegOffered)
    await rig.pass_time(1.0)
    await rig.adapter.stop()
    await rig.pass_time(5.0)
    rig.adapter = rig.new_adapter()
    await rig.start()
    await rig.adapter.legs.run(
        offered.event_id, offered.leg, (Dial("+15550177777", ring_timeout_s=3.0),)
    )
    await rig.until(lambda: bool(rig.core.of(LegEnded)))
    assert len(rig.core.of(StepDone)) == 1


async def test_broken_connection_is_made_again_and_the_call_goes_on(remote: Rig) -> None:
    assert remote.socket is not None
    two_menus(remote.core)
    await remote.far.call(LINE)
    await remote.until(lambda: remote.far.prompts == ["First menu."])
    remote.socket.drop_connections()
    await remote.far.press("1")
    await remote.until(lambda: "Second menu." in remote.far.prompts)
    remote.socket.drop_connections()
    await remote.far.press("42")
    await remote.until(lambda: bool(remote.core.of(LegEnded)))
    assert [each.value for each in remote.core.of(Collected)] == ["1", "42"]
    assert False in remote.carrier
    assert remote.carrier[-1] is True


async def test_another_world_means_the_former_legs_are_lost(remote: Rig) -> None:
    assert remote.socket is not None
    remote.core.on(LegOffered, (Park("sales"),))
    await remote.far.call(LINE)
    await remote.until(lambda: bool(remote.core.of(LegOffered)))
    remote.world.world_id = "another"
    remote.socket.drop_connections()
    await remote.until(lambda: bool(remote.core.of(LegEnded)))
    assert remote.core.one(LegEnded).cause == "carrier_lost"
    assert remote.core.one(LegEnded).line == LINE


class ChaoticWorld(DirectWorld):
    """Delivers every event once or twice, in any order within a short time."""

    def __init__(self, world: World, clock: VirtualClock, seed: int) -> None:
        super().__init__(world)
        self._random = random.Random(seed)
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    async def attach(self, subscription: Subscription) -> None:
        def doubled(event: AnyEvent) -> None:
            for _ in range(self._random.choice((1, 2))):
                task = asyncio.ensure_future(self._later(subscription.on_event, event))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

        await super().attach(
            Subscription(
                subscription.kind,
                subscription.lines,
                doubled,
                subscription.on_up,
                subscription.on_down,
            )
        )

    async def _later(self, deliver: Callable[[AnyEvent], None], event: AnyEvent) -> None:
        await self._clock.sleep(self._random.random() * 0.4)
        deliver(event)


@pytest.mark.parametrize("seed", range(12))
async def test_doubled_and_reordered_events_change_nothing(seed: int) -> None:
    clock = VirtualClock()
    world = World(clock, chars_per_s=0)
    core = ScriptedCore()
    adapter = SimulatedVoice(lines=(LINE,), transport=ChaoticWorld(world, clock, seed), clock=clock)

    async def carrier(up: bool) -> None:
        return None

    await adapter.start(core.sink, carrier)
    account = Collect((Say("Account.", "en"),), max_digits=4, first_timeout_s=30.0)
    core.on(LegOffered, (account,))
    core.on(Collected, (Say("Thanks.", "en"), Hangup()))
    phone = SimulatedPhone(world)
    await phone.call(LINE)
    await clock.advance(2.0)
    await phone.press("4711")
    await clock.advance(30.0)
    assert sorted(core.names()) == ["Collected", "LegEnded", "LegOffered"]
    assert sorted(core.one(Collected).value) == sorted("4711")
    assert len({event.event_id for event in core.events}) == 3
    assert world.outbox.kept("voice") == []
    await adapter.stop()
    await world.close()
