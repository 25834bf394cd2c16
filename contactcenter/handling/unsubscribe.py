"""The signed link of a marketing message that ends all marketing to its address (RFC 8058).

The link names the message by its key alone; whoever holds it may unsubscribe that address, and
nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.core.secrets import Secrets
from contactcenter.crm import log, permission
from contactcenter.crm.model import NewEvent
from contactcenter.crm.tables import customer
from contactcenter.handling.tables import outbound_message as m

PATH = "/unsubscribe/"
_PURPOSE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message went to."""

    message: UUID
    interaction: UUID
    channel: str
    address: str
    language: str


def link(secrets: Secrets, public_url: str, message: UUID) -> str:
    """The address of the page for a message's recipient."""
    return f"{public_url.rstrip('/')}{PATH}{secrets.sign(_PURPOSE, message.hex)}"


def recipient(tx: Tx, secrets: Secrets, token: str) -> Recipient:
    """Whom the link belongs to; ``Invalid`` for a forged one, ``NotFound`` after erasure."""
    try:
        message = UUID(secrets.unsign(_PURPOSE, token))
    except ValueError as error:
        raise Invalid("this link is not one of ours", code="bad_signature") from error
    statement = (
        select(m.c.id, m.c.interaction_id, m.c.channel, m.c.address, customer.c.language)
        .outerjoin(customer, customer.c.id == m.c.customer_id)
        .where(m.c.id == message)
    )
    row = tx.first(statement)
    if row is None:
        raise NotFound("this message is no longer known")
    return Recipient(row.id, row.interaction_id, row.channel, row.address, row.language or "en")


def opt_out(tx: Tx, to: Recipient, source: str) -> None:
    """End marketing to this address. ``source``: ``page`` or ``one_click``. Twice is as once."""
    permission.opt_out(
        tx,
        channel=to.channel,
        address=to.address,
        source=source,
        scope="marketing",
        proof=str(to.message),
    )
    data = {"channel": to.channel, "scope": "marketing", "how": source}
    log.append(tx, to.interaction, NewEvent("opted_out", "customer", data))
