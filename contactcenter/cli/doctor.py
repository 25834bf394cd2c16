"""``contactcenter doctor``."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

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

    if args.settings:
        _list(args.config)
        return 0
    settings = load(args.config)
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


def _list(file: Path | None) -> None:
    """Name, value and help of every setting; secrets stay hidden. With wrong settings the
    defaults are listed: the list is what helps to mend them."""
    from contactcenter.core.errors import Invalid
    from contactcenter.core.settings import Settings, load

    try:
        settings = load(file)
    except Invalid as error:
        print(f"{error.message}\n\nthe defaults:")
        settings = Settings()
    _list_part(settings, "")


def _list_part(part: BaseModel, above: str) -> None:
    from pydantic import BaseModel

    from contactcenter.core.settings_faults import allowed, shown, variable

    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, BaseModel):
            _list_part(value, f"{above}{name}.")
            continue
        full = above + name
        print(f"{variable(full)} ({full}) = {shown(full, value)}")
        print(f"    {allowed(field)}")
        if field.description:
            print(f"    {' '.join(field.description.split())}")
