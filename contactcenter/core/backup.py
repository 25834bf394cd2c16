"""A backup in one file, the same for both stores: rows as JSON lines, blobs beside them.

Taken online from one consistent read; a backup of SQLite restores into PostgreSQL and back.
The layout is a tar archive: ``manifest.json``, ``tables/NAME.jsonl``, ``blobs/KEY``.
"""

from __future__ import annotations

import asyncio
import base64
import io
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from contactcenter.core.blobs import Blobs, blob_part
from contactcenter.core.db import Database, Tx, UtcDateTime, Uuid, metadata
from contactcenter.core.errors import Conflict, Invalid

FORMAT = 1
_BATCH = 500
_LEFT_OUT = frozenset({"lease", blob_part.name})
"""Leases belong to living processes; blobs travel as blobs, whichever store held them."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``rows`` by table, ``revision`` of the schema."""

    format: int
    revision: str
    store: str
    at: str
    rows: Mapping[str, int]
    blobs: int


async def save(db: Database, blobs: Blobs, revision: str, file: Path) -> Manifest:
    """Write a backup to ``file`` (replaced only when complete)."""
    aside = file.with_name(f".{file.name}.part")
    try:
        with tarfile.open(aside, "w:gz", compresslevel=1) as archive:
            counts = await _save_tables(db, archive)
            kept = 0
            async for key in blobs.keys():
                _add(archive, f"blobs/{key}", await blobs.get(key))
                kept += 1
            manifest = Manifest(
                FORMAT, revision, db.store, db.clock.now().isoformat(), counts, kept
            )
            _add(archive, "manifest.json", msgspec.json.encode(asdict(manifest)))
        await asyncio.to_thread(aside.replace, file)
    finally:
        await asyncio.to_thread(aside.unlink, missing_ok=True)
    return manifest


async def _save_tables(db: Database, archive: tarfile.TarFile) -> dict[str, int]:
    level = "REPEATABLE READ" if db.store == "postgresql" else "SERIALIZABLE"
    async with db.engine.connect() as opened:
        connection = await opened.execution_options(isolation_level=level)
        return await connection.run_sync(_save_all, archive)


def _save_all(connection: Connection, archive: tarfile.TarFile) -> dict[str, int]:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")  # one snapshot for every table (WAL)
    counts = {}
    for table in tables():
        with tempfile.TemporaryFile() as rows:
            counts[table.name] = _save_rows(connection, table, rows)
            info = tarfile.TarInfo(f"tables/{table.name}.jsonl")
            info.size = rows.tell()
            rows.seek(0)
            archive.addfile(info, rows)
    return counts


def _save_rows(connection: Connection, table: Table, out: Any) -> int:
    count = 0
    found = connection.execution_options(yield_per=_BATCH).execute(select(table))
    for row in found:
        out.write(msgspec.json.encode([_plain(value) for value in row]) + b"\n")
        count += 1
    return count


def tables() -> list[Table]:
    """Every table that travels, referenced ones first."""
    return [table for table in metadata.sorted_tables if table.name not in _LEFT_OUT]


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return {"base64": base64.b64encode(bytes(value)).decode()}
    return value


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, Uuid):
        return UUID(value)
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(value, dict) and value.keys() == {"base64"}:
        return base64.b64decode(value["base64"])
    return value


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def manifest_of(file: Path) -> Manifest:
    """The manifest of a backup; ``Invalid`` for any other file."""
    try:
        with tarfile.open(file) as archive:
            member = archive.extractfile("manifest.json")
            manifest = msgspec.json.decode(member.read() if member else b"", type=Manifest)
    except (tarfile.TarError, KeyError, OSError, EOFError, msgspec.MsgspecError) as error:
        raise Invalid(f"{file} is not a backup of this product: {error}") from None
    if manifest.format != FORMAT:
        raise Invalid(f"{file} has format {manifest.format}; this program reads {FORMAT}")
    return manifest


async def load(db: Database, blobs: Blobs, file: Path) -> Manifest:
    """Write a backup into an empty store of the backup's revision.

    ``Conflict`` when it is not empty. Blobs come first: bytes before the rows that name them.
    """
    manifest = manifest_of(file)
    if await db.read(_holds_rows):
        raise Conflict("the database is not empty", hint="restore into a new one")
    with tarfile.open(file) as archive:
        for member in archive:
            if member.name.startswith("blobs/"):
                content = archive.extractfile(member)
                await blobs.put(content.read() if content else b"")
        by_name = {table.name: table for table in tables()}
        for name, table in by_name.items():
            if name in manifest.rows:
                async for batch in _batches(archive, table):
                    await _write(db, table, batch)
    if db.store == "postgresql":
        await db.write(_set_sequences)
    return manifest


async def _batches(archive: tarfile.TarFile, table: Table) -> AsyncIterator[list[dict[str, Any]]]:
    columns = list(table.columns)
    for lines in _lines(archive, table.name):
        yield [
            {
                column.key: _value(column.type, value)
                for column, value in zip(columns, msgspec.json.decode(line), strict=True)
            }
            for line in lines
        ]


def _lines(archive: tarfile.TarFile, name: str) -> Iterator[list[bytes]]:
    member = archive.extractfile(f"tables/{name}.jsonl")
    batch: list[bytes] = []
    for line in member or ():
        batch.append(line)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _write(db: Database, table: Table, batch: list[dict[str, Any]]) -> None:
    try:
        await db.write(lambda tx: tx.execute(insert(table), batch))
    except IntegrityError as error:
        raise Invalid(f"table {table.name}: {error.orig}") from None


def _holds_rows(tx: Tx) -> bool:
    return any(tx.first(select(text("1")).select_from(table).limit(1)) for table in tables())


def _set_sequences(tx: Tx) -> None:
    for table in tables():
        column = table.autoincrement_column
        if column is not None:
            highest = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            tx.execute(select(func.setval(sequence, highest, False)))
