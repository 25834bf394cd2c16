"""Following the log by position: at least once, in order, never past a transaction that may
still commit.

On PostgreSQL positions are given out before commit, so an older transaction can commit a lower
position later. A position is handed out only once its transaction is older than every running
one; a place in the log is therefore the pair (transaction id, position). SQLite has one writer:
its transaction id is 0 and positions are final.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import ClauseElement, and_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Hot, Tx
from contactcenter.core.db.types import oldest_running_xid
from contactcenter.crm.log import LOG, Event
from contactcenter.crm.tables import event_content, interaction_event, log_consumer

POLL_S = 0.25
_BATCH = 500


class Place(NamedTuple):
    """A place in the log; compares in order."""

    xid: int
    position: int


START = Place(0, 0)


def _follow(with_content: bool) -> ClauseElement:
    e, c = interaction_event.c, event_content.c
    columns: list[Any] = [e.xid, e.position, e.interaction_id, e.seq, e.kind, e.at, e.actor, e.data]
    statement = select(*columns)
    if with_content:
        statement = select(*columns, c.content).outerjoin(
            event_content, and_(c.interaction_id == e.interaction_id, c.seq == e.seq)
        )
    return (
        statement.where(
            or_(
                e.xid > bindparam("xid"),
                and_(e.xid == bindparam("xid"), e.position > bindparam("position")),
            ),
            e.xid < bindparam("bound"),
        )
        .order_by(e.xid, e.position)
        .limit(bindparam("count"))
    )


_BOUND = Hot(lambda: select(oldest_running_xid()))
_FOLLOW = Hot(lambda: _follow(False))
_FOLLOW_CONTENT = Hot(lambda: _follow(True))


def follow(
    tx: Tx, after: Place, limit: int = _BATCH, *, content: bool = False
) -> list[tuple[Place, Event]]:
    """The next events after a place, oldest first."""
    statement = _FOLLOW_CONTENT if content else _FOLLOW
    bound = tx.hot(_BOUND)[0][0]  # asked first, in a statement of its own: see its docstring
    rows = tx.hot(statement, xid=after.xid, position=after.position, count=limit, bound=bound)
    return [(Place(row[0], row[1]), Event(*row[1:])) for row in rows]


def end(tx: Tx) -> Place:
    """The last place that ``follow`` would give now."""
    e = interaction_event.c
    bound = tx.hot(_BOUND)[0][0]
    row = tx.first(
        select(e.xid, e.position)
        .where(e.xid < bound)
        .order_by(e.xid.desc(), e.position.desc())
        .limit(1)
    )
    return Place(row.xid, row.position) if row else START


class LogConsumer:
    """Follows the log under a name; its place moves in the transaction of what it did.

    ``handle(tx, events)`` runs in a unit of work; a crash repeats a batch as a whole or not at all.
    """

    def __init__(
        self, name: str, db: Database, bus: Bus, handle: Callable[[Tx, Sequence[Event]], None]
    ) -> None:
        self._name = name
        self._db = db
        self._bus = bus
        self._handle = handle

    async def run(self) -> None:
        """Until cancelled."""
        async with self._bus.waiter(LOG) as waiter:
            while True:
                if await self._db.read(self._behind):
                    await self._db.write(self.step)
                else:
                    await waiter.wait(POLL_S)

    def _place(self, tx: Tx, *, lock: bool) -> Place | None:
        statement = select(log_consumer.c.xid, log_consumer.c.position).where(
            log_consumer.c.name == self._name
        )
        row = tx.first(statement.with_for_update() if lock else statement)
        return Place(*row) if row else None

    def _behind(self, tx: Tx) -> bool:
        return bool(follow(tx, self._place(tx, lock=False) or START, 1))

    def step(self, tx: Tx) -> int:
        """Handle the next batch; returns how many events it had."""
        place = self._place(tx, lock=True)
        if place is None:
            insert = pg_insert if tx.store == "postgresql" else sqlite_insert
            tx.execute(insert(log_consumer).values(name=self._name).on_conflict_do_nothing())
            place = self._place(tx, lock=True) or START
        batch = follow(tx, place)
        if batch:
            self._handle(tx, [event for _, event in batch])
            last = batch[-1][0]
            tx.execute(
                update(log_consumer)
                .where(log_consumer.c.name == self._name)
                .values(xid=last.xid, position=last.position)
            )
        return len(batch)


LONGEST_WRITE = timedelta(seconds=1)
"""No writing transaction may be longer: followers wait for the oldest one."""
