"""``contactcenter demo``: the whole product on an embedded database, with a simulated world.

This process is the server; the world and the mail drop are a second process with its own files,
so killing this one loses neither callers nor mail. Starting again over the same folder takes the
living stand-ins up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import shutil
import signal
import socket
import tempfile
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from contactcenter.app import node as server
from contactcenter.core import logs
from contactcenter.core import settings as config
from contactcenter.core.clock import SystemClock
from contactcenter.core.db import Database
from contactcenter.core.settings import Settings
from contactcenter.standins.handset_http import HandsetProxy
from contactcenter.trials import standins_process
from contactcenter.trials.handset_lists import people_routes
from contactcenter.trials.seed import operator
from contactcenter.trials.standins_process import StandinsProcess

_STANDINS = "standins"


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the command line says."""

    data: Path | None
    port: int | None
    callers: str
    browser: bool
    as_json: bool


async def run(options: DemoOptions, schema: server.Schema) -> int:
    """Until SIGTERM or Ctrl-C; 0 after a clean end."""
    logs.configure("warning")
    until = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, until.set)
    is_kept = options.data is not None
    folder = (options.data or Path(tempfile.mkdtemp(prefix="contactcenter-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    standins: StandinsProcess | None = None
    try:
        demo = _demo_file(folder)
        standins = await _standins(folder, options)
        settings = _settings(folder, options, standins)
        await _prepare(settings, schema, demo["passwords"])
        proxy = HandsetProxy(standins.http_url)

        def extend(app: web.Application) -> None:
            app.add_routes([*proxy.routes(), *people_routes()])
            app.on_shutdown.append(lambda stopping: proxy.close())

        async def ready(node: server.Node) -> None:
            _tell(options, node, standins, demo["passwords"], folder)

        await server.run(settings, schema, ready=ready, until=until, extend=extend)
    finally:
        if standins is not None:
            standins.end()
        if not is_kept:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


def _demo_file(folder: Path) -> dict[str, Any]:
    """Passwords and ports, made once, readable by this user alone."""
    file = folder / "demo.json"
    if file.exists():
        found: dict[str, Any] = json.loads(file.read_text("utf-8"))
        return found
    demo = {"passwords": {user.name: operator.new_password() for user in operator.USERS}}
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(demo, out)
    return demo


async def _standins(folder: Path, options: DemoOptions) -> StandinsProcess:
    """Those of an earlier start, when they live and their way back to us is free."""
    found = standins_process.find(folder / _STANDINS)
    if found is not None:
        if _is_free(found.server_smtp_port):
            return found
        found.end()
    extra = ["--callers", options.callers] if options.callers else []
    if options.callers:
        plan = folder / _STANDINS / "callers.json"
        plan.parent.mkdir(parents=True, exist_ok=True)
        plan.write_text(json.dumps(operator.caller_plan()), "utf-8")
        extra += ["--callers-from", str(plan)]
    offset = config.load(environ=_offset_alone()).clock_offset
    if offset:
        extra += ["--clock-offset", str(offset.total_seconds())]
    return await standins_process.start(
        folder / _STANDINS, server_smtp_port=_free_port(), options=extra
    )


def _offset_alone() -> dict[str, str]:
    """The clock offset is read before the lines are known; the whole settings are checked later."""
    return {k: v for k, v in os.environ.items() if k == "CC_CLOCK_OFFSET"}


def _settings(folder: Path, options: DemoOptions, standins: StandinsProcess) -> Settings:
    port = options.port
    if port is None:
        port = 8080 if _is_free(8080) else 0
    return config.load(
        overrides={
            "data_dir": str(folder),
            "port": port or _free_port(),
            "site_name": "Nordwind",
            "menus_dir": str(operator.MENUS),
            "handset": standins.http_url,
            "world": {"port": standins.world_port},
            "smtp": {
                "host": "127.0.0.1",
                "port": standins.mail_port,
                "tls": "none",
                "drop": True,
                "listen_port": standins.server_smtp_port,
            },
            "lines": operator.lines(),
        }
    )


async def _prepare(settings: Settings, schema: server.Schema, passwords: Mapping[str, str]) -> None:
    """The newest schema (an older file is copied first), and the operator's data."""
    url = settings.database_url
    found = await schema.current(url)
    if found != schema.head():
        file = settings.data_dir / "contactcenter.db"
        if found is not None:
            await asyncio.to_thread(shutil.copy2, file, file.with_suffix(f".{found}.db"))
        await schema.upgrade(url)
    db = await Database.open(url, clock=SystemClock(settings.clock_offset or timedelta(0)))
    try:
        await operator.seed(db, passwords)
    finally:
        await db.close()


def _tell(
    options: DemoOptions,
    node: server.Node,
    standins: StandinsProcess,
    passwords: Mapping[str, str],
    folder: Path,
) -> None:
    users = [
        {"role": user.role, "name": user.name, "password": passwords[user.name]}
        for user in operator.USERS
    ]
    lines: dict[str, list[str]] = {"voice": [], "sms": [], "email": []}
    for line in node.lines.all:
        lines[line.channel].append(line.address)
    if options.as_json:
        said = {
            "ready": True,
            "url": node.url,
            "mail_smtp": f"127.0.0.1:{standins.server_smtp_port}",
            "lines": lines,
            "users": users,
            "pid": os.getpid(),
            "standins_pid": standins.pid,
        }
        print(json.dumps(said), flush=True)
    else:
        _print(node, lines, users, folder)
    if options.browser and not options.as_json and _has_browser():
        webbrowser.open(node.url)


def _print(
    node: server.Node, lines: Mapping[str, list[str]], users: list[dict[str, str]], folder: Path
) -> None:
    width = max(len(user["name"]) for user in users)
    out = [
        "",
        f"  Nordwind's contact centre is open:  {node.url}",
        f"  Be a customer (phone, SMS, mail):   {node.url}/handset",
        "",
        f"  Call {lines['voice'][0]}, text {lines['sms'][0]}, write to {lines['email'][0]}",
        "",
        "  Sign in as",
        *(f"    {u['name']:<{width}}  {u['password']}  {u['role']}" for u in users),
        "",
        f"  Data: {folder}    End with Ctrl-C",
        "",
    ]
    print("\n".join(out), flush=True)


def _has_browser() -> bool:
    shown = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return shown or platform.system() in ("Darwin", "Windows")


def _is_free(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
