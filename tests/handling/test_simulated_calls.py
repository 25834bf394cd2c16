"""Whole calls on the simulated carrier: world, adapter, executor, router and dispatch at work, in
virtual time and in one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import update

from contactcenter.channels.voice import world as protocol
from contactcenter.channels.voice.simulated import SimulatedVoice
from contactcenter.channels.voice.simulated_transport import DirectWorld
from contactcenter.core.clock import VirtualClock
from contactcenter.core.ids import new_id
from contactcenter.crm.follow import LogConsumer
from contactcenter.handling.calls import Calls
from contactcenter.handling.dispatch import dispatch
from contactcenter.handling.reconcile import Reconciler
from contactcenter.handling.tables import voice_command
from contactcenter.handling.voice_commands import Executor
from contactcenter.routing import queries
from contactcenter.routing.actions import Accept, SetState
from contactcenter.routing.router import Router
from contactcenter.standins.world import World
from tests.handling.office import BARE, BROKEN, JOHN, MARY, PLAIN, VOICE, Office


@dataclass
class Stage:
    """An office on a carrier whose world lives on when the server does not."""

    office: Office
    world: World
    clock: VirtualClock
    agent: UUID
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    adapter: SimulatedVoice | None = None
    router: Router | None = None

    async def start(self) -> None:
        """A server process, in the order of the real one: the router, the services, the carrier."""
        office = self.office
        office.calls = Calls(office.db, office.lines, office.calls._menus)
        adapter = self.adapter = SimulatedVoice(
            lines=(VOICE, PLAIN, BARE, BROKEN),
            transport=DirectWorld(self.world),
            clock=self.clock,
        )
        office.adapters["simulated"] = adapter
        owner = str(new_id())
        self.router = office.site.router(owner)
        await self.router.start()
        executor = Executor(office.db, office.bus, office.adapters, owner, office.calls.receive)
        following = LogConsumer("dispatch", office.db, office.bus, dispatch)
        self.tasks = [asyncio.create_task(one()) for one in (executor.run, following.run)]
        reconciler = Reconciler(office.db, self.clock, office.calls, adapter)
        await adapter.start(office.calls.receive, reconciler.carrier)

    async def kill(self) -> None:
        """The process is gone between two instants."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.adapter is not None:
            await self.adapter.stop()
        if self.router is not None:
            await self.router.stop()
        past = datetime(2020, 1, 1, tzinfo=UTC)  # its leases end while nobody is there
        ended = update(voice_command).values(lease_until=past)
        await self.office.db.write(lambda tx: tx.execute(ended))

    async def until(self, holds: Callable[[], Awaitable[bool]], what: str = "") -> None:
        for _ in range(300):
            if await holds():
                return
            await self.clock.advance(0.1)
            await asyncio.sleep(0.02)  # the router works in real time, on a busy machine too
        kinds = [await self.office.kinds(one.id) for one in await self.office.interactions()]
        raise AssertionError(f"{what or 'it'} never came; {kinds}; {self.prompts()}")

    async def seen(self, *kinds: str) -> UUID:
        """Until the newest interaction's log has all of ``kinds``, as often as named."""

        async def there() -> bool:
            found = await self.office.interactions()
            have = await self.office.kinds(found[-1].id) if found else []
            return all(have.count(kind) >= kinds.count(kind) for kind in kinds)

        await self.until(there, " ".join(kinds))
        return (await self.office.interactions())[-1].id

    def prompts(self, number: str = MARY) -> list[str]:
        phone = self.world.phones.phone(number)
        return [str(one["text"]) for one in phone.log if one["event"] == "prompt"]

    def events(self, number: str = MARY) -> list[str]:
        return [str(one["event"]) for one in self.world.phones.phone(number).log]

    async def hears(self, words: str, number: str = MARY) -> None:
        async def heard() -> bool:
            return any(words in one for one in self.prompts(number))

        await self.until(heard, words)

    async def accepts(self) -> UUID:
        """The agent takes the offer; the interaction."""
        await self.seen("offered")
        key = await self._offer()
        await self.office.site.do(Accept(key, self.agent))
        return await self.seen("accepted")

    async def _offer(self) -> UUID:
        found = await self.office.read(lambda tx: queries.reservations_of(tx, self.agent))
        return next(one.id for one in found if one.state == "pending")

    def agents_leg(self) -> protocol.LegRow:
        rows = msgspec.convert(
            msgspec.to_builtins(self.world.handle(protocol.Live())), list[protocol.LegRow]
        )
        return next(row for row in rows if row.to.startswith("agent:"))

    async def nobody_lives(self) -> None:
        async def empty() -> bool:
            return self.world.handle(protocol.Live()) == []

        await self.until(empty, "the end of every leg")


@pytest.fixture
async def stage(office: Office) -> AsyncIterator[Stage]:
    world = World(office.clock, chars_per_s=200.0)
    agent = await office.agent()
    await office.router.stop()  # its lease is for the server's
    made = Stage(office, world, office.clock, agent)
    await made.start()
    yield made
    await made.kill()
    await world.close()


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
        await stage.office.site.do(Accept(await stage._offer(), stage.agent))
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
