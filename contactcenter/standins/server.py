"""The stand-ins' own process: the carrier world, the handsets and the mail drop outlive a server
that is killed. ``python -m contactcenter.standins.server --dir D`` prints one line of JSON when
ready, and ends on SIGTERM or when no server has been connected for a quarter of an hour."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from contactcenter.core.clock import Clock, SystemClock
from contactcenter.standins.handset import HandsetDesk
from contactcenter.standins.handset_callers import CallScript, run_callers
from contactcenter.standins.handset_http import handset_app
from contactcenter.standins.maildrop import MailDrop
from contactcenter.standins.maildrop_http import maildrop_routes
from contactcenter.standins.world import HUMAN_CHARS_PER_S, World
from contactcenter.standins.world_socket import WorldSocket

ABANDONED_S = 15 * 60.0
"""Without a server for so long, the stand-ins end themselves."""


@dataclass(slots=True)
class Standins:
    """What runs: the world and where it listens."""

    world: World
    desk: HandsetDesk
    host: str
    world_port: int
    http_port: int
    mail_port: int | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def ready(self) -> dict[str, object]:
        """The ready line of the process."""
        line: dict[str, object] = {
            "ready": True,
            "pid": os.getpid(),
            "world": f"{self.host}:{self.world_port}",
            "handset_url": f"http://{self.host}:{self.http_port}",
        }
        if self.mail_port is not None:
            line["mail_drop"] = f"{self.host}:{self.mail_port}"
        return line


@asynccontextmanager
async def start_world(
    *,
    path: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    http_port: int = 0,
    clock: Clock | None = None,
    chars_per_s: float = HUMAN_CHARS_PER_S,
    drop: MailDrop | None = None,
    abandoned_s: float = ABANDONED_S,
) -> AsyncIterator[Standins]:
    """The world's socket and the handsets' HTTP face, until the block ends. Ports 0: any free.

    ``drop``: a mail drop that was started; its mailboxes are shown on the handsets and served
    under ``/maildrop``. It stays its owner's to stop.
    """
    from aiohttp import web

    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        world = World(clock, path=path, chars_per_s=chars_per_s)
        stack.push_async_callback(world.close)
        world.start()
        desk = HandsetDesk(world, drop)
        app = handset_app(desk)
        if drop is not None:
            drop.on_mail = desk.mail_came
            app.add_routes(maildrop_routes(drop))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, host, http_port)
        await site.start()
        socket = WorldSocket(world, host, port)
        await socket.start()
        stack.push_async_callback(socket.close)
        mail_port = None if drop is None else drop.port
        standins = Standins(world, desk, host, socket.port, runner.addresses[0][1], mail_port)
        watch = asyncio.create_task(_end_when_abandoned(standins, abandoned_s))
        stack.callback(watch.cancel)
        yield standins


async def _end_when_abandoned(standins: Standins, seconds: float) -> None:
    changed = asyncio.Event()
    outbox = standins.world.outbox
    outbox.on_change = changed.set
    while True:
        changed.clear()
        try:
            async with asyncio.timeout(None if outbox.is_attached else seconds):
                await changed.wait()
        except TimeoutError:
            standins.ended.set()
            return


async def run_standins(args: argparse.Namespace) -> None:
    """Run until SIGTERM or SIGINT, or until abandoned."""
    folder = Path(args.dir)
    folder.mkdir(parents=True, exist_ok=True)
    clock = SystemClock(timedelta(seconds=args.clock_offset))
    async with (
        _mail_drop(args, folder, clock) as drop,
        start_world(
            path=folder / "world.db",
            host=args.host,
            port=args.port,
            http_port=args.http_port,
            clock=clock,
            chars_per_s=args.chars_per_s,
            drop=drop,
            abandoned_s=args.abandoned_s,
        ) as standins,
    ):
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, standins.ended.set)
        callers = _callers(args, standins.world, clock)
        print(json.dumps(standins.ready()), flush=True)
        await standins.ended.wait()
        if callers is not None:
            callers.cancel()
            await asyncio.gather(callers, return_exceptions=True)


@asynccontextmanager
async def _mail_drop(
    args: argparse.Namespace, folder: Path, clock: Clock
) -> AsyncIterator[MailDrop | None]:
    if args.mail_port is None:
        yield None
        return
    drop = MailDrop(folder / "mail.db", clock=clock, server=args.server_smtp)
    await drop.start(args.host, args.mail_port)
    try:
        yield drop
    finally:
        await drop.stop()


def _callers(args: argparse.Namespace, world: World, clock: Clock) -> asyncio.Task[None] | None:
    if not args.callers:
        return None
    plan = json.loads(Path(args.callers_from).read_text(encoding="utf-8"))
    return asyncio.create_task(
        run_callers(
            world,
            clock,
            per_hour=per_hour(args.callers),
            addresses=plan["addresses"],
            scripts=[read_script(each) for each in plan["scripts"]],
        )
    )


def per_hour(rate: str) -> float:
    """``30/h`` or ``2/min`` as calls an hour; raises ``ValueError`` that says what is allowed."""
    count, _, unit = rate.partition("/")
    factors = {"h": 1.0, "min": 60.0, "s": 3600.0}
    if unit not in factors or not count.replace(".", "", 1).isdigit() or float(count) <= 0:
        raise ValueError(f"{rate!r} is no rate: write 30/h, 2/min or 1/s")
    return float(count) * factors[unit]


def read_script(plain: dict[str, object]) -> CallScript:
    """A ``CallScript`` from JSON: pairs as lists of two."""
    values = dict(plain)
    for name in ("keys", "speech"):
        pairs = values.get(name, [])
        if isinstance(pairs, list):
            values[name] = tuple((str(part), str(answer)) for part, answer in pairs)
    says = values.get("says", [])
    values["says"] = tuple(str(each) for each in says) if isinstance(says, list) else ()
    return CallScript(**values)  # type: ignore[arg-type]


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="contactcenter.standins.server", description=__doc__)
    options.add_argument("--dir", required=True, help="folder of the world's file")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=0, help="the world's socket (0: any)")
    options.add_argument("--http-port", type=int, default=0, help="the handsets' HTTP (0: any)")
    options.add_argument("--mail-port", type=int, help="run a mail drop here (0: any)")
    options.add_argument(
        "--server-smtp", type=_host_port, metavar="HOST:PORT", help="where customers' mail goes"
    )
    options.add_argument("--chars-per-s", type=float, default=HUMAN_CHARS_PER_S)
    options.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS")
    options.add_argument("--abandoned-s", type=float, default=ABANDONED_S)
    options.add_argument("--callers", type=_rate, default=None, metavar="RATE", help="30/h")
    options.add_argument(
        "--callers-from", metavar="FILE", help="JSON: addresses, and scripts of calls"
    )
    return options


def _rate(text: str) -> str:
    try:
        per_hour(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _host_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no listener: write HOST:PORT")
    return host, int(port)


def main(argv: Sequence[str] | None = None) -> int:
    """0 after an orderly end, 2 for wrong use."""
    options = parser()
    args = options.parse_args(argv)
    if args.callers and not args.callers_from:
        options.error("--callers needs --callers-from FILE")
    asyncio.run(run_standins(args))
    return 0


if __name__ == "__main__":
    sys.exit(main())
