"""``contactcenter bench``."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactcenter.trials.crash.sweep import DayResult

STORES = ("sqlite", "postgresql")


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser("bench", help="measure this program, or kill it and look")
    verb.add_argument("names", nargs="*", metavar="NAME", help="crash")
    verb.add_argument("--store", choices=STORES, action="append", help="only this store")
    verb.add_argument("--database", metavar="URL", help="a PostgreSQL server to use")
    verb.add_argument("--json", action="store_true", help="the result as JSON")
    verb.add_argument("--short", action="store_true", help="fewer repetitions")
    kills = verb.add_argument_group("crash")
    which = kills.add_mutually_exclusive_group()
    which.add_argument("--kinds", action="store_true", help="around each kind of event (default)")
    which.add_argument("--all", action="store_true", help="around every event of the day")
    kills.add_argument("--kills-per-day", type=int, metavar="N", help="1 isolates every kill")
    kills.add_argument("--lanes", type=int, default=2, metavar="N", help="days at once")
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when everything promised held."""
    return asyncio.run(_crash(args))


async def _crash(args: argparse.Namespace) -> int:
    from contactcenter.migrations.upgrade import upgrade
    from contactcenter.trials.crash import bench
    from contactcenter.trials.postgres import postgres

    def told(day: DayResult) -> None:
        state = f"{len(day.faults)} faults" if day.faults else "clean"
        print(f"  {day.seconds:5.1f} s  {state:8}  {bench.words(day)}", file=sys.stderr)
        for fault in day.faults:
            print(f"           {fault}", file=sys.stderr)

    swept = []
    for store in args.store or STORES:
        print(store, file=sys.stderr)
        async with postgres("" if store == "postgresql" else "none") as server:
            given = args.database or os.environ.get("CC_TEST_POSTGRES", "")
            swept.append(
                await bench.sweep(
                    store,
                    upgrade,
                    server=given or server,
                    every_event=args.all,
                    kills_per_day=args.kills_per_day or bench.KILLS_PER_DAY,
                    lanes=args.lanes,
                    told=told,
                )
            )
    if args.json:
        print(json.dumps({"crash": [each.to_plain() for each in swept]}))
    for each in swept:
        for fault in each.faults:
            print(f"{each.store}: {fault}", file=sys.stderr)
        print(
            f"{each.store}: {each.kills} kills in {each.days} days of {each.events_a_day} events, "
            f"{len(each.kinds)} kinds; {len(each.faults)} faults; {each.seconds:.0f} s",
            file=sys.stderr,
        )
    return 1 if any(each.faults for each in swept) else 0
