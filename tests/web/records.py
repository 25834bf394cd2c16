"""Rows for the web tests: customers and interactions with a log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, log
from contactcenter.crm.model import NewEvent
from contactcenter.routing import actions, commands

PHONE = "+447700900123"
MAIL = "li.na@example.org"
SMS_LINE = "+4420790000"


async def customer(db: Database, value: str = PHONE, name: str = "Li Na") -> UUID:
    """A customer with one address."""
    kind = "email" if "@" in value else "phone"

    def work(tx: Tx) -> UUID:
        found, _, _ = customers.create_or_find(tx, kind, value, value)
        customers.edit(tx, found, {"name": name})
        return found

    return await db.write(work)


async def interaction(
    db: Database,
    of: UUID,
    *events: NewEvent,
    channel: str = "sms",
    agent: UUID | None = None,
    line: str | None = None,
) -> UUID:
    """An interaction of the customer; with ``agent`` it is in that agent's hand."""
    interaction_id = new_id()

    def work(tx: Tx) -> UUID:
        address = customers.get(tx, of).addresses[0]
        data: dict[str, Any] = {
            "channel": channel,
            "direction": "inbound",
            "provider": "simulated",
            "line": line or SMS_LINE,
            "customer": str(of),
            "address": str(address.id),
        }
        log.open_interaction(tx, interaction_id, NewEvent("opened", "customer", data))
        log.append(tx, interaction_id, *events)
        if agent is not None:
            log.append(tx, interaction_id, *taken(agent))
        return interaction_id

    return await db.write(work)


def received(text: str, **content: str) -> NewEvent:
    return NewEvent(
        "message_received", "customer", {"message": str(new_id())}, {"text": text, **content}
    )


def queued(queue: str = "care") -> NewEvent:
    return NewEvent("queued", "menu", {"queue": queue, "priority": 0})


def taken(agent: UUID, queue: str = "care") -> tuple[NewEvent, ...]:
    """From the queue into the agent's hand."""
    who = {"reservation": str(new_id()), "agent": str(agent)}
    return (
        queued(queue),
        NewEvent("offered", "router", {**who, "queue": queue}),
        NewEvent("accepted", f"agent:{agent}", who),
    )


async def append(db: Database, interaction_id: UUID, *events: NewEvent) -> None:
    await db.write(lambda tx: log.append(tx, interaction_id, *events))


async def enqueue(db: Database, interaction_id: UUID, of: UUID, queue: str = "care") -> None:
    """Into the queue, as handling does it: the event and the command in one transaction."""

    def work(tx: Tx) -> None:
        state = log.append(tx, interaction_id, queued(queue))
        commands.submit(tx, actions.Enqueue(state.id, queue, "sms", of))

    await db.write(work)


async def waiting(db: Database, of: UUID, text: str = "Hello", queue: str = "care") -> UUID:
    """A customer's text that waits in a queue."""
    one = await interaction(db, of, received(text))
    await enqueue(db, one, of, queue)
    return one
