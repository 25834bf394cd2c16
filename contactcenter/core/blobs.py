"""Bytes too large for a row: raw mail, attachments, recordings. Named by their SHA-256.

Bytes are durable before ``put`` returns, so a row may name them; putting the same bytes again is
the same blob. Two stores: ``FileBlobs`` (default on SQLite) and ``DatabaseBlobs`` (default on
PostgreSQL).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from sqlalchemy import Column, Integer, LargeBinary, Table, Text, delete, insert, select

from contactcenter.core.db import Database, Tx, UtcDateTime, metadata
from contactcenter.core.errors import NotFound
from contactcenter.core.ids import new_id

ROW_BYTES = 256 * 1024

blob_part = Table(
    "blob_part",
    metadata,
    Column("key", Text, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


class Blobs(Protocol):
    """A place for bytes."""

    async def put(self, content: bytes) -> str:
        """Keep ``content`` durably; its key."""
        ...

    async def get(self, key: str) -> bytes:
        """The bytes of ``key``; ``NotFound``."""
        ...

    async def drop(self, key: str) -> None:
        """Forget ``key``; unknown keys are ignored."""
        ...

    def keys(self) -> AsyncIterator[str]:
        """Every key, in order."""
        ...


def key_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class FileBlobs:
    """Files below ``folder``, written aside, synced and renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, key: str) -> Path:
        if len(key) != 64 or not all(char in "0123456789abcdef" for char in key):
            raise NotFound("no such blob")  # never a path of somebody's making
        return self._folder / key[:2] / key[2:]

    async def put(self, content: bytes) -> str:
        return await asyncio.to_thread(self._put, content)

    def _put(self, content: bytes) -> str:
        key = key_of(content)
        path = self._path(key)
        if path.exists():
            return key
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{new_id()}")
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return key

    async def get(self, key: str) -> bytes:
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError:
            raise NotFound("no such blob") from None

    async def drop(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def keys(self) -> AsyncIterator[str]:
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/[0-9a-f]*")):
            yield path.parent.name + path.name


class DatabaseBlobs:
    """Rows of at most ``ROW_BYTES``."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, content: bytes) -> str:
        key = key_of(content)

        def work(tx: Tx) -> str:
            if tx.scalar(select(blob_part.c.part).where(blob_part.c.key == key).limit(1)) is None:
                starts = range(0, max(len(content), 1), ROW_BYTES)
                rows = [
                    {
                        "key": key,
                        "part": n,
                        "bytes": content[start : start + ROW_BYTES],
                        "at": tx.now,
                    }
                    for n, start in enumerate(starts)
                ]
                tx.execute(insert(blob_part), rows)
            return key

        return await self._db.write(work)

    async def get(self, key: str) -> bytes:
        statement = select(blob_part.c.bytes).where(blob_part.c.key == key)
        rows = await self._db.read(lambda tx: tx.all(statement.order_by(blob_part.c.part)))
        if not rows:
            raise NotFound("no such blob")
        return b"".join(row.bytes for row in rows)

    async def drop(self, key: str) -> None:
        await self._db.write(lambda tx: tx.execute(delete(blob_part).where(blob_part.c.key == key)))

    async def keys(self) -> AsyncIterator[str]:
        statement = select(blob_part.c.key).group_by(blob_part.c.key).order_by(blob_part.c.key)
        for row in await self._db.read(lambda tx: tx.all(statement)):
            yield row.key
