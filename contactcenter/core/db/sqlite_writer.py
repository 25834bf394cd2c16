"""SQLite's one writer: a thread that commits many units of work at once (group commit).

Each unit runs under its own SAVEPOINT, so one that fails takes nobody with it; all results of a
batch are released together after the COMMIT.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from contactcenter.core.db.tx import Tx

_BATCH = 256


@dataclass(slots=True)
class _Item:
    work: Callable[[Tx], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    result: Any = None
    error: BaseException | None = None


class SqliteWriter:
    """Owns the only writing connection of this process."""

    def __init__(
        self, engine: Engine, now: Callable[[], datetime], woken: Callable[[set[str]], None]
    ) -> None:
        self._engine = engine
        self._now = now
        self._woken = woken
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Tx], Any]) -> Any:
        loop = asyncio.get_running_loop()
        item = _Item(work, loop.create_future(), loop)
        self._queue.put(item)
        return await item.future

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        with self._engine.connect() as conn:
            driver = conn.connection.driver_connection
            if not isinstance(driver, sqlite3.Connection):
                raise TypeError("the writer needs the sqlite3 driver")
            while True:
                batch, more = self._take()
                if batch:
                    self._commit(conn, driver, batch)
                if not more:
                    return

    def _take(self) -> tuple[list[_Item], bool]:
        first = self._queue.get()
        if first is None:
            return [], False
        batch = [first]
        while len(batch) < _BATCH:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return batch, False
            batch.append(item)
        return batch, True

    def _commit(self, conn: Any, driver: sqlite3.Connection, batch: list[_Item]) -> None:
        woken: set[str] = set()
        try:
            driver.execute("BEGIN IMMEDIATE")
            try:
                shared = len(batch) > 1
                for item in batch:
                    self._run_one(conn, driver, item, woken, shared=shared)
                driver.execute("COMMIT")
            finally:
                if driver.in_transaction:
                    driver.execute("ROLLBACK")
                # Core begins by itself, which only marks SQLAlchemy's state: the driver is in
                # autocommit and takes our statements
                if conn.in_transaction():
                    conn.rollback()
        except Exception as error:  # noqa: BLE001  # whatever it is, every waiting caller gets it
            for item in batch:
                item.error = error
            woken.clear()
        if woken:
            self._woken(woken)
        self._release(batch)

    def _run_one(
        self,
        conn: Any,
        driver: sqlite3.Connection,
        item: _Item,
        woken: set[str],
        *,
        shared: bool,
    ) -> None:
        """Carry out one work; what fails undoes itself alone, in a batch of its own the whole."""
        if shared:
            driver.execute("SAVEPOINT unit")
        tx = Tx(conn, self._now())
        try:
            item.result = item.work(tx)
        except Exception as error:  # belongs to the caller who gave the work
            item.error = error
            if not driver.in_transaction or not shared:
                raise
            driver.execute("ROLLBACK TO unit")
            driver.execute("RELEASE unit")
        else:
            if shared:
                driver.execute("RELEASE unit")
            woken |= tx.woken
        finally:
            tx.close()

    @staticmethod
    def _release(batch: list[_Item]) -> None:
        loops: dict[asyncio.AbstractEventLoop, list[_Item]] = {}
        for item in batch:
            loops.setdefault(item.loop, []).append(item)
        for loop, items in loops.items():
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, items)


def _settle(items: list[_Item]) -> None:
    for item in items:
        if item.future.done():
            continue
        if item.error is not None:
            item.future.set_exception(item.error)
        else:
            item.future.set_result(item.result)
