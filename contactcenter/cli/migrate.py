"""``contactcenter migrate``."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser("migrate", help="bring the database to this program's schema")
    verb.add_argument("--database", help="sqlite:///FILE or postgresql://... (default: settings)")
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when the schema is the newest."""
    from contactcenter.core.settings import load
    from contactcenter.migrations.upgrade import upgrade

    url = args.database or load().database_url
    print(f"schema {asyncio.run(upgrade(url))}")
    return 0
