"""Reading interactions with what pages show beside the projection: address, subject, content."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from contactcenter.core.db import Tx
from contactcenter.crm.log import Event
from contactcenter.crm.model import Interaction
from contactcenter.crm.tables import (
    customer_address,
    event_content,
    interaction,
    interaction_event,
)

MESSAGES = ("message_received", "message_queued")
"""Kinds whose content is a message with text and, for mail, subject."""

IN_HAND = ("assigned", "wrap_up")
"""States in which an interaction is an agent's work."""

_FIELDS = tuple(field.name for field in fields(Interaction))


def columns() -> Select[Any]:
    """A select of projections; its rows are ``Interaction(*row)``."""
    return select(*(interaction.c[name] for name in _FIELDS))


def by_ids(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, Interaction]:
    """The projections of ``ids`` that exist."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = tx.all(columns().where(interaction.c.id.in_(wanted)))
    return {row.id: Interaction(*row) for row in rows}


def in_hand(tx: Tx, agent: UUID) -> list[Interaction]:
    """The interactions this agent is working on, oldest first."""
    i = interaction.c
    statement = (
        columns()
        .where(i.state.in_(IN_HAND), i.closed_at.is_(None), i.agent_id == agent)
        .order_by(i.id)
    )
    return [Interaction(*row) for row in tx.all(statement)]


def waiting(tx: Tx, limit: int = 500) -> list[Interaction]:
    """Interactions that wait for an agent, longest first."""
    i = interaction.c
    statement = (
        columns()
        .where(i.state.in_(("waiting", "offered")), i.closed_at.is_(None))
        .order_by(i.queued_at, i.id)
        .limit(limit)
    )
    return [Interaction(*row) for row in tx.all(statement)]


def count_in_menu(tx: Tx) -> int:
    """Calls that are in a menu now."""
    i = interaction.c
    where = (i.state == "in_menu", i.closed_at.is_(None), i.channel == "voice")
    return tx.scalar(select(func.count()).select_from(interaction).where(*where)) or 0


def addresses(tx: Tx, interactions: Iterable[Interaction]) -> dict[UUID, str]:
    """The customer's address of each interaction, by address id."""
    a = customer_address.c
    wanted = {each.address_id for each in interactions if each.address_id is not None}
    if not wanted:
        return {}
    return {row.id: row.value for row in tx.all(select(a.id, a.value).where(a.id.in_(wanted)))}


def subjects(tx: Tx, interactions: Iterable[Interaction]) -> dict[UUID, str]:
    """The subject of each e-mail interaction: that of its first message."""
    wanted = [each.id for each in interactions if each.channel == "email"]
    found: dict[UUID, str] = {}
    for event in _ranked(tx, wanted, MESSAGES, per=1, newest=False):
        subject = (event.content or {}).get("subject")
        if subject:
            found[event.interaction_id] = str(subject)
    return found


def latest(tx: Tx, ids: Iterable[UUID], kinds: Iterable[str], per: int) -> list[Event]:
    """The last ``per`` events of these kinds of each interaction, in log order, with content."""
    return _ranked(tx, list(ids), kinds, per=per, newest=True)


def _ranked(
    tx: Tx, ids: list[UUID], kinds: Iterable[str], *, per: int, newest: bool
) -> list[Event]:
    if not ids:
        return []
    e, c = interaction_event.c, event_content.c
    order = e.seq.desc() if newest else e.seq
    rank = func.row_number().over(partition_by=e.interaction_id, order_by=order).label("rank")
    ranked = (
        select(e.position, e.interaction_id, e.seq, e.kind, e.at, e.actor, e.data, rank)
        .where(e.interaction_id.in_(ids), e.kind.in_(list(kinds)))
        .subquery()
    )
    r = ranked.c
    statement = (
        select(r.position, r.interaction_id, r.seq, r.kind, r.at, r.actor, r.data, c.content)
        .select_from(ranked)
        .outerjoin(event_content, (c.interaction_id == r.interaction_id) & (c.seq == r.seq))
        .where(r.rank <= per)
        .order_by(r.interaction_id, r.seq)
    )
    return [Event(*row) for row in tx.all(statement)]
