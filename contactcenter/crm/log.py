"""The interaction log: events appended in the transaction of the state they change.

``open_interaction`` and ``append`` are the only writers of ``interaction`` and
``interaction_event``; the row is the fold of the events (``crm.model``), so ``verify`` can rebuild
and compare it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ClauseElement, bindparam, insert, select, update

from contactcenter.core.db import Hot, Tx
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.crm.model import Interaction, NewEvent, apply, opened
from contactcenter.crm.tables import event_content, interaction, interaction_event

LOG = "log"
"""The bus topic woken by every commit that appended."""

_FIELDS = tuple(f.name for f in fields(Interaction))
_Numbered = tuple[UUID, int, Sequence[NewEvent]]
"""An interaction, the number its last event had, and the events that follow."""
_OF_EVENT = ("kind", "at", "actor", "data")
_MUTABLE = tuple(name for name in _FIELDS if name not in ("id", "last_seq"))


def _columns() -> list[Any]:
    return [interaction.c[name] for name in _FIELDS]


def _take() -> ClauseElement:
    return (
        update(interaction)
        .where(interaction.c.id == bindparam("b_id"))
        .values(last_seq=interaction.c.last_seq + bindparam("b_count"))
        .returning(*_columns())
    )


def _take_and_write() -> ClauseElement:
    """``_TAKE`` and the insert of one event in one round trip, where the store can do so."""
    taken = _take().cte("taken")  # type: ignore[attr-defined]  # an update that returns rows
    values = {
        "interaction_id": taken.c.id,
        "seq": taken.c.last_seq,
    } | {name: bindparam(name, type_=interaction_event.c[name].type) for name in _OF_EVENT}
    written = insert(interaction_event).from_select(list(values), select(*values.values()))
    return select(*(taken.c[name] for name in _FIELDS)).add_cte(written.cte("written"))


def _store(*more: str) -> ClauseElement:
    return (
        update(interaction)
        .where(interaction.c.id == bindparam("b_id"))
        .values({name: bindparam(f"n_{name}") for name in (*_MUTABLE, *more)})
    )


_TAKE = Hot(_take)
_TAKE_AND_WRITE = Hot(_take_and_write)
"""PostgreSQL only: a statement that changes rows can not be part of another on SQLite."""
_STORE = Hot(_store)
_STORE_LOCKED = Hot(lambda: _store("last_seq"))
"""For rows locked by a select, whose numbers are not yet taken."""
_OPEN = Hot(lambda: insert(interaction).values({name: bindparam(name) for name in _FIELDS}))
_EVENT = Hot(
    lambda: insert(interaction_event).values(
        {name: bindparam(name) for name in ("interaction_id", "seq", *_OF_EVENT)}
    )
)
_CONTENT = Hot(
    lambda: insert(event_content).values(
        {name: bindparam(name) for name in ("interaction_id", "seq", "content")}
    )
)
_LOAD = Hot(lambda: select(*_columns()).where(interaction.c.id == bindparam("b_id")))
_LOCK = Hot(
    lambda: select(*_columns()).where(interaction.c.id == bindparam("b_id")).with_for_update()
)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry as read back."""

    position: int
    interaction_id: UUID
    seq: int
    kind: str
    at: datetime
    actor: str
    data: Mapping[str, Any]
    content: Mapping[str, Any] | None = None


def open_interaction(tx: Tx, interaction_id: UUID, first: NewEvent, *more: NewEvent) -> Interaction:
    """Start an interaction with its ``opened`` event and any that belong to the same instant."""
    if first.kind != "opened":
        raise Invalid("an interaction begins with the event opened")
    state = opened(interaction_id, first.checked().data, first.at or tx.now)
    state = _fold(tx, state, more)
    events = (first, *more)
    state = replace(state, last_seq=len(events))
    tx.hot(_OPEN, **{name: getattr(state, name) for name in _FIELDS})
    new = [(interaction_id, 0, events)]
    _insert(tx, new)
    _inserted(tx, new)
    return state


