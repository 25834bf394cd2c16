"""Reading the floor: what pages and other packages ask. Committed rows only, never the memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from contactcenter.core.db import Tx
from contactcenter.core.errors import NotFound
from contactcenter.routing import tables as t
from contactcenter.routing.columns import all_columns, value_of
from contactcenter.routing.config import agent_from, queue_from
from contactcenter.routing.model import (
    LIVE,
    Membership,
    Queue,
    QueueState,
    Reservation,
    Skill,
    Waiting,
)


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent with the state shown and the load in hand (live reservations per channel)."""

    id: UUID
    name: str
    site: str
    state: str
    reason: str | None
    since: datetime | None
    next_state: str | None
    next_reason: str | None
    skills: Mapping[str, Skill]
    queues: Mapping[str, Membership]
    capacity: Mapping[str, int]
    load: Mapping[str, int]
    version: int


def agents(tx: Tx) -> list[AgentView]:
    """Every agent, by name."""
    return _agents(tx)


def agent_state_of(tx: Tx, agent: UUID) -> AgentView:
    """One agent; ``NotFound`` for an account that is none."""
    found = _agents(tx, agent)
    if not found:
        raise NotFound(f"no agent {agent}", code="unknown_agent")
    return found[0]


def _agents(tx: Tx, only: UUID | None = None) -> list[AgentView]:
    a, s, r = t.agent.c, t.agent_state.c, t.reservation.c
    people = (
        select(t.agent, s.state, s.reason, s.since, s.next_state, s.next_reason)
        .join(t.agent_state, s.agent_id == a.id)
        .order_by(a.name, a.id)
    )
    loads = (
        select(r.agent_id, r.channel, func.count())
        .where(r.state.in_(LIVE))
        .group_by(r.agent_id, r.channel)
    )
    if only is not None:
        people, loads = people.where(a.id == only), loads.where(r.agent_id == only)
    load: dict[UUID, Counter[str]] = {}
    for who, channel, n in tx.all(loads):
        load.setdefault(who, Counter())[channel] = n
    return [_view(row, load.get(row.id, Counter())) for row in tx.all(people)]


def _view(row: Any, load: Counter[str]) -> AgentView:
    agent = agent_from(row.id, row.version, row.name, row.config, row.site)
    return AgentView(
        id=row.id,
        name=row.name,
        site=row.site,
        state=row.state,
        reason=row.reason,
        since=row.since,
        next_state=row.next_state,
        next_reason=row.next_reason,
        skills=agent.skills,
        queues=agent.queues,
        capacity=agent.capacity,
        load={channel: load[channel] for channel in agent.capacity},
        version=row.version,
    )


def _reservations(tx: Tx, *where: Any) -> list[Reservation]:
    r = t.reservation.c
    columns = [r[name] for name in all_columns(Reservation)]
    rows = tx.all(select(*columns).where(*where).order_by(r.offered_at, r.id))
    return [value_of(Reservation, row._mapping) for row in rows]


def reservations_of(tx: Tx, agent: UUID) -> list[Reservation]:
    """The live reservations of an agent (pending, accepted, wrapping), oldest first."""
    r = t.reservation.c
    return _reservations(tx, r.agent_id == agent, r.state.in_(LIVE))


def reservation(tx: Tx, reservation_id: UUID) -> Reservation:
    """One reservation, live or ended; ``NotFound``."""
    found = _reservations(tx, t.reservation.c.id == reservation_id)
    if not found:
        raise NotFound(f"no reservation {reservation_id}")
    return found[0]


def reservations_for(tx: Tx, interaction: UUID) -> list[Reservation]:
    """Every reservation an interaction ever had, oldest first."""
    return _reservations(tx, t.reservation.c.interaction_id == interaction)


def waiting_one(tx: Tx, interaction: UUID) -> Waiting | None:
    """One interaction on the floor, an agent's or not; None when it is not there."""
    w = t.waiting.c
    row = tx.first(_waiting_rows().where(w.interaction_id == interaction))
    return None if row is None else value_of(Waiting, row._mapping)


def _waiting_rows() -> Any:
    w = t.waiting.c
    return select(*(w[name] for name in all_columns(Waiting)))


def waiting(tx: Tx, queue: str | None = None) -> list[Waiting]:
    """What waits or is being offered, longest first; of one queue, or of all."""
    w = t.waiting.c
    statement = _waiting_rows().where(w.state != "assigned")
    if queue is not None:
        statement = statement.where(w.queue == queue)
    rows = tx.all(statement.order_by(w.entered_first, w.interaction_id))
    return [value_of(Waiting, row._mapping) for row in rows]


def queue_states(tx: Tx) -> dict[str, QueueState]:
    """How each queue goes, by name."""
    found = tx.all(select(t.queue_state.c.name, t.queue_state.c.state))
    return {name: msgspec.convert(state, QueueState) for name, state in found}


def queues(tx: Tx) -> list[Queue]:
    """Every queue, by name."""
    q = t.routing_queue.c
    return [
        queue_from(*row) for row in tx.all(select(q.name, q.version, q.config).order_by(q.name))
    ]
