"""May we contact this address, over this channel, for this purpose? One question, one answer.

A STOP closes every non-transactional text to the address, on all lines; an e-mail unsubscribe
closes marketing. The question locks the address against a concurrent answer on PostgreSQL, so no
hand-over commits after a STOP has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Text, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.core.db import Hot, Tx
from contactcenter.core.errors import Invalid
from contactcenter.crm.tables import consent

PURPOSES = ("service", "transactional", "marketing", "survey", "collection")
Scope = Literal["all", "marketing"]


_REFUSAL = Hot(
    lambda: (
        select(consent.c.state, consent.c.source, consent.c.expires_at)
        .where(
            consent.c.address_kind == bindparam("b_kind"),
            consent.c.address_value == bindparam("b_address"),
            consent.c.channel == bindparam("b_channel"),
            or_(consent.c.purpose == "all", consent.c.purpose == bindparam("b_purpose")),
            or_(consent.c.state == "revoked", consent.c.state == "suppressed"),
            or_(consent.c.expires_at.is_(None), consent.c.expires_at > bindparam("b_now")),
        )
        .order_by(consent.c.state)
        .limit(1)
    )
)
_SHARE = Hot(
    lambda: select(
        func.pg_advisory_xact_lock_shared(func.hashtextextended(bindparam("b_key", type_=Text), 0))
    )
)
_EXCLUDE = Hot(
    lambda: select(
        func.pg_advisory_xact_lock(func.hashtextextended(bindparam("b_key", type_=Text), 0))
    )
)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why not, and until when (None: until the customer says otherwise)."""

    reason: str
    until: datetime | None = None


def kind_of(channel: str) -> str:
    """The kind of address a channel uses."""
    return "email" if channel == "email" else "phone"


def may_contact(tx: Tx, *, channel: str, address: str, purpose: str) -> Refused | None:
    """None when allowed. Locks the address (shared) until the transaction ends."""
    if purpose not in PURPOSES:
        raise Invalid(f"unknown purpose {purpose}; purposes: {', '.join(PURPOSES)}")
    if purpose == "transactional":
        return None
    _lock(tx, address, exclusive=False)
    rows = tx.hot(
        _REFUSAL,
        b_kind=kind_of(channel),
        b_address=address,
        b_channel=channel,
        b_purpose=purpose,
        b_now=tx.now,
    )
    if not rows:
        return None
    state, source, expires_at = rows[0]
    return Refused(str(source) if state == "suppressed" else "opted_out", expires_at)


def opt_out(
    tx: Tx, *, channel: str, address: str, source: str, scope: Scope = "all", proof: str = ""
) -> None:
    """The customer wants no more. ``source``: ``stop_word``, ``one_click``, ``page``, ``agent``,
    ``provider``; ``proof`` an interaction or delivery id."""
    _put(tx, channel, address, scope, "revoked", source, proof)


def opt_in(
    tx: Tx, *, channel: str, address: str, source: str, scope: Scope = "all", proof: str = ""
) -> None:
    """The customer wants to hear from us again; ends a STOP and an unsubscribe alike."""
    scopes: tuple[Scope, ...] = ("all", "marketing") if scope == "all" else (scope,)
    for each in scopes:
        _put(tx, channel, address, each, "granted", source, proof)


def suppress(
    tx: Tx,
    *,
    channel: str,
    address: str,
    reason: str,
    until: datetime | None = None,
    proof: str = "",
) -> None:
    """We must not use this address (a hard bounce, a carrier's word), whatever was allowed.

    What the customer refused stays refused by them: a suppression may end, a STOP does not.
    """
    _put(tx, channel, address, "all", "suppressed", reason, proof, until)


def refusals(tx: Tx, addresses: list[str]) -> dict[str, list[str]]:
    """For each address, what is refused, as ``channel:purpose``."""
    c = consent.c
    found: dict[str, list[str]] = {}
    if addresses:
        rows = tx.all(
            select(c.address_value, c.channel, c.purpose)
            .where(
                c.address_value.in_(addresses),
                c.state.in_(("revoked", "suppressed")),
                or_(c.expires_at.is_(None), c.expires_at > tx.now),
            )
            .order_by(c.channel, c.purpose)
        )
        for row in rows:
            found.setdefault(row.address_value, []).append(f"{row.channel}:{row.purpose}")
    return found


def _put(
    tx: Tx,
    channel: str,
    address: str,
    purpose: str,
    state: str,
    source: str,
    proof: str,
    until: datetime | None = None,
) -> None:
    _lock(tx, address, exclusive=True)
    changes: dict[str, Any] = {
        "state": state,
        "grade": "express",
        "source": source,
        "proof": proof,
        "at": tx.now,
        "expires_at": until,
    }
    insert = pg_insert if tx.store == "postgresql" else sqlite_insert
    tx.execute(
        insert(consent)
        .values(
            address_kind=kind_of(channel),
            address_value=address,
            channel=channel,
            purpose=purpose,
            **changes,
        )
        .on_conflict_do_update(
            index_elements=["address_kind", "address_value", "channel", "purpose"],
            set_=changes,
            where=consent.c.state != "revoked" if state == "suppressed" else None,
        )
    )


def _lock(tx: Tx, address: str, *, exclusive: bool) -> None:
    if tx.store == "postgresql":  # SQLite has one writer
        tx.hot(_EXCLUDE if exclusive else _SHARE, b_key=address)