def append(tx: Tx, interaction_id: UUID, *events: NewEvent) -> Interaction:
    """Append ``events`` and return the projection after them. ``NotFound`` for an unknown id."""
    if not events:
        return load(tx, interaction_id)
    at_once = tx.store == "postgresql" and len(events) == 1
    if at_once:
        event = _row(tx, *events)
        rows = tx.hot(_TAKE_AND_WRITE, b_id=interaction_id, b_count=1, **event)
    else:
        rows = tx.hot(_TAKE, b_id=interaction_id, b_count=len(events))
    if not rows:
        raise NotFound(f"no interaction {interaction_id}")
    before = Interaction(*rows[0])
    after = _fold(tx, before, events)
    if after != before:
        tx.hot(_STORE, b_id=interaction_id, **{f"n_{n}": getattr(after, n) for n in _MUTABLE})
    new = [(interaction_id, after.last_seq - len(events), events)]
    if not at_once:
        _insert(tx, new)
    _inserted(tx, new)
    return after


def append_many(tx: Tx, events: Mapping[UUID, Sequence[NewEvent]]) -> Mapping[UUID, Interaction]:
    """As ``append`` for several interactions, in four round trips; rows are taken in id order."""
    found = tx.all(
        select(*_columns())
        .where(interaction.c.id.in_(events))
        .order_by(interaction.c.id)
        .with_for_update()
    )
    before = {row.id: Interaction(*row) for row in found}
    after: dict[UUID, Interaction] = {}
    for key, new in events.items():
        if key not in before:
            raise NotFound(f"no interaction {key}")
        taken = replace(before[key], last_seq=before[key].last_seq + len(new))
        after[key] = _fold(tx, taken, new)
    tx.hot_many(
        _STORE_LOCKED,
        [
            {"b_id": key} | {f"n_{name}": getattr(state, name) for name in (*_MUTABLE, "last_seq")}
            for key, state in after.items()
        ],
    )
    numbered = [(key, before[key].last_seq, new) for key, new in events.items()]
    _insert(tx, numbered)
    _inserted(tx, numbered)
    return after


def load(tx: Tx, interaction_id: UUID) -> Interaction:
    """The projection now. ``NotFound`` for an unknown id."""
    rows = tx.hot(_LOAD, b_id=interaction_id)
    if not rows:
        raise NotFound(f"no interaction {interaction_id}")
    return Interaction(*rows[0])


def lock(tx: Tx, interaction_id: UUID) -> Interaction:
    """The projection now, with its row locked until the transaction ends."""
    rows = tx.hot(_LOCK, b_id=interaction_id)
    if not rows:
        raise NotFound(f"no interaction {interaction_id}")
    return Interaction(*rows[0])


def _fold(tx: Tx, state: Interaction, events: Iterable[NewEvent]) -> Interaction:
    for event in events:
        state = apply(state, event.checked().kind, event.data, event.actor, event.at or tx.now)
    return state


def _row(tx: Tx, event: NewEvent) -> dict[str, Any]:
    checked = event.checked()
    return {
        "kind": checked.kind,
        "at": checked.at or tx.now,
        "actor": checked.actor,
        "data": dict(checked.data),
    }


def _insert(tx: Tx, new: Sequence[_Numbered]) -> None:
    rows = []
    for interaction_id, after_seq, events in new:
        for seq, event in enumerate(events, after_seq + 1):
            rows.append({"interaction_id": interaction_id, "seq": seq} | _row(tx, event))
    tx.hot_many(_EVENT, rows)


def _inserted(tx: Tx, new: Sequence[_Numbered]) -> None:
    """What follows every append: the content, and the wake-up."""
    contents = []
    for interaction_id, after_seq, events in new:
        for seq, event in enumerate(events, after_seq + 1):
            if event.content is not None:
                key = {"interaction_id": interaction_id, "seq": seq}
                contents.append(key | {"content": dict(event.content)})
    if contents:
        tx.hot_many(_CONTENT, contents)
    tx.wake(LOG)


def events_of(tx: Tx, interaction_id: UUID, *, after_seq: int = 0, limit: int = 500) -> list[Event]:
    """The events of one interaction in order, with their content where it still exists."""
    e, c = interaction_event, event_content
    rows = tx.all(
        select(
            e.c.position,
            e.c.interaction_id,
            e.c.seq,
            e.c.kind,
            e.c.at,
            e.c.actor,
            e.c.data,
            c.c.content,
        )
        .outerjoin(c, (c.c.interaction_id == e.c.interaction_id) & (c.c.seq == e.c.seq))
        .where(e.c.interaction_id == interaction_id, e.c.seq > after_seq)
        .order_by(e.c.seq)
        .limit(limit)
    )
    return [Event(*row) for row in rows]
