"""``contactcenter log verify``: rebuild every interaction from its events and compare."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from uuid import UUID

from sqlalchemy import select

from contactcenter.core.db import Database, Tx
from contactcenter.crm.log import Event, load
from contactcenter.crm.model import KINDS, Interaction, apply, opened
from contactcenter.crm.tables import interaction, interaction_event

_BATCH = 200
_TRIES, _PAUSE_S = 3, 0.2


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a row is not the fold of its events; ``field`` may be ``events`` for a broken order."""

    interaction_id: UUID
    field: str
    stored: object
    rebuilt: object


@dataclass(frozen=True, slots=True)
class Verified:
    """What was read."""

    interactions: int
    events: int
    differences: tuple[Difference, ...]


async def verify(db: Database) -> Verified:
    """Read the whole log in batches; on a living site what differs is read again before it is
    reported, for an event may have come between the two reads of row and events."""
    after: UUID | None = None
    interactions = events = 0
    differences: list[Difference] = []
    while True:
        last = after
        batch = await db.read(lambda tx, last=last: _batch(tx, last))  # type: ignore[misc]  # bound now
        if not batch:
            return Verified(interactions, events, tuple(differences))
        for state, found in batch:
            interactions += 1
            events += len(found)
            if list(compare(state, found)):
                differences.extend(await _again(db, state.id))
        after = batch[-1][0].id


async def _again(db: Database, interaction_id: UUID) -> list[Difference]:
    found: list[Difference] = []
    for _ in range(_TRIES):
        state, events = await db.read(lambda tx: _grouped(tx, [interaction_id])[0])
        found = list(compare(state, events))
        if not found:
            break
        await asyncio.sleep(_PAUSE_S)
    return found


def _batch(tx: Tx, after: UUID | None) -> list[tuple[Interaction, list[Event]]]:
    ids = select(interaction.c.id).order_by(interaction.c.id).limit(_BATCH)
    if after is not None:
        ids = ids.where(interaction.c.id > after)
    wanted: list[UUID] = [row.id for row in tx.all(ids)]
    if not wanted:
        return []
    return _grouped(tx, wanted)


def _grouped(tx: Tx, wanted: list[UUID]) -> list[tuple[Interaction, list[Event]]]:
    e = interaction_event.c
    rows = tx.all(
        select(e.position, e.interaction_id, e.seq, e.kind, e.at, e.actor, e.data)
        .where(e.interaction_id.in_(wanted))
        .order_by(e.interaction_id, e.seq)
    )
    grouped: dict[UUID, list[Event]] = {one: [] for one in wanted}
    for row in rows:
        grouped[row.interaction_id].append(Event(*row))
    return [(load(tx, one), grouped[one]) for one in wanted]


def rebuild(interaction_id: UUID, events: Sequence[Event]) -> Interaction:
    """The projection these events give."""
    first = events[0]
    state = opened(interaction_id, first.data, first.at)
    for event in events[1:]:
        state = apply(state, event.kind, event.data, event.actor, event.at)
    return replace(state, last_seq=len(events))


def compare(stored: Interaction, events: Sequence[Event]) -> Iterator[Difference]:
    """Every difference between a row and its events."""
    numbers = [event.seq for event in events]
    if numbers != list(range(1, len(numbers) + 1)) or not events or events[0].kind != "opened":
        yield Difference(stored.id, "events", stored.last_seq, len(numbers))
        return
    for event in events:
        if event.data.keys() - KINDS.get(event.kind, frozenset()):
            yield Difference(stored.id, f"event {event.seq}", event.kind, "known data keys")
    rebuilt = rebuild(stored.id, events)
    for item in fields(Interaction):
        ours, theirs = getattr(stored, item.name), getattr(rebuilt, item.name)
        if ours != theirs:
            yield Difference(stored.id, item.name, ours, theirs)
