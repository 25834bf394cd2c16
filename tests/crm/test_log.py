"""The interaction log: one transaction, one order, a row that is the fold of its events."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import text, update

from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, log
from contactcenter.crm.follow import START, LogConsumer, Place, follow
from contactcenter.crm.log import Event
from contactcenter.crm.model import NewEvent
from contactcenter.crm.tables import interaction
from contactcenter.crm.verify import verify


def _open(tx: Tx) -> UUID:
    customer, address, _ = customers.create_or_find(tx, "phone", "+447700900001", "07700 900001")
    data = {
        "channel": "voice",
        "direction": "inbound",
        "provider": "simulated",
        "line": "+442079460500",
        "customer": str(customer),
        "address": str(address),
    }
    return log.open_interaction(tx, new_id(), NewEvent("opened", "customer", data)).id


async def test_the_first_contact_makes_one_customer_however_many_calls_race(db: Database) -> None:
    ids = await asyncio.gather(*(db.write(_open) for _ in range(20)))
    rows = await db.read(lambda tx: [log.load(tx, one).customer_id for one in ids])
    assert len(set(rows)) == 1
    found = await db.read(lambda tx: customers.search(tx, ""))
    assert [one.id for one in found] == [rows[0]]


async def test_events_are_numbered_without_gaps_under_concurrency(db: Database) -> None:
    one = await db.write(_open)

    async def some(n: int) -> None:
        event = NewEvent("menu_step", "menu", {"node": f"n{n}"}, {"value": "4711"})
        for _ in range(10):
            await db.write(lambda tx: log.append(tx, one, event))

    await asyncio.gather(*(some(n) for n in range(8)))
    events = await db.read(lambda tx: log.events_of(tx, one))
    assert [event.seq for event in events] == list(range(1, 82))
    assert all(event.content == {"value": "4711"} for event in events[1:])
    assert (await verify(db)).differences == ()


async def test_personal_keys_never_enter_the_data_of_an_event(db: Database) -> None:
    one = await db.write(_open)
    with pytest.raises(Invalid, match="no data key text"):
        await db.write(
            lambda tx: log.append(tx, one, NewEvent("caption", "customer", {"text": "x"}))
        )
    with pytest.raises(Invalid, match="unknown kind"):
        await db.write(lambda tx: log.append(tx, one, NewEvent("phoned", "customer")))
    with pytest.raises(NotFound):
        await db.write(lambda tx: log.append(tx, new_id(), NewEvent("fault", "system")))


async def test_verify_names_what_is_not_the_fold_of_its_events(db: Database) -> None:
    one = await db.write(_open)
    await db.write(lambda tx: log.append(tx, one, NewEvent("queued", "menu", {"queue": "billing"})))
    assert (await verify(db)).differences == ()
    changed = update(interaction).where(interaction.c.id == one).values(queue="sales")
    await db.write(lambda tx: tx.execute(changed))
    found = (await verify(db)).differences
    assert [(one.field, one.stored, one.rebuilt) for one in found] == [
        ("queue", "sales", "billing")
    ]


async def test_followers_see_everything_once_and_in_order(db: Database) -> None:
    ids = [await db.write(_open) for _ in range(3)]
    seen: list[Event] = []
    bus = Bus(db)
    consumer = LogConsumer("trial", db, bus, lambda tx, events: seen.extend(events))
    task = asyncio.create_task(consumer.run())
    for n in range(30):
        step = NewEvent("menu_step", "menu", {"node": str(n)})
        await db.write(lambda tx, n=n, step=step: log.append(tx, ids[n % 3], step))  # type: ignore[misc]  # bound now
    for _ in range(200):
        if len(seen) >= 33:
            break
        await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(seen) == 33
    for one in ids:
        assert [event.seq for event in seen if event.interaction_id == one] == list(range(1, 12))


async def test_a_follower_that_failed_repeats_the_batch(db: Database) -> None:
    await db.write(_open)
    tries: list[int] = []

    def handle(tx: Tx, events: object) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise Invalid("on purpose")

    consumer = LogConsumer("trial", db, Bus(db), handle)
    with pytest.raises(Invalid):
        await db.write(consumer.step)
    assert await db.write(consumer.step) == 1
    assert await db.write(consumer.step) == 0


async def test_no_position_is_given_out_while_an_older_transaction_is_open(
    postgres_url: str,
) -> None:
    db = await Database.open(postgres_url)
    try:
        first = await db.write(_open)
        async with db.engine.connect() as held:
            begun = await held.begin()
            await held.execute(text("SELECT pg_current_xact_id()"))
            second = await db.write(_open)
            seen = await db.read(lambda tx: follow(tx, START))
            assert [event.interaction_id for _, event in seen] == [first]
            await begun.rollback()
        later = await db.read(lambda tx: follow(tx, seen[-1][0]))
        assert [event.interaction_id for _, event in later] == [second]
    finally:
        await db.close()


def test_places_compare_in_the_order_of_the_log() -> None:
    assert START < Place(0, 1) < Place(7, 1) < Place(7, 2)


async def test_a_transaction_of_another_database_holds_nobody_up(
    postgres_url: str, empty_postgres_url: str
) -> None:
    db, other = await Database.open(postgres_url), await Database.open(empty_postgres_url)
    try:
        async with other.engine.begin() as held:
            await held.execute(text("SELECT pg_current_xact_id()"))
            first = await db.write(_open)
            seen = await db.read(lambda tx: follow(tx, START))
            assert [event.interaction_id for _, event in seen] == [first]
    finally:
        await db.close()
        await other.close()
