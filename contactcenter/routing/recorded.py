"""Reading the record: the commands in the order they were applied, decisions, snapshots.

Everything is read in pages by position, so a day or a year takes the same memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, func, select

from contactcenter.core.db import Database, Hot, Tx
from contactcenter.routing import tables as t
from contactcenter.routing.chain import START
from contactcenter.routing.rows import FloorRows

PAGE = 1000
_SNAPSHOT = t.floor_snapshot.c


class RecordedCommand(NamedTuple):
    """A row of the command log, as stored, whatever somebody did to it."""

    applied: int
    id: UUID
    kind: str
    data: Mapping[str, Any]
    applied_at: datetime
    result: Any
    hash: bytes


class RecordedDecision(NamedTuple):
    """A row of the decisions. ``data``: the fields of ``effects.Decision`` as plain data."""

    applied: int
    place: int
    at: datetime
    data: Mapping[str, Any]
    hash: bytes


class Base(NamedTuple):
    """Where a replay may begin: the floor after ``rows.seq`` commands, the chain there, and the
    hash of that command itself (before its decisions), from which a new router goes on."""

    rows: FloorRows
    hash: bytes
    command_hash: bytes


_COMMANDS = Hot(
    lambda: (
        select(*(t.floor_command.c[name] for name in RecordedCommand._fields))
        .where(t.floor_command.c.applied > bindparam("b_after"))
        .where(t.floor_command.c.applied <= bindparam("b_until"))
        .order_by(t.floor_command.c.applied)
        .limit(bindparam("b_limit"))
    )
)
_PLACE = ("applied", "place", "at", "hash")
_NAMES = {"interaction_id": "interaction", "agent_id": "agent"}
_FACTS = tuple(column.name for column in t.decision.c if column.name not in _PLACE)
_DECISIONS = Hot(
    lambda: (
        select(*(t.decision.c[name] for name in (*_PLACE, *_FACTS)))
        .where(t.decision.c.applied > bindparam("b_after"))
        .where(t.decision.c.applied <= bindparam("b_until"))
        .order_by(t.decision.c.applied, t.decision.c.place)
    )
)


def commands(tx: Tx, after: int, until: int, limit: int = PAGE) -> list[RecordedCommand]:
    """At most ``limit`` commands with ``after < applied <= until``, in order."""
    found = tx.hot(_COMMANDS, b_after=after, b_until=until, b_limit=limit)
    return [RecordedCommand(*row) for row in found]


def decisions(tx: Tx, after: int, until: int) -> list[RecordedDecision]:
    """The decisions of those commands, in order."""
    return [_decision(row) for row in tx.hot(_DECISIONS, b_after=after, b_until=until)]


def decisions_on(tx: Tx, interaction: UUID) -> list[RecordedDecision]:
    """Every decision on one interaction, in order."""
    d = t.decision.c
    found = select(*(d[name] for name in (*_PLACE, *_FACTS))).where(d.interaction_id == interaction)
    return [_decision(tuple(row)) for row in tx.all(found.order_by(d.applied, d.place))]


def _decision(row: tuple[Any, ...]) -> RecordedDecision:
    facts = zip((_NAMES.get(name, name) for name in _FACTS), row[len(_PLACE) :], strict=True)
    applied, place, at, stored_hash = row[: len(_PLACE)]
    return RecordedDecision(applied, place, at, msgspec.to_builtins(dict(facts)), stored_hash)


async def pages(db: Database, after: int, until: int) -> AsyncIterator[Sequence[RecordedCommand]]:
    """The commands with ``after < applied <= until``, a page at a time."""
    while after < until:
        page = await db.read(partial(commands, after=after, until=until))
        if not page:
            return
        yield page
        after = page[-1].applied


def snapshot_before(tx: Tx, applied: int) -> int:
    """After which command the last snapshot at or before ``applied`` was taken; 0: none was."""
    found = tx.scalar(select(func.max(_SNAPSHOT.applied)).where(_SNAPSHOT.applied <= applied))
    return int(found or 0)


def base_before(tx: Tx, applied: int) -> Base:
    """The last snapshot at or before command ``applied``; an empty floor before the first."""
    base = snapshot_at(tx, snapshot_before(tx, applied))
    return base or Base(FloorRows(0, None, [], [], [], [], []), START, START)


def snapshot_at(tx: Tx, applied: int) -> Base | None:
    """The snapshot taken exactly after command ``applied``."""
    c = t.floor_command.c
    found = tx.first(select(_SNAPSHOT.floor, _SNAPSHOT.hash).where(_SNAPSHOT.applied == applied))
    if found is None:
        return None
    of_command = tx.scalar(select(c.hash).where(c.applied == applied))
    return Base(msgspec.convert(found.floor, FloorRows), found.hash, of_command or START)


def takeover_before(tx: Tx, applied: int) -> RecordedCommand | None:
    """The last command at or before ``applied`` with which a router took over."""
    c = t.floor_command.c
    columns = (c[name] for name in RecordedCommand._fields)
    found = select(*columns).where(c.kind == "settle", c.applied <= applied)
    row = tx.first(found.order_by(c.applied.desc()).limit(1))
    return None if row is None else RecordedCommand(*row)


def snapshots(tx: Tx, after: int, until: int) -> set[int]:
    """After which commands there are snapshots."""
    found = select(_SNAPSHOT.applied).where(_SNAPSHOT.applied > after, _SNAPSHOT.applied <= until)
    return {row.applied for row in tx.all(found)}


def last_applied(tx: Tx) -> int:
    """The number of the newest command applied; 0 before the first."""
    c = t.floor_command.c.applied
    found = tx.scalar(select(c).where(c.is_not(None)).order_by(c.desc()).limit(1))
    return int(found or 0)


def applied_until(tx: Tx, at: datetime) -> int:
    """The last command applied at or before ``at`` (0: none).

    The floor's time never runs backwards along ``applied``, so this halves: no index on time.
    """
    low, high = 0, last_applied(tx)
    while low < high:
        middle = (low + high + 1) // 2
        if _time_of(tx, middle) <= at:
            low = middle
        else:
            high = middle - 1
    return low


def _time_of(tx: Tx, applied: int) -> datetime:
    """The time of that command, or of the next one there is."""
    c = t.floor_command.c
    found = tx.scalar(select(c.applied_at).where(c.applied >= applied).order_by(c.applied).limit(1))
    assert isinstance(found, datetime)  # noqa: S101  # applied is never above the last
    return found
