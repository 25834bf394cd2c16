"""How long starting takes: ``--help``, and a server until it is ready. Processes of their own.

As installed: with bytecode, ours and the reference's, kept in the folder of the measurement. Under
``PYTHONDONTWRITEBYTECODE`` every start would compile what it loads, and that be measured.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from contactcenter.core.errors import ContactCenterError
from contactcenter.trials.bench.model import Bound, Figure, Row, compared, spread
from contactcenter.trials.bench.place import Place
from contactcenter.trials.crash.site import free_port

_EMPTY = "import argparse; argparse.ArgumentParser().parse_args(['--help'])"
CORE_SET = (
    "aiohttp.web", "aiosmtplib", "apscheduler.schedulers.asyncio", "apscheduler.triggers.cron",
    "jinja2.sandbox", "pydantic", "sqlalchemy.ext.asyncio", "structlog", "twilio",
)  # fmt: skip
"""What the server stands on, by name: the reference of its start imports these and no more. The
driver of the store is added."""
_DRIVER = {
    "sqlite": "aiosqlite, sqlalchemy.dialects.sqlite.aiosqlite",
    "postgresql": "asyncpg, sqlalchemy.dialects.postgresql.asyncpg",
}
_PATIENCE_S = 60.0
_Timed = Callable[[], Awaitable[float]]


class DidNotStart(ContactCenterError):
    """A process that was to be measured failed."""

    code = "did_not_start"


async def measure_help(place: Place) -> Sequence[Row]:
    """``contactcenter --help`` against an argparse program without arguments."""
    ours, empty = [sys.executable, "-m", "contactcenter", "--help"], [sys.executable, "-c", _EMPTY]
    pairs = await _pairs(
        2 if place.is_short else 15,
        lambda: _timed(ours, place.folder),
        lambda: _timed(empty, place.folder),
    )
    seconds = Figure("time", spread([ours for ours, _ in pairs]).median, "s", Bound("<=", 0.3))
    return [compared("help", "", "s", pairs, Bound("<=", 2.0), [seconds])]


async def measure_ready(place: Place) -> Sequence[Row]:
    """``contactcenter serve`` until ``/readyz`` says so, against importing its core set."""
    driver = _DRIVER[make_url(place.url).get_backend_name()]
    imports = f"import {', '.join(CORE_SET)}, {driver}"
    core_set = [sys.executable, "-c", imports]
    pairs = await _pairs(
        1 if place.is_short else 11,
        lambda: _started(place),
        lambda: _timed(core_set, place.folder),
    )
    seconds = Figure("time", spread([ours for ours, _ in pairs]).median, "s", Bound("<=", 2.0))
    return [compared("ready", place.store, "s", pairs, Bound("<=", 1.6), [seconds])]


async def _pairs(count: int, ours: _Timed, reference: _Timed) -> list[tuple[float, float]]:
    """In turns. The first of each writes what bytecode there is none of: not counted."""
    await ours()
    await reference()
    return [(await ours(), await reference()) for _ in range(count)]


async def _timed(command: Sequence[str], folder: Path) -> float:
    """Seconds of a process from its start to its end."""
    said = folder / "said"
    with said.open("wb") as out:
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=_environment(folder),
        )
        code = await process.wait()
        took = time.perf_counter() - began
    if code:
        raise DidNotStart(f"{' '.join(command[:4])}: {said.read_text()[-400:]}")
    return took


async def _started(place: Place) -> float:
    """Seconds from starting a server to its first ready answer; it is ended again."""
    port = free_port()
    said = place.folder / "server.log"
    settings = {
        "CC_DATA_DIR": str(place.folder / "data"),
        "CC_SECRET_KEY": "a secret of the measurements alone, never of a site",
    }
    arguments = ["serve", "--database", place.url, "--port", str(port)]
    with said.open("wb") as out:
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "contactcenter", *arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
            env=_environment(place.folder) | settings,
        )  # fmt: skip
        try:
            while not await asyncio.to_thread(_is_ready, port):
                late = time.perf_counter() - began > _PATIENCE_S
                if process.returncode is not None or late:
                    raise DidNotStart(f"contactcenter serve: {said.read_text()[-400:]}")
                await asyncio.sleep(0.005)
            return time.perf_counter() - began
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _is_ready(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (http.client.HTTPException, OSError):
            return False


def _environment(folder: Path) -> dict[str, str]:
    """Ours without what would configure the server; bytecode goes into ``folder``."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CC_")}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)
    return ours | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
