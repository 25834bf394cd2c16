"""Numbered frames and the topics that carry them: encoded once, kept for a while for resuming."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import deque
from datetime import UTC, datetime
from typing import Any, Protocol

import pydantic_core

KEPT = 500
"""Frames of a topic that a returning browser can still get."""

_PORTION = 100
_NODES = 1024
_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


class Numbers:
    """Frame numbers of one server process.

    They begin at the time in milliseconds and carry the process in their low digits, so that a
    number of another process, or of this one before a restart, is recognised. They stay below
    2**53 until the year 2300.
    """

    def __init__(self, now: datetime, node: int | None = None) -> None:
        self._node = secrets.randbelow(_NODES) if node is None else node
        start = int((now - _BEGIN).total_seconds() * 1000)
        self._next = itertools.count(max(1, start))
        self.last = next(self._next) * _NODES + self._node

    def take(self) -> int:
        """The next number."""
        self.last = next(self._next) * _NODES + self._node
        return self.last

    def is_ours(self, number: int) -> bool:
        """Whether this process gave the number out."""
        return number % _NODES == self._node and number <= self.last


class Listener(Protocol):
    """One socket."""

    def put(self, frame: bytes) -> None:
        """Take a frame to be sent; never waits."""
        ...

    def wake(self) -> None:
        """Send what was put."""
        ...


class Topic:
    """One topic's listeners and its recent frames. ``name`` is what clients call it."""

    def __init__(self, name: str, numbers: Numbers) -> None:
        self.name = name
        self.listeners: set[Listener] = set()
        self._numbers = numbers
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._complete_after = numbers.last

    def publish(self, kind: str, data: Any) -> None:
        """Number and encode one frame, once for all listeners, and have it sent."""
        number = self._numbers.take()
        frame = encode(number, kind, self.name, data)
        if len(self._kept) == KEPT:
            self._complete_after = self._kept[0][0]
        self._kept.append((number, frame))
        for listener in self.listeners:
            listener.put(frame)
        _wake(list(self.listeners))

    def since(self, after: int) -> list[bytes] | None:
        """The frames after a number; None when some of them are no longer kept."""
        if not self._numbers.is_ours(after) or after < self._complete_after:
            return None
        return [frame for number, frame in self._kept if number > after]


def _wake(listeners: list[Listener]) -> None:
    """In portions, so that a thousand sockets do not hold the loop."""
    for listener in listeners[:_PORTION]:
        listener.wake()
    if len(listeners) > _PORTION:
        asyncio.get_running_loop().call_soon(_wake, listeners[_PORTION:])


def encode(number: int, kind: str, topic: str, data: Any) -> bytes:
    """A frame; ``data`` is a shape of the API, or JSON made of shapes."""
    body = {"n": number, "type": kind, "topic": topic, "data": data}
    return pydantic_core.to_json(body)


def problem(code: str, detail: str) -> bytes:
    """A frame that says what was wrong with a frame of the client."""
    body = {"type": "problem", "code": code, "detail": detail}
    return pydantic_core.to_json(body)
