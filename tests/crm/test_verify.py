"""``log verify``: every interaction is the fold of its events, or it is told where not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, update

from contactcenter.core.db import Database
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.crm.model import NewEvent
from contactcenter.crm.tables import event_content, interaction, interaction_event
from contactcenter.crm.verify import Difference, rebuild, verify
from tests.crm.test_timeline import customer
from tests.crm.test_timeline import interaction as opened


async def told(db: Database) -> list[tuple[str, Any, Any]]:
    return [(one.field, one.stored, one.rebuilt) for one in (await verify(db)).differences]


@pytest.fixture
async def key(db: Database) -> UUID:
    one = await opened(db, await customer(db), 0, "voice")
    agent = str(new_id())
    events = [
        NewEvent("menu_entered", "menu", {"menu": "m", "version": 1, "language": "en"}),
        NewEvent("queued", "menu", {"queue": "billing"}),
        NewEvent("accepted", "router", {"reservation": str(new_id()), "agent": agent}),
        NewEvent("connected", "carrier", {"room": "r", "agent": agent}),
        NewEvent("held", f"agent:{agent}", {"leg": "l"}),
    ]
    for event in events:
        await db.write(lambda tx, e=event: log.append(tx, one, e))  # type: ignore[misc]  # bound now
    return one


async def test_an_empty_and_a_sound_log_differ_nowhere(db: Database, key: UUID) -> None:
    found = await verify(db)
    assert (found.interactions, found.events, found.differences) == (1, 6, ())


@pytest.mark.parametrize(
    ("column", "value"),
    [("state", "closed"), ("queue", "sales"), ("on_hold", False), ("last_seq", 5),
     ("connected", False), ("disposition", "solved")],
)  # fmt: skip
async def test_a_row_that_is_not_its_events_is_told_by_field(
    db: Database, key: UUID, column: str, value: object
) -> None:
    changed = update(interaction).where(interaction.c.id == key).values(**{column: value})
    await db.write(lambda tx: tx.execute(changed))
    found = (await verify(db)).differences
    assert [(one.interaction_id, one.field, one.stored) for one in found] == [(key, column, value)]


async def test_a_missing_event_is_told(db: Database, key: UUID) -> None:
    gone = delete(interaction_event).where(interaction_event.c.seq == 3)
    await db.write(lambda tx: tx.execute(gone))
    assert await told(db) == [("events", 6, 5)]


async def test_an_interaction_without_events_is_told(db: Database, key: UUID) -> None:
    await db.write(lambda tx: tx.execute(delete(interaction_event)))
    assert await told(db) == [("events", 6, 0)]


async def test_an_event_written_past_the_log_is_told(db: Database, key: UUID) -> None:
    values = {"interaction_id": key, "seq": 7, "kind": "resumed", "actor": "x",
              "data": {"text": "personal"}}  # fmt: skip
    await db.write(lambda tx: tx.execute(insert(interaction_event).values(**values, at=tx.now)))
    assert {field for field, _, _ in await told(db)} == {"event 7", "on_hold", "last_seq"}


async def test_erasure_of_content_changes_nothing(db: Database, key: UUID) -> None:
    await db.write(lambda tx: tx.execute(delete(event_content)))
    assert await told(db) == []


async def test_many_are_read_in_batches(db: Database) -> None:
    mary = await customer(db)
    for n in range(3):
        await opened(db, mary, n)
    import contactcenter.crm.verify as module

    before = module._BATCH
    module._BATCH = 2
    try:
        assert (await verify(db)).interactions == 3
    finally:
        module._BATCH = before


async def test_a_rebuilt_row_is_the_stored_one(db: Database, key: UUID) -> None:
    events = await db.read(lambda tx: log.events_of(tx, key))
    assert rebuild(key, events) == await db.read(lambda tx: log.load(tx, key))
    assert Difference(key, "x", 1, 2) == Difference(key, "x", 1, 2)
