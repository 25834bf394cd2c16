"""``contactcenter serve``."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactcenter.core.settings import Settings


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser("serve", help="run a server node")
    verb.add_argument("--database", help="sqlite:///FILE or postgresql://...")
    verb.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    verb.add_argument("--port", type=int, help="port of the pages and the API (default: 8080)")
    verb.add_argument("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    verb.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes (PostgreSQL only)"
    )
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Until Ctrl-C or SIGTERM; 0 after a clean end."""
    with _starting():
        return _run(args)


@contextmanager
def _starting() -> Iterator[None]:
    """Nothing that a start loads is ever let go: looking through it for garbage again and again
    is a tenth of the start. ``_serve`` ends this once it is ready."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _run(args: argparse.Namespace) -> int:
    from contactcenter.core.errors import Invalid
    from contactcenter.core.settings import load

    named = {name: getattr(args, name) for name in ("database", "host", "port")}
    given: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
    settings = load(args.config, overrides=given)
    if args.workers < 1:
        raise Invalid("--workers: at least 1")
    if args.workers > 1 and settings.database_url.startswith("sqlite"):
        raise Invalid(
            "--workers: an embedded database has one server process",
            code="one_worker",
            hint="use PostgreSQL for several",
        )
    if args.workers > 1:
        return _many(args.config, given, args.workers)
    return asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> int:
    from contactcenter.app import node
    from contactcenter.core import logs
    from contactcenter.migrations import upgrade

    logs.configure(settings.log_level, settings.log_format)
    until = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, until.set)

    async def ready(started: node.Node) -> None:
        gc.freeze()  # nor is it looked through while calls wait
        gc.enable()
        print(f"ready at {started.url}", flush=True)

    await node.run(settings, upgrade, ready=ready, until=until)
    return 0


def _many(config: Path | None, given: dict[str, Any], workers: int) -> int:
    """``workers`` processes that share the port; one that ends takes the others with it."""
    import multiprocessing
    from multiprocessing.connection import wait

    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(
            target=_worker, args=(config, {**given, "share_port": True}), name=f"worker-{n}"
        )
        for n in range(workers)
    ]
    for process in processes:
        process.start()

    def stop(number: int, frame: object) -> None:
        for process in processes:
            process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    wait([process.sentinel for process in processes])
    stop(0, None)
    for process in processes:
        process.join()
    return max(abs(process.exitcode or 0) for process in processes)


def _worker(config: Path | None, given: dict[str, Any]) -> None:
    with _starting():
        from contactcenter.core.settings import load

        asyncio.run(_serve(load(config, overrides=given)))
