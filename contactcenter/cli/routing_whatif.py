"""``contactcenter routing whatif``: a recorded period under other rules."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contactcenter.cli.routing_replay import Bar, add_store, time_of

if TYPE_CHECKING:
    from contactcenter.routing.whatif import WhatIf


def add(verbs: Any) -> None:
    """The sub-verb and its arguments."""
    whatif = verbs.add_parser("whatif", help="what a recorded period had been under other rules")
    whatif.add_argument("rules", type=Path, metavar="RULES.yaml", help="a routing document")
    for name, dest, help_text in (("--from", "start", "first moment"), ("--to", "end", "last")):
        whatif.add_argument(
            name, dest=dest, type=time_of, metavar="TIME", required=True, help=help_text
        )
    whatif.add_argument(
        "--remove",
        action="store_true",
        help="queues and agents that the document does not name are not there",
    )
    add_store(whatif)
    whatif.set_defaults(run=run_whatif)


def run_whatif(args: argparse.Namespace) -> int:
    """0 when it could be played; the metrics side by side."""
    from contactcenter.core.errors import Invalid
    from contactcenter.routing.book import BookInvalid
    from contactcenter.routing.book_file import read_document
    from contactcenter.routing.whatif_pages import data_of, page

    try:
        document = read_document(args.rules.read_text(encoding="utf-8"), str(args.rules))
        found = asyncio.run(_whatif(args, document.plain))
    except OSError as error:
        raise Invalid(f"{args.rules}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{args.rules}: not UTF-8 text") from error
    except BookInvalid as error:
        raise document.refuse(error.faults) from error
    print(json.dumps(data_of(found)) if args.json else page(found))
    return 0


async def _whatif(args: argparse.Namespace, rules: object) -> WhatIf:
    from contactcenter.migrations.upgrade import open_current
    from contactcenter.routing.whatif import whatif

    bar = Bar()
    db = await open_current(args.database)
    try:
        return await whatif(
            db,
            rules,
            args.start,
            args.end,
            remove=args.remove,
            progress=lambda share: bar(int(1000 * share), 1000),
        )
    finally:
        await db.close()
