"""A customer of the trial: a handset on the stand-ins' own socket, which outlives every server."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from contactcenter.core.errors import Conflict, ContactCenterError

Event = dict[str, Any]


class Late(ContactCenterError):
    """What was waited for did not come."""

    code = "late"


class Handset:
    """``events`` is everything shown so far, replies left out."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._replies: dict[str, asyncio.Future[Event]] = {}
        self._news = asyncio.Condition()
        self.events: list[Event] = []

    async def listen(self) -> None:
        """Until the socket ends."""
        async for message in self._socket:
            if message.type is WSMsgType.TEXT:
                await self._take(json.loads(message.data))

    async def _take(self, event: Event) -> None:
        waiting = self._replies.pop(str(event.get("id")), None)
        if event["event"] in ("done", "error") and waiting is not None:
            waiting.set_result(event)
            return
        async with self._news:
            self.events.append(event)
            self._news.notify_all()

    async def do(self, command: str, **values: Any) -> None:
        """Carry out one command of the handset protocol; ``Conflict`` when it was refused."""
        reference = f"do-{next(self._ids)}"
        reply = self._replies[reference] = asyncio.get_running_loop().create_future()
        await self._socket.send_str(json.dumps({"do": command, "id": reference, **values}))
        answer = await reply
        if answer["event"] == "error":
            raise Conflict(f"{command}: {answer['message']}", code=answer["code"])

    async def until(
        self, what: str, wanted: Callable[[Event], bool], within_s: float, *, after: int = 0
    ) -> Event:
        """The first event from place ``after`` on that is ``wanted``; ``Late`` names ``what``."""

        def found() -> Event | None:
            return next((event for event in self.events[after:] if wanted(event)), None)

        try:
            async with asyncio.timeout(within_s), self._news:
                await self._news.wait_for(lambda: found() is not None)
        except TimeoutError:
            seen = ", ".join(str(event["event"]) for event in self.events[-6:])
            raise Late(f"{what} did not come within {within_s:.0f} s (last: {seen})") from None
        event = found()
        if event is None:
            raise Late(what)
        return event

    async def hears(self, words: str, within_s: float = 40.0, *, after: int = 0) -> Event:
        """A prompt, caption or text that contains ``words``."""
        return await self.until(
            f"{words!r}", lambda event: words in str(event.get("text", "")), within_s, after=after
        )

    async def sees(self, kind: str, within_s: float = 40.0, *, after: int = 0) -> Event:
        """An event of this kind."""
        return await self.until(kind, lambda event: event["event"] == kind, within_s, after=after)


@asynccontextmanager
async def handset(
    session: ClientSession, url: str, *, phone: str = "", mail: str = ""
) -> AsyncIterator[Handset]:
    """A connected handset of the stand-ins at ``url``."""
    query = urlencode({"address": phone or mail, "mail": mail})
    async with session.ws_connect(f"{url}/handset/ws?{query}") as socket:
        held = Handset(socket)
        listening = asyncio.create_task(held.listen())
        try:
            yield held
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
