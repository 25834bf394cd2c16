"""The scheduler's ticks: on the holder of the lease alone, and told when nobody ticked before."""

from __future__ import annotations

import asyncio

from contactcenter.core.db import Database, Tx
from contactcenter.core.jobs import Jobs


async def test_the_first_tick_of_a_process_says_so(db: Database) -> None:
    seen: list[bool] = []
    jobs = Jobs(db, "one", [lambda tx, is_first: seen.append(is_first)])
    for _ in range(3):
        await jobs.tick()
    assert seen == [True, False, False]


async def test_only_the_holder_ticks(db: Database) -> None:
    """On SQLite a server that finds another's lease knows its holder is dead; on PostgreSQL it
    waits for the lease to end."""
    seen: list[str] = []
    one = Jobs(db, "one", [lambda tx, is_first: seen.append("one")])
    two = Jobs(db, "two", [lambda tx, is_first: seen.append("two")])
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

    def work(tx: Tx, is_first: bool) -> None:
        loop.call_soon_threadsafe(ticked.set)

    running = asyncio.create_task(Jobs(db, "one", [work]).run())
    await asyncio.wait_for(ticked.wait(), 5)
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    seen: list[bool] = []
    other = Jobs(db, "two", [lambda tx, is_first: seen.append(is_first)])
    await other.tick()
    assert seen == [True]


async def test_a_tick_that_fails_does_not_end_the_clock(db: Database) -> None:
    seen: list[bool] = []
    again = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work(tx: Tx, is_first: bool) -> None:
        seen.append(is_first)
        if len(seen) == 1:
            raise ValueError("once")
        loop.call_soon_threadsafe(again.set)

    running = asyncio.create_task(Jobs(db, "one", [work]).run())
    await asyncio.wait_for(again.wait(), 8)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert seen[:2] == [True, True]  # what the failed one did not ask about is asked about now
