"""What this server node has seen of legs, rooms and commands. A memory, never the truth.

Webhooks fill it; whatever is missing is asked of Twilio. So it may be lost at any time.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

T = TypeVar("T")

KEEP = 10_000
"""Entries kept of each kind; the oldest go first."""


def keep(entries: OrderedDict[str, T], key: str, value: T) -> None:
    """Remember an entry; the oldest beyond ``KEEP`` is forgotten."""
    entries[key] = value
    entries.move_to_end(key)
    while len(entries) > KEEP:
        entries.popitem(last=False)


@dataclass(slots=True)
class Book:
    """Which leg is where, and which command made which leg."""

    rooms: OrderedDict[str, str] = field(default_factory=OrderedDict)
    conferences: OrderedDict[str, str] = field(default_factory=OrderedDict)
    legs: OrderedDict[str, str] = field(default_factory=OrderedDict)
    lines: OrderedDict[str, str] = field(default_factory=OrderedDict)
    ops: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def joined(self, leg: str, room: str, conference: str) -> None:
        keep(self.rooms, leg, room)
        keep(self.conferences, room, conference)

    def left(self, leg: str) -> None:
        self.rooms.pop(leg, None)

    def room_ended(self, room: str, conference: str) -> None:
        """A room's name may live on in a new conference, so only this one is forgotten."""
        if self.conferences.get(room) == conference:
            del self.conferences[room]

    def met(self, leg: str, line: str) -> None:
        """A leg was seen on ``line``."""
        keep(self.lines, leg, line)

    def started(self, op_id: str, leg: str) -> None:
        keep(self.legs, op_id, leg)
        keep(self.ops, leg, op_id)

    def ended(self, leg: str) -> None:
        self.left(leg)
        self.lines.pop(leg, None)


class Once:
    """Runs each ``op_id`` once; whoever brings it again gets the first one's result.

    A command that failed is forgotten, so it may be brought again.
    """

    def __init__(self) -> None:
        self._runs: OrderedDict[str, asyncio.Future[object]] = OrderedDict()

    async def run(self, op_id: str, work: Callable[[], Awaitable[T]]) -> T:
        known = self._runs.get(op_id)
        if known is None:
            known = asyncio.ensure_future(_as_object(work))
            keep(self._runs, op_id, known)
            known.add_done_callback(lambda done: self._forget_failed(op_id, done))
        return cast("T", await asyncio.shield(known))

    def _forget_failed(self, op_id: str, done: asyncio.Future[object]) -> None:
        if (done.cancelled() or done.exception()) and self._runs.get(op_id) is done:
            del self._runs[op_id]


async def _as_object(work: Callable[[], Awaitable[object]]) -> object:
    return await work()
