"""``contactcenter routing calibration``: was it true what those who waited were told?"""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import TYPE_CHECKING, Any

from contactcenter.cli.routing_replay import add_store, time_of

if TYPE_CHECKING:
    from contactcenter.analytics.calibration import Report


def add(verbs: Any) -> None:
    """The sub-verb and its arguments."""
    verb = verbs.add_parser("calibration", help="how often the waits told to customers were true")
    for name, dest, help_text in (("--from", "start", "first moment"), ("--to", "end", "last")):
        verb.add_argument(
            name, dest=dest, type=time_of, metavar="TIME", required=True, help=help_text
        )
    verb.add_argument("--queue", metavar="NAME", help="only what was told in this queue")
    verb.add_argument("--zone", metavar="NAME", help="of the hours shown (default: the site's)")
    add_store(verb)
    verb.set_defaults(run=run_calibration)


def run_calibration(args: argparse.Namespace) -> int:
    """0 when it could be read, whatever it says."""
    from contactcenter.analytics.calibration_pages import data_of, page

    found = asyncio.run(_calibration(args))
    print(json.dumps(data_of(found)) if args.json else page(found))
    return 0


async def _calibration(args: argparse.Namespace) -> Report:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from contactcenter.analytics.calibration_query import calibration
    from contactcenter.core.errors import Invalid
    from contactcenter.core.settings import load
    from contactcenter.migrations.upgrade import open_current

    try:
        zone = ZoneInfo(args.zone or load().time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(f"--zone: no time zone {args.zone}") from error
    db = await open_current(args.database)
    try:
        return await calibration(db, args.start, args.end, zone, queue=args.queue)
    finally:
        await db.close()
