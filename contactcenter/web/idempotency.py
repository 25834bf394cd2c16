"""``Idempotency-Key``: a repeated POST gets the reply of the first and does nothing again.

The key is claimed durably before the handler runs. A claim without a reply that is older than
``CLAIM_LENGTH`` belonged to a process that died; the repetition then runs, and the commands behind
it are idempotent by ids derived from the same key (``Call.command_id``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Conflict, Invalid
from contactcenter.web.problems import KeyReused
from contactcenter.web.tables import idempotent_reply as r

HEADER = "Idempotency-Key"
MAX_KEY = 200
KEPT = timedelta(hours=24)
CLAIM_LENGTH = timedelta(seconds=5)
"""No handler works longer (it waits 2 s for the floor at most): an agent whose request died with a
server node is not kept from repeating it until their offer has expired."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A reply as it was."""

    status: int
    body: bytes
    etag: int | None


def checked_key(value: str | None) -> str | None:
    """The header's value, or ``Invalid``."""
    if value is None:
        return None
    if not 1 <= len(value) <= MAX_KEY or not value.isprintable():
        raise Invalid(f"{HEADER}: 1 to {MAX_KEY} printable characters", code="malformed_request")
    return value


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).digest()


async def claim(db: Database, who: UUID, key: str, mark: bytes) -> Kept | None:
    """None: go on, the key is ours. Else the first request's reply.

    Raises ``KeyReused`` for another request under the same key, ``Conflict`` while the first is
    still in work.
    """

    def work(tx: Tx) -> Kept | None:
        dialect_insert = pg_insert if tx.store == "postgresql" else sqlite_insert
        row = {"principal_id": who, "key": key, "fingerprint": mark, "at": tx.now}
        if tx.execute(dialect_insert(r).values(row).on_conflict_do_nothing()).rowcount:
            return None
        ours = (r.c.principal_id == who, r.c.key == key)
        found = tx.first(select(r).where(*ours).with_for_update())
        if found is None or found.at < tx.now - KEPT:
            tx.execute(delete(r).where(*ours))
            tx.execute(insert(r).values(row))
            return None
        if found.fingerprint != mark:
            raise KeyReused(f"{HEADER} was used for another request", hint="take a fresh key")
        if found.status is not None:
            return Kept(found.status, found.body, found.etag)
        if found.at > tx.now - CLAIM_LENGTH:
            raise Conflict("the first request with this key is still in work", code="in_work")
        tx.execute(update(r).where(*ours).values(at=tx.now))
        return None

    return await db.write(work)


async def keep(db: Database, who: UUID, key: str, reply: Kept) -> None:
    """Remember the reply for the repetition."""
    await db.write(
        lambda tx: (
            tx.execute(
                update(r)
                .where(r.c.principal_id == who, r.c.key == key)
                .values(status=reply.status, body=reply.body, etag=reply.etag)
            ).rowcount
        )
    )


async def release(db: Database, who: UUID, key: str) -> None:
    """Give the key up: the request failed without an effect worth repeating."""
    await db.write(
        lambda tx: (
            tx.execute(
                delete(r).where(r.c.principal_id == who, r.c.key == key, r.c.status.is_(None))
            ).rowcount
        )
    )


def sweep(tx: Tx) -> int:
    """Delete replies past their time; how many."""
    return tx.execute(delete(r).where(r.c.at < tx.now - KEPT)).rowcount
