"""What grows and is needed for a time only: receipts, finished voice commands, answers to menus.

Legs, messages and references of mail stay as long as their interaction: they are its record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import delete, select

from contactcenter.core import leases
from contactcenter.core.db import Database, Tx
from contactcenter.crm.tables import interaction
from contactcenter.handling.tables import inbound_receipt as r
from contactcenter.handling.tables import menu_run
from contactcenter.handling.tables import voice_command as v

BATCH = 100
KEEP_RECEIPTS = timedelta(days=30)
"""A provider may repeat an event for so long."""
KEEP_COMMANDS = timedelta(days=30)
KEEP_RUNS = timedelta(days=1)
"""After the end of the interaction: what the customer entered is personal."""

_EVERY_S = 3600.0
_LEASE = "handling-sweep"
_log = structlog.get_logger(__name__)


class Sweep:
    """Runs hourly on one server node at a time."""

    def __init__(self, db: Database, owner: str, every_s: float = _EVERY_S) -> None:
        self._db = db
        self._owner = owner
        self._every_s = every_s

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            length = timedelta(seconds=self._every_s)
            held = await self._db.write(
                partial(leases.acquire, name=_LEASE, owner=self._owner, length=length)
            )
            if held is not None:
                await self.sweep()
            await asyncio.sleep(self._every_s)

    async def sweep(self) -> int:
        """Delete everything that is due, ``BATCH`` rows a transaction; returns how many went."""
        total = 0
        for one in (receipts, commands, runs):
            total += await self._all(one)
        if total:
            _log.info("swept", rows=total)
        return total

    async def _all(self, one: Callable[[Tx], int]) -> int:
        total = 0
        while count := await self._db.write(one):
            total += count
        return total


def receipts(tx: Tx) -> int:
    """A batch of receipts of events that come no more."""
    old = (
        select(r.c.provider, r.c.line, r.c.event_id)
        .where(r.c.at < tx.now - KEEP_RECEIPTS)
        .order_by(r.c.at)
        .limit(BATCH)
    )
    rows = tx.all(old)
    for provider, line, event_id in rows:
        tx.execute(
            delete(r).where(r.c.provider == provider, r.c.line == line, r.c.event_id == event_id)
        )
    return len(rows)


def commands(tx: Tx) -> int:
    """A batch of voice commands that are over; the oldest stand first."""
    oldest = select(v.c.position, v.c.state, v.c.due_at).order_by(v.c.position).limit(BATCH)
    gone = [
        row.position
        for row in tx.all(oldest)
        if row.state not in ("queued", "claimed") and row.due_at < tx.now - KEEP_COMMANDS
    ]
    if gone:
        tx.execute(delete(v).where(v.c.position.in_(gone)))
    return len(gone)


def runs(tx: Tx) -> int:
    """A batch of menus of interactions that have ended."""
    old = [
        row.interaction_id
        for row in tx.all(
            select(menu_run.c.interaction_id)
            .join(interaction, interaction.c.id == menu_run.c.interaction_id)
            .where(interaction.c.closed_at < tx.now - KEEP_RUNS)
            .limit(BATCH)
        )
    ]
    if old:
        tx.execute(delete(menu_run).where(menu_run.c.interaction_id.in_(old)))
    return len(old)
