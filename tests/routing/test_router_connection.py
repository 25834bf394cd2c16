"""On PostgreSQL the router does not stand in the pool's queue."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from contactcenter.core.bus import Bus
from contactcenter.core.db import Database
from contactcenter.core.ids import new_id
from contactcenter.routing import actions as do
from contactcenter.routing.commands import FLOOR_DONE, submit
from contactcenter.routing.router import Router
from contactcenter.routing.setup import save_agent, save_queue


@pytest.mark.postgres
async def test_it_decides_while_every_pooled_connection_is_taken(postgres_url: str) -> None:
    db = await Database.open(postgres_url, pool_size=2)
    bus = Bus(db)
    agent = new_id()
    await db.write(lambda tx: save_queue(tx, "calls", {}))
    await db.write(lambda tx: save_agent(tx, agent, "Anna", {"queues": ["calls"]}))
    router = Router(db, bus, owner="test")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(db.close)
        await db.write(lambda tx: submit(tx, do.SignIn(agent)))
        async with AsyncExitStack() as taken:
            for _ in range(2):
                await taken.enter_async_context(db.engine.connect())
            async with bus.waiter(FLOOR_DONE) as waiter:
                await router.start()
                stack.push_async_callback(router.stop)
                async with asyncio.timeout(10):
                    # its wake-up comes through the shared store's bus
                    assert await waiter.wait(10.0)
        assert router.active


async def test_it_gives_its_connection_back(db: Database) -> None:
    router = Router(db, Bus(db), owner="test")
    for _ in range(2):  # and may be started again
        await router.start()
        await router.stop()
        assert router._db is db
    own = await db.beside() if db.store == "postgresql" else None
    if own is not None:
        woken: list[set[str]] = []
        db.wake = woken.append
        await own.write(lambda tx: tx.wake("floor"))
        await own.close()
        assert woken == [{"floor"}]
