"""A reader that is cancelled (its request was given up) leaves no broken connection in the pool."""

from __future__ import annotations

import asyncio

from sqlalchemy import literal, select, text

from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database, Hot, Tx

_ONE = Hot(lambda: select(literal(1)))
_LEFT_OPEN = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
)


def _hot(tx: Tx) -> object:
    return tx.hot(_ONE)[0][0]


def _core(tx: Tx) -> object:
    return tx.scalar(select(literal(1)))


async def test_a_read_cancelled_at_any_moment_spoils_no_connection(store_url: str) -> None:
    """A BEGIN that nobody waited for would leave the connection within a transaction, which the
    driver then takes for one of its own: each later read would begin with a savepoint."""
    db = await Database.open(store_url, clock=VirtualClock(), pool_size=2)
    try:
        for read in (_hot, _core):
            await asyncio.gather(db.read(read), db.read(read))
            for moment in range(250):
                task = asyncio.create_task(db.read(read))
                await asyncio.sleep(moment * 1e-5)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            if db.engine.dialect.name == "postgresql":
                assert await db.read(lambda tx: tx.scalar(_LEFT_OPEN)) == 0
            assert await asyncio.gather(*(db.read(read) for _ in range(8))) == [1] * 8
    finally:
        await db.close()
