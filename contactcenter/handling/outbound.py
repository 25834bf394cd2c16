"""The one outbound path: permission -> log -> hand-over, for agents, menus and campaigns alike.

A hand-over is committed (``handing_over``) before the network call and its outcome after it, so a
crash leaves a message that is either safe to hand over again (``queued``, ``claimed``) or visibly
``in_doubt``. Nothing here is retried blindly towards a customer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, insert, or_, select, text, update

from contactcenter.core.db import Hot, Tx, now_us
from contactcenter.crm import log
from contactcenter.crm.model import NewEvent
from contactcenter.crm.permission import Refused, may_contact
from contactcenter.handling.consequences import follow
from contactcenter.handling.tables import outbound_message as m

OUTBOUND = "outbound"
"""The bus topic woken when a message was queued."""

BATCH = 100
LEASE = timedelta(seconds=30)

RANK: Mapping[str, int] = {
    "queued": 0,
    "claimed": 1,
    "handing_over": 2,
    "deferred": 3,
    "in_doubt": 4,
    "sent": 5,
    "delivered": 6,
    "bounced": 7,
    "rejected": 7,
    "failed": 7,
}
"""A report never moves a message to a lower rank; of two final states the first stands, but a
bounce after delivery to the relay is later news and stands."""

_COLUMNS = (
    "id",
    "interaction_id",
    "customer_id",
    "channel",
    "provider",
    "line",
    "address",
    "purpose",
    "campaign_id",
    "state",
    "tries",
    "extra",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to queue. ``key`` is its identity for ever; the same key twice is one message.

    ``address`` is where it goes; ``extra`` holds ids only (reply references, campaign step).
    """

    key: UUID
    interaction_id: UUID
    customer_id: UUID
    channel: str
    provider: str
    line: str
    address: str
    purpose: str
    actor: str
    text: str
    subject: str = ""
    html: str = ""
    campaign_id: UUID | None = None
    due_at: datetime | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A claimed row."""

    id: UUID
    interaction_id: UUID
    customer_id: UUID
    channel: str
    provider: str
    line: str
    address: str
    purpose: str
    campaign_id: UUID | None
    state: str
    tries: int
    extra: Mapping[str, Any]


Gate = Callable[[Tx, Message], Refused | None]
"""A further check inside the transaction that commits ``handing_over`` (a paused campaign)."""


_QUEUED = (
    "id", "interaction_id", "customer_id", "channel", "provider", "line", "address", "purpose",
    "campaign_id", "state", "due_at", "created_at", "extra",
)  # fmt: skip
_QUEUE = Hot(lambda: insert(m).values({name: bindparam(name) for name in _QUEUED}))
_KNOWN = Hot(lambda: select(m.c.id).where(m.c.id == bindparam("b_id")))


def queue_message(tx: Tx, draft: Draft) -> UUID:
    """Log and queue one message in the caller's transaction; returns its key."""
    if tx.store == "postgresql":  # the same key at the same time elsewhere waits here
        log.lock(tx, draft.interaction_id)
    if tx.hot(_KNOWN, b_id=draft.key):
        return draft.key
    content = {"text": draft.text, "address": draft.address}
    if draft.subject:
        content["subject"] = draft.subject
    if draft.html:
        content["html"] = draft.html
    data: dict[str, Any] = {
        "message": str(draft.key),
        "purpose": draft.purpose,
        "channel": draft.channel,
    }
    if draft.campaign_id:
        data["campaign"] = str(draft.campaign_id)
    queued = NewEvent("message_queued", draft.actor, data, content)
    state = log.append(tx, draft.interaction_id, queued)
    tx.hot(
        _QUEUE,
        id=draft.key,
        interaction_id=draft.interaction_id,
        customer_id=draft.customer_id,
        channel=draft.channel,
        provider=draft.provider,
        line=draft.line,
        address=draft.address,
        purpose=draft.purpose,
        campaign_id=draft.campaign_id,
        state="queued",
        due_at=draft.due_at or tx.now,
        created_at=tx.now,
        extra={**draft.extra, "seq": state.last_seq},
    )
    tx.wake(OUTBOUND)
    return draft.key


# the index's own condition, as its text has it: a parameter could not be held against it
_DUE = Hot(
    lambda: (
        select(m.c.id)
        .where(
            text("state IN ('queued', 'claimed', 'handing_over', 'deferred')"),
            m.c.due_at <= bindparam("b_now"),
            or_(
                m.c.state == "queued",
                m.c.state == "deferred",
                and_(m.c.state == "claimed", m.c.lease_until < now_us()),
            ),
        )
        .limit(1)
    )
)


def is_due(tx: Tx) -> bool:
    """Whether ``claim`` would find something: asked by reading, so that an idle pump writes
    nothing."""
    return bool(tx.hot(_DUE, b_now=tx.now))


