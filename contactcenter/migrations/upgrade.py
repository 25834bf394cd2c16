"""Bringing a store to the newest schema, and asking which it has.

Asking happens at every start of a server, so it reads the files and the table itself; Alembic,
whose import is a fifth of that start, is loaded for migrating only.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, create_engine, event, inspect, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from contactcenter.core.db import Database
from contactcenter.core.errors import Invalid
from contactcenter.core.settings import load

if TYPE_CHECKING:
    from alembic.config import Config


_REVISION = re.compile(r"^(down_)?revision = (?:\"(\w+)\"|None)", re.MULTILINE)


def config_for(connection: Connection | None = None) -> Config:
    """Alembic's configuration, which the history runs with."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def _revisions() -> tuple[set[str], set[str]]:
    """Every revision of this program, and those that another one follows."""
    own: set[str] = set()
    followed: set[str] = set()
    for file in (Path(__file__).parent / "versions").glob("*.py"):
        for is_down, revision in _REVISION.findall(file.read_text("utf-8")):
            (followed if is_down else own).add(revision)
    return own, followed


def head() -> str:
    """The newest revision of this program."""
    own, followed = _revisions()
    heads = own - followed
    if len(heads) != 1:
        raise Invalid(f"this program's schema history has {len(heads)} ends, not one")
    return str(heads.pop())


def _upgrade(connection: Connection, revision: str = "head") -> str:
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(config_for(connection), revision)
    except CommandError:
        unknown = {_current(connection), revision} - {None, "head", *_revisions()[0]}
        if not unknown:
            raise
        raise Invalid(
            f"revision {', '.join(sorted(map(str, unknown)))} is not of this program's history",
            code="schema",
            hint="use the newer program that made it",
        ) from None
    return head()


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if found is None else str(found)


async def upgrade(url: str, revision: str = "head") -> str:
    """Migrate to ``revision``, the newest by default; running it again changes nothing."""
    work = partial(_upgrade, revision=revision)
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return str(await asyncio.to_thread(_on_sqlite, parsed.database or "", work))
    return str(await _on_postgresql(url, work))


async def current(url: str) -> str | None:
    """The revision a store has; None for an empty one."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        found = await asyncio.to_thread(_current_of_file, parsed.database or "")
    else:
        found = await _on_postgresql(url, _current)
    return None if found is None else str(found)


async def open_current(url: str | None = None) -> Database:
    """The store of ``url`` or of the settings, for a command; ``Invalid`` unless its schema is
    this program's."""
    url = url or load().database_url
    found, wanted = await current(url), head()
    if found != wanted:
        what = "has no tables" if found is None else f"is at revision {found}, not {wanted}"
        raise Invalid(f"the database {what}", code="schema", hint="run: contactcenter migrate")
    return await Database.open(url)


def _current_of_file(file: str) -> Any:
    return _on_sqlite(file, _current) if Path(file).exists() else None


def _on_sqlite(file: str, work: Any) -> Any:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{file}")
    # batch mode rebuilds tables: foreign keys are off meanwhile, and checked at the end
    event.listen(engine, "connect", lambda c, r: c.execute("PRAGMA foreign_keys=OFF"))
    try:
        with engine.connect() as connection:
            result = work(connection)
            connection.commit()
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        if broken:
            raise Invalid(f"after migrating, {len(broken)} rows point nowhere: {broken[0][0]}")
        return result
    finally:
        engine.dispose()


async def _on_postgresql(url: str, work: Any) -> Any:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"))
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()
