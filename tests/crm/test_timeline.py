"""A customer's history over all channels: newest first, a page at a time, short of words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, interactions, log
from contactcenter.crm.model import NewEvent
from contactcenter.crm.tables import event_content
from contactcenter.crm.timeline import PER_INTERACTION, Entry, place_of, timeline

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


async def customer(db: Database, value: str = "+447700900001") -> UUID:
    found = await db.write(lambda tx: customers.create_or_find(tx, "phone", value, value))
    return found[0]


async def interaction(
    db: Database, of: UUID, minute: int = 0, channel: str = "sms", *more: NewEvent
) -> UUID:
    data = {"channel": channel, "direction": "inbound", "provider": "p", "line": "1"}
    data |= {"customer": str(of)}
    opened = NewEvent("opened", "customer", data, at=START + timedelta(minutes=minute))

    def work(tx: Tx) -> UUID:
        return log.open_interaction(tx, new_id(), opened, *more).id

    return await db.write(work)


def message(text: str = "", kind: str = "message_received", **content: Any) -> NewEvent:
    data = {"message": str(new_id())}
    if kind == "message_queued":
        data |= {"purpose": "service", "channel": "sms"}
    return NewEvent(kind, "customer", data, {"text": text, **content})


async def shown(db: Database, of: UUID, **more: Any) -> list[Entry]:
    return await db.read(lambda tx: timeline(tx, of, **more))


async def test_all_channels_newest_first(db: Database) -> None:
    mary = await customer(db)
    keys = [await interaction(db, mary, n, ("voice", "sms", "email")[n % 3]) for n in range(5)]
    assert [one.interaction.id for one in await shown(db, mary)] == keys[::-1]


async def test_nobody_elses(db: Database) -> None:
    mary, john = await customer(db), await customer(db, "+447700900002")
    await interaction(db, john)
    assert await shown(db, mary) == []


async def test_pages_meet_without_gap_or_repetition_even_within_one_instant(db: Database) -> None:
    mary = await customer(db)
    keys = {await interaction(db, mary, n // 3) for n in range(11)}
    seen: list[UUID] = []
    before = None
    while page := await shown(db, mary, before=before, limit=4):
        seen += [one.interaction.id for one in page]
        before = place_of(page[-1])
    assert len(seen) == len(set(seen)) == 11
    assert set(seen) == keys
    opened = {one.interaction.id: one.interaction.opened_at for one in await shown(db, mary)}
    assert [opened[key] for key in seen] == sorted(opened.values(), reverse=True)


async def test_an_entry_carries_its_last_words_in_order(db: Database) -> None:
    mary = await customer(db)
    note = NewEvent("note_added", "agent:x", {"agent": "x"}, {"text": "Promised a refund"})
    key = await interaction(db, mary, 0, "sms", message("Hello"), message("Hi", "message_queued"))
    await db.write(lambda tx: log.append(tx, key, NewEvent("queued", "menu", {"queue": "q"}), note))
    (entry,) = await shown(db, mary)
    assert [one.kind for one in entry.events] == [
        "message_received", "message_queued", "note_added",
    ]  # fmt: skip
    assert entry.summary == "Promised a refund"


async def test_long_interactions_show_their_end(db: Database) -> None:
    mary = await customer(db)
    words = [message(f"line {n}") for n in range(50)]
    await interaction(db, mary, 0, "sms", *words)
    (entry,) = await shown(db, mary)
    assert len(entry.events) == PER_INTERACTION
    assert entry.summary == "line 49"


async def test_a_summary_is_one_short_line_of_what_is_new(db: Database) -> None:
    mary = await customer(db)
    await interaction(db, mary, 1, "email", message("quoted " * 100, new_text="  New\n words  "))
    await interaction(db, mary, 0, "email", message("x" * 500))
    first, second = await shown(db, mary)
    assert first.summary == "New words"
    assert len(second.summary) == 160
    assert second.summary.endswith("…")


async def test_after_erasure_the_entry_stands_without_words(db: Database) -> None:
    mary = await customer(db)
    await interaction(db, mary, 0, "sms", message("my secret"))
    await db.write(lambda tx: tx.execute(delete(event_content)))
    (entry,) = await shown(db, mary)
    assert entry.summary == ""
    assert [one.kind for one in entry.events] == ["message_received"]


async def test_subject_and_address_of_interactions(db: Database) -> None:
    mary = await customer(db)
    key = await interaction(
        db, mary, 0, "email", message("a", subject="My bill"), message("b", subject="Re: My bill")
    )
    await interaction(db, mary, 1, "sms", message("c"))
    entries = [one.interaction for one in await shown(db, mary)]
    assert await db.read(lambda tx: interactions.subjects(tx, entries)) == {key: "My bill"}
    assert await db.read(lambda tx: interactions.addresses(tx, entries)) == {}
    assert await db.read(lambda tx: interactions.by_ids(tx, [])) == {}
    found = await db.read(lambda tx: interactions.by_ids(tx, [key, new_id()]))
    assert list(found) == [key]
