"""A real server node on the Twilio stand-in: lines, one agent over the API, the log to compare.

Between the node and the stand-in stand the unmodified ``twilio`` client and real HTTP, both ways.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import aiohttp
from aiohttp import web
from sqlalchemy import select

from contactcenter.app import node as server
from contactcenter.core import settings as config
from contactcenter.core.access import accounts
from contactcenter.core.access.accounts import Passwords
from contactcenter.core.clock import SystemClock
from contactcenter.core.db import Database, Tx
from contactcenter.crm import log
from contactcenter.crm.log import Event
from contactcenter.crm.tables import interaction
from contactcenter.routing.setup import save_agent, save_queue
from contactcenter.standins.twilio import Number, TwilioStandin
from contactcenter.trials.normalised import normalised
from contactcenter.trials.seed.operator import MENUS, QUEUES

ACCOUNT, TOKEN = "AC" + "5" * 32, "the-token-of-the-account"
VOICE, TEXTS = "+442079460500", "+447700900999"
AGENT, PASSWORD = "anna", "correct horse battery"
PATIENCE_S = 40.0
"""Real seconds for anything that must come; the machine may be busy."""
_SKILLS = {"billing": 5, "faults": 3, "sales": 3, "retention": 3}


class Made:
    """Stands for the migrations: the fixtures made the newest tables without them."""

    def head(self) -> str:
        return "made"

    async def current(self, url: str) -> str | None:
        return "made"

    async def upgrade(self, url: str) -> str:
        return "made"


@dataclass(slots=True)
class Doorstep:
    """What the node's web server does wrong to webhooks: every ``before``-th request is answered
    503 before it was taken, and every ``after``-th of the others after it was. Twilio's second
    attempt (the same idempotency token) is let in. 0: none."""

    before: int = 0
    after: int = 0
    refused: int = 0
    _seen: dict[str, int] = field(default_factory=dict)

    def into(self, app: web.Application) -> None:
        """Stand before every other middleware."""

        @web.middleware
        async def doorstep(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            token = request.headers.get("I-Twilio-Idempotency-Token", "")
            if not token or token in self._seen:
                return await handler(request)
            number = self._seen[token] = len(self._seen)
            if self.before and number % self.before == 0:
                self.refused += 1
                return web.Response(status=503)
            reply = await handler(request)
            if self.after and number % self.after == 0:
                self.refused += 1
                return web.Response(status=503)
            return reply

        app.middlewares.insert(0, cast("Any", doorstep))


@dataclass(slots=True)
class Rig:
    """The parts, and what the stories need of them."""

    twilio: TwilioStandin
    settings: config.Settings
    log_db: Database
    http: aiohttp.ClientSession
    doorstep: Doorstep = field(default_factory=Doorstep)
    node: server.Node | None = None
    agent: str = ""

    @property
    def client(self) -> str:
        """The agent's browser, as Twilio dials it."""
        return "client:agent_" + self.agent.replace("-", "")

    async def sign_in(self) -> None:
        """A bearer token, as a program has one."""
        reply = await self.api("POST", "/session", name=AGENT, password=PASSWORD)
        self.http.headers["Authorization"] = f"Bearer {reply['token']}"

    async def api(self, method: str, path: str, **body: Any) -> Any:
        """One request; an answer other than 2xx fails the story."""
        url = f"{self.settings.url}/api/v1{path}"
        async with self.http.request(method, url, json=body or None) as reply:
            said = await reply.json() if reply.content_type.endswith("json") else {}
            assert reply.status < 300, (method, path, reply.status, said)
            return said

    async def available(self) -> None:
        self.agent = (await self.api("PUT", "/agents/me/state", state="available"))["agent"]

    async def offer(self) -> tuple[str, UUID]:
        """The next offer: (reservation, interaction)."""

        async def pending() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await self.api("GET", "/agents/me/reservations"))[
                "items"
            ]
            return found

        first = (await until(pending, "an offer"))[0]
        return first["id"], UUID(first["interaction"]["id"])

    async def accept(self) -> UUID:
        """Take the next offer; its interaction."""
        reservation, taken = await self.offer()
        await self.api("POST", f"/reservations/{reservation}/accept")
        return taken

    async def asks(self, taken: UUID, what: str, *kinds: str, **body: Any) -> None:
        """Ask for something about an interaction and wait until ``kinds`` stand in its log."""
        await self.api("POST", f"/interactions/{taken}/{what}", **body)
        await self.logged(taken, *kinds)

    async def events(self, taken: UUID) -> list[Event]:
        return await self.log_db.read(lambda tx: log.events_of(tx, taken))

    async def logged(self, taken: UUID, *kinds: str) -> list[Event]:
        """The log once it has every one of ``kinds``, as often as it is named."""
        found: list[Event] = []

        async def there() -> bool:
            found[:] = await self.events(taken)
            have = [event.kind for event in found]
            return all(have.count(kind) >= kinds.count(kind) for kind in kinds)

        await until(there, f"{kinds}", lambda: [event.kind for event in found])
        return found

    async def opened(self, but: Collection[UUID] = ()) -> UUID:
        """The one interaction that is not among ``but``, once it exists."""

        async def new() -> list[UUID]:
            return [one for one in await self.interactions() if one not in but]

        found: list[UUID] = await until(new, "an interaction")
        assert len(found) == 1
        return found[0]

    async def interactions(self) -> list[UUID]:
        i = interaction.c
        rows = await self.log_db.read(lambda tx: tx.all(select(i.id).order_by(i.id)))
        return [row.id for row in rows]

    async def finished(self, taken: UUID) -> list[str]:
        """The normalised log after everything the carrier still has to say."""
        began = [e.kind for e in await self.logged(taken, "closed")].count("leg_started")
        await self.logged(taken, *["leg_ended"] * began)
        await self.twilio.settled()
        return normalised(await self.events(taken))


