"""The process that renders what accounts have stored (started by ``TemplateWorkers``).

Frames on standard input and output: four bytes of length (big-endian), then MessagePack. It holds
no secret and no connection; its CPU time per rendering, its memory and its file sizes are limited,
and the parent kills it when even that does not help. It ends when its input ends.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import BinaryIO, NoReturn

import msgspec

from contactcenter.core.templating_lint import lint
from contactcenter.core.templating_render import render_trusted
from contactcenter.core.templating_values import (
    LintFault,
    Rendered,
    TemplateBody,
    TemplateFault,
    TemplateInvalid,
    Variable,
)

GIVE_UP_AFTER = 3
"""Renderings that may use up their time before the rest of a batch is refused unseen."""


class Work(msgspec.Struct):
    """One round trip: a body and many contexts (or a lint, when ``contexts`` is None)."""

    body: TemplateBody
    variables: dict[str, Variable]
    contexts: list[msgspec.Raw] | None
    zone: str
    cpu_s: float
    max_output: int


class Fault(msgspec.Struct):
    """Why one rendering failed."""

    code: str
    message: str


class Result(msgspec.Struct):
    """One entry per context in the order given, or the faults of the source."""

    rendered: list[Rendered | None] = []
    faults: list[Fault | None] = []
    lint: list[LintFault] = []


class _TooSlow(BaseException):
    """Raised by the timer in the middle of a rendering; no handler of the template's can see it."""


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise _TooSlow


@contextlib.contextmanager
def _cpu_limit(seconds: float) -> Iterator[None]:
    """User CPU seconds of this process, so that a busy machine does not fail a template."""
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _render(work: Work, context: msgspec.Raw) -> Rendered | Fault:
    try:
        with _cpu_limit(work.cpu_s):
            values = msgspec.msgpack.decode(context, type=dict[str, object])
            return render_trusted(
                work.body, work.variables, values, zone=work.zone, limit=work.max_output
            )
    except TemplateFault as fault:
        return Fault(fault.code, fault.message)
    except _TooSlow:
        return Fault("too_slow", f"takes more than {work.cpu_s:g} s of CPU time")
    except MemoryError:
        return Fault("too_much_memory", "needs more memory than a template may have")


def answer(work: Work) -> Result:
    """Lint, or render every context; one bad context costs only itself."""
    if work.contexts is None:
        return Result(lint=list(lint(work.body, work.variables)))
    result = Result()
    slow: Fault | None = None
    slow_count = 0
    for context in work.contexts:
        try:
            out = slow if slow and slow_count >= GIVE_UP_AFTER else _render(work, context)
        except TemplateInvalid as invalid:
            return Result(lint=list(invalid.faults))
        if isinstance(out, Fault) and out.code == "too_slow":
            slow, slow_count = out, slow_count + 1
        result.rendered.append(None if isinstance(out, Fault) else out)
        result.faults.append(out if isinstance(out, Fault) else None)
    return result


def limit_process(memory_bytes: int) -> None:
    """Bound what this process may take from now on; memory where the system keeps such a count."""
    try:
        import resource
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    status = Path("/proc/self/statm")
    if status.exists():
        now = int(status.read_text().split()[0]) * resource.getpagesize()
        limit = now + memory_bytes
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame; None at the end of the input."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    size = int.from_bytes(head, "big")
    data = stream.read(size)
    return data if len(data) == size else None


def _warm_up() -> None:
    """Load the code and language data a first rendering needs, before any limit counts them."""
    variables = {"d": Variable("time"), "m": Variable("money")}
    values = {"d": "2026-01-05T09:00:00", "m": {"amount": 1, "currency": "EUR"}}
    for language in ("en", "zh-CN"):
        render_trusted(TemplateBody(language, text="{{ d }} {{ m }}"), variables, values)


def main() -> int:
    """Serve frames until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGVTALRM, _stop)
    decoder = msgspec.msgpack.Decoder(Work)
    encoder = msgspec.msgpack.Encoder()
    _warm_up()
    limit_process(int(sys.argv[1]))
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        data = encoder.encode(answer(decoder.decode(frame)))
        sys.stdout.buffer.write(len(data).to_bytes(4, "big") + data)
        sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
