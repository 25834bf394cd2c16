"""The scheduler's ticks: on the holder of the lease alone, and told when nobody ticked before."""

from __future__ import annotations

import asyncio
from datetime import datetime

from contactcenter.core.db import Database, Tx
from contactcenter.core.jobs import Jobs


async def test_the_first_tick_of_a_process_says_so(db: Database) -> None:
    seen: list[datetime | None] = []
    before = db.clock.now()
    jobs = Jobs(db, "one", [lambda tx, began: seen.append(began)])
    after = db.clock.now()
    for _ in range(3):
        await jobs.tick()
    assert seen[0] is not None
    assert before <= seen[0] <= after
    assert seen[1:] == [None, None]


async def test_only_the_holder_ticks(db: Database) -> None:
    """On SQLite a server that finds another's lease knows its holder is dead; on PostgreSQL it
    waits for the lease to end."""
    seen: list[str] = []
    one = Jobs(db, "one", [lambda tx, began: seen.append("one")])
    two = Jobs(db, "two", [lambda tx, began: seen.append("two")])
    await one.tick()
    await two.tick()
    await two.tick()
    if db.store == "postgresql":
        assert seen == ["one"]
    else:
        assert seen == ["one", "two", "two"]


async def test_it_ticks_by_itself_and_gives_the_lease_back(db: Database) -> None:
    ticked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work(tx: Tx, began: datetime | None) -> None:
        loop.call_soon_threadsafe(ticked.set)

    running = asyncio.create_task(Jobs(db, "one", [work]).run())
    await asyncio.wait_for(ticked.wait(), 5)
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    seen: list[str] = []
    other = Jobs(db, "two", [lambda tx, began: seen.append("two")])
    await other.tick()
    assert seen == ["two"]


async def test_a_tick_that_fails_does_not_end_the_clock(db: Database) -> None:
    seen: list[bool] = []
    again = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work(tx: Tx, began: datetime | None) -> None:
        seen.append(began is not None)
        if len(seen) == 1:
            raise ValueError("once")
        loop.call_soon_threadsafe(again.set)

    running = asyncio.create_task(Jobs(db, "one", [work]).run())
    await asyncio.wait_for(again.wait(), 8)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert seen[:2] == [True, True]  # what the failed one did not ask about is asked about now
