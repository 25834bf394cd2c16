"""Configuring queues and agents: the row, and the command that makes the floor take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict
from contactcenter.routing import actions
from contactcenter.routing.commands import submit
from contactcenter.routing.config import agent_data, agent_from, queue_data, queue_from
from contactcenter.routing.model import QueueState
from contactcenter.routing.tables import agent, agent_state, queue_state, routing_queue


def save_queue(tx: Tx, name: str, config: Mapping[str, Any], *, version: int | None = None) -> int:
    """Create or replace a queue's configuration (keys of ``model.Queue``); its new version.

    ``Invalid`` names the bad key; ``Conflict`` when ``version`` is no longer the stored one.
    """
    q = routing_queue.c
    old = tx.scalar(select(q.version).where(q.name == name).with_for_update())
    new = _next(old, version, f"queue {name}")
    data = queue_data(queue_from(name, new, config))
    values = {"version": new, "config": data, "changed_at": tx.now}
    if old is None:
        tx.execute(insert(routing_queue).values(name=name, **values))
        _begin_state(tx, name)
    else:
        tx.execute(update(routing_queue).where(q.name == name).values(**values))
    submit(tx, actions.ChangeQueue(name, new, data))
    return new


def save_agent(
    tx: Tx,
    agent_id: UUID,
    name: str,
    config: Mapping[str, Any],
    *,
    site: str = "",
    version: int | None = None,
) -> int:
    """Create or replace an agent: ``skills`` {name: level}, ``queues`` [name] or
    {name: {priority, delay_s}}, ``capacity`` {channel: n}. The agent's new version.

    A new agent is offline. ``Invalid`` names the bad key; ``Conflict`` as for ``save_queue``.
    """
    a = agent.c
    old = tx.scalar(select(a.version).where(a.id == agent_id).with_for_update())
    new = _next(old, version, f"agent {name}")
    data = agent_data(agent_from(agent_id, new, name, config, site))
    values = {"name": name, "site": site, "version": new, "config": data, "changed_at": tx.now}
    if old is None:
        tx.execute(insert(agent).values(id=agent_id, **values))
    else:
        tx.execute(update(agent).where(a.id == agent_id).values(**values))
    _begin_offline(tx, agent_id)
    submit(tx, actions.ChangeAgent(agent_id, new, name, data, site))
    return new


def _begin_offline(tx: Tx, agent_id: UUID) -> None:
    dialect_insert = pg_insert if tx.store == "postgresql" else sqlite_insert
    tx.execute(
        dialect_insert(agent_state)
        .values(agent_id=agent_id, presence="offline", state="offline", since=tx.now)
        .on_conflict_do_nothing()
    )


def _begin_state(tx: Tx, name: str) -> None:
    state = msgspec.to_builtins(QueueState(name))
    tx.execute(insert(queue_state).values(name=name, state=state))


def _next(old: int | None, expected: int | None, what: str) -> int:
    if expected is not None and expected != (old or 0):
        raise Conflict(f"{what} was changed meanwhile", hint="load it again")
    return (old or 0) + 1
