"""Comparisons that people asked for, kept: what was asked, how far it is, what came of it.

One runs at a time on the whole site, by whoever holds the lease; any server node can tell of it. A
run whose node died shows as interrupted once its lease has ended, and can be started again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, and_, delete, insert, select, update

from contactcenter.core import leases
from contactcenter.core.db import Tx, now_us
from contactcenter.core.errors import Conflict, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.core.leases import Lease
from contactcenter.routing.tables import routing_whatif

LEASE = "whatif"
LENGTH = timedelta(seconds=15)
KEPT = 50
_LONGEST_NOTE = 500
_w = routing_whatif.c

State = Literal["running", "done", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A period and other rules for it (a routing document as plain data). ``remove``: queues and
    agents that its sections do not name are not there. ``note``: what it is about."""

    rules: Any
    start: datetime
    end: datetime
    remove: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One comparison. ``share``: how far it is, 0 to 1; ``result`` when done, ``problem`` and
    ``hint`` when failed."""

    id: UUID
    actor: str
    asked_at: datetime
    asked: Asked
    state: State
    share: float
    result: Mapping[str, Any] | None
    problem: str | None
    hint: str | None


def begin(tx: Tx, asked: Asked, actor: str) -> tuple[Run, Lease]:
    """Note it and take it on. ``Conflict`` (``busy``) while another runs."""
    if asked.start >= asked.end:
        raise Invalid("the period ends before it begins")
    if len(asked.note) > _LONGEST_NOTE:
        raise Invalid(f"note: at most {_LONGEST_NOTE} characters")
    key = new_id()
    held = _hold(tx, key)
    tx.execute(
        insert(routing_whatif).values(
            id=key,
            actor=actor,
            asked_at=tx.now,
            note=asked.note,
            rules=asked.rules,
            remove=asked.remove,
            start=asked.start,
            end=asked.end,
            state="running",
            share=0.0,
        )
    )
    _forget_oldest(tx)
    return get(tx, key), held


def again(tx: Tx, key: UUID) -> tuple[Run, Lease]:
    """Start an interrupted or failed one from its beginning. ``NotFound``; ``Conflict`` (``busy``)
    while one runs, (``superseded``) when it is done."""
    if get(tx, key).state == "done":
        raise Conflict("this comparison is done", code="superseded", hint="begin another")
    held = _hold(tx, key)
    tx.execute(
        update(routing_whatif)
        .where(_w.id == key)
        .values(state="running", share=0.0, problem=None, hint=None)
    )
    return get(tx, key), held


def advance(tx: Tx, held: Lease, key: UUID, share: float) -> None:
    """Tell how far it is and keep the lease. ``LeaseLost`` when another has it, ``NotFound`` when
    somebody deleted the run: stop at once."""
    leases.check(tx, held)
    leases.acquire(tx, LEASE, held.owner, LENGTH)
    _write(tx, key, share=share)


def finish(tx: Tx, held: Lease, key: UUID, result: Mapping[str, Any]) -> None:
    """It is done. Errors as of ``advance``."""
    leases.check(tx, held)
    _write(tx, key, state="done", share=1.0, result=result)
    leases.release(tx, held)


def fail(tx: Tx, held: Lease, key: UUID, problem: str, hint: str | None = None) -> None:
    """It can not be done. Errors as of ``advance``."""
    leases.check(tx, held)
    _write(tx, key, state="failed", problem=problem, hint=hint)
    leases.release(tx, held)


def get(tx: Tx, key: UUID) -> Run:
    """One of them; ``NotFound``."""
    row = tx.first(_with_worker(*_w).where(_w.id == key))
    if row is None:
        raise NotFound(f"no comparison {key}", hint=f"the last {KEPT} are kept")
    return _run(row, row.result)


def newest(tx: Tx) -> list[Run]:
    """All that are kept, the newest first, without their results."""
    columns = [column for column in _w if column is not _w.result]
    found = _with_worker(*columns).order_by(_w.asked_at.desc(), _w.id.desc()).limit(KEPT)
    return [_run(row, None) for row in tx.all(found)]


def remove(tx: Tx, key: UUID) -> None:
    """Forget it; if it runs, that ends it. ``NotFound``."""
    gone = get(tx, key)
    tx.execute(delete(routing_whatif).where(_w.id == gone.id))
    if gone.state == "running":
        tx.execute(
            update(leases.lease)
            .where(leases.lease.c.name == LEASE, leases.lease.c.owner == str(key))
            .values(until=now_us())
        )


def _with_worker(*columns: Any) -> Select[Any]:
    """These and ``at_work``, the run that somebody works on: in one statement, for a run may end
    between two."""
    c = leases.lease.c
    holds = and_(c.name == LEASE, c.until > now_us())
    return select(*columns, c.owner.label("at_work")).outerjoin_from(
        routing_whatif, leases.lease, holds
    )


def _hold(tx: Tx, key: UUID) -> Lease:
    if _at_work(tx) is not None:
        raise Conflict("another comparison is running", code="busy", hint="wait for its end")
    held = leases.acquire(tx, LEASE, str(key), LENGTH)
    if held is None:
        raise Conflict("another comparison is running", code="busy", hint="wait for its end")
    return held


def _at_work(tx: Tx) -> str | None:
    """The id of the run that somebody works on."""
    c = leases.lease.c
    owner: str | None = tx.scalar(select(c.owner).where(c.name == LEASE, c.until > now_us()))
    return owner


def _write(tx: Tx, key: UUID, **values: Any) -> None:
    done = tx.execute(update(routing_whatif).where(_w.id == key).values(values))
    if not done.rowcount:
        raise NotFound(f"no comparison {key}")


def _forget_oldest(tx: Tx) -> None:
    old = select(_w.id).order_by(_w.asked_at.desc(), _w.id.desc()).offset(KEPT)
    if tx.store == "sqlite":
        old = old.limit(-1)  # no OFFSET without a LIMIT there
    for row in tx.all(old):
        tx.execute(delete(routing_whatif).where(_w.id == row.id))


def _run(row: Any, result: Mapping[str, Any] | None) -> Run:
    is_orphan = row.state == "running" and row.at_work != str(row.id)
    return Run(
        id=row.id,
        actor=row.actor,
        asked_at=row.asked_at,
        asked=Asked(row.rules, row.start, row.end, row.remove, row.note),
        state="interrupted" if is_orphan else row.state,
        share=row.share,
        result=result,
        problem=row.problem,
        hint=row.hint,
    )
