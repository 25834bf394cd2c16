"""The killable server as the driver sees it: started, died, started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from contactcenter.core.errors import ContactCenterError
from contactcenter.trials.crash.point import CrashAt

_START_S = 60.0


class Nursery:
    """The process that forks servers, one at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._pid = 0
        self.starts = 0

    async def run(
        self,
        settings: dict[str, Any],
        crash_at: CrashAt | None,
        ready: Callable[[], None] = lambda: None,
    ) -> list[str]:
        """One server's life: the kinds of event at which it was killed, none for a clean end.

        Raises for any other end: that is the server's own fault.
        """
        plan = msgspec.to_builtins(crash_at) if crash_at else None
        await self._send({"settings": settings, "crash": plan})
        self.starts += 1
        kinds: list[str] = []
        while True:
            said = await self._hear()
            if "pid" in said:
                self._pid = said["pid"]
            elif "ready" in said:
                ready()
            elif "crash" in said:
                kinds = said["crash"]
            elif "exit" in said:
                self._pid = 0
                if said["exit"] != (-signal.SIGKILL if kinds else 0):
                    raise ContactCenterError(
                        f"the server ended with {said['exit']}", hint="see server.log"
                    )
                return kinds

    def end(self) -> None:
        """Ask the living server to end cleanly."""
        if self._pid:
            os.kill(self._pid, signal.SIGTERM)

    async def _send(self, task: dict[str, Any]) -> None:
        if self._process.stdin is None:
            raise ContactCenterError("the nursery has no input")
        self._process.stdin.write(json.dumps(task).encode() + b"\n")
        await self._process.stdin.drain()

    async def _hear(self) -> dict[str, Any]:
        line = await self._process.stdout.readline() if self._process.stdout else b""
        if not line:
            raise ContactCenterError("the nursery of servers died", hint="see server.log")
        said: dict[str, Any] = json.loads(line)
        return said

    async def imported(self) -> None:
        """Until everything is imported."""
        async with asyncio.timeout(_START_S):
            await self._hear()


@asynccontextmanager
async def nursery(log: Path) -> AsyncIterator[Nursery]:
    """A process that has imported the product; its servers' errors go to ``log``."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "contactcenter.trials.crash.server",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
    made = Nursery(process)
    try:
        await made.imported()
        yield made
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()
