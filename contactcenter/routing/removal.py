"""Taking queues and agents out of the configuration.

Who may still be at work decides: the floor. A removal is checked against the rows, so that what can
not be is refused with the whole change; then the floor is told, which carries it out, and its row
goes with that. Until then the document already leaves it out; should the floor refuse (something
came in between), it is there again.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select

from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict
from contactcenter.routing import actions
from contactcenter.routing.book import Book
from contactcenter.routing.check_circles import queues_named
from contactcenter.routing.commands import submit
from contactcenter.routing.model import LIVE
from contactcenter.routing.setup import save_queue
from contactcenter.routing.tables import (
    agent,
    agent_state,
    floor_command,
    reservation,
    routing_queue,
    waiting,
)

_QUEUE, _AGENT = "remove_queue", "remove_agent"


def pending(tx: Tx) -> tuple[set[str], set[UUID]]:
    """Queues and agents of whose removal the floor was told and has not heard yet."""
    c = floor_command.c
    found = tx.all(select(c.kind, c.data).where(c.applied.is_(None), c.kind.in_((_QUEUE, _AGENT))))
    queues = {str(row.data["name"]) for row in found if row.kind == _QUEUE}
    return queues, {UUID(str(row.data["agent"])) for row in found if row.kind == _AGENT}


def remove(tx: Tx, before: Book, after: Book, move_to: str | None = None) -> list[UUID]:
    """Tell the floor of all that ``after`` leaves out (agents by id); the commands to wait for.

    ``Conflict`` (``not_empty``, ``signed_in``, ``has_work``) where the rows already say no.
    """
    queues = [name for name in before.queues if name not in after.queues]
    people = [UUID(key) for key in before.agents if key not in after.agents]
    for name in queues:
        if move_to is None:
            _is_empty(tx, name)
    for key in people:
        _is_off(tx, key)
    _untie(tx, before, queues)
    told = [submit(tx, actions.RemoveAgent(key, _version(tx, key))) for key in people]
    q = routing_queue.c
    for name in queues:
        version = tx.scalar(select(q.version).where(q.name == name)) or 0
        told.append(submit(tx, actions.RemoveQueue(name, version, move_to)))
    return told


def _untie(tx: Tx, before: Book, queues: Collection[str]) -> None:
    """Queues that go together may speak of each other: their rules go first."""
    for name in queues:
        others = {other for _, other in queues_named(name, before.queue(name))} - {name}
        if others & set(queues):
            save_queue(tx, name, {"requires": before.queues[name].get("requires")})


def _is_empty(tx: Tx, name: str) -> None:
    w = waiting.c
    found = select(func.count()).where(w.queue == name, w.state != "assigned")
    n = tx.scalar(found)
    if n:
        hint = "say where to (move_to), or close it and wait"
        raise Conflict(f"{n} wait in queue {name}", code="not_empty", hint=hint)


def _is_off(tx: Tx, key: UUID) -> None:
    a, s, r = agent.c, agent_state.c, reservation.c
    row = tx.first(
        select(a.name, s.presence).join(agent_state, s.agent_id == a.id).where(a.id == key)
    )
    if row is not None and row.presence != "offline":
        raise Conflict(f"{row.name} is signed in", code="signed_in", hint="sign them out first")
    if tx.first(select(r.id).where(r.agent_id == key, r.state.in_(LIVE)).limit(1)):
        name = row.name if row else key
        raise Conflict(f"{name} has work in hand", code="has_work", hint="let it end first")


def _version(tx: Tx, key: UUID) -> int:
    return tx.scalar(select(agent.c.version).where(agent.c.id == key)) or 0
