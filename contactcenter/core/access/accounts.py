"""Accounts: rows, and the class that signs people in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert, select, update

from contactcenter.core.access import tokens
from contactcenter.core.access.audit import note
from contactcenter.core.access.model import (
    LANGUAGES,
    Principal,
    Role,
    checked_password,
    role_named,
)
from contactcenter.core.access.tables import account as a
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Conflict, Invalid, NotFound, NotSignedIn
from contactcenter.core.ids import new_id

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_AT_ONCE = 2
"""Hashes in work at the same time: each takes 64 MiB and 0.1 s of a core (RFC 9106)."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account, without its password."""

    id: UUID
    name: str
    display_name: str
    role: Role
    language: str
    active: bool
    version: int
    created_at: datetime


_COLUMNS = (
    a.c.id,
    a.c.name,
    a.c.display_name,
    a.c.role,
    a.c.language,
    a.c.active,
    a.c.version,
    a.c.created_at,
)


def all_accounts(tx: Tx, *, after: str = "", limit: int = 100) -> list[AccountRow]:
    """Accounts in the order of their names."""
    rows = tx.all(select(*_COLUMNS).where(a.c.name > after).order_by(a.c.name).limit(limit))
    return [AccountRow(*row) for row in rows]


def get(tx: Tx, account_id: UUID) -> AccountRow:
    row = tx.first(select(*_COLUMNS).where(a.c.id == account_id))
    if row is None:
        raise NotFound(f"no account {account_id}")
    return AccountRow(*row)


def named(tx: Tx, name: str) -> AccountRow:
    """The account of this sign-in name; ``NotFound``."""
    row = tx.first(select(*_COLUMNS).where(a.c.name == name))
    if row is None:
        raise NotFound(f"no account {name}")
    return AccountRow(*row)


def names_of(tx: Tx, ids: set[UUID]) -> dict[UUID, str]:
    """Display names, for pages and logs shown to people."""
    if not ids:
        return {}
    return {row.id: row.display_name for row in tx.all(select(*_COLUMNS).where(a.c.id.in_(ids)))}


def create(
    tx: Tx,
    *,
    name: str,
    display_name: str,
    role: str,
    language: str,
    password_hash: str,
    actor: str = "system",
    account_id: UUID | None = None,
) -> UUID:
    """A new account; ``Conflict`` when the name is taken."""
    if language not in LANGUAGES:
        raise Invalid(f"no language {language}; languages: {', '.join(LANGUAGES)}")
    if tx.first(select(a.c.id).where(a.c.name == name)) is not None:
        raise Conflict(f"the name {name} is taken", code="name_taken")
    account_id = account_id or new_id()
    tx.execute(
        insert(a).values(
            id=account_id,
            name=name,
            display_name=display_name,
            role=role_named(role),
            language=language,
            password_hash=password_hash,
            created_at=tx.now,
        )
    )
    note(tx, actor, "account_created", f"account:{account_id}", role=role)
    return account_id


def edit(
    tx: Tx, account_id: UUID, changes: Mapping[str, Any], *, version: int | None, actor: str
) -> AccountRow:
    """Change fields; a new password or role, or ``active`` false, ends the account's tokens."""
    statement = update(a).where(a.c.id == account_id)
    if version is not None:
        statement = statement.where(a.c.version == version)
    if not tx.execute(statement.values(**changes, version=a.c.version + 1)).rowcount:
        get(tx, account_id)
        raise Conflict("the account was changed meanwhile", hint="load it again")
    fields = sorted(changes.keys() - {"password_hash"}) + ["password"] * (
        "password_hash" in changes
    )
    note(tx, actor, "account_changed", f"account:{account_id}", fields=fields)
    if changes.keys() & {"password_hash", "role"} or changes.get("active") is False:
        tokens.revoke_all_of(tx, account_id)
    return get(tx, account_id)


class Passwords:
    """argon2id in threads, a few at a time, so that sign-ins never hold the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        if hasher is None:
            from argon2 import PasswordHasher

            hasher = PasswordHasher()
        self._hasher = hasher
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to store; ``Invalid`` for a password too short or too long."""
        checked_password(password)
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether it is the password. Without a stored hash it takes as long, so that the time
        does not tell which names exist."""
        from argon2.exceptions import InvalidHashError, VerificationError

        async with self._turns:
            if stored is None and self._nobody is None:
                self._nobody = await asyncio.to_thread(self._hasher.hash, "nobody's password")
            try:
                await asyncio.to_thread(self._hasher.verify, stored or self._nobody or "", password)
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether it was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


class Access:
    """Signing in and out, and telling who a token stands for."""

    def __init__(self, db: Database, passwords: Passwords | None = None) -> None:
        self._db = db
        self.passwords = passwords or Passwords()

    async def sign_in(self, name: str, password: str) -> tuple[str, Principal]:
        """A fresh session token; ``NotSignedIn`` (code ``wrong_credentials``), never saying which
        of the two was wrong."""
        row = await self._db.read(
            lambda tx: tx.first(
                select(a.c.id, a.c.password_hash, a.c.role, a.c.active).where(a.c.name == name)
            )
        )
        known = row is not None and row.active
        if not await self.passwords.matches(row.password_hash if known else None, password):
            raise NotSignedIn("name or password is wrong", code="wrong_credentials")
        new_hash = None
        if self.passwords.is_outdated(row.password_hash):
            new_hash = await self.passwords.hash(password)

        def work(tx: Tx) -> tuple[str, Principal]:
            _, text = tokens.create(
                tx,
                name=name,
                role=row.role,
                account_id=row.id,
                is_program=False,
                ends_at=tx.now + tokens.SESSION_LENGTH,
            )
            if new_hash is not None:
                tx.execute(update(a).where(a.c.id == row.id).values(password_hash=new_hash))
            note(tx, f"account:{row.id}", "signed_in", f"account:{row.id}")
            return text, tokens.find(tx, text)

        return await self._db.write(work)

    async def principal(self, token: str) -> Principal:
        """Who this token stands for; ``NotSignedIn``."""
        return await self._db.read(lambda tx: tokens.find(tx, token))

    async def create_account(
        self,
        *,
        name: str,
        display_name: str,
        role: str,
        password: str,
        language: str = "en",
        actor: str = "system",
        account_id: UUID | None = None,
    ) -> UUID:
        """A new account with a hashed password; its id (``account_id`` when given)."""
        password_hash = await self.passwords.hash(password)
        return await self._db.write(
            lambda tx: create(
                tx,
                name=name,
                display_name=display_name,
                role=role,
                language=language,
                password_hash=password_hash,
                actor=actor,
                account_id=account_id,
            )
        )

    async def living(self, ids: set[UUID]) -> set[UUID]:
        """Those token ids that are still in force."""
        return await self._db.read(lambda tx: tokens.living(tx, ids))
