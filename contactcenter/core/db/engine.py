"""Opening a store and running units of work on it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

from contactcenter.core.clock import Clock, SystemClock
from contactcenter.core.db.postgresql_writer import LANES, PostgresqlWriter
from contactcenter.core.db.sqlite_writer import SqliteWriter
from contactcenter.core.db.tx import Tx, run
from contactcenter.core.db.types import dump_json, load_json, metadata
from contactcenter.core.errors import Invalid

T = TypeVar("T")


class Database:
    """One store. ``wake`` receives the topics of every commit (``core.bus`` sets it)."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = url
        self.clock = clock
        self.wake: Callable[[set[str]], None] = lambda topics: None
        self.engine: AsyncEngine
        self._writer: SqliteWriter | None = None
        self._lanes: PostgresqlWriter | None = None

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
                    # above our number of statements; of Core's execution, and of the driver's
                    "prepared_statement_cache_size": 1000,
                    "statement_cache_size": 1000,
                    "server_settings": {"jit": "off"},  # compiling costs more than our short ones
                },
                json_serializer=dump_json,
                json_deserializer=load_json,
            )
            lanes = min(LANES, pool_size)
            self._lanes = PostgresqlWriter(self.engine, self.clock.now, self._committed, lanes)
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

        def unit(conn: Any) -> T:
            return run(work, Tx(conn, self.clock.now()))

        async with self.engine.connect() as conn:
            try:
                return await conn.run_sync(unit)
            except Exception:
                raise
            except BaseException:
                # cancelled: asyncpg may stand in a transaction that it does not know to have begun
                await conn.invalidate()
                raise

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in a transaction; the result is given only after its COMMIT."""
        if self._writer is not None:
            result: T = await self._writer.write(work)
            return result
        if self._lanes is None:
            raise RuntimeError("the store is not open")
        return await self._lanes.write(work)

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
        if self._lanes is not None:
            await self._lanes.close()
        await self.engine.dispose()


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
