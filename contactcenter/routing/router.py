"""The actor: one per site holds the floor in memory and is the only writer of reservations.

Each turn takes what is in the inbox, lets the floor decide, and commits commands, decisions,
reservations, events and results together under the lease. The floor in memory is never trusted
after a commit that failed: it is rebuilt from the rows.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from datetime import datetime, timedelta
from functools import partial
from logging import getLogger

from sqlalchemy.exc import DataError, IntegrityError

from contactcenter.core import leases
from contactcenter.core.bus import Bus, Waiter
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import ContactCenterError
from contactcenter.core.ids import new_id
from contactcenter.routing import actions, store
from contactcenter.routing import effects as fx
from contactcenter.routing.batch import (
    AfterCommit,
    Batch,
    Decided,
    Outcome,
    Record,
    Snapshot,
    Taken,
)
from contactcenter.routing.chain import START, link
from contactcenter.routing.commands import FLOOR, refusal_data
from contactcenter.routing.floor import Floor
from contactcenter.routing.floor_rules import FLOOR_RULES
from contactcenter.routing.floor_state import Applied
from contactcenter.routing.rows import FloorRows, floor_of, rows_of

LEASE = "router"
_MOST = 200
"""Commands taken into one transaction."""
_SNAPSHOT_EVERY = 10_000
_TELL_TRIES = 5
_TOLD_S = 1.0
"""How long told outcomes may stand stored when no other commit takes them along."""
_POLL_S = 0.25

_log = getLogger(__name__)


class Router:
    """Start it on every server node: the one that holds the lease acts, the others stand by."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        *,
        owner: str,
        after_commit: AfterCommit | None = None,
        lease_s: float = 3.0,
    ) -> None:
        self._db = self._shared = db
        self._bus = bus
        self._owner = owner
        self._after_commit = after_commit
        self._tells = after_commit is not None
        self._length = timedelta(seconds=lease_s)
        self._renew_s = lease_s / 3
        self._lease: leases.Lease | None = None
        self._lease_due = 0.0
        self._may_force = db.store == "sqlite"
        self._floor: Floor | None = None
        self._hash = START
        self._snapshot: Snapshot | None = None
        self._settled = False
        self._singly = 0
        self._more = False
        self._ahead = False
        self._untold: deque[Outcome] = deque()
        self._told = 0
        self._told_stored = 0
        self._told_due = 0.0
        self._to_tell = asyncio.Event()
        self._parts: list[asyncio.Task[None]] = []

    @property
    def active(self) -> bool:
        """Whether this one holds the floor."""
        return self._floor is not None

    async def start(self) -> None:
        """Take part: act when the lease is ours. On PostgreSQL by a connection of its own: behind
        everybody's writes in the pool's queue, every offer would wait for all of them."""
        if self._shared.store == "postgresql":
            self._db = await self._shared.beside()
        self._parts = [asyncio.create_task(self._run(), name="router")]
        if self._tells:
            self._parts.append(asyncio.create_task(self._tell_always(), name="router-outcomes"))

    async def stop(self) -> None:
        """Stop and give the lease back, so that another takes over at once."""
        for part in self._parts:
            part.cancel()
        await asyncio.gather(*self._parts, return_exceptions=True)
        self._parts = []
        lease, self._lease, self._floor = self._lease, None, None
        if lease is not None:
            await self._db.write(partial(leases.release, held=lease))
        if self._db is not self._shared:
            own, self._db = self._db, self._shared
            await own.close()

    async def _run(self) -> None:
        async with self._bus.waiter(FLOOR) as waiter:
            while True:
                try:
                    await self.turn()
                except Exception:  # noqa: BLE001  # whatever broke, the floor must come back
                    _log.exception("router: a turn failed; the floor will be rebuilt")
                    self._more = False
                    await asyncio.sleep(_POLL_S)
                if not self._more:  # what comes during a turn has set the waiter
                    await self._wait(waiter)

    async def _wait(self, waiter: Waiter) -> None:
        """Until woken, polled, or something comes due on the clock."""
        waits = [asyncio.ensure_future(waiter.wait(_POLL_S))]
        due = self._floor.next_due() if self._floor else None
        if due is not None:
            left = (due - self._db.clock.now()).total_seconds()
            waits.append(asyncio.ensure_future(self._sleep(left)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _sleep(self, seconds: float) -> bool:
        await self._db.clock.sleep(seconds)
        return True

    # -- one turn ----------------------------------------------------------------------------

    async def turn(self) -> bool:
        """Do what is there now; True when something was done (and there may be more).

        Nothing was done in memory that was not committed: on failure the floor is dropped.
        """
        self._more = False
        lease = await self._hold_lease()
        if lease is None:
            return False
        if self._floor is None:
            await self._rebuild()
        taken: list[Taken] = []
        try:
            batch = await self._db.write(partial(self._take_and_write, lease=lease, taken=taken))
        except leases.LeaseLost:
            self._lose()
            return False
        except BaseException as error:
            self._floor = None
            if not _is_fault(error):
                raise
            await self._contain(lease, taken, error)
            self._more = True
            return True
        if batch is None:
            return False
        self._committed(batch)
        return True

    def _take_and_write(self, tx: Tx, lease: leases.Lease, taken: list[Taken]) -> Batch | None:
        """The work of one turn. ``taken`` tells the caller what it was, should it fail.

        Run again by the store (a serialization failure), it finds a floor that is ahead of what
        was committed, and takes a fresh one from the rows.
        """
        if self._ahead:
            self._take_over(*store.load(tx))
        taken[:] = store.take(tx, 1 if self._singly else _MOST)
        self._ahead = True
        batch = self._decide(taken)
        if batch is None:
            self._ahead = False
        else:
            store.write(tx, lease, batch, keep_outcomes=self._tells)
        return batch

    def _committed(self, batch: Batch) -> None:
        self._ahead = False
        self._more = len(batch.records) >= _MOST or self._singly > 0
        self._singly = max(0, self._singly - 1)
        self._snapshot = None
        self._settled = True
        self._told_due = time.monotonic() + _TOLD_S
        if batch.told is not None:
            self._told_stored = batch.told
        if self._tells and batch.outcomes:
            self._untold.extend(batch.outcomes)
            self._to_tell.set()

    async def _hold_lease(self) -> leases.Lease | None:
        """The lease, renewed in time; a new epoch means that another may have written."""
        if time.monotonic() < self._lease_due:
            return self._lease
        force = self._may_force
        found = await self._db.write(
            partial(leases.acquire, name=LEASE, owner=self._owner, length=self._length, force=force)
        )
        self._lease_due = time.monotonic() + self._renew_s
        self._may_force = False
        if found != self._lease:
            self._lose()
            self._lease_due = time.monotonic() + self._renew_s
            self._lease = found
        return self._lease

    def _lose(self) -> None:
        self._lease = None
        self._lease_due = 0.0
        self._floor = None

    async def _rebuild(self) -> None:
        """The floor from its rows, and what was decided but perhaps not yet acted on."""
        self._take_over(*await self._db.read(store.load))
        if self._tells:
            untold = await self._db.read(partial(store.outcomes_since, applied=self._told))
            self._untold = deque(untold)
            self._to_tell.set()

    def _take_over(self, rows: FloorRows, last_hash: bytes) -> None:
        self._floor = floor_of(rows)
        self._hash = last_hash
        self._ahead = False
        self._settled = False
        self._snapshot = Snapshot(rows, rows.now or self._db.clock.now(), last_hash)

    # -- deciding ----------------------------------------------------------------------------

    def _decide(self, taken: list[Taken]) -> Batch | None:
        """Apply what was taken and what has come due; None when there is nothing to write."""
        floor = self._floor
        if floor is None:
            return None
        now = self._db.clock.now()
        batch = Batch(snapshot=self._snapshot)
        if not self._settled:
            self._apply(floor, batch, _own(actions.Settle(FLOOR_RULES), now), now)
        for one in taken:
            self._apply(floor, batch, one, now)
        due = floor.next_due()
        if due is not None and due <= now:
            self._apply(floor, batch, _own(actions.Tick(now), now), now)
        if self._told > self._told_stored and (batch.records or time.monotonic() > self._told_due):
            batch.told = self._told
        if not batch.records and batch.told is None:
            return None
        if floor.seq % _SNAPSHOT_EVERY < len(batch.records) and batch.snapshot is None:
            batch.snapshot = Snapshot(rows_of(floor), now, self._hash)
        batch.changes = floor.take_changes()
        return batch

    def _apply(self, floor: Floor, batch: Batch, one: Taken, now: datetime) -> None:
        out = Applied()
        before = floor.seq
        try:
            out = floor.apply(actions.from_data(one.kind, one.data), now)
            result = {"effects": [{"kind": fx.kind_of(e)} | fx.to_data(e) for e in out.effects]}
        except ContactCenterError as error:
            result = refusal_data(error)
            if floor.seq == before:  # it could not even be read
                floor.skip(now)
        at, applied = floor.now or now, floor.seq
        self._hash = link(self._hash, [applied, at, str(one.id), one.kind, one.data, result])
        batch.records.append(Record(one, applied, at, result, self._hash))
        for place, effect in enumerate(out.effects):
            batch.outcomes.append(Outcome(applied, place, at, effect))
        for place, decision in enumerate(out.decisions):
            self._hash = link(self._hash, decision)
            batch.decisions.append(Decided(applied, place, at, decision, self._hash))

    async def _contain(self, lease: leases.Lease, taken: list[Taken], error: BaseException) -> None:
        """One command that can not be stored must not stop the floor: find it, refuse it."""
        if len(taken) != 1:
            self._singly = len(taken)
            _log.error("router: a batch of %d could not be stored: %s", len(taken), error)
            if not taken:
                raise error
            return
        _log.error("router: command %s could not be stored: %s", taken[0].id, error)
        rows, self._hash = await self._db.read(store.load)
        refused = ContactCenterError("the command could not be stored", code="fault")
        result = refusal_data(refused)
        at = rows.now or self._db.clock.now()
        self._hash = link(self._hash, [rows.seq + 1, at, str(taken[0].id), "fault"])
        batch = Batch([Record(taken[0], rows.seq + 1, at, result, self._hash)])
        await self._db.write(partial(store.write, lease=lease, batch=batch, keep_outcomes=False))

    # -- after the commit --------------------------------------------------------------------

    async def tell(self) -> None:
        """Hand over what is durable and was not yet acted on, in order."""
        told = self._after_commit
        if not self._untold or told is None:
            return
        outcomes = list(self._untold)
        await told(outcomes)
        last = outcomes[-1].applied
        while self._untold and self._untold[0].applied <= last:
            self._untold.popleft()
        self._told = max(self._told, last)

    async def _tell_always(self) -> None:
        tries = 0
        while True:
            await self._to_tell.wait()
            self._to_tell.clear()
            try:
                await self.tell()
                tries = 0
            except Exception:  # noqa: BLE001  # foreign code must not stop the floor
                tries += 1
                _log.exception("router: outcomes could not be acted on (try %d)", tries)
                if tries >= _TELL_TRIES:
                    self._give_up_telling()
                    tries = 0
                await self._db.clock.sleep(0.2 * tries)
                self._to_tell.set()

    def _give_up_telling(self) -> None:
        if self._untold:
            first = self._untold.popleft()
            _log.error("router: outcome %s is left to the follower of the log", first.id)


def _own(command: actions.Command, now: datetime) -> Taken:
    return Taken(None, new_id(), actions.kind_of(command), actions.to_data(command), now)


def _is_fault(error: BaseException) -> bool:
    """Whether the commands are to blame, so that trying again can not help; not the store."""
    own = (ContactCenterError, LookupError, TypeError, ValueError, AttributeError)
    if isinstance(error, (*own, IntegrityError, DataError, sqlite3.IntegrityError)):
        return True
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    return str(state)[:2] in ("22", "23")  # data exception, integrity constraint violation
