"""One server node: everything built from the settings, started and stopped in order."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import IO, Any, Protocol

import structlog
from aiohttp import web
from sqlalchemy import make_url

from contactcenter.app import adapters as made
from contactcenter.app import campaigns as campaigning
from contactcenter.app import mail
from contactcenter.app.menus import load_shelf
from contactcenter.channels.email.base import MailIn
from contactcenter.channels.email.tags import AddressTags
from contactcenter.core import addresses
from contactcenter.core.access.accounts import Access
from contactcenter.core.blobs import Blobs, DatabaseBlobs, FileBlobs
from contactcenter.core.bus import Bus
from contactcenter.core.clock import Clock, SystemClock
from contactcenter.core.db import Database
from contactcenter.core.errors import Conflict, Invalid
from contactcenter.core.ids import new_id
from contactcenter.core.secrets import Secrets
from contactcenter.core.secrets import load as load_secrets
from contactcenter.core.settings import Settings
from contactcenter.crm.follow import LogConsumer
from contactcenter.handling import look_ups, pump
from contactcenter.handling.calls import Calls
from contactcenter.handling.desk import Desk
from contactcenter.handling.dispatch import dispatch
from contactcenter.handling.letters import Post
from contactcenter.handling.lines import Lines
from contactcenter.handling.mails import Mails
from contactcenter.handling.menus import Menus
from contactcenter.handling.reconcile import Reconciler
from contactcenter.handling.sweep import Sweep
from contactcenter.handling.texts import Texts
from contactcenter.handling.voice_commands import Executor
from contactcenter.handling.words import Words
from contactcenter.routing.router import Router
from contactcenter.web.app import build
from contactcenter.web.ports import LineEntry, Services, WebSettings

_log = structlog.get_logger(__name__)
Service = Callable[[], Coroutine[Any, Any, None]]


class Schema(Protocol):
    """``migrations.upgrade``, handed in by the commands because it stands above us."""

    def head(self) -> str: ...

    async def current(self, url: str) -> str | None: ...

    async def upgrade(self, url: str) -> str: ...


@dataclass(slots=True)
class Node:
    """What runs in this process. ``url`` is known once ``start`` has returned."""

    settings: Settings
    db: Database
    bus: Bus
    clock: Clock
    secrets: Secrets
    lines: Lines
    blobs: Blobs
    adapters: made.Adapters
    calls: Calls
    texts: Texts
    mails: Mails
    desk: Desk
    router: Router
    services: Mapping[str, Service]
    reconcilers: Sequence[Reconciler]
    app: web.Application
    listener: MailIn | None = None
    url: str = ""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


async def run(
    settings: Settings,
    schema: Schema,
    *,
    ready: Callable[[Node], Awaitable[None]],
    until: asyncio.Event,
    extend: Callable[[web.Application], None] = lambda app: None,
) -> None:
    """Start a node, tell ``ready``, run ``until`` it is set, stop cleanly.

    ``Invalid`` for a database that is not of this program's schema, ``Conflict`` when another
    server has the embedded one.
    """
    async with AsyncExitStack() as stack:
        node = await _open(settings, schema, stack, extend)
        await _start(node, stack)
        await ready(node)
        await asyncio.to_thread(addresses.warm)
        stop = asyncio.create_task(until.wait())
        done, _ = await asyncio.wait([stop, *node.tasks], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        for task in done - {stop}:
            task.result()  # a service that ended took the node with it: say why


async def _open(
    settings: Settings,
    schema: Schema,
    stack: AsyncExitStack,
    extend: Callable[[web.Application], None],
) -> Node:
    url = settings.database_url
    stack.enter_context(_only_server(url))
    await check_schema(schema, url)
    clock = SystemClock(settings.clock_offset)
    db = await Database.open(url, clock=clock)
    stack.push_async_callback(db.close)
    bus = Bus(db)
    await bus.start()
    stack.push_async_callback(bus.stop)
    secrets = load_secrets(
        settings.secret_key.get_secret_value() or None,
        settings.previous_secret_key.get_secret_value() or None,
        settings.data_dir if db.store == "sqlite" else None,
    )
    lines = Lines(made.lines_of(settings))
    adapters = made.make(settings, clock, db=db, secrets=secrets)
    tags = AddressTags(secrets.keys("address-tags"))
    blobs: Blobs = (
        FileBlobs(settings.data_dir / "blobs") if db.store == "sqlite" else DatabaseBlobs(db)
    )
    shelf = await db.read(lambda tx: load_shelf(tx, settings))
    words = Words.of(settings.templates_dir)
    menus = Menus(shelf, look_ups.STANDARD, words)
    owner = f"{socket.gethostname()}:{os.getpid()}:{new_id()}"
    calls = Calls(db, lines, menus, words)
    texts = Texts(db, lines, menus, words)
    mails = Mails(db, lines, tags, blobs, words)
    desk = Desk(db, bus, lines, adapters.voice)
    router = Router(db, bus, owner=owner)
    post = Post(lines, tags, secrets, settings.url)
    senders = dict(mail.senders(settings, post, clock, stack))
    for provider, sms in adapters.sms.items():
        senders["sms", provider] = pump.SmsSender(sms)
    campaigns = campaigning.make(settings, db, bus, lines, secrets, owner, stack)
    reconcilers = [Reconciler(db, clock, calls, one) for one in adapters.voice.values()]
    by_provider = dict(zip(adapters.voice, reconcilers, strict=True))
    services: dict[str, Service] = {
        "dispatch": LogConsumer(
            "dispatch", db, bus, partial(dispatch, words=words, menus=menus, lines=lines)
        ).run,
        "voice": Executor(
            db,
            bus,
            adapters.voice,
            owner,
            calls.receive,
            compare=lambda provider: by_provider[provider].reconcile(),
        ).run,
        "sweep": Sweep(db, owner).run,
        "outbound": pump.Pump(db, bus, senders, owner, gates=[campaigns.gate]).run,
        **campaigns.services(),
    }
    app = build(
        Services(
            db=db,
            bus=bus,
            clock=clock,
            access=Access(db),
            secrets=secrets,
            desk=desk,
            settings=WebSettings(
                public_url=settings.public_url or None,
                trusted_proxies=[ip_network(each) for each in settings.trusted_proxies],
                time_zone=settings.time_zone,
                handset=bool(settings.handset),
            ),
            lines=[LineEntry(x.address, x.channel, x.provider, x.name) for x in lines.all],
            site_name=settings.site_name,
            extras={
                "receivers": adapters.receivers,
                "campaigns": campaigns,
                "blobs": blobs,
                "menus": tuple(shelf),
            },
        )
    )
    extend(app)
    return Node(
        settings, db, bus, clock, secrets, lines, blobs, adapters, calls, texts, mails, desk,
        router, services, reconcilers, app,
    )  # fmt: skip


async def _start(node: Node, stack: AsyncExitStack) -> None:
    await node.router.start()
    stack.push_async_callback(node.router.stop)
    for name, service in node.services.items():
        node.tasks.append(asyncio.create_task(service(), name=name))
    stack.push_async_callback(_cancel, node.tasks)
    for reconciler, voice in zip(node.reconcilers, node.adapters.voice.values(), strict=True):
        await voice.start(node.calls.receive, reconciler.carrier)
        stack.push_async_callback(voice.stop)
    for sms in node.adapters.sms.values():
        await sms.start(node.texts.receive)
        stack.push_async_callback(sms.stop)
    node.listener = await mail.listen(node.settings, node.lines, node.clock, node.mails, stack)
    runner = web.AppRunner(node.app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(
        runner, node.settings.host, node.settings.port, reuse_port=node.settings.share_port or None
    )
    try:
        await site.start()
    except OSError as error:
        raise Conflict(
            f"port {node.settings.port} on {node.settings.host}: {error.strerror}",
            code="port_taken",
            hint="choose another with --port",
        ) from None
    port = runner.addresses[0][1]
    node.url = node.settings.public_url or f"http://{node.settings.host}:{port}"
    _log.info("ready", url=node.url)


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def check_schema(schema: Schema, url: str) -> None:
    """``Invalid`` unless the store has this program's schema."""
    found, wanted = await schema.current(url), schema.head()
    if found != wanted:
        what = "has no tables" if found is None else f"is at revision {found}, not {wanted}"
        raise Invalid(f"the database {what}", code="schema", hint="run: contactcenter migrate")


class _only_server:  # noqa: N801  # used like a function
    """The lock of an embedded database: one server process; commands need none."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._file = parsed.database if parsed.get_backend_name() == "sqlite" else None
        self._held: IO[Any] | None = None

    def __enter__(self) -> None:
        if not self._file:
            return
        path = Path(f"{self._file}.lock")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._held = path.open("a")
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._held.close()
            raise Conflict(
                f"another server uses {self._file}",
                code="database_in_use",
                hint="stop it, or use PostgreSQL for several server nodes",
            ) from None

    def __exit__(self, *exception: object) -> None:
        if self._held is not None:
            self._held.close()
