"""Leases: a right that ends by itself unless renewed. Compared by the database's clock alone.

A holder works under an ``epoch``; every taking-over raises it, and a transaction of the holder
calls ``check`` so that a former holder that slept can not write.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Column, Integer, Table, Text, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.core.db import Hot, Tx, UtcDateTime, metadata, now_us
from contactcenter.core.errors import Conflict

lease = Table(
    "lease",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)


_CHECK = Hot(
    lambda: (
        select(lease.c.owner, lease.c.epoch, (lease.c.until > now_us()).label("valid"))
        .where(lease.c.name == bindparam("b_name"))
        .with_for_update(read=True)
    )
)


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lease."""

    name: str
    owner: str
    epoch: int


class LeaseLost(Conflict):
    """Somebody else holds it, or nobody: stop at once."""

    code = "lease_lost"


def acquire(
    tx: Tx, name: str, owner: str, length: timedelta, *, force: bool = False
) -> Lease | None:
    """Take or renew the lease; None while another holds it.

    ``force`` takes it from anyone: only for a process that knows it is alone (SQLite's file lock).
    """
    now = tx.scalar(select(now_us()))
    row = tx.first(select(lease).where(lease.c.name == name).with_for_update())
    if row is None:
        insert = pg_insert if tx.store == "postgresql" else sqlite_insert
        tx.execute(
            insert(lease)
            .values(name=name, owner=owner, epoch=1, until=now + length)
            .on_conflict_do_nothing()
        )
        row = tx.first(select(lease).where(lease.c.name == name))
        return Lease(name, owner, 1) if row and row.owner == owner else None
    if row.owner == owner and row.until > now:
        tx.execute(update(lease).where(lease.c.name == name).values(until=now + length))
        return Lease(name, owner, row.epoch)
    if row.until > now and not force:
        return None
    tx.execute(
        update(lease)
        .where(lease.c.name == name)
        .values(owner=owner, epoch=row.epoch + 1, until=now + length)
    )
    return Lease(name, owner, row.epoch + 1)


def check(tx: Tx, held: Lease) -> None:
    """``LeaseLost`` unless ``held`` is in force; locks its row against a take-over meanwhile."""
    rows = tx.hot(_CHECK, b_name=held.name)
    if not rows or rows[0][:2] != (held.owner, held.epoch) or not rows[0][2]:
        raise LeaseLost(f"the lease {held.name} is no longer held")


def release(tx: Tx, held: Lease) -> None:
    """End it now, so that another may take over without waiting."""
    tx.execute(
        update(lease)
        .where(lease.c.name == held.name, lease.c.owner == held.owner, lease.c.epoch == held.epoch)
        .values(until=now_us())
    )
