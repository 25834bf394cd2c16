"""``contactcenter routing replay``: recompute the record and compare it byte for byte."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactcenter.routing.replay import Replayed

_SHOWN = 200


def add(verbs: Any) -> None:
    """The sub-verb and its arguments."""
    replay = verbs.add_parser(
        "replay", help="decide a period again from its recorded commands; must match byte for byte"
    )
    add_period(replay)
    replay.set_defaults(run=run_replay)


def add_period(verb: argparse.ArgumentParser) -> None:
    """``--from``, ``--to``, ``--database`` and ``--json``, as all take them that read a record."""
    verb.add_argument("--from", dest="start", type=time_of, metavar="TIME", help="first moment")
    verb.add_argument("--to", dest="end", type=time_of, metavar="TIME", help="last moment")
    add_store(verb)


def add_store(verb: argparse.ArgumentParser) -> None:
    """``--database`` and ``--json``."""
    verb.add_argument("--database", help="sqlite:///FILE or postgresql://... (default: settings)")
    verb.add_argument("--json", action="store_true", help="one line of JSON")


def time_of(text: str) -> datetime:
    """A time with its offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no time such as 2026-03-02T09:00Z") from None
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("a time needs its offset, such as +01:00 or Z")
    return at


class Bar:
    """How far it is, on standard error, where a person looks at it."""

    def __init__(self) -> None:
        self._shown = -1

    def __call__(self, done: int, of: int) -> None:
        percent = 100 * done // max(1, of)
        if percent != self._shown and sys.stderr.isatty():
            end = "\n" if done >= of else ""
            print(f"\r{percent:3d}%  {done:,} of {of:,}", end=end, file=sys.stderr, flush=True)
        self._shown = percent


def run_replay(args: argparse.Namespace) -> int:
    """0 when every byte is the same, 1 at the first difference or when all was decided by other
    rules than this program's."""
    found = asyncio.run(_replay(args))
    print(json.dumps(_data(found)) if args.json else _words(found))
    return 0 if found.is_equal else 1


async def _replay(args: argparse.Namespace) -> Replayed:
    from contactcenter.migrations.upgrade import open_current
    from contactcenter.routing.replay import replay

    db = await open_current(args.database)
    try:
        return await replay(db, args.start, args.end, progress=Bar())
    finally:
        await db.close()


def _data(found: Replayed) -> dict[str, Any]:
    from contactcenter.routing.floor_rules import FLOOR_RULES

    differs = found.difference
    return {
        "equal": found.is_equal,
        "snapshot": found.snapshot,
        "first": found.first,
        "last": found.last,
        "commands": found.commands,
        "decisions": found.decisions,
        "until": found.until.isoformat() if found.until else None,
        "hash": found.hash.hex(),
        "rules": FLOOR_RULES,
        "other_rules": [
            {"first": one.first, "last": one.last, "rules": one.rules} for one in found.others
        ],
        "difference": differs
        and {
            "applied": differs.applied,
            "command": str(differs.command) if differs.command else None,
            "kind": differs.kind,
            "what": differs.what,
            "stored": differs.stored,
            "recomputed": differs.recomputed,
        },
    }


def _words(found: Replayed) -> str:
    counts = f"{found.commands:,} commands, {found.decisions:,} decisions"
    differs = found.difference
    others = "".join(f"{line}\n" for line in _others(found))
    if differs is None:
        reach = f"from command {found.first} to {found.last}, {found.hash.hex()}"
        return others + (f"equal: {counts}, {reach}" if found.commands else "nothing was compared")
    at, kind = differs.applied, differs.kind or "?"
    return others + (
        f"differs at command {at} ({kind}, {differs.command}): {differs.what}\n"
        f"  stored:     {_cut(differs.stored)}\n"
        f"  recomputed: {_cut(differs.recomputed)}\n"
        f"equal up to there: {counts}\n"
        "hint: a row was changed, or a program recorded it that did not say by which rules"
    )


def _others(found: Replayed) -> Iterator[str]:
    from contactcenter.routing.floor_rules import FLOOR_RULES

    for one in found.others:
        yield (
            f"not decided again: commands {one.first} to {one.last}, decided by the floor's rules "
            f"{one.rules}; this program has {FLOOR_RULES}, so only their hashes were compared"
        )


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
