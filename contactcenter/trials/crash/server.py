"""A server to be killed: ``python -m contactcenter.trials.crash.server``.

Imports the whole product once, then forks a server process for each line of JSON on standard
input, so that a restart costs no imports. Each child is a real process with its own connections,
and dies by a real SIGKILL. One child at a time:

    in:  {"settings": {...}, "crash": {"when": "after", "kinds": ["offered"]} or null}
    out: {"pid": 123}, {"ready": "http://..."}, {"crash": ["offered"]}, {"exit": -9}
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import select
import signal
import sys
import traceback
from typing import Any

import msgspec

from contactcenter.app import node
from contactcenter.core import logs
from contactcenter.core.settings import load
from contactcenter.trials.crash.point import CrashAt, CrashPoint

_LAZY = (
    "aiosqlite",
    "asyncpg",
    "contactcenter.app.adapters",
    "contactcenter.channels.email.bounces",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "phonenumbers",
)
"""What a server imports when it needs it."""
SCHEMA = "made by the trial"


class MadeSchema:
    """The trial has migrated the store itself and says so."""

    def head(self) -> str:
        return SCHEMA

    async def current(self, url: str) -> str | None:
        return SCHEMA

    async def upgrade(self, url: str) -> str:
        return SCHEMA


def main() -> int:
    """Until standard input ends; then the child is ended too."""
    for name in _LAZY:
        importlib.import_module(name)
    wake, woken = os.pipe()
    for end in (wake, woken):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(woken)
    buffer, child = b"", 0
    _say(imported=True)
    while True:
        readable, _, _ = select.select([0, wake], [], [])
        if wake in readable:
            os.read(wake, 512)
            child = _reap(child)
        if 0 in readable:
            data = os.read(0, 65536)
            if not data:
                _end(child)
                return 0
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                child = _fork(json.loads(line), wake, woken)


def _say(**what: Any) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _reap(child: int) -> int:
    if not child:
        return 0
    pid, status = os.waitpid(child, os.WNOHANG)
    if pid:
        _say(exit=os.waitstatus_to_exitcode(status))
        return 0
    return child


def _end(child: int) -> None:
    if child:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _fork(task: dict[str, Any], *fds: int) -> int:
    child = os.fork()
    if child:
        _say(pid=child)
        return child
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for fd in fds:
            os.close(fd)
        _serve(task)
        code = 0
    except BaseException:  # noqa: BLE001  # a forked child never returns into its parent's code
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _serve(task: dict[str, Any]) -> None:
    if task["crash"]:
        CrashPoint(msgspec.convert(task["crash"], CrashAt)).install()
    logs.configure("warning")
    asyncio.run(_run(task["settings"]))


async def _run(settings: dict[str, Any]) -> None:
    until = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, until.set)

    async def ready(started: node.Node) -> None:
        _say(ready=started.url)

    await node.run(load(environ={}, overrides=settings), MadeSchema(), ready=ready, until=until)


if __name__ == "__main__":
    sys.exit(main())
