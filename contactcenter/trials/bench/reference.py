"""The plainest way to commit the same statements: one connection of the driver, one transaction
each. No SQLAlchemy, no pool, no group commit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Protocol

from sqlalchemy import make_url

from contactcenter.core.db.engine import _sqlite_pragmas
from contactcenter.trials.bench.statements import Call


class Reference(Protocol):
    """Commits what it is given; a second one waits for the first."""

    async def commit(self, calls: Sequence[Call]) -> None: ...

    async def on_driver(self, act: Callable[[Any], Any]) -> Any:
        """``act`` on the driver's connection."""
        ...


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Reference]:
    """A reference on the store of ``url``, under the settings ours has."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with ThreadPoolExecutor(1, "reference") as thread:
            sqlite = _Sqlite(thread, parsed.database or "")
            try:
                yield sqlite
            finally:
                await sqlite.on_driver(sqlite3.Connection.close)
        return
    import asyncpg

    address = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(address, server_settings={"jit": "off"})
    try:
        yield _Postgresql(connection)
    finally:
        await connection.close()


class _Sqlite:
    def __init__(self, thread: ThreadPoolExecutor, file: str) -> None:
        self._thread = thread
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        _sqlite_pragmas(self._connection, None)

    async def commit(self, calls: Sequence[Call]) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._commit, calls)

    async def on_driver(self, act: Callable[[Any], Any]) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, act, self._connection)

    def _commit(self, calls: Sequence[Call]) -> None:
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        try:
            for call in calls:
                if call.is_many:
                    self._connection.executemany(call.sql, call.arguments)
                else:
                    run(call.sql, call.arguments).fetchall()
            run("COMMIT")
        except sqlite3.Error:
            run("ROLLBACK")
            raise


class _Postgresql:
    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    async def commit(self, calls: Sequence[Call]) -> None:
        async with self._turn, self._connection.transaction():
            for call in calls:
                if call.is_many:
                    await self._connection.executemany(call.sql, call.arguments)
                else:
                    await self._connection.fetch(call.sql, *call.arguments)

    async def on_driver(self, act: Callable[[Any], Any]) -> Any:
        return await act(self._connection)
