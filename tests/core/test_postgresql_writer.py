"""Units of work that share a transaction on PostgreSQL see and give what each alone would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, insert, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import CreateTable

from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Hot, Tx
from contactcenter.core.db.postgresql_writer import LANES
from contactcenter.core.errors import Conflict

trial = Table(
    "trial_of_the_groups",
    MetaData(),  # not the product's catalogue
    Column("n", Integer, primary_key=True),
    Column("value", Integer),
)
ADD = Hot(lambda: insert(trial).values(n=bindparam("n"), value=bindparam("value")))
_XID = text("SELECT pg_current_xact_id()::text")


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Database]:
    database = await Database.open(postgres_url)
    await database.write(lambda tx: tx.execute(CreateTable(trial)))
    yield database
    await database.close()


def _add(n: int) -> Callable[[Tx], str]:
    def work(tx: Tx) -> str:
        tx.hot(ADD, n=n, value=0)
        return str(tx.scalar(_XID))

    return work


async def _found(store: Database) -> list[int]:
    rows = await store.read(lambda tx: tx.all(select(trial.c.n).order_by(trial.c.n)))
    return [row.n for row in rows]


async def _queued(store: Database, *works: Callable[[Tx], Any]) -> list[Any]:
    """``works`` while every lane is busy for a moment, so that they wait and are grouped."""
    asleep = text("SELECT pg_sleep(0.15)")
    busy = [asyncio.create_task(store.write(lambda tx: tx.scalar(asleep))) for _ in range(LANES)]
    await asyncio.sleep(0)
    found = await asyncio.gather(*map(store.write, works), return_exceptions=True)
    await asyncio.gather(*busy, return_exceptions=True)
    return list(found)


async def test_units_that_wait_share_transactions(store: Database) -> None:
    xids = await _queued(store, *map(_add, range(64)))
    assert len(set(xids)) < 32
    assert await _found(store) == list(range(64))


async def test_alone_a_unit_has_a_transaction_of_its_own(store: Database) -> None:
    assert await store.write(_add(1)) != await store.write(_add(2))


async def test_a_unit_that_fails_takes_nobody_with_it(store: Database) -> None:
    def refused(tx: Tx) -> None:
        tx.hot(ADD, n=1000, value=0)
        raise Conflict("not this one")

    works = [*map(_add, range(20)), refused, _add(3), *map(_add, range(20, 40))]
    found = await _queued(store, *works)
    assert isinstance(found[20], Conflict)
    faults = [each for each in (found[3], found[21]) if isinstance(each, Exception)]
    assert [getattr(each, "sqlstate", "") for each in faults] == ["23505"]  # whoever came second
    assert await _found(store) == list(range(40))


async def test_a_group_gives_way_to_a_lock(store: Database) -> None:
    """What waits for a lock waits alone, and gets it when it is free."""
    await store.write(_add(1))
    locking = select(trial).where(trial.c.n == 1).with_for_update()
    done: dict[int, float] = {}

    async def timed(n: int, work: Callable[[Tx], Any]) -> None:
        await store.write(work)
        done[n] = time.monotonic()

    async with store.engine.connect() as conn:
        await conn.execute(locking)
        busy = [
            asyncio.create_task(store.write(lambda tx: tx.scalar(text("SELECT pg_sleep(0.1)"))))
            for _ in range(LANES)
        ]
        await asyncio.sleep(0)
        tasks = [asyncio.create_task(timed(n, _add(n))) for n in range(10, 30)]
        tasks.append(asyncio.create_task(timed(1, lambda tx: tx.execute(locking))))
        tasks += [asyncio.create_task(timed(n, _add(n))) for n in range(30, 50)]
        await asyncio.sleep(1.0)
        assert len(done) >= 30  # all but those of its own group
        assert 1 not in done
        await conn.rollback()
    await asyncio.gather(*tasks, *busy)
    assert await _found(store) == [1, *range(10, 50)]


async def test_the_bus_hears_of_a_group_after_its_commit(store: Database) -> None:
    bus = Bus(store)
    seen: list[list[int]] = []

    async def listen() -> None:
        async with bus.waiter("trial") as waiter:
            assert await waiter.wait(5.0)
            seen.append(await _found(store))

    def telling(tx: Tx) -> None:
        tx.hot(ADD, n=5, value=0)
        tx.wake("trial")

    listening = asyncio.create_task(listen())
    await _queued(store, _add(1), telling)
    await listening
    assert 5 in seen[0]


async def test_who_stops_waiting_stops_nobody(store: Database) -> None:
    async def gone() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await store.write(_add(7))

    busy = [
        asyncio.create_task(store.write(lambda tx: tx.scalar(text("SELECT pg_sleep(0.2)"))))
        for _ in range(LANES)
    ]
    await asyncio.sleep(0)
    await asyncio.gather(gone(), *(store.write(_add(n)) for n in (1, 2, 3)), *busy)
    assert await _found(store) == [1, 2, 3]


async def test_a_lost_connection_is_one_callers_fault_and_is_not_used_again(
    store: Database,
) -> None:
    def dies(tx: Tx) -> None:
        tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    found = await _queued(store, *map(_add, range(8)), dies, *map(_add, range(8, 16)))
    assert isinstance(found[8], Exception)
    assert not [each for n, each in enumerate(found) if n != 8 and isinstance(each, Exception)]
    assert await _found(store) == list(range(16))
    for n in range(100, 130):
        await store.write(_add(n))


async def test_a_commit_without_an_answer_is_not_tried_again(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contactcenter.core.db import postgresql_writer as writer

    runs: list[int] = []

    def counted(tx: Tx) -> None:
        runs.append(len(runs))

    class Silent:
        async def execute(self, said: str) -> str:
            raise ConnectionResetError("gone")

    committed = writer._committed
    monkeypatch.setattr(writer, "_committed", lambda driver: committed(Silent()))
    found = await _queued(store, counted, counted, counted, counted, counted)
    assert all(isinstance(each, OperationalError) for each in found)
    assert len(runs) == 5


async def test_a_failed_statement_that_was_passed_over_is_no_success(store: Database) -> None:
    """PostgreSQL answers such a COMMIT with a silent ROLLBACK."""

    def careless(tx: Tx) -> None:
        tx.hot(ADD, n=1, value=0)
        with pytest.raises(Exception, match="duplicate"):
            tx.hot(ADD, n=1, value=0)

    with pytest.raises(OperationalError):
        await store.write(careless)
    assert await _found(store) == []
