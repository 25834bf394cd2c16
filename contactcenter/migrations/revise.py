"""Writing a revision from the tables, for developers.

    python -m contactcenter.migrations.revise "what changes"   the next revision
    python -m contactcenter.migrations.revise --first          the first anew, until it is released

The history is played on an empty SQLite file and compared with the catalogue; the same revision
serves both stores, because ``env.render`` writes our own types by their names. Read what came out
before committing it: a renamed column looks like one dropped and one added.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from contactcenter.migrations import upgrade

VERSIONS = Path(__file__).parent / "versions"
FIRST = "the first schema"


def main() -> int:
    """0 when a revision was written."""
    parser = argparse.ArgumentParser(prog="python -m contactcenter.migrations.revise")
    parser.add_argument("message", nargs="?", default="", help="what changes, in a few words")
    parser.add_argument("--first", action="store_true", help="write the first revision anew")
    args = parser.parse_args()
    if args.first == bool(args.message):
        parser.error("give a message, or --first")
    if args.first:
        for path in VERSIONS.glob("0*.py"):
            path.unlink()
    sys.stdout.write(f"{revise(args.message or FIRST)}\n")
    return 0


def revise(message: str) -> Path:
    """Write the revision that leads from the history to the catalogue; its file."""
    number = f"{len(list(VERSIONS.glob('0*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        if number != "0001":
            asyncio.run(upgrade.upgrade(f"sqlite:///{file}"))
        engine = create_engine(f"sqlite:///{file}")
        with engine.connect() as connection, contextlib.redirect_stdout(io.StringIO()):
            command.revision(
                upgrade.config_for(connection), message, autogenerate=True, rev_id=number
            )
        engine.dispose()
    (written,) = VERSIONS.glob(f"{number}_*.py")
    for tool in (("format", "-q"), ("check", "--fix", "-q"), ("format", "-q")):
        subprocess.run([sys.executable, "-m", "ruff", *tool, str(written)], check=True)
    return written


if __name__ == "__main__":
    sys.exit(main())
