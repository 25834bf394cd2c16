"""Opening a store and running units of work on it."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from contactcenter.core.clock import Clock, SystemClock
from contactcenter.core.db.sqlite_writer import SqliteWriter
from contactcenter.core.db.tx import Tx
from contactcenter.core.db.types import dump_json, load_json, metadata
from contactcenter.core.errors import Invalid

T = TypeVar("T")

_RETRIED = {"40001", "40P01"}  # serialization failure, deadlock: the work is re-run
_TRIES = 6


class Database:
    """One store. ``wake`` receives the topics of every commit (``core.bus`` sets it)."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        self.wake: Callable[[set[str]], None] = lambda topics: None
        self.engine: AsyncEngine
        self._writer: SqliteWriter | None = None

    @property
    def store(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @classmethod
    async def open(cls, url: str, *, clock: Clock | None = None, pool_size: int = 20) -> Database:
        """Connect to ``sqlite:///FILE`` or ``postgresql://...``; the driver is ours to choose."""
        self = cls(url, clock or SystemClock())
        parsed = make_url(url)
        kind = parsed.get_backend_name()
        if kind == "sqlite":
            self._open_sqlite(parsed.database or "", pool_size)
        elif kind == "postgresql":
            self.engine = create_async_engine(
                parsed.set(drivername="postgresql+asyncpg"),
                pool_size=pool_size,
                max_overflow=0,  # an overflow connection is made and thrown away at each use
                connect_args={
                    "prepared_statement_cache_size": 1000,  # above our number of statements
                    "server_settings": {"jit": "off"},  # compiling costs more than our short ones
                },
                json_serializer=dump_json,
                json_deserializer=load_json,
            )
        else:
            raise Invalid(
                f"database: {kind} is not a store of this product",
                hint="use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
            )
        return self

    async def beside(self, pool_size: int = 1) -> Database:
        """The same PostgreSQL by connections of its own, for one who must not queue for the
        pool's; wake-ups go the same way. To be closed by whoever asked."""
        other = await Database.open(self.url, clock=self.clock, pool_size=pool_size)
        other.wake = lambda topics: self.wake(topics)  # noqa: PLW0108  # the bus may yet take it
        return other

    def _open_sqlite(self, file: str, pool_size: int) -> None:
        if file in ("", ":memory:"):
            raise Invalid("database: SQLite needs a file", hint="use sqlite:///FILE")
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        self.engine = create_async_engine(
            f"sqlite+aiosqlite:///{file}",
            pool_size=pool_size,
            json_serializer=dump_json,
            json_deserializer=load_json,
        )
        event.listen(self.engine.sync_engine, "connect", _sqlite_reader)
        writer = create_engine(
            f"sqlite:///{file}",
            poolclass=StaticPool,
            connect_args={"check_same_thread": False, "autocommit": True}
            if hasattr(sqlite3, "LEGACY_TRANSACTION_CONTROL")
            else {"check_same_thread": False, "isolation_level": None},
            json_serializer=dump_json,
            json_deserializer=load_json,
        )
        event.listen(writer, "connect", _sqlite_pragmas)
        self._writer_engine = writer
        self._writer = SqliteWriter(writer, self.clock.now, self._committed)

    def _committed(self, topics: set[str]) -> None:
        self.wake(topics)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` on a pooled connection; whatever it writes is rolled back."""

        def run(conn: Any) -> T:
            return _run(work, Tx(conn, self.clock.now()))

        async with self.engine.connect() as conn:
            return await conn.run_sync(run)

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in a transaction; the result is given only after its COMMIT."""
        if self._writer is not None:
            result: T = await self._writer.write(work)
            return result
        for attempt in range(_TRIES):
            try:
                return await self._write_postgresql(work)
            except Exception as error:
                # a hot statement raises the driver's own error, Core wraps it
                state = getattr(getattr(error, "orig", error), "sqlstate", None)
                if state not in _RETRIED or attempt == _TRIES - 1:
                    raise
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))
        raise AssertionError("unreachable")

    async def _write_postgresql(self, work: Callable[[Tx], T]) -> T:
        woken: set[str] = set()

        def run(conn: Any) -> T:
            tx = Tx(conn, self.clock.now())
            done = _run(work, tx)
            woken.update(tx.woken)
            return done

        async with self.engine.begin() as conn:
            result = await conn.run_sync(run)
        if woken:
            self.wake(woken)
        return result

    async def create_all(self) -> None:
        """Create every registered table (tests; a product database is made by ``migrate``)."""
        if self._writer is not None:
            await asyncio.to_thread(metadata.create_all, self._writer_engine)
            return
        async with self.engine.begin() as conn:
            await conn.run_sync(metadata.create_all)

    async def close(self) -> None:
        if self._writer is not None:
            await asyncio.to_thread(self._writer.close)
            self._writer_engine.dispose()
        await self.engine.dispose()


def _run(work: Callable[[Tx], T], tx: Tx) -> T:
    """``work(tx)``, with its driver cursor closed; not when cancelled: the driver's connection is
    gone then, and the fault of closing on it would take the cancellation's place."""
    try:
        done = work(tx)
    except Exception:
        tx.close()
        raise
    tx.close()
    return done


def _sqlite_pragmas(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "temp_store=MEMORY",
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_reader(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("busy_timeout=5000", "query_only=ON", "cache_size=-16384"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
