"""Leg rows: which party of which interaction a carrier's leg is, and what it is doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ClauseElement, Select, bindparam, insert, select, update

from contactcenter.core.db import Hot, Tx
from contactcenter.core.ids import new_id
from contactcenter.handling.tables import leg

AWAITED = "op:"
"""A leg we asked the carrier for has ``op:<op_id>`` as its reference until the carrier names it."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One row. ``state``: starting, ringing, up, ended."""

    id: UUID
    interaction_id: UUID
    provider: str
    line: str
    ref: str
    party: str
    agent_id: UUID | None
    state: str
    room: str | None
    op_id: str
    room_order: int = -1
    control_order: int = -1


def _select() -> Select[Any]:
    c = leg.c
    return select(
        c.id,
        c.interaction_id,
        c.provider,
        c.line,
        c.ref,
        c.party,
        c.agent_id,
        c.state,
        c.room,
        c.op_id,
        c.room_order,
        c.control_order,
    )


_ADDED = (
    "id", "interaction_id", "provider", "line", "ref", "party", "agent_id", "state", "op_id",
    "started_at", "answered_at",
)  # fmt: skip
_ADD = Hot(lambda: insert(leg).values({name: bindparam(name) for name in _ADDED}))
_OF_INTERACTION = Hot(
    lambda: _select().where(leg.c.interaction_id == bindparam("b_interaction")).order_by(leg.c.id)
)
_CHANGES: dict[tuple[str, ...], Hot] = {}


def _changing(names: tuple[str, ...]) -> ClauseElement:
    values: dict[str, Any] = {name: bindparam(f"n_{name}") for name in names}
    return update(leg).where(leg.c.id == bindparam("b_id")).values(values)


_BY_REF = Hot(
    lambda: (
        _select()
        .where(leg.c.provider == bindparam("provider"), leg.c.ref == bindparam("ref"))
        .with_for_update()
    )
)
"""Locks the leg: two reports of it are taken one after the other, each knowing the other."""


def get(tx: Tx, leg_id: UUID) -> Leg | None:
    """The leg of this id."""
    row = tx.first(_select().where(leg.c.id == leg_id))
    return Leg(*row) if row else None


def find(tx: Tx, provider: str, ref: str, origin: str = "") -> Leg | None:
    """The leg of this reference, or the awaited one that ``origin`` started (now named); locked
    until the transaction ends."""
    rows = tx.hot(_BY_REF, provider=provider, ref=ref)
    if rows:
        return Leg(*rows[0])
    if not origin:
        return None
    named(tx, provider, origin, ref)
    rows = tx.hot(_BY_REF, provider=provider, ref=ref)
    return Leg(*rows[0]) if rows else None


def named(tx: Tx, provider: str, op_id: str, ref: str) -> None:
    """The carrier named the leg that ``op_id`` started."""
    tx.execute(
        update(leg).where(leg.c.provider == provider, leg.c.ref == AWAITED + op_id).values(ref=ref)
    )


def of_interaction(tx: Tx, interaction_id: UUID) -> list[Leg]:
    """Every leg of the interaction, oldest first."""
    return [Leg(*row) for row in tx.hot(_OF_INTERACTION, b_interaction=interaction_id)]


def living(tx: Tx, interaction_id: UUID) -> list[Leg]:
    """The legs that have not ended."""
    return [one for one in of_interaction(tx, interaction_id) if one.state != "ended"]


def of_provider(tx: Tx, provider: str) -> list[Leg]:
    """Every leg of a carrier that we believe to live, for reconciliation."""
    statement = _select().where(leg.c.provider == provider, leg.c.state != "ended")
    return [Leg(*row) for row in tx.all(statement.order_by(leg.c.id))]


def add(
    tx: Tx,
    interaction_id: UUID,
    *,
    provider: str,
    line: str,
    ref: str,
    party: str,
    state: str,
    agent_id: UUID | None = None,
    op_id: str = "",
    leg_id: UUID | None = None,
) -> Leg:
    """A new leg; ``party`` is ``customer`` or ``agent``."""
    key = leg_id or new_id()
    row = Leg(key, interaction_id, provider, line, ref, party, agent_id, state, None, op_id)
    tx.hot(
        _ADD,
        id=row.id,
        interaction_id=interaction_id,
        provider=provider,
        line=line,
        ref=ref,
        party=party,
        agent_id=agent_id,
        state=state,
        op_id=op_id,
        started_at=tx.now,
        answered_at=tx.now if state == "up" else None,
    )
    return row


def change(tx: Tx, leg_id: UUID, **values: Any) -> None:
    """Set columns of one leg."""
    names = tuple(sorted(values))
    statement = _CHANGES.get(names)
    if statement is None:  # as many as there are places that change a leg
        statement = _CHANGES[names] = Hot(lambda: _changing(names))
    tx.hot(statement, b_id=leg_id, **{f"n_{name}": value for name, value in values.items()})


def agent_leg(tx: Tx, interaction_id: UUID, agent_id: UUID) -> Leg | None:
    """The living leg of this agent in this interaction."""
    for one in living(tx, interaction_id):
        if one.party == "agent" and one.agent_id == agent_id:
            return one
    return None


def room_of(interaction_id: object) -> str:
    """The one room of an interaction."""
    return f"room-{interaction_id}"


def customer_leg(tx: Tx, interaction_id: UUID) -> Leg | None:
    """The living leg of the customer."""
    return next((one for one in living(tx, interaction_id) if one.party == "customer"), None)
