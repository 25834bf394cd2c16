"""Reservations and agents as the API's shapes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contactcenter.core.db import Tx
from contactcenter.crm import interactions
from contactcenter.routing import queries
from contactcenter.routing.model import Reservation
from contactcenter.routing.queries import AgentView
from contactcenter.web.records import detail
from contactcenter.web.shapes.desk import AgentState, Offer

_SHOWN = {"wrapping": "accepted"}
"""Wrap-up is the interaction's state; to the agent the offer stays accepted until it is done."""


def agent_state(view: AgentView, now: datetime) -> AgentState:
    """An agent's state; one who never signed in is offline since now."""
    return AgentState.model_validate(
        {
            "agent": str(view.id),
            "name": view.name,
            "state": view.state,
            "reason": view.reason,
            "since": view.since or now,
            "next_state": view.next_state,
            "capacity": dict(view.capacity),
            "load": dict(view.load),
        }
    )


def state_of(tx: Tx, agent: UUID) -> AgentState:
    """One agent's state; ``NotFound`` for an account that is no agent."""
    return agent_state(queries.agent_state_of(tx, agent), tx.now)


def pending(tx: Tx, agent: UUID) -> list[Offer]:
    """The offers the agent has to answer, oldest first."""
    rows = queries.reservations_of(tx, agent)
    return offers(tx, [row for row in rows if row.state == "pending"])


def offers(tx: Tx, rows: Sequence[Reservation]) -> list[Offer]:
    """Reservations with what is offered, words included: the agent is to decide by it."""
    states = interactions.by_ids(tx, {row.interaction for row in rows})
    found = []
    for row in rows:
        state = states[row.interaction]
        item = queries.waiting_one(tx, row.interaction)
        waited = row.offered_at - (state.queued_at or row.offered_at)
        found.append(
            Offer.model_validate(
                {
                    "id": str(row.id),
                    "interaction": detail(tx, state, content=True),
                    "queue": row.queue,
                    "offered_at": row.offered_at,
                    "expires_at": row.expires_at,
                    "waited_s": max(0.0, waited.total_seconds()),
                    "state": _SHOWN.get(row.state, row.state),
                    "callback": item is not None and item.callback is not None,
                }
            )
        )
    return found
