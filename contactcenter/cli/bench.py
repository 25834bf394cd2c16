"""``contactcenter bench``: measurements, and under the name ``crash`` the sweep of kills."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactcenter.trials.crash.bench import Swept
    from contactcenter.trials.crash.sweep import DayResult

STORES = ("sqlite", "postgresql")
ROWS = (
    "menu-turn",
    "event-log",
    "help",
    "ready",
    "offers",
    "assignment",
    "simulator",
    "reservations",
    "takeover",
)
"""Named here too, for ``--help`` must not load what measures."""
CRASH = "crash"
_ABOUT = """Without a NAME every row is measured, on SQLite and PostgreSQL where a store matters.
The sweep `crash` takes minutes and runs only when it is named. A missed goal is shown and is no
failure: exit code 1 is for a row that could not be measured, or a fault the sweep found."""


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser(
        "bench", help="measure this program, or kill it and look", description=_ABOUT
    )
    verb.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one of: {', '.join((*ROWS, CRASH))}"
    )
    verb.add_argument("--store", choices=STORES, action="append", help="only this store")
    verb.add_argument("--database", metavar="URL", help="a PostgreSQL server to use")
    verb.add_argument("--json", action="store_true", help="the result as JSON")
    verb.add_argument("--short", action="store_true", help="only see that each row can be measured")
    kills = verb.add_argument_group(CRASH)
    which = kills.add_mutually_exclusive_group()
    which.add_argument("--kinds", action="store_true", help="around each kind of event (default)")
    which.add_argument("--all", action="store_true", help="around every event of the day")
    kills.add_argument("--kills-per-day", type=int, metavar="N", help="1 isolates every kill")
    kills.add_argument("--lanes", type=int, default=2, metavar="N", help="days at once")
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when everything could be measured, and everything promised held."""
    unknown = [name for name in args.names if name not in (*ROWS, CRASH)]
    if unknown:
        print(f"contactcenter bench: no row {', '.join(unknown)}", file=sys.stderr)
        print(f"hint: rows: {', '.join((*ROWS, CRASH))}", file=sys.stderr)
        return 2
    return asyncio.run(_bench(args))


async def _bench(args: argparse.Namespace) -> int:
    names = args.names or ROWS
    result: dict[str, Any] = {}
    rows = [name for name in ROWS if name in names]
    if rows:
        result |= await _measure(args, rows)
    swept = await _crash(args) if CRASH in names else []
    if swept:
        result["crash"] = [each.to_plain() for each in swept]
    if args.json:
        print(json.dumps(result))
    return 1 if result.get("faults") or any(each.faults for each in swept) else 0


async def _measure(args: argparse.Namespace, names: list[str]) -> dict[str, Any]:
    from contactcenter.migrations.upgrade import upgrade
    from contactcenter.trials.bench import bench, table

    def told(line: str) -> None:
        print(line, file=sys.stderr)

    before = bench.machine()
    found = bench.Measured()

    async def measure(names: list[str], store: str, server: str = "") -> None:
        more = await bench.run(names, store, upgrade, server=server, is_short=args.short, told=told)
        found.rows += more.rows
        found.faults += more.faults

    plain = [name for name in names if name in bench.WITHOUT_STORE]
    stored = [name for name in names if name not in bench.WITHOUT_STORE]
    await measure(plain, "")
    for store in (args.store or STORES) if stored else ():
        async with _server(args, store) as server:
            await measure(stored, store, server)
    if not args.json:
        print("\n".join(table.lines(found.rows)))
    for fault in found.faults:
        print(f"contactcenter: {fault}", file=sys.stderr)
    return bench.plain(found, before, args.short)


async def _crash(args: argparse.Namespace) -> list[Swept]:
    from contactcenter.migrations.upgrade import upgrade
    from contactcenter.trials.crash import bench

    def told(day: DayResult) -> None:
        state = f"{len(day.faults)} faults" if day.faults else "clean"
        print(f"  {day.seconds:5.1f} s  {state:8}  {bench.words(day)}", file=sys.stderr)
        for fault in day.faults:
            print(f"           {fault}", file=sys.stderr)

    swept = []
    for store in args.store or STORES:
        print(store, file=sys.stderr)
        async with _server(args, store) as server:
            swept.append(
                await bench.sweep(
                    store,
                    upgrade,
                    server=server,
                    every_event=args.all,
                    kills_per_day=args.kills_per_day or bench.KILLS_PER_DAY,
                    lanes=args.lanes,
                    told=told,
                )
            )
    for each in swept:
        for fault in each.faults:
            print(f"{each.store}: {fault}", file=sys.stderr)
        print(
            f"{each.store}: {each.kills} kills in {each.days} days of {each.events_a_day} events, "
            f"{len(each.kinds)} kinds; {len(each.faults)} faults; {each.seconds:.0f} s",
            file=sys.stderr,
        )
    return swept


def _server(args: argparse.Namespace, store: str) -> Any:
    """The PostgreSQL to use: the one given, else one started for the block. SQLite needs none."""
    from contactcenter.trials.postgres import postgres

    if store != "postgresql":
        return postgres("none")
    return postgres(args.database or os.environ.get("CC_TEST_POSTGRES", ""))
