"""Taking due deliveries under a lease: permission, quiet hours and pace decide what goes on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update

from contactcenter.campaigns.lifecycle import CAMPAIGNS
from contactcenter.campaigns.quiet import quiet_until
from contactcenter.campaigns.rendering import Site, customer_rows
from contactcenter.campaigns.tables import campaign as c
from contactcenter.campaigns.tables import campaign_occurrence as o
from contactcenter.campaigns.tables import delivery as d
from contactcenter.core.db import Tx, now_us
from contactcenter.crm.permission import may_contact
from contactcenter.handling.tables import outbound_message as m

BATCH = 100
LEASE = timedelta(seconds=30)
WINDOW = 400
"""Messages of a campaign that may stand in the outbound queue at once, so that a large campaign
never stands before another, and a pause has little to hold back."""
_IN_QUEUE = ("queued", "claimed", "handing_over", "deferred")
_AHEAD = 100
"""Rows that are told when the pace will reach them."""

_COLUMNS = (
    "id", "campaign_id", "run", "step", "customer_id", "channel", "address_id", "address",
    "template_id", "template_version", "provider", "line",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Delivery:
    """A claimed row."""

    id: UUID
    campaign_id: UUID
    run: str
    step: str
    customer_id: UUID
    channel: str
    address_id: UUID | None
    address: str
    template_id: UUID
    template_version: int
    provider: str
    line: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What one transaction took: the deliveries to render now, and their customers."""

    taken: int
    purpose: str
    deliveries: Sequence[Delivery] = ()
    customers: Mapping[UUID, Any] = field(default_factory=dict)


NOTHING = Claim(0, "")


def claim(tx: Tx, campaign: UUID, run: str, owner: str, site: Site) -> Claim:
    """Up to ``BATCH`` due deliveries of a running campaign; those that may not go now are set
    aside in the same transaction, with the reason."""
    row = tx.first(
        select(c.c.state, c.c.purpose, c.c.rate_per_min, c.c.ignore_quiet_hours)
        .where(c.c.id == campaign)
        .with_for_update(read=True)
    )
    if row is None or row.state != "running":
        return NOTHING
    room = min(BATCH, _room(tx, campaign))
    if row.rate_per_min:
        room = min(room, _paced(tx, campaign, run, row.rate_per_min))
    found = _take(tx, campaign, run, owner, room) if room > 0 else []
    customers = customer_rows(tx, [each.customer_id for each in found])
    kept = []
    for each in found:
        customer = customers.get(each.customer_id)
        if customer is None:
            set_aside(tx, each.id, "skipped", "erased")
            continue
        until = None
        if not row.ignore_quiet_hours:
            until = quiet_until(site.zone_of(customer.time_zone), tx.now)
        if until is not None:
            set_aside(tx, each.id, "waiting_until", "quiet_hours", until)
        elif _is_permitted(tx, each, row.purpose):
            kept.append(each)
    if found:
        tx.wake(CAMPAIGNS)
    if row.rate_per_min:
        _spend(tx, campaign, run, row.rate_per_min, len(kept))
    return Claim(len(found), row.purpose, kept, customers)


def _is_permitted(tx: Tx, each: Delivery, purpose: str) -> bool:
    refused = may_contact(tx, channel=each.channel, address=each.address, purpose=purpose)
    if refused is None:
        return True
    if refused.until is None:
        set_aside(tx, each.id, "skipped", refused.reason)
    else:
        set_aside(tx, each.id, "waiting_until", refused.reason, refused.until)
    return False


def _room(tx: Tx, campaign: UUID) -> int:
    queued = select(func.count()).where(m.c.campaign_id == campaign, m.c.state.in_(_IN_QUEUE))
    return WINDOW - int(tx.scalar(queued))


