"""The world's loopback socket: one line of JSON a message, as many servers as come."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

import msgspec

from contactcenter.channels.voice.world import (
    PROTOCOL,
    Ack,
    AnyCommand,
    AnyEvent,
    Attach,
    CaughtUp,
    Detach,
    Kind,
    Reply,
)
from contactcenter.channels.voice.world_port import decode_command, encode
from contactcenter.core.errors import ContactCenterError, Invalid
from contactcenter.standins.world import World

_log = logging.getLogger(__name__)
LONGEST_LINE = 1 << 20


class WorldSocket:
    """Serves one world on ``host:port`` (0: any free port; then see ``port``)."""

    def __init__(self, world: World, host: str = "127.0.0.1", port: int = 0) -> None:
        self._world = world
        self._host = host
        self.port = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, self._host, self.port, limit=LONGEST_LINE
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in tuple(self._open):
                writer.close()
            await self._server.wait_closed()

    def drop_connections(self) -> None:
        """Cut every connection at once, unsent data lost, as a broken network does."""
        for writer in tuple(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self._world, writer)
        self._open.add(writer)
        try:
            with contextlib.suppress(ConnectionError, ValueError):
                while (line := await reader.readline()).endswith(b"\n"):
                    connection.take(line)
        finally:
            connection.close()
            self._open.discard(writer)
            writer.close()


class _Connection:
    """One server on the line."""

    def __init__(self, world: World, writer: asyncio.StreamWriter) -> None:
        self._world = world
        self._writer = writer
        self._attached: dict[Kind, Callable[[], None]] = {}

    def take(self, line: bytes) -> None:
        """Carry out one line. A line that is no command is answered, and nothing else suffers."""
        try:
            command = decode_command(line)
        except msgspec.DecodeError as error:
            _log.warning("not a command: %s", error)
            self._send(Reply(ref=0, code=Invalid.code, message=str(error)))
            return
        if isinstance(command, Ack):
            self._world.ack(command.ids)
        elif isinstance(command, Attach):
            self._attach(command)
        elif isinstance(command, Detach):
            self._attached.pop(command.kind, lambda: None)()
        else:
            self._send(self._reply(command))

    def close(self) -> None:
        for detach in self._attached.values():
            detach()

    def _attach(self, command: Attach) -> None:
        if command.protocol != PROTOCOL:
            message = f"this world speaks protocol {PROTOCOL}, not {command.protocol}"
            self._send(Reply(ref=command.ref, code=Invalid.code, message=message))
            return
        self._attached[command.kind] = self._world.attach(command.kind, command.lines, self._send)
        self._send(CaughtUp(kind=command.kind, world_id=self._world.world_id))

    def _reply(self, command: AnyCommand) -> Reply:
        try:
            return Reply(ref=command.ref, value=self._world.handle(command))
        except ContactCenterError as error:
            return Reply(ref=command.ref, code=error.code, message=error.message)

    def _send(self, message: AnyEvent | Reply | CaughtUp) -> None:
        if not self._writer.is_closing():
            self._writer.write(encode(message) + b"\n")
