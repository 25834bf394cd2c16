"""``contactcenter routing prove-replay``: a synthetic day, recorded, replayed and tampered with."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactcenter.trials.replay_proof import ReplayProof


def add(verbs: Any) -> None:
    """The sub-verb and its arguments."""
    prove = verbs.add_parser(
        "prove-replay", help="play a day into a fresh store, replay it, and find a touched row"
    )
    prove.add_argument("--full", action="store_true", help="100,000 interactions in twelve hours")
    prove.add_argument("--file", type=Path, help="keep the SQLite file with the day here")
    prove.add_argument("--json", action="store_true", help="one line of JSON")
    prove.set_defaults(run=run_prove)


def run_prove(args: argparse.Namespace) -> int:
    """0 when the replay is byte-equal and the touched row was found, else 1."""
    with TemporaryDirectory() as folder:
        file = args.file or Path(folder) / "day.db"
        found = asyncio.run(_prove(file, args.full))
    if args.json:
        print(json.dumps({**asdict(found), "proven": found.is_proven}))
    else:
        print(_words(found))
    return 0 if found.is_proven else 1


async def _prove(file: Path, is_full: bool) -> ReplayProof:
    from contactcenter.core.errors import Invalid
    from contactcenter.migrations.upgrade import upgrade
    from contactcenter.trials.replay_proof import FULL, SHORT, prove_replay

    if file.exists():
        raise Invalid(f"{file} exists", hint="name a file that does not")
    await upgrade(f"sqlite:///{file}")
    return await prove_replay(f"sqlite:///{file}", FULL if is_full else SHORT, _show())


def _show() -> Any:
    shown = {"day": -1, "replay": -1}

    def show(part: str, share: float) -> None:
        tenth = int(share * 10)
        if tenth > shown[part] and sys.stderr.isatty():
            shown[part] = tenth
            print(f"{part}: {tenth * 10}%", file=sys.stderr, flush=True)

    return show


def _words(found: ReplayProof) -> str:
    equal = "equal, byte for byte" if found.is_equal else "DIFFERENT"
    touched = "found" if found.found == found.touched else "NOT FOUND"
    per_s = found.commands / found.replay_s if found.replay_s else 0.0
    return (
        f"played {found.interactions:,} interactions with {found.agents} agents "
        f"in {found.day_s:.0f} s\n"
        f"replayed {found.commands:,} commands and {found.decisions:,} decisions "
        f"in {found.replay_s:.1f} s ({per_s:,.0f}/s), peak {found.peak_mb:.0f} MB: {equal}\n"
        f"one result touched at command {found.touched}: {touched}"
    )