def _take(tx: Tx, campaign: UUID, run: str, owner: str, count: int) -> list[Delivery]:
    due = (
        select(d.c.id)
        .where(
            d.c.campaign_id == campaign,
            d.c.run == run,
            d.c.state.in_(("queued", "waiting_until")),
            d.c.due_at <= tx.now,
        )
        .order_by(d.c.due_at, d.c.id)
        .limit(count)
        .with_for_update(skip_locked=True)
    )
    now: datetime = tx.scalar(select(now_us()))
    rows = tx.execute(
        update(d)
        .where(d.c.id.in_(due.scalar_subquery()), d.c.state.in_(("queued", "waiting_until")))
        .values(state="claimed", owner=owner, lease_until=now + LEASE)
        .returning(*(d.c[name] for name in _COLUMNS))
    ).all()
    return sorted((Delivery(**row._mapping) for row in rows), key=lambda each: each.id)


def set_aside(tx: Tx, key: UUID, outcome: str, reason: str, until: datetime | None = None) -> None:
    """End a claim: ``skipped``, or ``waiting_until`` a time."""
    tx.execute(
        update(d)
        .where(d.c.id == key, d.c.state == "claimed")
        .values(
            state=outcome,
            outcome=outcome,
            reason=reason,
            until=until,
            due_at=until,
            owner=None,
            changed_at=tx.now,
        )
    )


def release(tx: Tx, owner: str, *, alone: bool) -> int:
    """Claims whose holder's lease has ended are due again: nothing has left for them. ``alone``:
    no other process lives (SQLite), so every other owner's has."""
    ended = d.c.lease_until < now_us()
    if alone:
        ended = or_(ended, d.c.owner != owner)
    changed = tx.execute(
        update(d)
        .where(d.c.state == "claimed", ended)
        .values(state="queued", outcome="queued", reason=None, until=None, owner=None)
    )
    return changed.rowcount


def _paced(tx: Tx, campaign: UUID, run: str, rate_per_min: int) -> int:
    """How many the pace allows now, up to a second's worth and at least one at a time."""
    until = _paced_until(tx, campaign, run)
    if until is not None and until > tx.now:
        return 0
    spacing = timedelta(minutes=1) / rate_per_min
    second = max(1, rate_per_min // 60)
    return second if until is None else min(second, (tx.now - until) // spacing + 1)


def _paced_until(tx: Tx, campaign: UUID, run: str) -> datetime | None:
    key = (o.c.campaign_id == campaign, o.c.run == run)
    found: datetime | None = tx.scalar(select(o.c.paced_until).where(*key).with_for_update())
    return found


def _spend(tx: Tx, campaign: UUID, run: str, rate_per_min: int, count: int) -> None:
    """Move the pace on by what was taken, and tell the next rows when it will reach them."""
    key = (o.c.campaign_id == campaign, o.c.run == run)
    spacing = timedelta(minutes=1) / rate_per_min
    # what was not used is not saved up for a burst
    last = _paced_until(tx, campaign, run) or tx.now
    start = max(last, tx.now - timedelta(seconds=1))
    paced_until = start + count * spacing
    if count:
        tx.execute(update(o).where(*key).values(paced_until=paced_until))
    _announce(tx, campaign, run, paced_until, spacing)


def _announce(tx: Tx, campaign: UUID, run: str, first: datetime, spacing: timedelta) -> None:
    """``waiting_until(pacing)`` for the next rows; they stay due, in their order."""
    nearest = (
        select(d.c.id, d.c.state)
        .where(
            d.c.campaign_id == campaign,
            d.c.run == run,
            d.c.state.in_(("queued", "waiting_until")),
            d.c.due_at <= tx.now,
        )
        .order_by(d.c.due_at, d.c.id)
        .limit(_AHEAD)
    )
    for place, row in enumerate(tx.all(nearest)):
        if row.state != "queued":
            continue  # told before
        tx.execute(
            update(d)
            .where(d.c.id == row.id, d.c.state == "queued")
            .values(
                state="waiting_until",
                outcome="waiting_until",
                reason="pacing",
                until=first + place * spacing,
                changed_at=tx.now,
            )
        )
