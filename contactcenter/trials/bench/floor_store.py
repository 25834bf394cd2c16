"""The router on a store: durable reservations a second, and taking a large floor over.

No handling: commands are submitted as handling does, the router turns, and what it decided is
committed with events, decisions and results. Seconds are the machine's, so they are aims.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, log
from contactcenter.crm.model import NewEvent
from contactcenter.routing import actions as do
from contactcenter.routing.commands import submit
from contactcenter.routing.router import Router
from contactcenter.routing.setup import save_agent, save_queue
from contactcenter.trials.bench.model import Bound, Figure, Row, spread
from contactcenter.trials.bench.place import Place

_LEAST = {"sqlite": 1000.0, "postgresql": 2000.0}
_TAKEOVER_S = Bound("<=", 2.0)
_EACH = 5
"""Texts an agent may hold."""


async def reservations(place: Place) -> Sequence[Row]:
    """One row: offers made durable, a second."""
    count = 100 if place.is_short else 2000
    rates = []
    async with _store(place) as (db, bus):
        await _staff(db, count // _EACH)
        for number in range(1 if place.is_short else 3):
            router = Router(db, bus, owner=f"bench-{number}")
            await _turn(router)
            arrived = await _arrive(db, count)
            began = time.perf_counter()
            await _turn(router)
            rates.append(count / (time.perf_counter() - began))
            await _leave(db, arrived)
            await _turn(router)
            await router.stop()
    measured = spread(rates)
    aim = Bound(">=", _LEAST[place.store])
    figures = (Figure("reservations", measured.median, "/s", aim),)
    return [Row("reservations", place.store, "/s", measured, figures=figures)]


async def takeover(place: Place) -> Sequence[Row]:
    """One row: from the lease to the first command, with 1,000 agents and 5,000 waiting."""
    agents, items = (20, 100) if place.is_short else (1000, 5000)
    times = []
    async with _store(place) as (db, bus):
        await _staff(db, agents, capacity=0)
        first = Router(db, bus, owner="bench-first")
        await _arrive(db, items)
        await _turn(first)
        await first.stop()
        for number in range(1 if place.is_short else 5):
            other = Router(db, bus, owner=f"bench-{number}")
            began = time.perf_counter()
            await other.turn()
            times.append(time.perf_counter() - began)
            await other.stop()
    measured = spread(times)
    figures = (Figure("takeover", measured.median, "s", _TAKEOVER_S),)
    return [Row("takeover", place.store, "s", measured, figures=figures)]


@asynccontextmanager
async def _store(place: Place) -> AsyncIterator[tuple[Database, Bus]]:
    db = await Database.open(place.url)
    bus = Bus(db)
    await bus.start()
    try:
        yield db, bus
    finally:
        await bus.stop()
        await db.close()


async def _staff(db: Database, agents: int, capacity: int = _EACH) -> None:
    def work(tx: Tx) -> None:
        save_queue(tx, "texts", {"requires": "texts"})
        for n in range(agents):
            key = new_id()
            config = {
                "skills": {"texts": 1 + n % 5, "zh": 1 + n % 3, "en": 3},
                "queues": ["texts"],
                "capacity": {"voice": 1, "sms": capacity, "email": 0},
            }
            save_agent(tx, key, f"agent {n}", config)
            submit(tx, do.SetState(key, "available"))

    await db.write(work)


async def _arrive(db: Database, count: int) -> list[UUID]:
    """So many texts of one customer enter the queue."""

    def work(tx: Tx) -> list[UUID]:
        customer, address, _ = customers.create_or_find(tx, "phone", "+15550100", "+15550100")
        opened = {
            "channel": "sms",
            "direction": "inbound",
            "provider": "simulated",
            "line": "+15550000",
            "customer": str(customer),
            "address": str(address),
        }
        keys = [new_id() for _ in range(count)]
        for key in keys:
            log.open_interaction(
                tx,
                key,
                NewEvent("opened", "customer", opened),
                NewEvent("queued", "menu", {"queue": "texts"}),
            )
            submit(tx, do.Enqueue(key, "texts", "sms", customer))
        return keys

    return await db.write(work)


async def _leave(db: Database, interactions: Sequence[UUID]) -> None:
    await db.write(lambda tx: [submit(tx, do.Leave(one)) for one in interactions])


async def _turn(router: Router) -> None:
    while await router.turn():
        pass
