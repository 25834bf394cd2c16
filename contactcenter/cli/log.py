"""``contactcenter log verify``."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser("log", help="check the interaction log")
    verbs = verb.add_subparsers(dest="log_verb", metavar="COMMAND", required=True)
    verify = verbs.add_parser("verify", help="rebuild every interaction from its events, compare")
    verify.add_argument("--database", help="sqlite:///FILE or postgresql://... (default: settings)")
    verify.add_argument("--json", action="store_true", help="one line of JSON")
    verify.set_defaults(run=run_verify)


def run_verify(args: argparse.Namespace) -> int:
    """0 when the log and its projection agree, 1 otherwise."""
    return asyncio.run(_verify(args))


async def _verify(args: argparse.Namespace) -> int:
    from contactcenter.crm.verify import verify
    from contactcenter.migrations.upgrade import open_current

    db = await open_current(args.database)
    try:
        found = await verify(db)
    finally:
        await db.close()
    differences = [
        {
            "interaction": str(one.interaction_id),
            "field": one.field,
            "stored": str(one.stored),
            "rebuilt": str(one.rebuilt),
        }
        for one in found.differences
    ]
    if args.json:
        result = {
            "interactions": found.interactions,
            "events": found.events,
            "differences": differences,
        }
        print(json.dumps(result))
    else:
        for one in differences:
            print(
                f"{one['interaction']}: {one['field']} is {one['stored']}, "
                f"events say {one['rebuilt']}"
            )
        print(
            f"{found.interactions} interactions, {found.events} events, "
            f"{len(differences)} differences"
        )
    return 1 if differences else 0
