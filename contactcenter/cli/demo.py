"""``contactcenter demo``."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser(
        "demo", help="start everything on an embedded database with a simulated carrier"
    )
    verb.add_argument("--data", type=Path, metavar="DIR", help="keep the data there between runs")
    verb.add_argument("--port", type=int, help="port of the pages (default: 8080, or a free one)")
    verb.add_argument(
        "--callers", default="", metavar="RATE", help="scripted callers: 30/h, 2/min, 1/s"
    )
    verb.add_argument("--no-browser", action="store_true", help="do not open the browser")
    verb.add_argument("--json", action="store_true", help="one line of JSON when ready")
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Until Ctrl-C or SIGTERM."""
    from contactcenter.migrations import upgrade
    from contactcenter.trials import demo

    options = demo.DemoOptions(
        data=args.data,
        port=args.port,
        callers=args.callers,
        browser=not args.no_browser,
        as_json=args.json,
    )
    return asyncio.run(demo.run(options, upgrade))