def claim(tx: Tx, owner: str) -> list[Message]:
    """Take up to ``BATCH`` due messages under a lease; transactional ones before campaigns'."""
    now = tx.scalar(select(now_us()))
    due = (
        select(m.c.id)
        .where(
            or_(
                and_(m.c.state.in_(("queued", "deferred")), m.c.due_at <= tx.now),
                and_(m.c.state == "claimed", m.c.lease_until < now),
            )
        )
        .order_by(m.c.campaign_id.is_not(None), m.c.due_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(
        update(m)
        .where(m.c.id.in_(due.scalar_subquery()))
        .values(state="claimed", owner=owner, lease_until=now + LEASE, tries=m.c.tries + 1)
        .returning(*(m.c[name] for name in _COLUMNS))
    ).all()
    return [Message(**row._mapping) for row in rows]


def find(tx: Tx, key: UUID) -> Message | None:
    """The message of this key."""
    row = tx.first(select(*(m.c[name] for name in _COLUMNS)).where(m.c.id == key))
    return Message(**row._mapping) if row else None


_BEGIN = Hot(
    lambda: (
        update(m)
        .where(
            m.c.id == bindparam("b_id"),
            m.c.state == "claimed",
            m.c.owner == bindparam("b_owner"),
        )
        .values(state="handing_over", handed_at=bindparam("n_at"))
        .returning(m.c.id)
    )
)


def begin(tx: Tx, message: Message, owner: str, gates: tuple[Gate, ...] = ()) -> bool:
    """Commit to the hand-over; False when it may not happen (state moved on, or refused).

    Permission is checked here, inside the committing transaction, and nowhere later: a STOP or a
    pause that committed before makes this refuse.
    """
    refused = may_contact(
        tx, channel=message.channel, address=message.address, purpose=message.purpose
    )
    for gate in gates:
        refused = refused or gate(tx, message)
    if refused:
        _refuse(tx, message, refused)
        return False
    return bool(tx.hot(_BEGIN, b_id=message.id, b_owner=owner, n_at=tx.now))


def _refuse(tx: Tx, message: Message, refused: Refused) -> None:
    values: dict[str, Any] = {"reply_code": f"refused:{refused.reason}", "owner": None}
    if refused.until is not None:  # waiting is not trying
        values |= {"state": "queued", "due_at": refused.until, "tries": m.c.tries - 1}
    else:
        values |= {"state": "rejected"}
    changed = tx.execute(
        update(m).where(m.c.id == message.id, m.c.state == "claimed").values(**values)
    )
    if changed.rowcount and refused.until is None:
        _log_state(tx, message.interaction_id, message.id, "rejected", values["reply_code"])


def settle(
    tx: Tx,
    message: Message,
    state: str,
    *,
    provider_ref: str | None = None,
    code: str = "",
    pause: timedelta | None = None,
) -> None:
    """Record how a hand-over ended: ``sent``, ``deferred`` (for ``pause``), ``rejected``,
    ``failed`` or ``in_doubt``.

    One whose lease ended meanwhile was put in doubt by another server node; its holder knows.
    """
    values: dict[str, Any] = {"state": state, "reply_code": code or None, "owner": None}
    if provider_ref is not None:
        values["provider_ref"] = provider_ref
    if pause is not None:
        values["due_at"] = tx.now + pause
    changed = tx.execute(
        update(m)
        .where(m.c.id == message.id, m.c.state.in_(("handing_over", "in_doubt")))
        .values(**values)
    )
    if changed.rowcount:
        _log_state(tx, message.interaction_id, message.id, state, code)
        follow(tx, message, state, code)
    elif provider_ref is not None:  # a report was faster; the name it has there is still news
        unnamed = update(m).where(m.c.id == message.id, m.c.provider_ref.is_(None))
        tx.execute(unnamed.values(provider_ref=provider_ref))


def report(
    tx: Tx,
    key: UUID | None,
    provider_ref: str,
    state: str,
    code: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> bool:
    """A provider's word on a message, found by our key or its reference; False when unknown.

    Late and repeated reports change nothing (``RANK``). ``evidence`` is kept as the content of
    the event (the mail that said so).
    """
    by_key = m.c.id == key if key else m.c.provider_ref == provider_ref
    row = tx.first(
        select(m.c.id, m.c.interaction_id, m.c.state, m.c.channel, m.c.address)
        .where(by_key)
        .with_for_update()
    )
    if row is None:
        return False
    if RANK[state] > RANK[row.state]:
        if RANK[row.state] < RANK["sent"] < RANK[state]:
            # reported on before the answer to our request came: so it was taken
            _log_state(tx, row.interaction_id, row.id, "sent", "")
        values = {"state": state, "reply_code": code or None}
        tx.execute(update(m).where(m.c.id == row.id).values(**values))
        _log_state(tx, row.interaction_id, row.id, state, code, evidence)
        follow(tx, row, state, code)
    return True


def doubt_abandoned(tx: Tx, owner: str, *, alone: bool) -> int:
    """Hand-overs whose holder's lease has ended become ``in_doubt``; claims are taken back.

    ``alone``: this process knows that no other lives (SQLite), so every other owner's has ended.
    Returns how many are in doubt.
    """
    now = tx.scalar(select(now_us()))
    ended = m.c.lease_until < now
    if alone:
        ended = or_(ended, m.c.owner != owner)
    rows = tx.execute(
        update(m)
        .where(m.c.state == "handing_over", ended)
        .values(state="in_doubt", owner=None)
        .returning(m.c.id, m.c.interaction_id)
    ).all()
    for row in rows:
        _log_state(tx, row.interaction_id, row.id, "in_doubt", "")
    tx.execute(update(m).where(m.c.state == "claimed", ended).values(state="queued", owner=None))
    return len(rows)


def doubt_restored(tx: Tx) -> int:
    """After a restore: whatever stood to be handed over may have been since the backup."""
    rows = tx.execute(
        update(m)
        .where(m.c.state.in_(("queued", "claimed", "handing_over", "deferred")))
        .values(state="in_doubt", owner=None, reply_code="restored")
        .returning(m.c.id, m.c.interaction_id)
    ).all()
    for row in rows:
        _log_state(tx, row.interaction_id, row.id, "in_doubt", "restored")
    return len(rows)


def _log_state(
    tx: Tx,
    interaction_id: UUID,
    key: UUID,
    state: str,
    code: str,
    content: Mapping[str, Any] | None = None,
) -> None:
    data = {"message": str(key), "state": state}
    if code:
        data["code"] = code
    log.append(tx, interaction_id, NewEvent("message_state", "carrier", data, content))
