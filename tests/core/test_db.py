"""The store suite: both stores behave alike."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, bindparam, insert, select, text
from sqlalchemy.schema import CreateTable

from contactcenter.core import leases
from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Hot, Json, Tx, UtcDateTime, Uuid
from contactcenter.core.errors import Invalid
from contactcenter.core.ids import new_id

trial = Table(
    "trial_of_the_store",
    MetaData(),  # not the product's catalogue
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("key", Uuid),
    Column("at", UtcDateTime),
    Column("data", Json),
)
ADD = Hot(
    lambda: (
        insert(trial)
        .values(key=bindparam("key"), at=bindparam("at"), data=bindparam("data"))
        .returning(trial.c.n, trial.c.key, trial.c.at, trial.c.data)
    )
)
COUNT = select(text("count(*)")).select_from(trial)


@pytest.fixture(autouse=True)
async def _table(db: Database) -> None:
    await db.write(lambda tx: tx.execute(CreateTable(trial)))


def _add(tx: Tx) -> int:
    rows = tx.hot(ADD, key=new_id(), at=tx.now, data={"a": 1})
    return int(rows[0][0])


async def test_values_come_back_as_they_went(db: Database) -> None:
    key, at = new_id(), datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
    data = {"zh": "您好", "list": [1, None, True], "n": 2.5}
    row = (await db.write(lambda tx: tx.hot(ADD, key=key, at=at, data=data)))[0]
    assert row[1:] == (key, at, data)
    by_core = await db.read(lambda tx: tx.first(select(trial).where(trial.c.key == key)))
    assert tuple(by_core) == row


async def test_a_naive_time_is_refused(db: Database) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001  # what must be refused
    with pytest.raises(Exception, match="naive"):
        await db.write(lambda tx: tx.hot(ADD, key=new_id(), at=naive, data=None))


async def test_a_unit_that_fails_leaves_nothing_and_takes_nobody_with_it(db: Database) -> None:
    def fails(tx: Tx) -> None:
        _add(tx)
        raise Invalid("on purpose")

    works = [db.write(fails if n % 3 == 0 else _add) for n in range(30)]
    results = await asyncio.gather(*works, return_exceptions=True)
    assert [isinstance(one, Invalid) for one in results] == [n % 3 == 0 for n in range(30)]
    assert await db.read(lambda tx: tx.scalar(COUNT)) == 20


async def test_a_result_is_seen_by_everyone_once_given(db: Database) -> None:
    for expected in range(1, 20):
        await db.write(_add)
        assert await db.read(lambda tx: tx.scalar(COUNT)) == expected


async def test_reading_work_can_not_write(db: Database) -> None:
    if db.store == "sqlite":
        with pytest.raises(Exception, match="readonly"):
            await db.read(_add)
    else:
        await db.read(_add)
    assert await db.read(lambda tx: tx.scalar(COUNT)) == 0


async def test_the_bus_is_woken_after_the_commit(db: Database) -> None:
    bus = Bus(db)

    def work(tx: Tx) -> None:
        _add(tx)
        tx.wake("trial")

    async with bus.waiter("trial") as waiter:
        await db.write(work)
        assert await waiter.wait(2.0)
        assert not await waiter.wait(0.01)


async def test_wake_ups_cross_server_nodes(postgres_url: str) -> None:
    one, two = await Database.open(postgres_url), await Database.open(postgres_url)
    buses = [Bus(one), Bus(two)]
    for bus in buses:
        await bus.start()
    try:
        async with buses[1].waiter("trial") as waiter:
            for _ in range(100):  # the listener connects in its own time
                await one.write(lambda tx: tx.wake("trial"))
                if await waiter.wait(0.1):
                    return
        pytest.fail("node two never heard of it")
    finally:
        for bus in buses:
            await bus.stop()
        await one.close()
        await two.close()


async def test_a_lease_has_one_holder_and_ends_by_itself(db: Database) -> None:
    length = timedelta(seconds=0.3)
    held = await db.write(lambda tx: leases.acquire(tx, "trial", "a", length))
    assert held is not None
    assert await db.write(lambda tx: leases.acquire(tx, "trial", "b", length)) is None
    await db.write(lambda tx: leases.check(tx, held))
    await asyncio.sleep(0.4)
    taken = await db.write(lambda tx: leases.acquire(tx, "trial", "b", length))
    assert taken is not None
    assert taken.epoch == held.epoch + 1
    with pytest.raises(leases.LeaseLost):
        await db.write(lambda tx: leases.check(tx, held))


async def test_a_released_lease_is_free_at_once(db: Database) -> None:
    hour = timedelta(hours=1)
    held = await db.write(lambda tx: leases.acquire(tx, "trial", "a", hour))
    assert held is not None
    await db.write(lambda tx: leases.release(tx, held))
    assert await db.write(lambda tx: leases.acquire(tx, "trial", "b", hour)) is not None


async def test_only_one_of_many_gets_the_lease(db: Database) -> None:
    hour = timedelta(hours=1)
    tries = [
        db.write(lambda tx, who=f"n{n}": leases.acquire(tx, "trial", who, hour))  # type: ignore[misc]  # bound now
        for n in range(12)
    ]
    winners = [one for one in await asyncio.gather(*tries) if one is not None]
    assert len(winners) == 1


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
async def test_other_stores_are_refused_with_a_hint(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        await Database.open(url)
    assert refused.value.hint or "file" in refused.value.message
