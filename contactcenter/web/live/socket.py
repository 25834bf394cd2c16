"""One live socket: what a client says, and the frames that wait to be sent to it."""

from __future__ import annotations

import asyncio
import json
from collections import deque

import msgspec
from aiohttp import WSMsgType, web

from contactcenter.core.access.model import Principal
from contactcenter.core.errors import ContactCenterError, Invalid
from contactcenter.web import guard
from contactcenter.web.live import frames
from contactcenter.web.live.hub import HUB
from contactcenter.web.ports import SERVICES

MOST_WAITING = 2000
"""Frames a slow client may be behind; beyond it is closed and comes back to a snapshot."""

MAX_MESSAGE = 16_384
SIGNED_OUT = 4401
TOO_SLOW = 1013


class Topics(msgspec.Struct, forbid_unknown_fields=True):
    """What the client wants to hear, and the last number it saw."""

    topics: list[str]
    after: int | None = None


class Hello(msgspec.Struct, forbid_unknown_fields=True):
    """The only frame of a client."""

    hello: Topics


class Socket:
    """Frames go out in the order of their numbers; ``put`` never waits."""

    def __init__(self, ws: web.WebSocketResponse, who: Principal) -> None:
        self.who = who
        self._ws = ws
        self._queue: deque[bytes] = deque()
        self._held: list[bytes] | None = None
        self._some = asyncio.Event()
        self._closing: asyncio.Task[bool] | None = None

    def put(self, frame: bytes) -> None:
        if self._held is not None:
            self._held.append(frame)
            return
        self._queue.append(frame)
        if len(self._queue) > MOST_WAITING:
            self.close(TOO_SLOW, "too slow")

    def wake(self) -> None:
        if self._queue:
            self._some.set()

    def hold(self) -> None:
        """Keep frames back until ``release``: a snapshot is being read."""
        if self._held is None:
            self._held = []

    def release(self, first: list[bytes]) -> None:
        """Send ``first``, then what was held."""
        held, self._held = self._held or [], None
        for frame in (*first, *held):
            self.put(frame)
        self.wake()

    def say(self, frame: bytes) -> None:
        """Send one frame to this client alone."""
        self.put(frame)
        self.wake()

    def close(self, code: int, reason: str) -> None:
        """Close soon; calling it again changes nothing."""
        if self._closing is None:
            self._closing = asyncio.create_task(
                self._ws.close(code=code, message=reason.encode(), drain=False)
            )

    async def write(self) -> None:
        """Send what was put, until cancelled or the client is gone."""
        while True:
            await self._some.wait()
            self._some.clear()
            while self._queue and not self._ws.closed:
                try:
                    await self._ws.send_frame(self._queue.popleft(), WSMsgType.TEXT)
                except ConnectionError:
                    return


async def live(request: web.Request) -> web.StreamResponse:
    """``GET /api/v1/live``."""
    services = request.app[SERVICES]
    who, _ = await guard.caller(request, services)
    if who is None:
        raise guard.nobody()
    guard.check_socket(request, services.settings)
    hub = request.app[HUB]
    ws = web.WebSocketResponse(
        heartbeat=services.settings.ping_s, compress=False, max_msg_size=MAX_MESSAGE
    )
    await ws.prepare(request)
    socket = Socket(ws, who)
    hub.opened(socket)
    writer = asyncio.create_task(socket.write(), name="live-writer")
    try:
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                await _said(request, socket, message.data)
            else:
                socket.say(frames.problem("malformed_frame", "frames are JSON text"))
    finally:
        writer.cancel()
        await hub.closed(socket)
    return ws


async def _said(request: web.Request, socket: Socket, text: str) -> None:
    try:
        hello = _parse(text)
        await request.app[HUB].join(socket, hello.topics, hello.after)
    except ContactCenterError as error:
        socket.say(frames.problem(error.code, error.message))


def _parse(text: str) -> Topics:
    try:
        return msgspec.convert(json.loads(text), Hello).hello
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise Invalid(f"not a hello: {error}", code="malformed_frame") from error
