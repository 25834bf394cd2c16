"""What-if runs asked for through the API: each in a process of its own beside this server node.

What is asked and what comes of it stands in the store (``routing.whatif_runs``), so every node can
tell of it. This is the hand that works on it: it starts the process, writes down how far it is and
holds the lease; a run that another has, or that somebody deleted, is let go at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from contactcenter.core.db import Database
from contactcenter.core.errors import Conflict, NotFound
from contactcenter.core.leases import Lease, release
from contactcenter.routing import whatif_runs
from contactcenter.routing.whatif_runs import Asked, Run

_TELL_S = 1.0
"""How often the store is told how far it is, and the lease kept."""
_LONGEST_S = 900.0
_MODULE = "contactcenter.routing.whatif_child"
_LINE = 16 * 1024 * 1024
"""The longest line a child may write: a result with thousands of queues."""
_log = logging.getLogger(__name__)


class Comparisons:
    """What this server node works on: one at most. ``stop`` ends it; it can be begun again."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, asked: Asked, actor: str) -> Run:
        """Note it and start. Errors as of ``whatif_runs.begin``."""
        return self._start(
            *await self._db.write(partial(whatif_runs.begin, asked=asked, actor=actor))
        )

    async def again(self, run: UUID) -> Run:
        """Start one that ended without a result. Errors as of ``whatif_runs.again``."""
        return self._start(*await self._db.write(partial(whatif_runs.again, key=run)))

    async def stop(self) -> None:
        """End what runs; it shows as interrupted at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, run: Run, held: Lease) -> Run:
        task = asyncio.create_task(self._kept(run, held), name="what-if")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    async def _kept(self, run: Run, held: Lease) -> None:
        try:
            await self._follow(run, held)
        except (Conflict, NotFound):
            _log.info("a comparison was let go", extra={"run": str(run.id)})
        except Exception:  # noqa: BLE001  # whatever it was (a lost store): the lease ends by itself
            _log.exception("a comparison was interrupted")
        except asyncio.CancelledError:
            await self._db.write(partial(release, held=held))
            raise

    async def _follow(self, run: Run, held: Lease) -> None:
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
            await self._listen(run, held, child)
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    async def _listen(self, run: Run, held: Lease, child: asyncio.subprocess.Process) -> None:
        told = _Told()
        hearing = asyncio.create_task(told.hear(child, self._order(run)))
        try:
            async with asyncio.timeout(_LONGEST_S):
                while not hearing.done():
                    await asyncio.wait({hearing}, timeout=_TELL_S)
                    await self._tell(run, held, told.share)
                await hearing
        except TimeoutError:
            told.problem = "it took too long and was stopped"
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
        await self._end(run, held, told)

    async def _tell(self, run: Run, held: Lease, share: float) -> None:
        await self._db.write(
            partial(whatif_runs.advance, held=held, key=run.id, share=min(share, 0.99))
        )

    async def _end(self, run: Run, held: Lease, told: _Told) -> None:
        if told.result is not None:
            end = partial(whatif_runs.finish, result=told.result)
        else:
            problem = told.problem or "the process that compared was lost"
            end = partial(whatif_runs.fail, problem=problem, hint=told.hint)
        await self._db.write(partial(end, held=held, key=run.id))

    def _order(self, run: Run) -> bytes:
        asked = run.asked
        return msgspec.json.encode(
            {
                "url": self._db.url,
                "rules": asked.rules,
                "start": asked.start,
                "end": asked.end,
                "remove": asked.remove,
            }
        )


class _Told:
    """What the child has said until now."""

    def __init__(self) -> None:
        self.share = 0.0
        self.result: dict[str, Any] | None = None
        self.problem: str | None = None
        self.hint: str | None = None

    async def hear(self, child: asyncio.subprocess.Process, order: bytes) -> None:
        """Give it the order, then listen until it ends."""
        stdin, stdout = child.stdin, child.stdout
        if stdin is None or stdout is None:
            return
        with contextlib.suppress(ConnectionError):  # a child that is gone writes nothing either
            stdin.write(order + b"\n")
            await stdin.drain()
            stdin.close()
        async for line in stdout:
            told = msgspec.json.decode(line)
            self.share = told.get("share", self.share)
            self.result = told.get("result", self.result)
            if "refused" in told:
                self.problem, self.hint = told["refused"]["message"], told["refused"]["hint"]


def _environment() -> dict[str, str]:
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return found | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
