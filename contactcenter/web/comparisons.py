"""What-if runs asked for through the API: one at a time, each in a process of its own.

Runs are kept in this server node's memory, the last ``_KEPT``: a figure that is looked at, not a
record. Another node answers 404 for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from contactcenter.core.errors import Conflict, NotFound
from contactcenter.core.ids import new_id

_KEPT = 20
_LONGEST_S = 900.0
_MODULE = "contactcenter.routing.whatif_child"
_LINE = 16 * 1024 * 1024
"""The longest line a child may write: a result with thousands of queues."""


@dataclass(slots=True)
class Comparison:
    """One run. ``state``: ``running``, ``done`` (``result``), or ``failed`` (``problem``)."""

    id: UUID
    start: datetime
    end: datetime
    state: Literal["running", "done", "failed"] = "running"
    share: float = 0.0
    result: dict[str, Any] | None = None
    problem: str | None = None
    hint: str | None = None


class Comparisons:
    """The runs of one server node; ``stop`` ends what runs."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._runs: dict[UUID, Comparison] = {}
        self._task: asyncio.Task[None] | None = None

    def begin(self, rules: object, start: datetime, end: datetime) -> Comparison:
        """Start one. ``Conflict`` (``busy``) while another runs."""
        if self._task is not None and not self._task.done():
            raise Conflict("another comparison is running", code="busy", hint="wait for its end")
        run = Comparison(new_id(), start, end)
        self._runs[run.id] = run
        for old in list(self._runs)[:-_KEPT]:
            del self._runs[old]
        order = msgspec.json.encode({"url": self._url, "rules": rules, "start": start, "end": end})
        self._task = asyncio.create_task(self._follow(run, order), name="what-if")
        return run

    def get(self, run: UUID) -> Comparison:
        """One of the last runs; ``NotFound``."""
        found = self._runs.get(run)
        if found is None:
            raise NotFound(f"no comparison {run} on this server node")
        return found

    async def stop(self) -> None:
        """End the run, if there is one."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self, run: Comparison, order: bytes) -> None:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LINE,
            env=_environment(),
        )
        try:
            async with asyncio.timeout(_LONGEST_S):
                await self._exchange(run, child, order)
        except TimeoutError:
            run.problem = "it took too long and was stopped"
        finally:
            if run.state == "running":
                run.state = "failed"
                run.problem = run.problem or "the process that compared was lost"
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    @staticmethod
    async def _exchange(run: Comparison, child: asyncio.subprocess.Process, order: bytes) -> None:
        stdin, stdout = child.stdin, child.stdout
        if stdin is None or stdout is None:
            return
        with contextlib.suppress(ConnectionError):  # a child that is gone writes nothing either
            stdin.write(order + b"\n")
            await stdin.drain()
            stdin.close()
        async for line in stdout:
            told = msgspec.json.decode(line)
            if "share" in told:
                run.share = told["share"]
            elif "result" in told:
                run.state, run.share, run.result = "done", 1.0, told["result"]
            elif "refused" in told:
                run.state = "failed"
                run.problem, run.hint = told["refused"]["message"], told["refused"]["hint"]


def _environment() -> dict[str, str]:
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return found | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
