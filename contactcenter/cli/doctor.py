"""``contactcenter doctor``."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactcenter.app.doctor import Finding
    from contactcenter.core.settings import Settings

_MARKS = {"ok": "ok   ", "note": "note ", "fault": "FAULT"}


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser("doctor", help="look at the settings and at everything they name")
    verb.add_argument("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    verb.add_argument("--settings", action="store_true", help="list every setting with its help")
    verb.add_argument("--json", action="store_true", help="one line of JSON")
    verb.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when nothing keeps the server from its work, 1 otherwise."""
    from contactcenter.core.settings import load

    settings = load(args.config)
    if args.settings:
        _list(settings)
        return 0
    findings = asyncio.run(_examine(settings))
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            print(f"{_MARKS[finding.state]}  {finding.part}: {finding.text}")
            if finding.hint:
                print(f"       -> {finding.hint}")
    return 1 if any(finding.state == "fault" for finding in findings) else 0


async def _examine(settings: Settings) -> list[Finding]:
    from contactcenter.app.doctor import examine
    from contactcenter.migrations import upgrade

    return [finding async for finding in examine(settings, upgrade)]


def _list(settings: Settings) -> None:
    """Name, value and help of every setting; secrets stay hidden."""
    for name, field in type(settings).model_fields.items():
        print(f"CC_{name.upper()} = {getattr(settings, name)!r}")
        if field.description:
            print(f"    {' '.join(field.description.split())}")
