"""Following the log: order, pages, and never past a transaction that may still commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest

from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, log
from contactcenter.crm.follow import START, LogConsumer, Place, end, follow
from contactcenter.crm.log import Event
from contactcenter.crm.model import NewEvent


def interaction(tx: Tx) -> None:
    """One interaction with two events."""
    of, address, _ = customers.create_or_find(tx, "phone", f"+4477009{id(tx) % 100000:05}", "")
    data = {"channel": "sms", "direction": "inbound", "provider": "simulated", "line": "1"}
    data |= {"customer": str(of), "address": str(address)}
    content = {"text": "words"}
    message = NewEvent("message_received", "customer", {"message": "m"}, content)
    log.open_interaction(tx, new_id(), NewEvent("opened", "customer", data), message)


async def everything(db: Database, after: Place = START, limit: int = 3) -> list[Event]:
    seen: list[Event] = []
    while True:
        batch = await db.read(partial(follow, after=after, limit=limit, content=True))
        if not batch:
            return seen
        seen += [event for _, event in batch]
        after = batch[-1][0]


async def test_every_event_once_and_in_order(db: Database) -> None:
    for _ in range(5):
        await db.write(interaction)
    seen = await everything(db)
    assert [event.kind for event in seen] == ["opened", "message_received"] * 5
    positions = [event.position for event in seen]
    assert positions == sorted(set(positions))
    assert seen[1].content == {"text": "words"}
    assert await db.read(end) == (await db.read(lambda tx: follow(tx, START, 100)))[-1][0]


async def test_an_empty_log(db: Database) -> None:
    assert await everything(db) == []
    assert await db.read(end) == START


@pytest.mark.postgres
async def test_a_transaction_held_open_holds_the_followers(postgres_url: str) -> None:
    """A later transaction commits first; a follower that took its positions would lose the
    earlier one's for ever."""
    db = await Database.open(postgres_url)
    may_commit, has_written = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(tx: Tx) -> None:
        interaction(tx)
        loop.call_soon_threadsafe(has_written.set)

    async def held() -> None:
        async with db.engine.begin() as conn:
            await conn.run_sync(lambda sync: slow(Tx(sync, db.clock.now())))
            await may_commit.wait()

    try:
        before = await db.read(end)
        holding = asyncio.create_task(held())
        await has_written.wait()
        await db.write(interaction)
        assert await everything(db) == []
        assert await db.read(end) == before
        may_commit.set()
        await holding
        seen = await everything(db)
        assert len(seen) == 4
        first, second = seen[:2], seen[2:]
        assert len({event.interaction_id for event in first}) == 1
        assert len({event.interaction_id for event in second}) == 1
    finally:
        may_commit.set()
        await db.close()


@pytest.mark.postgres
async def test_a_rolled_back_transaction_leaves_a_gap_and_nothing_else(postgres_url: str) -> None:
    db = await Database.open(postgres_url)

    def failing(tx: Tx) -> None:
        interaction(tx)
        raise LookupError("never")

    try:
        await db.write(interaction)
        with pytest.raises(LookupError):
            await db.write(failing)
        await db.write(interaction)
        assert len(await everything(db)) == 4
    finally:
        await db.close()


async def test_a_consumer_goes_on_from_its_place(db: Database) -> None:
    seen: list[int] = []
    bus = Bus(db)

    def handle(tx: Tx, events: Sequence[Event]) -> None:
        seen.extend(event.position for event in events)

    for _ in range(3):
        await db.write(interaction)
    consumer = LogConsumer("test", db, bus, handle)
    await db.write(consumer.step)
    await db.write(interaction)
    again = LogConsumer("test", db, bus, handle)
    await db.write(again.step)
    assert await db.write(again.step) == 0
    assert seen == sorted(set(seen))
    assert len(seen) == 8


async def test_a_consumer_that_fails_repeats_its_batch(db: Database) -> None:
    tries: list[int] = []

    def handle(tx: Tx, events: Sequence[Event]) -> None:
        tries.append(len(events))
        if len(tries) == 1:
            raise LookupError("once")

    await db.write(interaction)
    consumer = LogConsumer("test", db, Bus(db), handle)
    with pytest.raises(LookupError):
        await db.write(consumer.step)
    await db.write(consumer.step)
    assert tries == [2, 2]
