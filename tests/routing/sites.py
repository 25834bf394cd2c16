"""A store with a virtual clock, customers, a queue and agents; and a router driven by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, log
from contactcenter.crm.model import NewEvent
from contactcenter.routing import actions as do
from contactcenter.routing import queries, store
from contactcenter.routing.batch import Outcome
from contactcenter.routing.commands import submit
from contactcenter.routing.model import Channel
from contactcenter.routing.router import Router
from contactcenter.routing.rows import floor_of, rows_of
from contactcenter.routing.setup import save_agent, save_queue


@dataclass
class Told:
    """An after-commit that remembers."""

    outcomes: list[Outcome] = field(default_factory=list)

    async def __call__(self, outcomes: list[Outcome]) -> None:
        self.outcomes += outcomes


@dataclass
class Site:
    """One site's store, with what the other packages would do to it."""

    db: Database
    bus: Bus
    clock: VirtualClock
    routers: list[Router] = field(default_factory=list)

    def router(self, owner: str = "node-1", **how: Any) -> Router:
        """A router that is driven by ``turn`` (or started)."""
        router = Router(self.db, self.bus, owner=owner, **how)
        self.routers.append(router)
        return router

    async def do(self, *commands: do.Command) -> list[UUID]:
        """Submit in one transaction; the ids."""
        return await self.db.write(lambda tx: [submit(tx, one) for one in commands])

    async def agent(self, name: str = "Ann", **config: Any) -> UUID:
        """A configured agent who is available."""
        key = new_id()
        config = {"queues": ["sales"], **config}
        await self.db.write(lambda tx: save_agent(tx, key, name, config))
        await self.do(do.SetState(key, "available"))
        return key

    async def queue(self, name: str = "sales", **config: Any) -> None:
        """A configured queue."""
        await self.db.write(lambda tx: save_queue(tx, name, config))

    async def enqueue(self, channel: Channel = "voice", queue: str = "sales") -> UUID:
        """A new interaction of a new customer that enters the queue, as handling does it."""
        key = new_id()

        def work(tx: Tx) -> None:
            kind, value = ("email", f"{key}@x.test") if channel == "email" else ("phone", f"+{key}")
            customer, address, _ = customers.create_or_find(tx, kind, value, value)
            opened = {
                "channel": channel,
                "direction": "inbound",
                "provider": "simulated",
                "line": "+100",
                "customer": str(customer),
                "address": str(address),
            }
            log.open_interaction(tx, key, NewEvent("opened", "customer", opened))
            log.append(tx, key, NewEvent("queued", "menu", {"queue": queue}))
            submit(tx, do.Enqueue(key, queue, channel, customer))

        await self.db.write(work)
        return key

    async def kinds(self, interaction: UUID) -> list[str]:
        """The kinds of the interaction's events after ``queued``."""
        events = await self.db.read(lambda tx: log.events_of(tx, interaction))
        return [one.kind for one in events][2:]


async def settle(router: Router) -> None:
    """Turn until there is nothing more to do, then tell."""
    while await router.turn():
        pass
    await router.tell()


async def offer_of(site: Site, agent: UUID) -> UUID:
    (one,) = await site.db.read(lambda tx: queries.reservations_of(tx, agent))
    return one.id


async def assert_memory_is_the_rows(site: Site, router: Router) -> None:
    """What the router holds is what a rebuild would give, and nothing more."""
    rows, _ = await site.db.read(store.load)
    assert router._floor is not None
    assert rows_of(router._floor) == rows
    assert rows_of(floor_of(rows)) == rows


async def offered(site: Site, agent: UUID) -> bool:
    return bool(await site.db.read(lambda tx: queries.reservations_of(tx, agent)))


async def expired(site: Site, call: UUID) -> bool:
    return await site.kinds(call) == ["offered", "expired"]


async def eventually(site: Site, seen: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(300):
        if await seen():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")
