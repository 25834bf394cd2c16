"""Loops that go on for as long as the server does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

PAUSE_S = 0.5
_log = logging.getLogger(__name__)


async def kept_up(loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop until cancelled; a fault (a lost database) is logged and the loop begun again."""
    while True:
        try:
            await loop()
        except Exception:  # whatever it was, the pages must come back
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise  # a driver may put a fault of its own in a cancellation's place
            _log.exception("a loop failed and begins again")
            await asyncio.sleep(PAUSE_S)
