"""The floor as it was: from a snapshot moved forward along the record, nothing compared.

Applying is done in a thread, a page at a time: a server that explains goes on answering.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import text

from contactcenter.core.db import Database, Tx
from contactcenter.routing import recorded, store
from contactcenter.routing.floor import Floor
from contactcenter.routing.rebase import is_fault, is_takeover
from contactcenter.routing.recorded import Base, RecordedCommand
from contactcenter.routing.replay import apply_recorded
from contactcenter.routing.rows import FloorRows, floor_of

MakeFloor = Callable[[FloorRows], Floor]


class _Page(NamedTuple):
    commands: Sequence[RecordedCommand]
    takeovers: Mapping[int, Base]


class Past:
    """One floor that goes through the record; ``make`` builds it (to watch what it decides)."""

    def __init__(self, db: Database, make: MakeFloor = floor_of) -> None:
        self._db = db
        self._make = make
        self._floor: Floor | None = None

    async def to(self, applied: int) -> Floor:
        """The floor after command ``applied``. Forward from where it stands, or from a snapshot
        that is nearer."""
        nearest = await self._db.read(partial(recorded.snapshot_before, applied=applied))
        floor = self._floor
        if floor is None or floor.seq > applied or nearest > floor.seq:
            base = await self._db.read(partial(recorded.base_before, applied=nearest))
            floor = await asyncio.to_thread(self._make, base.rows)
        while floor.seq < applied:
            page = await self._db.read(partial(_page, after=floor.seq, until=applied))
            if not page.commands:
                break
            floor = await asyncio.to_thread(self._apply, floor, page)
        self._floor = floor
        return floor

    def _apply(self, floor: Floor, page: _Page) -> Floor:
        for one in page.commands:
            taken_over = page.takeovers.get(one.applied)
            if taken_over is not None:
                floor = self._make(taken_over.rows)
            if is_fault(one):
                floor.skip(one.applied_at)
            else:
                apply_recorded(floor, one)
        floor.take_changes()
        return floor


def _page(tx: Tx, after: int, until: int) -> _Page:
    found = recorded.commands(tx, after, until)
    takeovers = {}
    for one in found:
        base = recorded.snapshot_at(tx, one.applied - 1) if is_takeover(one) else None
        if base is not None:
            takeovers[one.applied] = base
    return _Page(found, takeovers)


async def floor_now(db: Database, make: MakeFloor = floor_of) -> Floor:
    """The floor as its rows say it stands now."""
    return await asyncio.to_thread(make, await db.read(_load))


def _load(tx: Tx) -> FloorRows:
    if tx.store == "postgresql":  # several selects, one moment
        tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    return store.load(tx)[0]
