"""Mail that we write by ourselves: in its thread, marked as automatic, never to a machine, and of
each kind once a day to a customer (RFC 3834; ``channels.email.autoreply``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contactcenter.channels.email.autoreply import AUTO_SUBMITTED, ONCE_IN
from contactcenter.core.db import Tx
from contactcenter.crm.model import Interaction
from contactcenter.crm.tables import interaction
from contactcenter.handling import conversations, letters
from contactcenter.handling.tables import outbound_message

REFUSED = "no_auto_reply"
"""In the content of a mail that came in: why it may get no automatic answer."""


def answer(
    tx: Tx,
    state: Interaction,
    text: str,
    *,
    kind: str,
    key: str,
    once_a_day: bool = True,
    offers_call: bool = False,
) -> UUID | None:
    """Queue an automatic mail to the customer of a mail; its message, None when none may go.

    The same ``key`` in the same interaction is the same mail. ``once_a_day`` off: the customer's
    own words asked for it. ``offers_call``: a reply may ask for a call.
    """
    last = letters.last_received(tx, state.thread_id)
    if last is None or last.get(REFUSED):
        return None
    if once_a_day and _was_lately(tx, state, kind):
        return None
    subject, extra = letters.reply_head(tx, state, None)
    more: dict[str, Any] = {"auto_submitted": AUTO_SUBMITTED, "auto": kind}
    if offers_call:
        more["offers_call"] = True
    return conversations.answer(
        tx,
        state,
        conversations.address_of(tx, state),
        text,
        key=key,
        purpose="transactional",
        actor="system",
        subject=subject,
        extra={**extra, **more},
    )


def _was_lately(tx: Tx, state: Interaction, kind: str) -> bool:
    """Whether this customer had an automatic mail of this kind within the day."""
    m, i = outbound_message.c, interaction.c
    statement = (
        select(m.extra)
        .join(interaction, i.id == m.interaction_id)
        .where(
            i.customer_id == state.customer_id,
            m.channel == "email",
            m.created_at > tx.now - ONCE_IN,
        )
    )
    return any(row.extra.get("auto") == kind for row in tx.all(statement))


def sent(tx: Tx, state: Interaction, kind: str) -> list[Mapping[str, Any]]:
    """What is kept of each automatic mail of this kind in this interaction."""
    m = outbound_message.c
    extras = [row.extra for row in tx.all(select(m.extra).where(m.interaction_id == state.id))]
    return [one for one in extras if one.get("auto") == kind]
