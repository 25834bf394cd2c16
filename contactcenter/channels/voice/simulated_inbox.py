"""Hands the world's events to the core: in order per key, side by side over keys, until taken."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeVar

from contactcenter.core.clock import Clock

T = TypeVar("T")
_log = logging.getLogger(__name__)

RETRY_S = (0.2, 30.0)
"""First and longest pause before an event that the core could not take is handed over again."""


class Inbox:
    """One worker per key (leg, or sender) while it has events."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Callable[[], Awaitable[None]]]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}

    def put(self, key: str, work: Callable[[], Awaitable[None]]) -> None:
        self._waiting.setdefault(key, deque()).append(work)
        if key not in self._workers:
            self._workers[key] = asyncio.get_running_loop().create_task(self._serve(key))

    async def idle(self) -> None:
        """Until everything put so far was taken."""
        workers = tuple(self._workers.values())
        if workers:
            await asyncio.wait(workers)

    async def close(self) -> None:
        """Stop at once; what is under way is not acknowledged and will be repeated."""
        workers = tuple(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        self._waiting.clear()
        self._workers.clear()

    async def _serve(self, key: str) -> None:
        waiting = self._waiting[key]
        while waiting:
            await waiting.popleft()()
        del self._waiting[key]
        del self._workers[key]


async def until_taken(clock: Clock, name: str, hand_over: Callable[[], Awaitable[T]]) -> T:
    """Hand over again and again until the core has the event for good.

    The one place where any fault is caught: whatever went wrong inside the core, the event is
    not acknowledged, so it can not be lost; it is logged and offered again.
    """
    pause, longest = RETRY_S
    while True:
        try:
            return await hand_over()
        except Exception:  # noqa: BLE001 - see above
            _log.exception("event %s was not taken, next attempt in %.1f s", name, pause)
        await clock.sleep(pause)
        pause = min(pause * 2, longest)
