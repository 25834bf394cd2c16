"""Topics that are a picture of now: read again when woken, sent when different."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pydantic_core

from contactcenter.core.access.model import Role
from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import NotFound
from contactcenter.web.live.frames import Topic


@dataclass(frozen=True, slots=True)
class Picture:
    """A kind of topic. ``name`` is the topic, or what stands before the colon of ``name:<id>``.

    ``read(tx, id)`` gives a shape (``NotFound`` for an unknown id); ``gap_s`` is the least time
    between two frames, ``poll_s`` the longest between two looks.
    """

    name: str
    kind: str
    roles: frozenset[Role]
    wakes: tuple[str, ...]
    read: Callable[[Tx, str], Any]
    gap_s: float
    poll_s: float = 1.0


class PolledTopic:
    """One open topic of a kind; its task ends with its last listener."""

    def __init__(self, picture: Picture, part: str, topic: Topic) -> None:
        self.picture = picture
        self.part = part
        self.topic = topic
        self._sent: bytes | None = None

    async def look(self, db: Database) -> None:
        """Read, and publish when it differs from what was sent last."""
        data = await db.read(lambda tx: self.picture.read(tx, self.part))
        encoded = pydantic_core.to_json(data)
        if encoded != self._sent:
            self._sent = encoded
            self.topic.publish(self.picture.kind, data)

    async def run(self, db: Database, bus: Bus) -> None:
        """Until cancelled."""
        async with bus.waiter(*self.picture.wakes) as waiter:
            while True:
                began = time.monotonic()
                with contextlib.suppress(NotFound):  # deleted meanwhile: nothing to show
                    await self.look(db)
                await asyncio.sleep(max(0.0, self.picture.gap_s - (time.monotonic() - began)))
                await waiter.wait(max(0.01, self.picture.poll_s - self.picture.gap_s))
