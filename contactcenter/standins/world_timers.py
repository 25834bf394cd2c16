"""Timers of the simulated world on an injected clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from contactcenter.core.clock import Clock

Cancel = Callable[[], None]


class Timers:
    """Calls back once after a delay; ``close`` forgets everything that is due."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def after(self, seconds: float, act: Callable[[], None]) -> Cancel:
        """Run ``act`` in ``seconds`` (at the earliest in the loop's next pass)."""
        task = asyncio.get_running_loop().create_task(self._later(seconds, act))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return _canceller(task)

    async def close(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _later(self, seconds: float, act: Callable[[], None]) -> None:
        await self._clock.sleep(seconds)
        act()


def _canceller(task: asyncio.Task[None]) -> Cancel:
    def cancel() -> None:
        task.cancel()

    return cancel
