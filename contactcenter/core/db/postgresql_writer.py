"""PostgreSQL's writers: a transaction for each unit of work, or for several when they queue.

A few lanes write at a time. While one is free, a unit gets a transaction of its own. Those that
find none free wait, and the next free lane runs what waits one after the other in **one**
transaction: one BEGIN, one COMMIT, one flush for all. There are no savepoints, which would cost
the two round trips again that are saved: when any unit of such a group fails, the group is rolled
back and each is run again alone, as units may be (``docs/why/group-commit.md``). What a caller
sees, results and errors, is what a transaction of its own would have given.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util import await_only

from contactcenter.core.db.tx import Tx, run

T = TypeVar("T")

LANES = 4
_GROUP = 32
_GROUP_S = 0.05
"""A group takes no further unit after so long: no writing transaction may be longer than 1 s."""
_BEGIN = "BEGIN"
_BEGIN_GROUP = "BEGIN; SET LOCAL lock_timeout = '50ms'"
"""A group holds its units' locks in an order nobody chose. Rather than be part of a deadlock, which
PostgreSQL looks for after a second, it gives way."""
_RETRIED = {"40001", "40P01"}  # serialization failure, deadlock: the work is re-run
_TRIES = 6
_UNDONE = {"23", "40"}  # a COMMIT refused so has certainly not happened; anything else may have


@dataclass(slots=True)
class _Item:
    work: Callable[[Tx], Any]
    future: asyncio.Future[Any]


class PostgresqlWriter:
    """Every writing transaction of one ``Database``."""

    def __init__(
        self,
        engine: AsyncEngine,
        now: Callable[[], datetime],
        woken: Callable[[set[str]], None],
        lanes: int = LANES,
    ) -> None:
        # BEGIN and COMMIT are said here, to the driver: SQLAlchemy's cost more than a statement
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._now = now
        self._woken = woken
        self._free = lanes
        self._lanes = lanes
        self._waiting: deque[_Item] = deque()
        self._groups: set[asyncio.Task[None]] = set()

    async def write(self, work: Callable[[Tx], T]) -> T:
        """``Database.write``."""
        if self._free and not self._waiting:
            self._free -= 1
            try:
                return await self._alone(work)
            finally:
                self._free += 1
                self._next()
        item = _Item(work, asyncio.get_running_loop().create_future())
        self._waiting.append(item)
        result: T = await item.future
        return result

    async def close(self) -> None:
        """Wait for the units that wait."""
        while self._groups:
            await asyncio.gather(*self._groups)

    def _next(self) -> None:
        while self._free and self._waiting:
            self._free -= 1
            task = asyncio.create_task(self._lane(), name="writer")
            self._groups.add(task)
            task.add_done_callback(self._groups.discard)

    async def _lane(self) -> None:
        try:
            while self._waiting:
                # a fair part: the other lanes are about to come for theirs
                count = min(_GROUP, -(-len(self._waiting) // self._lanes))
                taken = [self._waiting.popleft() for _ in range(count)]
                group = [item for item in taken if not item.future.done()]
                if len(group) == 1 or not await self._together(group):
                    for item in group:
                        await self._one(item)
        finally:
            self._free += 1

    async def _one(self, item: _Item) -> None:
        try:
            result = await self._alone(item.work)
        except Exception as error:  # noqa: BLE001  # belongs to the caller who gave the work
            if not item.future.done():
                item.future.set_exception(error)
        else:
            _give(item, result)

    # -- one unit, one transaction -----------------------------------------------------------

    async def _alone(self, work: Callable[[Tx], T]) -> T:
        for attempt in range(_TRIES):
            try:
                return await self._once(work)
            except Exception as error:
                # a hot statement raises the driver's own error, Core wraps it
                if _state_of(error) not in _RETRIED or attempt == _TRIES - 1:
                    raise
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
        raise AssertionError("unreachable")

    async def _once(self, work: Callable[[Tx], T]) -> T:
        results: list[Any] = []
        woken: set[str] = set()
        await self._transaction(_BEGIN, [work], results, woken)
        if woken:
            self._woken(woken)
        result: T = results[0]
        return result

    async def _transaction(
        self,
        begin: str,
        works: Sequence[Callable[[Tx], Any]],
        results: list[Any],
        woken: set[str],
    ) -> None:
        """On return it is committed; on any fault but ``_Unknown`` it is not."""
        async with self._engine.connect() as conn:
            driver = (await conn.get_raw_connection()).driver_connection
            is_done = False
            try:
                await _begun(driver, begin)
                await conn.run_sync(self._units, driver, works, results, woken)
                await _committed(driver)
                is_done = True
            finally:
                if not is_done:
                    await _rolled_back(conn, driver)

    def _units(
        self,
        conn: Any,
        driver: Any,
        works: Sequence[Callable[[Tx], Any]],
        results: list[Any],
        woken: set[str],
    ) -> None:
        until = time.monotonic() + _GROUP_S
        for work in works:
            tx = Tx(conn, self._now(), _Cursor(driver))
            results.append(run(work, tx))
            woken |= tx.woken
            if time.monotonic() > until:
                return

    # -- several units, one transaction ------------------------------------------------------

    async def _together(self, group: list[_Item]) -> bool:
        """False when it was rolled back, and every unit is yet to be run."""
        if not group:
            return True
        results: list[Any] = []
        woken: set[str] = set()
        try:
            await self._transaction(_BEGIN_GROUP, [item.work for item in group], results, woken)
        except _Unknown as unknown:
            for item in group[: len(results)]:
                if not item.future.done():
                    item.future.set_exception(unknown)
            self._put_back(group[len(results) :])
            return True
        except Exception:  # noqa: BLE001  # each alone will meet it again, or not
            return False
        self._put_back(group[len(results) :])
        if woken:
            self._woken(woken)
        for item, result in zip(group, results, strict=False):
            _give(item, result)
        return True

    def _put_back(self, items: list[_Item]) -> None:
        self._waiting.extendleft(reversed(items))


class _Unknown(OperationalError):
    """Whether a COMMIT has happened can not be told: nothing may be run again."""


async def _begun(driver: Any, begin: str) -> None:
    try:
        await driver.execute(begin)
    except Exception as error:  # whatever it is: the store can not be worked with
        raise OperationalError(begin, None, error) from error


async def _committed(driver: Any) -> None:
    try:
        said = await driver.execute("COMMIT")
    except Exception as error:
        if str(_state_of(error))[:2] in _UNDONE:
            raise
        raise _Unknown("COMMIT", None, error) from error
    if said != "COMMIT":  # a work went on after a statement of its own that failed
        raise OperationalError("COMMIT", None, RuntimeError("the transaction had failed"))


async def _rolled_back(conn: AsyncConnection, driver: Any) -> None:
    """A connection that can not even roll back is not given to anybody again; the fault of that
    does not take the place of what led here."""
    try:
        await driver.execute("ROLLBACK")
    except Exception:  # noqa: BLE001  # any: the connection is lost
        await conn.invalidate()
    except BaseException:
        await conn.invalidate()
        raise


def _give(item: _Item, result: Any) -> None:
    if not item.future.done():  # nobody waits any more for one that was cancelled
        item.future.set_result(result)


def _state_of(error: BaseException) -> str | None:
    state: str | None = getattr(getattr(error, "orig", error), "sqlstate", None)
    return state


class _Cursor:
    """asyncpg as ``Tx`` asks for it, without what SQLAlchemy's own does beside the statement."""

    __slots__ = ("_driver", "_rows")

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._rows: list[Any] = []

    def execute(self, sql: str, arguments: tuple[Any, ...] = ()) -> None:
        self._rows = await_only(self._driver.fetch(sql, *arguments))

    def executemany(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        if len(rows) == 1:  # a tenth cheaper
            self.execute(sql, rows[0])
        else:
            await_only(self._driver.executemany(sql, rows))

    def fetchall(self) -> list[Any]:
        return self._rows

    def close(self) -> None:
        self._rows = []
