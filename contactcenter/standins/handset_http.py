"""The handset's socket: ``/handset/ws`` on the stand-ins, and the product server's way through."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from urllib.parse import urlsplit

import msgspec
from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType, web

from contactcenter.core.errors import ContactCenterError, Invalid
from contactcenter.standins.handset import Handset, HandsetDesk
from contactcenter.standins.world_state import PhoneEvent

PATH = "/handset/ws"
LONGEST_MESSAGE = 1 << 20
HEARTBEAT_S = 20.0

_encode = msgspec.json.Encoder().encode


def handset_app(desk: HandsetDesk) -> web.Application:
    """The stand-ins' own HTTP face."""
    app = web.Application()

    async def serve(request: web.Request) -> web.StreamResponse:
        return await _serve(desk, request)

    app.router.add_get(PATH, serve)
    return app


class HandsetProxy:
    """Carries handsets from the product server to the stand-ins' process.

    ``close`` ends every connection; call it when the server shuts down, or its shutdown waits.
    """

    def __init__(self, standins_url: str) -> None:
        self._url = standins_url.rstrip("/") + PATH
        self._open: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self.handle)]

    async def close(self) -> None:
        for socket in tuple(self._open):
            await socket.close()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Bridge one connection. A page of another origin is refused: sockets know no CORS."""
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            return web.json_response({"detail": "this page is of another origin"}, status=403)
        async with ClientSession() as session:
            try:
                far = await session.ws_connect(
                    f"{self._url}?{request.rel_url.raw_query_string}",
                    heartbeat=HEARTBEAT_S,
                    max_msg_size=LONGEST_MESSAGE,
                )
            except (ClientError, OSError):
                detail = "the simulated carrier is not running"
                return web.json_response({"detail": detail}, status=502)
            near = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=LONGEST_MESSAGE)
            await near.prepare(request)
            self._open.add(near)
            try:
                await _first_of(_pass(near, far), _pass(far, near))
            finally:
                self._open.discard(near)
                await far.close()
                await near.close()
            return near


def handset_routes(standins_url: str) -> list[web.RouteDef]:
    """Routes for the product server; see ``HandsetProxy`` for an orderly shutdown."""
    return HandsetProxy(standins_url).routes()


async def _serve(desk: HandsetDesk, request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=LONGEST_MESSAGE)
    await socket.prepare(request)
    try:
        handset = desk.open(_address(request, "address"), _address(request, "mail"))
        after = _after(request)
    except ContactCenterError as error:
        message = f"{error.message}; {error.hint}" if error.hint else error.message
        await socket.send_str(
            _text({"event": "error", "code": error.code, "message": message, "fatal": True})
        )
        await socket.close()
        return socket
    waiting: asyncio.Queue[PhoneEvent] = asyncio.Queue()
    if "hello" in request.query:
        waiting.put_nowait(handset.hello())
    for event in handset.missed(after, request.query.get("world", "")):
        waiting.put_nowait(event)
    watchers = handset.phone.watchers
    watchers.append(waiting.put_nowait)
    try:
        await _first_of(_show(socket, waiting), _listen(socket, handset, waiting))
    finally:
        watchers.remove(waiting.put_nowait)
        await socket.close()
    return socket


async def _show(socket: web.WebSocketResponse, waiting: asyncio.Queue[PhoneEvent]) -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            await socket.send_str(_text(await waiting.get()))


async def _listen(
    socket: web.WebSocketResponse, handset: Handset, waiting: asyncio.Queue[PhoneEvent]
) -> None:
    """Commands one after the other; their replies queue behind the events they caused."""
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            for reply in await handset.do(message.data):
                waiting.put_nowait(reply)


async def _pass(
    source: web.WebSocketResponse | ClientWebSocketResponse,
    target: web.WebSocketResponse | ClientWebSocketResponse,
) -> None:
    with contextlib.suppress(ConnectionError):
        async for message in source:
            if message.type is WSMsgType.TEXT:
                await target.send_str(message.data)


async def _first_of(*works: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def _address(request: web.Request, name: str) -> str:
    """A plus sign that was not escaped arrives as a space; a number has no spaces, so it is one."""
    value = request.query.get(name, "")
    return "+" + value.strip() if value[:1] == " " and value.strip().isdigit() else value.strip()


def _after(request: web.Request) -> int | None:
    value = request.query.get("after")
    if value is None:
        return None
    if not value.isdigit():
        raise Invalid("`after` is the number of the last event seen", hint="&after=17")
    return int(value)


def _text(event: PhoneEvent) -> str:
    return _encode(event).decode()
