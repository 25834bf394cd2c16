"""Text and mail: the open interaction a message joins, or the new one it opens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contactcenter.core.db import Tx
from contactcenter.core.ids import derived_id, new_id
from contactcenter.crm import log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.crm.tables import customer, customer_address, interaction
from contactcenter.handling.lines import Line
from contactcenter.handling.outbound import Draft, queue_message


def find_open(tx: Tx, customer_id: UUID, channel: str, line: str) -> Interaction | None:
    """The newest interaction of this customer on this line that is not closed.

    Locks the customer: of two first messages at once the second joins what the first has opened.
    """
    i = interaction.c
    tx.execute(select(customer.c.id).where(customer.c.id == customer_id).with_for_update())
    found = tx.scalar(
        select(i.id)
        .where(
            i.customer_id == customer_id,
            i.channel == channel,
            i.line == line,
            i.closed_at.is_(None),
        )
        .order_by(i.id.desc())
        .limit(1)
    )
    return log.lock(tx, found) if found else None


def open_inbound(
    tx: Tx,
    *,
    customer_id: UUID,
    address_id: UUID | None,
    line: Line,
    at: datetime,
    thread: UUID | None = None,
    reason: str = "",
) -> Interaction:
    """A new inbound interaction on ``line``."""
    data: dict[str, Any] = {
        "channel": line.channel,
        "direction": "inbound",
        "provider": line.provider,
        "line": line.address,
        "customer": str(customer_id),
        "address": str(address_id) if address_id else None,
        "thread": str(thread) if thread else None,
    }
    if reason:
        data["reason"] = reason
    return log.open_interaction(tx, new_id(), NewEvent("opened", "customer", data, at=at))


def open_outbound(
    tx: Tx,
    interaction_id: UUID,
    *,
    customer_id: UUID,
    address_id: UUID | None,
    line: Line,
    actor: str,
    campaign: UUID | None = None,
    thread: UUID | None = None,
    reason: str = "",
    purpose: str = "service",
) -> Interaction:
    """A new interaction that we begin. ``purpose``: what for, as permission knows it."""
    data: dict[str, Any] = {
        "channel": line.channel,
        "direction": "outbound",
        "provider": line.provider,
        "line": line.address,
        "customer": str(customer_id),
        "address": str(address_id) if address_id else None,
        "thread": str(thread) if thread else None,
    }
    if campaign:
        data["campaign"] = str(campaign)
    if reason:
        data["reason"] = reason
    if purpose != "service":
        data["purpose"] = purpose
    return log.open_interaction(tx, interaction_id, NewEvent("opened", actor, data))


def received(
    tx: Tx, state: Interaction, key: str, content: Mapping[str, Any], at: datetime
) -> UUID:
    """Log one inbound message; ``key`` is the provider's id of it. Returns our message id."""
    message = derived_id("message", state.provider, state.line, key)
    event = NewEvent("message_received", "customer", {"message": str(message)}, content, at)
    log.append(tx, state.id, event)
    return message


def answer(
    tx: Tx,
    state: Interaction,
    address: str,
    text: str,
    *,
    key: object,
    purpose: str = "service",
    actor: str = "menu",
    subject: str = "",
    extra: Mapping[str, Any] | None = None,
) -> UUID | None:
    """Queue a message back to the customer of an interaction; ``key`` makes it one message.

    None for a sender that can not be written to (a name, a withheld number).
    """
    if not is_writable(address):
        return None
    return queue_message(
        tx,
        Draft(
            key=derived_id("answer", state.id, key),
            interaction_id=state.id,
            customer_id=state.customer_id,
            channel=state.channel,
            provider=state.provider,
            line=state.line,
            address=address,
            purpose=purpose,
            actor=actor,
            text=text,
            subject=subject,
            extra=extra or {},
        ),
    )


def is_writable(address: str) -> bool:
    """Whether it is a real address; those we made up for the log are ``kind:something``."""
    return bool(address) and ":" not in address


def address_of(tx: Tx, state: Interaction) -> str:
    """The customer's address of this interaction; "" when it had none."""
    value = tx.scalar(
        select(customer_address.c.value).where(customer_address.c.id == state.address_id)
    )
    return str(value or "")
