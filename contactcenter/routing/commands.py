"""The way to the floor: a command is a row written with its cause, and its result is awaited.

``submit`` runs inside the caller's transaction; ``result`` afterwards, on any server node.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select

from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Hot, Tx
from contactcenter.core.errors import Conflict, ContactCenterError, Denied, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.routing import actions
from contactcenter.routing.skills import requirement
from contactcenter.routing.tables import floor_command, routing_queue

FLOOR = "floor"
"""The bus topic woken by every commit that submitted."""
FLOOR_DONE = "floor_done"
"""The bus topic woken by every commit of the router: results are in, states may have changed."""
_POLL_S = 0.25

_SUBMIT = Hot(
    lambda: insert(floor_command).values(
        {name: bindparam(name) for name in ("id", "kind", "data", "at")}
    )
)
_RESULT = Hot(
    lambda: select(floor_command.c.kind, floor_command.c.applied_at, floor_command.c.result).where(
        floor_command.c.id == bindparam("b_id")
    )
)
_QUEUE = Hot(
    lambda: select(routing_queue.c.name).where(routing_queue.c.name == bindparam("b_name"))
)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """A command that was carried out. ``data``: ``effects``, what followed at once, each with its
    ``kind`` and fields."""

    id: UUID
    kind: str
    at: datetime
    data: Mapping[str, Any]


def submit(tx: Tx, command: actions.Command, *, command_id: UUID | None = None) -> UUID:
    """Put ``command`` into the router's inbox, with this transaction; the id to ask ``result`` for.

    ``NotFound`` (``unknown_queue``) and ``Invalid`` where that can be known at once.
    """
    if isinstance(command, actions.Enqueue):
        if not tx.hot(_QUEUE, b_name=command.queue):
            raise NotFound(f"no queue {command.queue}", code="unknown_queue")
        for needed in command.requirements():
            requirement(needed)
    key = command_id or new_id()
    data = actions.to_data(command)
    tx.hot(_SUBMIT, id=key, kind=actions.kind_of(command), data=data, at=tx.now)
    tx.wake(FLOOR)
    return key


def is_known(tx: Tx, command_id: UUID) -> bool:
    """Whether this command was submitted before (a request repeated under the same key)."""
    return bool(tx.hot(_RESULT, b_id=command_id))


async def result(
    db: Database, bus: Bus, command_id: UUID, timeout_s: float = 2.0
) -> CommandResult | None:
    """What came of a command, as soon as it is durable; None when that takes longer.

    Raises what the floor refused it with: ``Conflict`` (``superseded`` is a lost race),
    ``NotFound``, ``Denied`` or ``Invalid``. An id nobody submitted is ``NotFound``.
    """
    until = time.monotonic() + timeout_s
    async with bus.waiter(FLOOR_DONE) as waiter:
        while True:
            rows = await db.read(lambda tx: tx.hot(_RESULT, b_id=command_id))
            if not rows:
                raise NotFound(f"no command {command_id}")
            kind, at, found = rows[0]
            if found is not None:
                return _told(command_id, kind, at, found)
            left = until - time.monotonic()
            if left <= 0:
                return None
            await waiter.wait(min(left, _POLL_S))


async def carry_out(
    db: Database, bus: Bus, command: actions.Command, timeout_s: float = 2.0
) -> tuple[UUID, CommandResult | None]:
    """Submit in a transaction of its own and wait: ``(id, result)``."""
    key = await db.write(lambda tx: submit(tx, command))
    return key, await result(db, bus, key, timeout_s)


_REFUSALS: Mapping[str, type[ContactCenterError]] = {
    one.__name__: one for one in (Conflict, Denied, Invalid, NotFound)
}


def refusal_data(error: ContactCenterError) -> dict[str, Any]:
    """How a refusal is stored as the command's result."""
    family = next((name for name, one in _REFUSALS.items() if isinstance(error, one)), "Conflict")
    return {
        "refused": {
            "family": family,
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
        }
    }


def _told(key: UUID, kind: str, at: datetime, found: Mapping[str, Any]) -> CommandResult:
    refused = found.get("refused")
    if refused:
        raise _REFUSALS[refused["family"]](
            refused["message"], code=refused["code"], hint=refused["hint"]
        )
    return CommandResult(key, kind, at, found)
