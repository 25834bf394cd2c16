"""``contactcenter import customers``."""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactcenter.crm.importing import ImportResult


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser("import", help="bring records in from files")
    verbs = verb.add_subparsers(dest="what", metavar="WHAT", required=True)
    customers = verbs.add_parser("customers", help="a CSV file, plain or gzip, with any columns")
    customers.add_argument("file", type=Path)
    customers.add_argument(
        "--map",
        nargs="+",
        action="extend",
        default=[],
        metavar="COLUMN=FIELD",
        help="external_id, name, language, time_zone, phone, email, tags or attributes.NAME; "
        "columns not named become attributes",
    )
    customers.add_argument("--region", help="country of numbers without a code (GB, CN)")
    customers.add_argument("--dry-run", action="store_true", help="check only, write nothing")
    customers.add_argument(
        "--fake-addresses", type=int, metavar="SEED", help="unreachable addresses for demos"
    )
    customers.add_argument("--errors", type=Path, metavar="FILE", help="default: FILE.errors.csv")
    customers.add_argument("--database", help="sqlite:///FILE or postgresql://...")
    customers.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """0 when every row was taken, 1 when some were left out."""
    from contactcenter.core.errors import Invalid

    mapping = {}
    for pair in args.map:
        column, equals, target = pair.partition("=")
        if not equals or not column or not target:
            raise Invalid(f"--map {pair}: write COLUMN=FIELD")
        mapping[column] = target
    return asyncio.run(_run(args, mapping))


async def _run(args: argparse.Namespace, mapping: dict[str, str]) -> int:
    from contactcenter.crm import importing
    from contactcenter.migrations.upgrade import open_current

    plan = importing.ImportPlan(args.file, mapping, args.region, args.fake_addresses, args.dry_run)
    db = await open_current(args.database)
    try:
        with _bar(args.file) as progress:
            result = await importing.run(db, plan, progress)
    finally:
        await db.close()
    _tell(result, args)
    return 1 if result.faults else 0


_BAR = 30
"""Characters of the progress bar."""


class _bar:  # noqa: N801  # used like a function
    """How far it is, on a terminal only."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> Any:
        return self._show

    def _show(self, rows: int, share: float) -> None:
        if sys.stderr.isatty():
            done = int(share * _BAR)
            bar = "#" * done + "." * (_BAR - done)
            text = f"\r{self._file.name} [{bar}] {share:4.0%} {rows:,} rows"
            print(text, end="", file=sys.stderr, flush=True)

    def __exit__(self, *exception: object) -> None:
        if sys.stderr.isatty():
            print(file=sys.stderr)


def _tell(result: ImportResult, args: argparse.Namespace) -> None:
    bad = len({fault.row for fault in result.faults})
    would = "would be " if args.dry_run else ""
    taken = result.read - bad
    if args.dry_run:
        print(f"{result.read} rows read, {taken} {would}taken, {bad} left out")
    else:
        print(
            f"{result.read} rows read: {result.created} created, {result.changed} changed, "
            f"{result.unchanged} unchanged, {result.skipped} done before, {bad} left out"
        )
    if not result.faults:
        return
    file = args.errors or args.file.with_name(args.file.name + ".errors.csv")
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["row", "column", "reason"])
        writer.writerows((fault.row, fault.column, fault.reason) for fault in result.faults)
    print(f"contactcenter: {bad} rows were left out", file=sys.stderr)
    print(f"hint: each with its column and reason in {file}", file=sys.stderr)
