"""Wake-ups between parts: topics without payload. Losing one costs a poll, never a fact.

In-process at once; on PostgreSQL also over LISTEN/NOTIFY between server nodes, one notification
per batch and outside the hot transactions.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contactcenter.core.db import Database

_CHANNEL = "contactcenter"
_COALESCE_S = 0.005


class Waiter:
    """Waits for any of its topics; remembers a wake-up that came while it was not waiting."""

    def __init__(self, topics: frozenset[str]) -> None:
        self.topics = topics
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, timeout_s: float) -> bool:
        """True when woken, False after ``timeout_s``; either way: go and look."""
        try:
            # not wait_for: before Python 3.12 it loses a cancellation that meets the wake-up
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Bus:
    """One per server node; takes over ``Database.wake``."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._waiters: set[Waiter] = set()
        self._loop = asyncio.get_running_loop()
        self._outgoing: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        db.wake = self.wake

    def wake(self, topics: set[str]) -> None:
        """Called after a commit, from any thread."""
        self._loop.call_soon_threadsafe(self._woken, frozenset(topics))

    def _woken(self, topics: frozenset[str]) -> None:
        self._local(topics)
        self._outgoing |= topics

    def _local(self, topics: frozenset[str]) -> None:
        for waiter in self._waiters:
            if waiter.topics & topics:
                waiter.set()

    @asynccontextmanager
    async def waiter(self, *topics: str) -> AsyncIterator[Waiter]:
        waiter = Waiter(frozenset(topics))
        self._waiters.add(waiter)
        try:
            yield waiter
        finally:
            self._waiters.discard(waiter)

    async def start(self) -> None:
        """Begin to exchange wake-ups with other server nodes (PostgreSQL only)."""
        if self._db.store == "postgresql":
            self._task = asyncio.create_task(self._exchange(), name="bus")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _exchange(self) -> None:
        import asyncpg

        url = self._db.engine.url.set(drivername="postgresql").render_as_string(False)
        while True:
            try:
                connection = await asyncpg.connect(url)
            except (OSError, asyncpg.PostgresError):
                await asyncio.sleep(1.0)  # polling carries the work meanwhile
                continue
            try:
                await connection.add_listener(_CHANNEL, self._heard)
                await self._publish(connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(0.2)
            finally:
                connection.terminate()

    async def _publish(self, connection: object) -> None:
        while True:
            await asyncio.sleep(_COALESCE_S if self._outgoing else 0.02)
            if self._outgoing:
                topics, self._outgoing = self._outgoing, set()
                payload = f"{id(self)} {' '.join(sorted(topics))}"
                await connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, payload)  # type: ignore[attr-defined]  # asyncpg is untyped

    def _heard(self, connection: object, pid: int, channel: str, payload: str) -> None:
        sender, *topics = payload.split(" ")
        if sender != str(id(self)):
            self._local(frozenset(topics))
