"""Opaque tokens: 256 random bits given out once; the table keeps their SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ClauseElement, bindparam, delete, insert, or_, select, true, update

from contactcenter.core.access.audit import note
from contactcenter.core.access.model import Principal, Role
from contactcenter.core.access.tables import access_token as t
from contactcenter.core.access.tables import account as a
from contactcenter.core.db import Hot, Tx
from contactcenter.core.errors import NotFound, NotSignedIn
from contactcenter.core.ids import new_id

PREFIX = "cc_"
"""Lets a leaked token be recognised by secret scanners."""

SESSION_LENGTH = timedelta(hours=12)

TOKENS = "tokens"
"""The bus topic woken when tokens were revoked."""


def _find() -> ClauseElement:
    return (
        select(
            t.c.id,
            t.c.account_id,
            t.c.name,
            t.c.role,
            t.c.is_program,
            t.c.ends_at,
            a.c.name,
            a.c.display_name,
            a.c.role,
            a.c.language,
        )
        .select_from(t.outerjoin(a, a.c.id == t.c.account_id))
        .where(
            t.c.digest == bindparam("digest"),
            t.c.revoked_at.is_(None),
            or_(t.c.account_id.is_(None), a.c.active == true()),
        )
    )


_FIND = Hot(_find)


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def create(
    tx: Tx,
    *,
    name: str,
    role: Role,
    account_id: UUID | None,
    is_program: bool,
    ends_at: datetime | None,
) -> tuple[UUID, str]:
    """A new token: its id, and the text that is never seen again."""
    token_id, text = new_id(), PREFIX + secrets.token_urlsafe(32)
    if is_program:
        note(tx, "system", "token_created", f"token:{token_id}", role=role)
    tx.execute(
        insert(t).values(
            id=token_id,
            digest=digest_of(text),
            account_id=account_id,
            name=name,
            role=role,
            is_program=is_program,
            created_at=tx.now,
            ends_at=ends_at,
        )
    )
    return token_id, text


def find(tx: Tx, token: str) -> Principal:
    """Who this token stands for; ``NotSignedIn`` when nobody any more."""
    rows = tx.hot(_FIND, digest=digest_of(token))
    if not rows or (rows[0][5] is not None and rows[0][5] <= tx.now):
        raise NotSignedIn("the sign-in is missing or has ended", hint="sign in again")
    return _principal(rows[0])


def _principal(row: tuple[Any, ...]) -> Principal:
    token_id, account_id, name, role, is_program, ends_at, *of_account = row
    account_name, display_name, account_role, language = of_account
    if account_id is None:
        return Principal(token_id, name, name, role, "en", token_id, ends_at, is_program)
    role = role if is_program else account_role
    return Principal(
        account_id, account_name, display_name, role, language, token_id, ends_at, is_program
    )


def living(tx: Tx, ids: set[UUID]) -> set[UUID]:
    """Those of ``ids`` that are still in force."""
    if not ids:
        return set()
    rows = tx.all(
        select(t.c.id)
        .select_from(t.outerjoin(a, a.c.id == t.c.account_id))
        .where(
            t.c.id.in_(ids),
            t.c.revoked_at.is_(None),
            or_(t.c.ends_at.is_(None), t.c.ends_at > tx.now),
            or_(t.c.account_id.is_(None), a.c.active == true()),
        )
    )
    return {row.id for row in rows}


def programs(tx: Tx) -> list[Any]:
    """Programs' tokens in force: id, name, role, ends_at; by name."""
    return tx.all(
        select(t.c.id, t.c.name, t.c.role, t.c.ends_at)
        .where(
            t.c.is_program == true(),
            t.c.revoked_at.is_(None),
            or_(t.c.ends_at.is_(None), t.c.ends_at > tx.now),
        )
        .order_by(t.c.name, t.c.id)
    )


def revoke(tx: Tx, token_id: UUID, actor: str) -> None:
    """End a token now. ``NotFound`` when there is no such token; twice is the same as once."""
    if tx.first(select(t.c.id).where(t.c.id == token_id)) is None:
        raise NotFound(f"no token {token_id}")
    done = tx.execute(
        update(t).where(t.c.id == token_id, t.c.revoked_at.is_(None)).values(revoked_at=tx.now)
    )
    if done.rowcount:
        note(tx, actor, "token_revoked", f"token:{token_id}")
        tx.wake(TOKENS)


def revoke_all_of(tx: Tx, account_id: UUID) -> None:
    """End every token of an account: its password changed or it was switched off."""
    tx.execute(
        update(t)
        .where(t.c.account_id == account_id, t.c.revoked_at.is_(None))
        .values(revoked_at=tx.now)
    )
    tx.wake(TOKENS)


def sweep(tx: Tx, before: datetime) -> int:
    """Delete tokens that ended or were revoked before then; how many."""
    return tx.execute(delete(t).where(or_(t.c.ends_at < before, t.c.revoked_at < before))).rowcount
