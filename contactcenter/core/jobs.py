"""The calendar's clock: ticks on the one server node that holds the lease ``scheduler``.

The one importer of apscheduler, which is clock and trigger arithmetic here and nothing more: what
is due stands in tables and is compared with the injected clock, so ``CC_CLOCK_OFFSET`` shifts it
and a lost tick loses nothing. A tick never carries per-customer work.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from contactcenter.core import leases
from contactcenter.core.db import Database, Tx
from contactcenter.core.leases import Lease

LEASE = "scheduler"
_LENGTH = timedelta(seconds=10)
_RENEW_S = 3.0

Tick = Callable[[Tx, datetime | None], None]
"""Work of a tick in one transaction. On a process' first tick it is told when the process began
(by the injected clock): what came due before that did so while this server was not there."""


class Jobs:
    """One per server node; only the holder of the lease ticks."""

    def __init__(
        self, db: Database, owner: str, ticks: Sequence[Tick], *, every_s: float = 1.0
    ) -> None:
        self._db = db
        self._owner = owner
        self._ticks = tuple(ticks)
        self._every_s = every_s
        self._held: Lease | None = None
        self._renewed = 0.0
        self._began: datetime | None = db.clock.now()

    async def run(self) -> None:
        """Until cancelled; the lease is given back at the end."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler
        from apscheduler.triggers.interval import IntervalTrigger

        scheduler = AsyncIOScheduler(timezone=UTC)
        trigger = IntervalTrigger(seconds=max(1, round(self._every_s)), timezone=UTC)
        # a tick that is late is one tick, and two never run at once
        scheduler.add_job(
            self.tick,
            trigger,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=60,
            next_run_time=datetime.now(UTC),
        )
        scheduler.start()
        try:
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)
            if self._held is not None:
                await asyncio.shield(self._db.write(partial(leases.release, held=self._held)))

    async def tick(self) -> None:
        """Take or keep the lease, then do the work; nothing while another node holds it."""
        if not await self._hold():
            return
        for work in self._ticks:
            await self._db.write(partial(self._under_lease, work=work, began=self._began))
        self._began = None

    async def _hold(self) -> bool:
        if self._held is not None and time.monotonic() - self._renewed < _RENEW_S:
            return True
        # SQLite has one server process: a holder that is not this one is dead
        alone = self._db.store == "sqlite" and self._held is None
        take = partial(leases.acquire, name=LEASE, owner=self._owner, length=_LENGTH, force=alone)
        self._held = await self._db.write(take)
        self._renewed = time.monotonic()
        return self._held is not None

    def _under_lease(self, tx: Tx, work: Tick, began: datetime | None) -> None:
        if self._held is not None:
            leases.check(tx, self._held)
            work(tx, began)
