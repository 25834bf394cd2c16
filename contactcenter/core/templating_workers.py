"""A small pool of processes that render stored templates under CPU, memory and output limits.

A hostile template costs its author an error and nobody else anything: a rendering over its limits
is a ``TemplateFault``, a process that does not come back is killed and replaced. Batches travel in
one round trip, so a campaign pays about the bare cost of Jinja per recipient.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import msgspec

from contactcenter.core.templating_child import Result, Work
from contactcenter.core.templating_values import (
    LintFault,
    Rendered,
    TemplateBody,
    TemplateFault,
    TemplateInvalid,
    Variables,
)

CHUNK = 200
"""Contexts per round trip: long enough to be cheap, short enough to spread and to time out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one rendering may take. ``cpu_s``: CPU seconds per context; ``memory_bytes``: on top of
    the idle process; ``max_output``: characters per part; ``wall_s``: patience per round trip on
    top of the CPU times, before the process is killed."""

    cpu_s: float = 0.5
    memory_bytes: int = 256 * 1024 * 1024
    max_output: int = 1_000_000
    wall_s: float = 10.0


class TemplateWorkers:
    """``async with TemplateWorkers(2) as workers: await workers.render(body, variables, context)``.

    Processes start at first use and are kept. Safe for concurrent use within one event loop.
    """

    def __init__(self, size: int = 2, limits: Limits | None = None) -> None:
        self.size = size
        self.limits = limits or Limits()
        self._idle: asyncio.LifoQueue[_Process | None] = asyncio.LifoQueue()
        self._all: set[_Process] = set()
        for _ in range(size):
            self._idle.put_nowait(None)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Result)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """End every process of the pool."""
        await asyncio.gather(*(process.end() for process in list(self._all)))
        self._all.clear()

    async def render(
        self,
        body: TemplateBody,
        variables: Variables,
        context: Mapping[str, object],
        *,
        zone: str = "UTC",
    ) -> Rendered:
        """One rendering. Raises ``TemplateInvalid`` (source) or ``TemplateFault`` (the rest)."""
        (out,) = await self.render_many(body, variables, [context], zone=zone)
        if isinstance(out, TemplateFault):
            raise out
        return out

    async def render_many(
        self,
        body: TemplateBody,
        variables: Variables,
        contexts: Sequence[Mapping[str, object]],
        *,
        zone: str = "UTC",
    ) -> list[Rendered | TemplateFault]:
        """Render ``body`` over every context, in order; a failing one costs only its own entry.

        Values may be what MessagePack can say: text, numbers, Decimal, bool, date, datetime, None,
        lists and mappings. Raises ``TemplateInvalid`` when the source itself may not be used.
        """
        chunks = [contexts[i : i + CHUNK] for i in range(0, len(contexts), CHUNK)]
        outs: list[Rendered | TemplateFault] = []
        for start in range(0, len(chunks), self.size):
            # As many round trips at once as there are processes, so callers share them fairly.
            group = chunks[start : start + self.size]
            for part in await asyncio.gather(
                *(self._chunk(body, variables, chunk, zone) for chunk in group)
            ):
                outs += part
        return outs

    async def lint(self, body: TemplateBody, variables: Variables) -> tuple[LintFault, ...]:
        """The faults of a source, found outside this process: long ones take time to parse."""
        work = self._work(body, variables, None, "UTC")
        return tuple((await self._call(work, 1)).lint)

    async def _chunk(
        self,
        body: TemplateBody,
        variables: Variables,
        contexts: Sequence[Mapping[str, object]],
        zone: str,
    ) -> list[Rendered | TemplateFault]:
        outs: list[Rendered | TemplateFault] = [
            TemplateFault("the context holds a value no template can show", code="bad_value")
        ] * len(contexts)
        places: list[int] = []
        encoded: list[msgspec.Raw] = []
        for place, context in enumerate(contexts):
            with contextlib.suppress(TypeError, ValueError, OverflowError, RecursionError):
                encoded.append(msgspec.Raw(self._encoder.encode(context)))
                places.append(place)
        try:
            result = await self._call(
                self._work(body, variables, encoded, zone), len(encoded) if encoded else 1
            )
        except TemplateFault as fault:
            for place in places:
                outs[place] = fault
            return outs
        if result.lint:
            raise TemplateInvalid(result.lint)
        for place, rendered, failed in zip(places, result.rendered, result.faults, strict=True):
            if rendered is not None:
                outs[place] = rendered
            elif failed is not None:
                outs[place] = TemplateFault(failed.message, code=failed.code)
        return outs

    def _work(
        self,
        body: TemplateBody,
        variables: Variables,
        contexts: list[msgspec.Raw] | None,
        zone: str,
    ) -> bytes:
        limits = self.limits
        work = Work(body, dict(variables), contexts, zone, limits.cpu_s, limits.max_output)
        return self._encoder.encode(work)

    async def _call(self, work: bytes, count: int) -> Result:
        """One round trip on an idle process; a process lost on the way is replaced at next use."""
        process = await self._idle.get()
        try:
            if process is None or not process.alive:
                process = await _Process.spawn(self.limits.memory_bytes)
                self._all.add(process)
            patience = self.limits.wall_s + 3 * self.limits.cpu_s + 0.05 * count
            async with asyncio.timeout(patience):
                answer = await process.exchange(work)
            return self._decoder.decode(answer)
        except TimeoutError as error:
            await self._drop(process)
            process = None
            raise TemplateFault("took too long and was stopped", code="too_slow") from error
        except (OSError, EOFError, msgspec.DecodeError) as error:
            await self._drop(process)
            process = None
            raise TemplateFault("the rendering process was lost", code="worker_lost") from error
        except asyncio.CancelledError:
            await self._drop(process)
            process = None
            raise
        finally:
            self._idle.put_nowait(process)

    async def _drop(self, process: _Process | None) -> None:
        if process is not None:
            self._all.discard(process)
            await process.end()


class _Process:
    """One child and its pipes."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self.child = child

    @property
    def alive(self) -> bool:
        return self.child.returncode is None

    @classmethod
    async def spawn(cls, memory_bytes: int) -> _Process:
        # An empty environment but for what Python needs: no secret is there to be found.
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "contactcenter.core.templating_child",
            str(memory_bytes),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        return cls(child)

    async def exchange(self, frame: bytes) -> bytes:
        """Send a frame, read one. Raises ``EOFError`` or ``OSError`` when the child is gone."""
        stdin, stdout = self.child.stdin, self.child.stdout
        if stdin is None or stdout is None:
            raise EOFError
        stdin.write(len(frame).to_bytes(4, "big") + frame)
        await stdin.drain()
        size = int.from_bytes(await stdout.readexactly(4), "big")
        return await stdout.readexactly(size)

    async def end(self) -> None:
        """Kill the child and wait for it."""
        if self.child.stdin is not None:
            self.child.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            self.child.kill()
        await self.child.wait()
