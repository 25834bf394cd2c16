"""The demo's menu behind a Twilio line, served in this process, and callers to press its keys."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hmac import digest
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from uuid import uuid4

from aiohttp import web
from sqlalchemy import select

from contactcenter.app import adapters
from contactcenter.app.menus import load_shelf
from contactcenter.core import logs
from contactcenter.core.access.accounts import Access
from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import ContactCenterError
from contactcenter.core.ids import derived_id
from contactcenter.core.secrets import load as load_secrets
from contactcenter.core.settings import Settings
from contactcenter.crm.tables import interaction, interaction_event
from contactcenter.handling import look_ups
from contactcenter.handling.calls import Calls
from contactcenter.handling.desk import Desk
from contactcenter.handling.lines import Lines
from contactcenter.handling.menus import Menus
from contactcenter.handling.tables import leg
from contactcenter.handling.words import Words
from contactcenter.routing.setup import save_queue
from contactcenter.trials.seed import operator
from contactcenter.web import metrics, middleware, webhooks
from contactcenter.web.ports import SERVICES, Services, WebSettings

LINE = "+442079460501"
KEY = "1"
_TOKEN = "the token of the measurements"  # noqa: S105  # signs nothing but these requests
_PUBLIC = "https://bench.test"
_NEXT = re.compile(r'<Gather[^>]* action="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Caller:
    """A call that waits for a key. ``action``: where the carrier is to bring it."""

    sid: str
    number: str
    action: str


def signed(url: str, form: Iterable[tuple[str, str]]) -> str:
    """Twilio's signature of a form (Twilio docs, "Webhooks security")."""
    text = url + "".join(name + value for name, value in sorted(form))
    return b64encode(digest(_TOKEN.encode(), text.encode(), "sha1")).decode()


