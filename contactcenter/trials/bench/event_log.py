"""The interaction log under 64 waiting writers, against one commit for each event.

Both write the same events with the same statements through the same driver. Ours is
``Database.write``: group commit in one thread on SQLite, the pool's connections on PostgreSQL. The
reference commits each event by itself on one connection, the next writer's after it. A second
round adds a millisecond to every sync: on SQLite by a wait at each COMMIT, on PostgreSQL by its
own ``commit_delay``, which waits before the log is flushed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import make_url

from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import ContactCenterError
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, log
from contactcenter.crm.model import NewEvent
from contactcenter.trials.bench.model import Bound, Figure, Row, compared, percentile
from contactcenter.trials.bench.place import Place
from contactcenter.trials.bench.reference import Reference, opened
from contactcenter.trials.bench.statements import Call, recorded

WRITERS = 64
_SYNC_S = 0.001
_ROUND_S = 0.5
_P99 = Bound("<=", 20.0)


async def measure(place: Place) -> Sequence[Row]:
    """Two rows: as the disk is, and with 1 ms more per sync."""
    return [
        await _row(place, "event-log", 0.0, Bound(">=", 4.0)),
        await _row(place, "event-log+1ms", _SYNC_S, Bound(">=", 15.0)),
    ]


async def _row(place: Place, name: str, sync_s: float, goal: Bound) -> Row:
    round_s = 0.05 if place.is_short else _ROUND_S
    pairs: list[tuple[float, float]] = []
    times: list[float] = []
    async with AsyncExitStack() as stack:
        if sync_s and place.store == "postgresql":
            await _slowed(place, sync_s)
        db = await Database.open(place.url)
        stack.push_async_callback(db.close)
        reference = await stack.enter_async_context(opened(place.url))
        if place.store == "sqlite":  # the callback costs a little, so both rounds have it
            wait = partial(_wait_at_commit, sync_s=sync_s)
            await db.write(lambda tx: wait(tx._conn.connection.driver_connection))
            await reference.on_driver(wait)
        interactions = await db.write(_interactions)
        calls = await recorded(db, lambda: db.write(lambda tx: _append(tx, interactions[0])))
        single = OneByOne(reference, calls, interactions[0], await db.write(_interactions))
        # nothing is counted that opens connections or prepares statements
        await _rate(lambda n: db.write(lambda tx: _append(tx, interactions[n])), 0.0)
        await _rate(single.append, 0.0)
        for _ in range(1 if place.is_short else 9):
            ours = await _rate(
                lambda n: db.write(lambda tx: _append(tx, interactions[n])), round_s, times
            )
            pairs.append((ours, await _rate(single.append, round_s)))
        await _check(db, single)
    milliseconds = [each * 1000 for each in times]
    figures = [
        Figure("p50", percentile(milliseconds, 0.5), "ms"),
        Figure("p99", percentile(milliseconds, 0.99), "ms", _P99),
    ]
    return compared(name, place.store, "events/s", pairs, goal, figures)


def _interactions(tx: Tx) -> list[UUID]:
    """One for each writer, so that no writer waits for another's row."""
    customer, address, _ = customers.create_or_find(tx, "phone", "+15550100", "+15550100")
    data = {
        "channel": "voice",
        "direction": "inbound",
        "provider": "simulated",
        "line": "+15550000",
        "customer": str(customer),
        "address": str(address),
    }
    return [
        log.open_interaction(tx, new_id(), NewEvent("opened", "customer", data)).id
        for _ in range(WRITERS)
    ]


def _append(tx: Tx, interaction: UUID) -> None:
    data = {"node": "main", "kind": "collect", "code": "asked"}
    log.append(tx, interaction, NewEvent("menu_step", "menu", data))


async def _rate(
    append: Callable[[int], Awaitable[Any]], seconds: float, times: list[float] | None = None
) -> float:
    """Events a second of all writers together, each at least one; ``times`` takes how long every
    one waited."""
    began = time.perf_counter()
    until = began + seconds

    async def write(number: int) -> int:
        written, now = 0, time.perf_counter()
        while not written or now < until:
            await append(number)
            before, now = now, time.perf_counter()
            written += 1
            if times is not None:
                times.append(now - before)
        return written

    counts = await asyncio.gather(*(write(number) for number in range(WRITERS)))
    return sum(counts) / (time.perf_counter() - began)


class OneByOne:
    """The reference: the recorded statements with an interaction of its own, one commit each."""

    def __init__(
        self, reference: Reference, calls: Sequence[Call], was: UUID, interactions: Sequence[UUID]
    ) -> None:
        self._reference = reference
        self._calls = calls
        self._was = was
        self.interactions = interactions
        self._seqs = dict.fromkeys(interactions, 1)
        self.written = 0

    async def append(self, number: int) -> None:
        interaction = self.interactions[number]
        # where the number of an event is given, the log's own is the row's that it took
        seq = self._seqs[interaction] = self._seqs[interaction] + 1
        self.written += 1
        await self._reference.commit([self._filled(call, interaction, seq) for call in self._calls])

    def _filled(self, call: Call, interaction: UUID, seq: int) -> Call:
        if not call.is_many:
            return Call(call.sql, self._with(call.arguments, interaction), False)
        (row,) = call.arguments
        key, _, *rest = self._with(row, interaction)
        return Call(call.sql, ((key, seq, *rest),), True)

    def _with(self, arguments: Sequence[Any], interaction: UUID) -> tuple[Any, ...]:
        """The same arguments for another interaction (an id is bytes on SQLite)."""
        return tuple(
            interaction
            if each == self._was
            else interaction.bytes
            if each == self._was.bytes
            else each
            for each in arguments
        )


async def _check(db: Database, single: OneByOne) -> None:
    """Every event of the reference is there and numbered as ours are, else nothing was measured."""
    found = 0
    for interaction in single.interactions:
        last = await db.read(lambda tx, key=interaction: log.load(tx, key).last_seq)  # type: ignore[misc]  # bound now
        events = await db.read(
            lambda tx, key=interaction, last=last: log.events_of(  # type: ignore[misc]  # bound now
                tx, key, after_seq=1, limit=last
            )
        )
        if [event.seq for event in events] == list(range(2, last + 1)):
            found += len(events)
    if found != single.written:
        raise ContactCenterError(f"event-log: {single.written} events written, {found} found")


# -- the millisecond ---------------------------------------------------------------------------


async def _slowed(place: Place, sync_s: float) -> None:
    """PostgreSQL: every connection from now on waits before it flushes the log, also alone."""
    name = make_url(place.url).database
    async with opened(place.url) as postgresql:
        for setting in (f"commit_delay = {int(sync_s * 1e6)}", "commit_siblings = 0"):
            await postgresql.on_driver(
                lambda driver, setting=setting: driver.execute(  # type: ignore[misc]  # bound now
                    f'ALTER DATABASE "{name}" SET {setting}'
                )
            )


def _wait_at_commit(driver: Any, sync_s: float) -> None:
    """SQLite: the thread that commits waits first, without the interpreter's lock."""

    def said(statement: str) -> None:
        if statement == "COMMIT" and sync_s:
            time.sleep(sync_s)

    driver.set_trace_callback(said)
