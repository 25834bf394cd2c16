"""Writing that a call interrupts is on hold until the call's work is done: logged, and shown.

A channel interrupts another where the agent's matrix allows it one way only (a call while writing,
never the reverse); what may stand beside each other both ways goes on in parallel. The time on hold
stays part of the handle time, as for calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from contactcenter.core.db import Tx
from contactcenter.crm import log
from contactcenter.crm.log import Event
from contactcenter.crm.model import NewEvent
from contactcenter.routing import queries
from contactcenter.routing.config import agent_from
from contactcenter.routing.model import Reservation
from contactcenter.routing.tables import agent as agents

_AT_WORK = ("accepted", "wrapping")


def follow(tx: Tx, event: Event) -> None:
    """An agent took an interaction, or is done with one: hold and resume the others they have.

    Decided from what they hold now, so that a repetition changes nothing.
    """
    agent = UUID(event.data["agent"])
    held = [one for one in queries.reservations_of(tx, agent) if one.state in _AT_WORK]
    written = [one for one in held if one.channel != "voice" and one.state == "accepted"]
    if not written:
        return
    matrix = _matrix(tx, agent)
    # in the order in which the router locks them
    for one in sorted(written, key=lambda each: each.interaction):
        by = next((other for other in held if _interrupts(matrix, other, one)), None)
        _set(tx, one, by)


def _matrix(tx: Tx, agent: UUID) -> Mapping[str, tuple[str, ...]]:
    row = tx.first(select(agents).where(agents.c.id == agent))
    assert row is not None  # noqa: S101  # who holds something is known
    return agent_from(row.id, row.version, row.name, row.config, row.site).interrupts


def _interrupts(matrix: Mapping[str, tuple[str, ...]], new: Reservation, held: Reservation) -> bool:
    return held.channel in matrix[new.channel] and new.channel not in matrix[held.channel]


def _set(tx: Tx, one: Reservation, by: Reservation | None) -> None:
    state = log.lock(tx, one.interaction)
    if state.on_hold == (by is not None) or state.agent_id != one.agent:
        return
    data = {"agent": str(one.agent)}
    if by is not None:
        data["by"] = str(by.interaction)
    kind = "held" if by is not None else "resumed"
    log.append(tx, one.interaction, NewEvent(kind, "system", data))