class Site:
    """What is measured, and the client that asks it."""

    signed = staticmethod(signed)

    def __init__(self, db: Database, port: int) -> None:
        self._db = db
        self.port = port
        self._count = 0
        self._to: dict[int, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}

    async def call_in(self, count: int) -> list[Caller]:
        """So many callers, each at the menu's first question."""
        callers = []
        for _ in range(count):
            self._count += 1
            sid, number = f"CA{uuid4().hex}", f"+4477{self._count:08d}"
            answer = await self._post(
                self.port, f"/webhooks/twilio/voice/{quote(LINE)}", sid, number
            )
            found = _NEXT.search(answer)
            if found is None:
                raise ContactCenterError(f"menu-turn: the menu asks nothing: {answer[:200]}")
            parts = urlsplit(unescape(found[1]))
            callers.append(Caller(sid, number, f"{parts.path}?{parts.query}"))
        return callers

    async def press(self, caller: Caller, port: int = 0) -> str:
        """Bring the key; the document that answers."""
        return await self._post(
            port or self.port, caller.action, caller.sid, caller.number, Digits=KEY
        )

    async def _post(self, port: int, target: str, sid: str, number: str, **more: str) -> str:
        form = {**_form(sid, number), **more}
        body = urlencode(form).encode()
        head = (
            f"POST {target} HTTP/1.1\r\nHost: bench.test\r\n"
            f"X-Twilio-Signature: {signed(_PUBLIC + target, form.items())}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        if port not in self._to:
            self._to[port] = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = self._to[port]
        writer.write(head.encode() + body)
        said = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", said, re.IGNORECASE)
        answer = await reader.readexactly(int(length[1]) if length else 0)
        if not said.startswith("HTTP/1.1 200"):
            raise ContactCenterError(f"menu-turn: {said.splitlines()[0]}: {answer[:200]!r}")
        return answer.decode()

    async def facts(self, caller: Caller) -> Mapping[str, Any]:
        """What is this caller's alone, as the rows have it: a handler by hand would know it."""

        def work(tx: Tx) -> Any:
            return tx.first(
                select(
                    leg.c.id,
                    leg.c.interaction_id,
                    interaction.c.customer_id,
                    interaction.c.address_id,
                )
                .join(interaction, interaction.c.id == leg.c.interaction_id)
                .where(leg.c.ref == caller.sid)
            )

        row = await self._db.read(work)
        op = parse_qs(urlsplit(caller.action).query)["op"][0]
        return {
            "sid": caller.sid,
            "op": op,
            "event": str(derived_id("twilio", caller.sid, "collected", op)),
            "leg": row.id,
            "interaction": row.interaction_id,
            "customer": row.customer_id,
            "address": row.address_id,
            "number": caller.number,
        }

    async def log_of(self, caller: Caller) -> list[tuple[int, str]]:
        """Number and kind of every event of the call."""
        e = interaction_event.c
        key = (await self.facts(caller))["interaction"]
        rows = await self._db.read(
            lambda tx: tx.all(select(e.seq, e.kind).where(e.interaction_id == key).order_by(e.seq))
        )
        return [(row.seq, row.kind) for row in rows]

    @asynccontextmanager
    async def beside(self, routes: Iterable[web.RouteDef]) -> AsyncIterator[int]:
        """Serve the reference; its port."""
        app = web.Application()
        app.add_routes(routes)
        async with _served(app) as port:
            yield port

    def hang_up(self) -> None:
        for _, writer in self._to.values():
            writer.close()


@asynccontextmanager
async def open_site(db: Database, folder: Path) -> AsyncIterator[Site]:
    """The request path of a server node: middleware, receiver, handling, log."""
    async with AsyncExitStack() as stack:
        stack.enter_context(_logged_as_served())
        bus = Bus(db)
        await bus.start()
        stack.push_async_callback(bus.stop)
        await db.write(lambda tx: [save_queue(tx, name, {}) for name in operator.QUEUES])
        settings = _settings()
        lines = Lines(adapters.lines_of(settings))
        made = adapters.make(settings, db.clock)
        words = Words.of(None)
        shelf = await db.read(lambda tx: load_shelf(tx, settings))
        calls = Calls(db, lines, Menus(shelf, look_ups.STANDARD, words), words)
        for voice in made.voice.values():
            await voice.start(calls.receive, _reconciled)
            stack.push_async_callback(voice.stop)
        app = web.Application(middlewares=[middleware.outer])
        app[SERVICES] = Services(
            db=db,
            bus=bus,
            clock=db.clock,
            access=Access(db),
            secrets=load_secrets(None, None, folder),
            desk=Desk(db, bus, lines, made.voice),
            settings=WebSettings(public_url=_PUBLIC),
        )
        app[metrics.METRICS] = metrics.Metrics()
        app.add_routes(webhooks.routes(made.receivers))
        port = await stack.enter_async_context(_served(app))
        site = Site(db, port)
        stack.callback(site.hang_up)
        yield site


async def _reconciled(is_up: bool) -> None:
    """There are no calls from before."""


@contextlib.contextmanager
def _logged_as_served() -> Any:
    """Every request is logged as a server does, to nowhere; then as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
        logs.configure("info", "json")
        try:
            yield
        finally:
            root.handlers = handlers
            root.setLevel(level)


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[int]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _settings() -> Settings:
    line = {
        "address": LINE, "channel": "voice", "provider": "twilio", "name": "Bench",
        "menu": "main", "languages": ["en", "zh-CN"], "region": "GB",
    }  # fmt: skip
    return Settings.model_validate(
        {
            "lines": [line],
            "menus_dir": operator.MENUS,
            "public_url": _PUBLIC,
            "twilio": {"account_sid": f"AC{'0' * 32}", "auth_token": _TOKEN},
        }
    )


def _form(sid: str, number: str) -> dict[str, str]:
    """What Twilio posts with a voice webhook (Twilio docs, "TwiML Voice: Twilio's request")."""
    return {
        "AccountSid": f"AC{'0' * 32}", "ApiVersion": "2010-04-01", "CallSid": sid,
        "CallStatus": "in-progress", "Called": LINE, "CalledCity": "LONDON", "CalledCountry": "GB",
        "CalledState": "", "CalledZip": "", "Caller": number, "CallerCity": "",
        "CallerCountry": "GB", "CallerState": "", "CallerZip": "", "Direction": "inbound",
        "From": number, "FromCity": "", "FromCountry": "GB", "FromState": "", "FromZip": "",
        "To": LINE, "ToCity": "LONDON", "ToCountry": "GB", "ToState": "", "ToZip": "",
    }  # fmt: skip
