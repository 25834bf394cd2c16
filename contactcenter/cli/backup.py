"""``contactcenter backup`` and ``restore``."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactcenter.core.blobs import Blobs
    from contactcenter.core.db import Database
    from contactcenter.core.settings import Settings


def add(parsers: Any) -> None:
    """Both verbs and their arguments."""
    for name, run, text in (
        ("backup", run_backup, "write everything into one file, while the server runs"),
        ("restore", run_restore, "bring a backup into an empty database, of either store"),
    ):
        verb = parsers.add_parser(name, help=text)
        verb.add_argument("file", type=Path)
        verb.add_argument("--database", help="sqlite:///FILE or postgresql://...")
        verb.add_argument("--data", type=Path, metavar="DIR", help="the folder of blobs")
        verb.set_defaults(run=run)


def run_backup(args: argparse.Namespace) -> int:
    """0 when the file is complete."""
    return asyncio.run(_backup(args))


def run_restore(args: argparse.Namespace) -> int:
    """0 when the rows are in and the log agrees with its projection."""
    return asyncio.run(_restore(args))


def _settings(args: argparse.Namespace) -> Settings:
    from contactcenter.core.settings import load

    given = {"database": args.database, "data_dir": args.data}
    return load(overrides={name: str(value) for name, value in given.items() if value})


async def _open(settings: Settings) -> tuple[Database, Blobs]:
    from contactcenter.core.blobs import DatabaseBlobs, FileBlobs
    from contactcenter.core.db import Database

    db = await Database.open(settings.database_url)
    if db.store == "sqlite":
        return db, FileBlobs(settings.data_dir / "blobs")
    return db, DatabaseBlobs(db)


async def _backup(args: argparse.Namespace) -> int:
    from contactcenter.core import backup
    from contactcenter.core.errors import Invalid
    from contactcenter.migrations import catalogue, upgrade

    catalogue.register()
    settings = _settings(args)
    revision = await upgrade.current(settings.database_url)
    if revision != upgrade.head():
        raise Invalid(
            "the database is not of this program's schema", hint="run: contactcenter migrate"
        )
    db, blobs = await _open(settings)
    try:
        manifest = await backup.save(db, blobs, revision, args.file)
    finally:
        await db.close()
    print(f"{args.file}: {sum(manifest.rows.values())} rows, {manifest.blobs} blobs")
    return 0


async def _restore(args: argparse.Namespace) -> int:
    from contactcenter.campaigns import restored
    from contactcenter.core import backup
    from contactcenter.crm.verify import verify
    from contactcenter.handling import outbound, voice_commands
    from contactcenter.migrations import catalogue, upgrade

    catalogue.register()
    settings = _settings(args)
    manifest = backup.manifest_of(args.file)
    await upgrade.upgrade(settings.database_url, manifest.revision)
    db, blobs = await _open(settings)
    try:
        await backup.load(db, blobs, args.file)
        await upgrade.upgrade(settings.database_url)
        await db.write(voice_commands.drop_restored)
        doubted = await db.write(outbound.doubt_restored)
        doubted += await db.write(restored.doubt_restored)
        found = await verify(db)
    finally:
        await db.close()
    print(
        f"{sum(manifest.rows.values())} rows of {manifest.at}; {doubted} messages in doubt; "
        f"{found.interactions} interactions verified, {len(found.differences)} differences"
    )
    return 1 if found.differences else 0
