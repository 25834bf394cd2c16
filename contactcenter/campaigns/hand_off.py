"""From a rendered delivery to a queued message: one transaction, so a crash repeats nothing.

The message's key is made of the delivery's own key. Whoever gets here a second time finds the row
no longer claimed, and the message, were it written again, would be the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from contactcenter.campaigns.claims import Delivery
from contactcenter.campaigns.lifecycle import CAMPAIGNS
from contactcenter.campaigns.model import message_key
from contactcenter.campaigns.tables import campaign as c
from contactcenter.campaigns.tables import delivery as d
from contactcenter.core.db import Hot, Tx
from contactcenter.core.ids import new_id
from contactcenter.core.templating import Rendered
from contactcenter.crm import log
from contactcenter.crm.model import NewEvent
from contactcenter.handling import conversations
from contactcenter.handling.lines import Line
from contactcenter.handling.outbound import Draft, queue_message

CHUNK = 20
"""Deliveries a transaction: others' writes go in between."""
ACTOR = "system"

_HANDED = Hot(
    lambda: (
        update(d)
        .where(
            d.c.id == bindparam("b_id"),
            d.c.state == "claimed",
            d.c.owner == bindparam("b_owner"),
        )
        .values(
            state="handed",
            outcome="queued",
            reason=None,
            until=None,
            owner=None,
            message_id=bindparam("n_message"),
            interaction_id=bindparam("n_interaction"),
            changed_at=bindparam("n_at"),
        )
        .returning(d.c.id)
    )
)


@dataclass(frozen=True, slots=True)
class Ready:
    """A delivery with its words."""

    delivery: Delivery
    words: Rendered


def hand_off(tx: Tx, ready: Sequence[Ready], purpose: str, owner: str) -> int:
    """Queue the messages of one campaign; how many. A paused campaign's claims are given back."""
    if not ready:
        return 0
    campaign = ready[0].delivery.campaign_id
    state = tx.scalar(select(c.c.state).where(c.c.id == campaign).with_for_update(read=True))
    if state != "running":
        _give_back(tx, ready, owner)
        return 0
    handed = sum(_queue(tx, each, purpose, owner) for each in ready)
    tx.wake(CAMPAIGNS)
    return handed


def _give_back(tx: Tx, ready: Sequence[Ready], owner: str) -> None:
    keys = [each.delivery.id for each in ready]
    tx.execute(
        update(d)
        .where(d.c.id.in_(keys), d.c.state == "claimed", d.c.owner == owner)
        .values(state="queued", outcome="queued", reason=None, until=None, owner=None)
    )


def _queue(tx: Tx, ready: Ready, purpose: str, owner: str) -> bool:
    each = ready.delivery
    key = message_key(each.campaign_id, each.run, each.step, each.customer_id, each.channel)
    interaction = new_id()
    if not tx.hot(
        _HANDED, b_id=each.id, b_owner=owner, n_message=key, n_interaction=interaction, n_at=tx.now
    ):
        return False  # our lease ended and another took it, or it was cancelled
    conversations.open_outbound(
        tx,
        interaction,
        customer_id=each.customer_id,
        address_id=each.address_id,
        line=Line(each.line, each.channel, each.provider, each.line),
        actor=ACTOR,
        campaign=each.campaign_id,
    )
    queue_message(
        tx,
        Draft(
            key=key,
            interaction_id=interaction,
            customer_id=each.customer_id,
            channel=each.channel,
            provider=each.provider,
            line=each.line,
            address=each.address,
            purpose=purpose,
            actor=ACTOR,
            text=ready.words.text,
            subject=ready.words.subject,
            html=ready.words.html,
            campaign_id=each.campaign_id,
            extra={"run": each.run, "step": each.step},
        ),
    )
    # nobody works on it: an answer opens an interaction of its own, or finds this one's thread
    log.append(tx, interaction, NewEvent("closed", ACTOR, {"reason": "campaign"}))
    return True
