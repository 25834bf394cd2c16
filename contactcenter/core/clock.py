"""Time as an argument: the system's clock (with an offset for trials) or a virtual one."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the product may know of time. All datetimes are aware and in UTC."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """Wall time, shifted by a fixed offset (``CC_CLOCK_OFFSET``; zero in production)."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class VirtualClock:
    """Time that moves only when ``advance`` is awaited; sleepers wake in due order."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._ticket = itertools.count()

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self._now + timedelta(seconds=seconds)
        heapq.heappush(self._sleepers, (due, next(self._ticket), future))
        await future

    async def advance(self, seconds: float, *, settle: int = 20) -> None:
        """Move time forward, waking each sleeper at its own instant.

        ``settle`` is the number of loop passes given to woken tasks before time moves on.
        """
        end = self._now + timedelta(seconds=seconds)
        await self._settle(settle)
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            self._now = max(self._now, due)
            if not future.done():
                future.set_result(None)
            await self._settle(settle)
        self._now = end
        await self._settle(settle)

    @staticmethod
    async def _settle(passes: int) -> None:
        for _ in range(passes):
            await asyncio.sleep(0)
