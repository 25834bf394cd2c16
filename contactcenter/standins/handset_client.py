"""A customer in the terminal: commands from lines of text, events to a printer, one socket that is
made again whenever it is lost. Nothing is lost and nothing done twice meanwhile: events resume by
number, commands carry an id."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType

from contactcenter.core.errors import ContactCenterError, Invalid
from contactcenter.standins.handset_http import HEARTBEAT_S, LONGEST_MESSAGE, PATH

Event = dict[str, Any]
RETRY_S = (0.1, 2.0)
FAREWELL_S = 5.0
"""How long the end of a call that we hang up at the end of input is waited for."""

USAGE = (
    "call NUMBER, press DIGITS, say TEXT, wait SECONDS, hangup, answer, sms NUMBER TEXT, "
    "mail ADDRESS SUBJECT | BODY, inbox"
)


class Unreachable(ContactCenterError):
    """No connection came about in time."""

    code = "unreachable"


def read_command(line: str) -> Event:
    """One line of input as a protocol command (``{"do": "wait", "seconds": ...}`` for a wait).

    Raises ``Invalid`` that says what is allowed.
    """
    word, _, rest = line.strip().partition(" ")
    rest = rest.strip()
    first, _, others = rest.partition(" ")
    others = others.strip()
    match word:
        case "call" if rest:
            return {"do": "call", "number": rest}
        case "press" if rest:
            return {"do": "press", "digits": rest.replace(" ", "")}
        case "say" if rest:
            return {"do": "say", "text": rest}
        case "wait":
            return {"do": "wait", "seconds": _seconds(rest)}
        case "hangup" | "answer" | "inbox" if not rest:
            return {"do": word}
        case "sms" if others:
            return {"do": "sms", "number": first, "text": others}
        case "mail" if others:
            subject, _, body = others.partition("|")
            return {
                "do": "mail",
                "address": first,
                "subject": subject.strip(),
                "body": body.strip(),
            }
    raise Invalid(f"{line.strip()!r} is no command", hint=f"commands: {USAGE}")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise Invalid(f"{text!r} is no waiting time", hint="wait SECONDS, 0 to 86400")
    return seconds


def socket_url(url: str) -> str:
    """Where the handset of the server at ``url`` listens. Raises ``Invalid``."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if parts.scheme not in schemes or not parts.netloc:
        raise Invalid(f"{url!r} is no address of a server", hint="--url http://127.0.0.1:8080")
    return urlunsplit((schemes[parts.scheme], parts.netloc, PATH, "", ""))


class HandsetClient:
    """One handset. ``show`` gets every event; ``patience_s`` bounds how long it goes without a
    connection before ``Unreachable``."""

    def __init__(
        self,
        url: str,
        address: str,
        *,
        mail: str = "",
        show: Callable[[Event], None],
        patience_s: float = 60.0,
    ) -> None:
        self._url = socket_url(url)
        self._identity = {"address": address, "mail": mail}
        self._show = show
        self._patience_s = patience_s
        self._socket: ClientWebSocketResponse | None = None
        self._ids = (f"{secrets.token_hex(6)}-{n}" for n in itertools.count(1))
        self._pending: dict[str, tuple[Event, asyncio.Future[None]]] = {}
        self._after: int | None = None
        self._world = ""
        self._idle = asyncio.Event()
        self._idle.set()
        self._connected = asyncio.Event()

    async def run(self, lines: AsyncIterator[str]) -> int:
        """Carry out ``lines`` one after the other; then hang up, and 0. 2 when one was no command.

        Raises ``Unreachable``, and ``Invalid`` when the server refuses the address.
        """
        connection = asyncio.create_task(self._stay_connected())
        commands = asyncio.create_task(self._carry_out(lines))
        try:
            await asyncio.wait((connection, commands), return_when=asyncio.FIRST_COMPLETED)
            if connection.done():
                connection.result()
            return await commands
        finally:
            for task in (connection, commands):
                task.cancel()
            await asyncio.gather(connection, commands, return_exceptions=True)

    async def _carry_out(self, lines: AsyncIterator[str]) -> int:
        code = 0
        await self._connected.wait()
        async for line in lines:
            if not line.strip():
                continue
            try:
                command = read_command(line)
            except Invalid as error:
                self._show({"event": "error", "message": f"{error.message}; {error.hint}"})
                code = 2
                continue
            if command["do"] == "wait":
                await asyncio.sleep(command["seconds"])
            else:
                await self._send(command)
        if not self._idle.is_set():
            await self._send({"do": "hangup"})
            await self._until_idle()
        return code

    async def _until_idle(self) -> None:
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self._idle.wait()
        except TimeoutError:
            self._show({"event": "error", "message": "the call did not end in time"})

    async def _send(self, command: Event) -> None:
        """Until the far side has carried it out or refused it."""
        reference = next(self._ids)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        message = {**command, "id": reference}
        self._pending[reference] = (message, done)
        if command["do"] == "call":
            self._idle.clear()
        if self._socket is not None:
            await self._write(self._socket, message)
        await done

    async def _stay_connected(self) -> None:
        loop = asyncio.get_running_loop()
        pause, longest = RETRY_S
        deadline = loop.time() + self._patience_s
        async with ClientSession() as session:
            while loop.time() < deadline:
                try:
                    async with session.ws_connect(
                        self._resume_url(), heartbeat=HEARTBEAT_S, max_msg_size=LONGEST_MESSAGE
                    ) as socket:
                        await self._converse(socket)
                    pause, deadline = RETRY_S[0], loop.time() + self._patience_s
                except (ClientError, OSError):
                    pause = min(pause * 2, longest)
                finally:
                    self._socket = None
                await asyncio.sleep(pause)
        raise Unreachable(
            f"no handset answers at {self._url}", hint="is `contactcenter demo` running there?"
        )

    def _resume_url(self) -> str:
        query = {name: value for name, value in self._identity.items() if value} | {"hello": "1"}
        if self._after is not None:
            query |= {"after": str(self._after), "world": self._world}
        return f"{self._url}?{urlencode(query)}"

    async def _converse(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                event = json.loads(message.data)
                await self._take(socket, event)

    async def _take(self, socket: ClientWebSocketResponse, event: Event) -> None:
        if event["event"] == "hello":
            await self._greet(socket, event)
            return
        if event.get("fatal"):
            raise Invalid(event["message"], code=event["code"])
        if "n" in event:
            self._after = event["n"]
        command, done = self._pending.pop(str(event.get("id")), ({}, None))
        refused_call = command.get("do") == "call" and event["event"] == "error"
        if event["event"] in ("ringing", "answered"):
            self._idle.clear()
        elif event["event"] == "ended" or refused_call:
            self._idle.set()
        if event["event"] != "done":
            self._show({name: value for name, value in event.items() if name != "id" or not done})
        if done is not None and not done.done():
            done.set_result(None)

    async def _greet(self, socket: ClientWebSocketResponse, hello: Event) -> None:
        """Numbers of another world mean nothing here; commands not confirmed are sent again."""
        if self._after is None or hello["world"] != self._world:
            # Of the call under way, or of another world: events follow from its own numbers.
            self._after = hello["n"] if not self._world else 0
        self._world = hello["world"]
        self._socket = socket
        self._connected.set()
        for message, _ in tuple(self._pending.values()):
            await self._write(socket, message)

    @staticmethod
    async def _write(socket: ClientWebSocketResponse, message: Event) -> None:
        try:
            await socket.send_str(json.dumps(message))
        except (ClientError, OSError):
            # The connection is going down: its successor sends what is not confirmed.
            return