async def until(
    what: Callable[[], Awaitable[Any]], wanted: str, instead: Callable[[], Any] = lambda: None
) -> Any:
    """Poll until ``what`` gives something; say what was wanted when it does not come."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while not (found := await what()):
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"{wanted} did not come; there is {instead()}")
        await asyncio.sleep(0.02)
    return found


def settings_of(database: str, folder: Path, twilio: TwilioStandin, **more: Any) -> config.Settings:
    """The settings of a node whose voice and text lines are Twilio's."""
    port = free_port()
    both = ["en", "zh-CN"]
    lines = [
        {"address": VOICE, "channel": "voice", "menu": "main"},
        {"address": TEXTS, "channel": "sms", "menu": "text", "queue": "billing"},
    ]
    common = {"provider": "twilio", "name": "Nordwind", "languages": both, "region": "GB"}
    account = {"account_sid": ACCOUNT, "auth_token": TOKEN, "api_base_url": twilio.url}
    given = {
        "database": database, "data_dir": str(folder), "port": port,
        "public_url": f"http://127.0.0.1:{port}", "menus_dir": str(MENUS),
        "lines": [{**common, **line} for line in lines], "twilio": account | more,
    }  # fmt: skip
    if database.startswith("postgresql"):
        given["secret_key"] = "k" * 40
    return config.load(environ={}, overrides=given)


def point(twilio: TwilioStandin, settings: config.Settings) -> None:
    """What an administrator enters at Twilio: where each number's webhooks go."""
    for line in settings.lines:
        at = f"{settings.url}/webhooks/twilio"
        twilio.numbers[line.address] = Number(
            voice_url=f"{at}/voice/{line.address}",
            status_url=f"{at}/status/{line.address}",
            sms_url=f"{at}/sms/{line.address}",
        )


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def seed(db: Database) -> None:
    """Queues and one agent; customers come by themselves."""
    hashed = await Passwords().hash(PASSWORD)

    def floor(tx: Tx) -> None:
        for name in QUEUES:
            save_queue(tx, name, {"exclude_s": 1})  # one agent: who missed a call gets it again
        account = accounts.create(
            tx, name=AGENT, display_name="Anna", role="agent", language="en", password_hash=hashed
        )
        save_agent(tx, account, "Anna", {"skills": _SKILLS, "queues": list(QUEUES)})

    await db.write(floor)


@asynccontextmanager
async def rig(
    database: str, folder: Path, *, pace: float = 0.02, **account: Any
) -> AsyncIterator[Rig]:
    """A stand-in, a seeded store and a node that runs; the agent is signed in and available."""
    async with TwilioStandin(ACCOUNT, TOKEN, pace=pace) as twilio:
        settings = settings_of(database, folder, twilio, **account)
        point(twilio, settings)
        db = await Database.open(settings.database_url, clock=SystemClock())
        try:
            await seed(db)
            async with aiohttp.ClientSession() as http:
                made = Rig(twilio, settings, db, http)
                async with running(made):
                    await made.sign_in()
                    await made.available()
                    yield made
                    await twilio.exchange.stop()
                    await twilio.settled()
        finally:
            await db.close()


@asynccontextmanager
async def running(made: Rig) -> AsyncIterator[server.Node]:
    """A node in this process, for the length of the block."""
    until_set = asyncio.Event()
    started: asyncio.Future[server.Node] = asyncio.get_running_loop().create_future()

    async def ready(node: server.Node) -> None:
        started.set_result(node)

    work = asyncio.create_task(
        server.run(made.settings, Made(), ready=ready, until=until_set, extend=made.doorstep.into)
    )
    try:
        both: set[asyncio.Future[Any]] = {work, started}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
        made.node = started.result()
        yield made.node
    finally:
        until_set.set()
        await work
