"""How far a campaign is: counts over its rows, and the rows themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from contactcenter.campaigns.lifecycle import CampaignRow
from contactcenter.campaigns.model import OPEN_OUTCOMES
from contactcenter.campaigns.tables import delivery as d
from contactcenter.core.db import Tx
from contactcenter.crm.tables import customer, customer_address
from contactcenter.handling.tables import outbound_message as m

_OF_REASON = ("skipped", "waiting_until")
_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Progress:
    """Deliveries by outcome, and the skipped and waiting ones by reason."""

    counts: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    rate_per_min: float | None = None
    left_s: float | None = None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery as people read it."""

    id: UUID
    customer_id: UUID
    customer_name: str
    channel: str
    address: str
    outcome: str
    reason: str | None
    until: datetime | None
    message_id: UUID | None
    at: datetime


def progress(tx: Tx, campaigns: Sequence[CampaignRow]) -> Mapping[UUID, Progress]:
    """The progress of each."""
    found = {each.id: Progress() for each in campaigns}
    counted = (
        select(d.c.campaign_id, d.c.outcome, d.c.reason, func.count().label("n"))
        .where(d.c.campaign_id.in_(found))
        .group_by(d.c.campaign_id, d.c.outcome, d.c.reason)
    )
    for row in tx.all(counted):
        one = found[row.campaign_id]
        one.counts[row.outcome] = one.counts.get(row.outcome, 0) + row.n
        if row.reason and row.outcome in _OF_REASON:
            one.reasons[row.reason] = one.reasons.get(row.reason, 0) + row.n
    for each in campaigns:
        if each.state == "running":
            _pace(tx, each, found[each.id])
    return found


def _pace(tx: Tx, campaign: CampaignRow, one: Progress) -> None:
    """The rate of the last minute, and the time left at it."""
    began = tx.now - _MINUTE
    handed = select(func.count()).where(m.c.campaign_id == campaign.id, m.c.handed_at > began)
    minutes = min(_MINUTE, tx.now - (campaign.started_at or began)) / _MINUTE
    one.rate_per_min = tx.scalar(handed) / max(minutes, 1 / 60)
    left = sum(one.counts.get(outcome, 0) for outcome in OPEN_OUTCOMES)
    if one.rate_per_min:
        one.left_s = 60 * left / one.rate_per_min


def deliveries(
    tx: Tx,
    campaign: UUID,
    *,
    outcome: str | None = None,
    reason: str | None = None,
    customer_id: UUID | None = None,
    after: UUID | None = None,
    limit: int = 50,
) -> list[DeliveryRow]:
    """Rows of a campaign in the order of its audience, filtered, after an id."""
    statement = _select().where(d.c.campaign_id == campaign).order_by(d.c.id).limit(limit)
    wanted: Mapping[Any, Any] = {
        d.c.outcome: outcome,
        d.c.reason: reason,
        d.c.customer_id: customer_id,
    }
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(column == value)
    if after is not None:
        statement = statement.where(d.c.id > after)
    return [DeliveryRow(*row) for row in tx.all(statement)]


def _select() -> Select[Any]:
    address = func.coalesce(d.c.address, customer_address.c.value, "")
    name = func.coalesce(customer.c.name, "")
    return (
        select(
            d.c.id,
            d.c.customer_id,
            name,
            d.c.channel,
            address,
            d.c.outcome,
            d.c.reason,
            d.c.until,
            d.c.message_id,
            d.c.changed_at,
        )
        .outerjoin(customer, customer.c.id == d.c.customer_id)
        .outerjoin(customer_address, customer_address.c.id == d.c.address_id)
    )
