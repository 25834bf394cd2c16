"""The last question before a hand-over, asked inside the transaction that commits to it.

It takes a share of the campaign's row, as a pause takes the whole: on PostgreSQL one waits for the
other, so no hand-over commits after a pause has. SQLite has one writer.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from contactcenter.campaigns.lifecycle import CAMPAIGNS
from contactcenter.campaigns.quiet import quiet_until
from contactcenter.campaigns.rendering import Site
from contactcenter.campaigns.tables import campaign as c
from contactcenter.campaigns.tables import delivery as d
from contactcenter.core.db import Tx
from contactcenter.crm.permission import Refused
from contactcenter.crm.tables import customer
from contactcenter.handling.outbound import Message

_LOOK_AGAIN = timedelta(days=1)
"""A paused campaign's messages are looked at this often; resuming releases them at once."""


class CampaignGate:
    """``handling.outbound.Gate`` for messages of campaigns; others pass."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, tx: Tx, message: Message) -> Refused | None:
        if message.campaign_id is None:
            return None
        refused = self._ask(tx, message)
        if refused is not None and refused.until is not None:
            tx.execute(
                update(d)
                .where(d.c.message_id == message.id, d.c.state == "handed")
                .values(
                    outcome="waiting_until",
                    reason=refused.reason,
                    until=refused.until,
                    changed_at=tx.now,
                )
            )
            tx.wake(CAMPAIGNS)
        return refused

    def _ask(self, tx: Tx, message: Message) -> Refused | None:
        row = tx.first(
            select(c.c.state, c.c.ignore_quiet_hours)
            .where(c.c.id == message.campaign_id)
            .with_for_update(read=True)
        )
        if row is None or row.state == "cancelled":
            return Refused("cancelled")
        if row.state == "paused":
            return Refused("paused", tx.now + _LOOK_AGAIN)
        if row.ignore_quiet_hours:
            return None
        zone = tx.scalar(select(customer.c.time_zone).where(customer.c.id == message.customer_id))
        until = quiet_until(self._site.zone_of(zone), tx.now)
        return Refused("quiet_hours", until) if until else None
