"""Two ways to the simulated world: called directly (tests, virtual time) or over a loopback socket.

Commands wait for the connection and are sent again after it was lost; their ``op_id`` makes that
harmless. Events are repeated by the world until acknowledged, so losing the connection loses
nothing in either direction.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from contactcenter.channels.voice.world import (
    Ack,
    AnyCommand,
    AnyEvent,
    Attach,
    CaughtUp,
    Detach,
    Kind,
    Reply,
)
from contactcenter.channels.voice.world_port import CarrierWorld, decode_message, encode
from contactcenter.core.errors import (
    Conflict,
    ContactCenterError,
    Invalid,
    NotFound,
    TransportError,
)

_log = logging.getLogger(__name__)
LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one adapter takes. ``on_up`` comes after the kept events, with the world's id."""

    kind: Kind
    lines: tuple[str, ...]
    on_event: Callable[[AnyEvent], None]
    on_up: Callable[[str], None]
    on_down: Callable[[], None]


class WorldTransport(Protocol):
    """The way to one world; several adapters may share it."""

    async def attach(self, subscription: Subscription) -> None:
        """Begin to deliver; returns before the connection stands."""
        ...

    async def detach(self, kind: Kind) -> None: ...

    async def call(self, command: AnyCommand, wait_s: float | None = None) -> object:
        """The command's value as plain JSON types. Raises the world's own fault, or
        ``TransportError(unknown=True)`` when no answer came within ``wait_s``."""
        ...

    def post(self, command: AnyCommand) -> None:
        """Carry out ``command`` as soon as possible; nobody waits for its answer."""
        ...

    def ack(self, ids: Sequence[str]) -> None: ...


class DirectWorld:
    """Calls a world in this process."""

    def __init__(self, world: CarrierWorld) -> None:
        self._world = world
        self._detach: dict[Kind, Callable[[], None]] = {}

    async def attach(self, subscription: Subscription) -> None:
        self._detach[subscription.kind] = self._world.attach(
            subscription.kind, subscription.lines, subscription.on_event
        )
        subscription.on_up(self._world.world_id)

    async def detach(self, kind: Kind) -> None:
        detach = self._detach.pop(kind, None)
        if detach is not None:
            detach()

    async def call(self, command: AnyCommand, wait_s: float | None = None) -> object:
        await asyncio.sleep(0)
        return msgspec.to_builtins(self._world.handle(command))

    def post(self, command: AnyCommand) -> None:
        with contextlib.suppress(ContactCenterError):
            self._world.handle(command)

    def ack(self, ids: Sequence[str]) -> None:
        self._world.ack(ids)


class LoopbackWorld:
    """One socket to a world in another process, connected again whenever it is lost.

    ``retry_s``: the first and the longest pause between attempts, in real seconds.
    """

    def __init__(self, host: str, port: int, *, retry_s: tuple[float, float] = (0.05, 2.0)) -> None:
        self._address = (host, port)
        self._retry_s = retry_s
        self._refs = itertools.count(1)
        self._pending: dict[int, tuple[AnyCommand, asyncio.Future[object]]] = {}
        self._subscriptions: dict[Kind, Subscription] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_connected(self) -> bool:
        return self._writer is not None

    async def attach(self, subscription: Subscription) -> None:
        self._subscriptions[subscription.kind] = subscription
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._stay_connected())
        elif self._writer is not None:
            self._write(Attach(kind=subscription.kind, lines=subscription.lines))

    async def detach(self, kind: Kind) -> None:
        """The last detach closes the socket."""
        if self._subscriptions.pop(kind, None) is not None:
            self._write(Detach(kind=kind))
        if not self._subscriptions and self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None
            for _, future in self._pending.values():
                future.cancel()
            self._pending.clear()

    async def call(self, command: AnyCommand, wait_s: float | None = None) -> object:
        ref, future = self._send(command)
        try:
            async with asyncio.timeout(wait_s):
                return await future
        except TimeoutError:
            raise TransportError(
                "the simulated carrier does not answer",
                permanent=False,
                unknown=True,
                reply_code="timeout",
            ) from None
        finally:
            self._pending.pop(ref, None)

    def post(self, command: AnyCommand) -> None:
        _, future = self._send(command)
        future.add_done_callback(_look_at)

    def ack(self, ids: Sequence[str]) -> None:
        # Lost acknowledgements are harmless: the event comes again and is acknowledged again.
        self._write(Ack(ids=tuple(ids)))

    # -- inside --------------------------------------------------------------------------------

    def _send(self, command: AnyCommand) -> tuple[int, asyncio.Future[object]]:
        ref = next(self._refs)
        command = msgspec.structs.replace(command, ref=ref)
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._pending[ref] = (command, future)
        self._write(command)
        return ref, future

    def _write(self, command: AnyCommand) -> None:
        if self._writer is not None:
            self._writer.write(encode(command) + b"\n")

    async def _stay_connected(self) -> None:
        shortest, longest = self._retry_s
        pause = shortest
        while True:
            try:
                reader, writer = await asyncio.open_connection(*self._address, limit=LONGEST_LINE)
            except OSError:
                await asyncio.sleep(pause)
                pause = min(pause * 2, longest)
                continue
            pause = shortest
            try:
                await self._converse(reader, writer)
            finally:
                self._writer = None
                writer.close()
            for subscription in self._subscriptions.values():
                subscription.on_down()
            await asyncio.sleep(pause)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the connection ends. A line cut off by the end is not read: it is repeated."""
        self._writer = writer
        for subscription in self._subscriptions.values():
            self._write(Attach(kind=subscription.kind, lines=subscription.lines))
        for command, _ in tuple(self._pending.values()):
            self._write(command)
        try:
            while (line := await reader.readline()).endswith(b"\n"):
                self._take(decode_message(line))
        except ConnectionError:
            return
        except (msgspec.DecodeError, ValueError) as error:
            # Not our protocol, or a line without end: whoever answers there is not the world.
            _log.warning("the carrier world at %s:%s is not understood: %s", *self._address, error)

    def _take(self, message: AnyEvent | Reply | CaughtUp) -> None:
        if isinstance(message, Reply):
            self._settle(message)
        elif isinstance(message, CaughtUp):
            if message.kind in self._subscriptions:
                self._subscriptions[message.kind].on_up(message.world_id)
        else:
            kind: Kind = "voice" if message.leg else "sms"
            if kind in self._subscriptions:
                self._subscriptions[kind].on_event(message)

    def _settle(self, reply: Reply) -> None:
        _, future = self._pending.pop(reply.ref, (None, None))
        if future is None or future.done():
            return
        if reply.code:
            future.set_exception(fault(reply.code, reply.message))
        else:
            future.set_result(reply.value)


def fault(code: str, message: str) -> ContactCenterError:
    """The world's fault as the port's error. The classes are named by their code or its group."""
    if code == Invalid.code:
        return Invalid(message)
    if code == NotFound.code:
        return NotFound(message)
    return Conflict(message, code=code)


def _look_at(future: asyncio.Future[object]) -> None:
    if not future.cancelled() and future.exception() is not None:
        _log.debug("a posted command was refused: %s", future.exception())
