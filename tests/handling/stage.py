"""A whole server on the simulated carrier, in virtual time and in one process; it can be killed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import msgspec
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
from contactcenter.routing.actions import Accept
from contactcenter.routing.router import Router
from contactcenter.standins.world import World
from tests.handling.office import BARE, BROKEN, MARY, PLAIN, VOICE, Office


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
        menus = office.calls._menus
        handle = partial(dispatch, menus=menus, lines=office.lines)
        following = LogConsumer("dispatch", office.db, office.bus, handle)
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
        key = await self.offer()
        await self.office.site.do(Accept(key, self.agent))
        return await self.seen("accepted")

    async def offer(self) -> UUID:
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
