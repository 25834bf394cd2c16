"""Who had better serve this customer: their key-account agent, who served them last, or a name."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from contactcenter.core.db import Hot, Tx
from contactcenter.crm import customers
from contactcenter.crm.model import Interaction
from contactcenter.crm.tables import interaction
from contactcenter.routing.config import queue_from
from contactcenter.routing.model import Queue
from contactcenter.routing.policies import Sticky
from contactcenter.routing.tables import agent, routing_queue

OWNER = "owner"
"""The customer's attribute that names the agent who looks after them."""


_QUEUE = Hot(
    lambda: select(routing_queue.c.name, routing_queue.c.version, routing_queue.c.config).where(
        routing_queue.c.name == bindparam("b_name")
    )
)


def queue_of(tx: Tx, name: str) -> Queue | None:
    """A queue's configuration as committed; None for no such queue."""
    rows = tx.hot(_QUEUE, b_name=name)
    if not rows:
        return None
    found, version, config = rows[0]
    return _queue(found, version, msgspec.json.encode(config))


@lru_cache(maxsize=1024)
def _queue(name: str, version: int, config: bytes) -> Queue:
    plain: dict[str, Any] = msgspec.json.decode(config)
    return queue_from(name, version, plain)


def agent_named(tx: Tx, name: str) -> UUID | None:
    """The agent of this name; of several the oldest."""
    found: UUID | None = tx.scalar(
        select(agent.c.id).where(agent.c.name == name).order_by(agent.c.id).limit(1)
    )
    return found


def preferred(tx: Tx, state: Interaction, queue: str) -> tuple[tuple[UUID, ...], int]:
    """``(agents, seconds to hold out for them)`` by the queue's sticky policy."""
    found = queue_of(tx, queue)
    policy = found.sticky if found else None
    if policy is None:
        return (), 0
    chosen = [_owner(tx, state) if policy.owner else None, _last(tx, state, queue, policy)]
    agents = tuple(dict.fromkeys(one for one in chosen if one is not None))
    return agents, policy.hold_s if agents else 0


def _owner(tx: Tx, state: Interaction) -> UUID | None:
    name = customers.get(tx, state.customer_id).attributes.get(OWNER)
    return agent_named(tx, name) if isinstance(name, str) and name else None


def _last(tx: Tx, state: Interaction, queue: str, policy: Sticky) -> UUID | None:
    """Who answered this customer last in this queue, within the policy's days."""
    i = interaction.c
    found: UUID | None = tx.scalar(
        select(i.agent_id)
        .where(
            i.customer_id == state.customer_id,
            i.queue == queue,
            i.id != state.id,
            i.agent_id.is_not(None),
            i.answered_at >= tx.now - timedelta(days=policy.days),
        )
        .order_by(i.answered_at.desc(), i.id.desc())
        .limit(1)
    )
    return found
