"""A running demo for a story: started as its users would, ended by its own process ids."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_READY_S = 60.0
_END_S = 20.0


@dataclass(slots=True)
class DemoSite:
    """What the ready line said. ``data`` is the demo's folder."""

    process: asyncio.subprocess.Process
    data: Path
    url: str
    ready: Mapping[str, Any]

    def password(self, name: str) -> str:
        found: str = next(u["password"] for u in self.ready["users"] if u["name"] == name)
        return found

    def line(self, channel: str) -> str:
        found: str = self.ready["lines"][channel][0]
        return found

    async def kill(self) -> None:
        """``kill -9``: the stand-ins live on."""
        self.process.kill()
        await self.process.wait()

    async def end(self) -> int:
        """SIGTERM, and the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), _END_S)


async def start_demo(
    data: Path, *arguments: str, environ: Mapping[str, str] | None = None
) -> DemoSite:
    """Start a demo over ``data`` on a free port and wait for its ready line."""
    errors = data.parent / f"{data.name}.log"
    with errors.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "contactcenter",
            "demo",
            "--data",
            str(data),
            "--port",
            "0",
            "--json",
            "--no-browser",
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            env={**os.environ, **(environ or {})},
        )
    async with asyncio.timeout(_READY_S):
        line = await process.stdout.readline() if process.stdout else b""
    if not line:
        raise AssertionError(f"the demo did not start: {errors.read_text()[-2000:]}")
    ready = json.loads(line)
    return DemoSite(process, data, ready["url"], ready)


def end_standins(data: Path) -> None:
    """End the stand-ins of a demo that was killed."""
    try:
        pid = json.loads((data / "standins" / "standins.json").read_text())["pid"]
        os.kill(pid, signal.SIGTERM)
    except (OSError, ValueError):
        return


@asynccontextmanager
async def demo_site(
    data: Path, *arguments: str, environ: Mapping[str, str] | None = None
) -> AsyncIterator[DemoSite]:
    """A demo for the length of the block; whatever happens, its processes end."""
    site = await start_demo(data, *arguments, environ=environ)
    try:
        yield site
        assert await site.end() == 0
    finally:
        if site.process.returncode is None:
            await site.kill()
        end_standins(data)
