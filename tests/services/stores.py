"""Fixtures for fresh databases on both stores.

A schema is created once per run in a template; a test's database is a copy of it (a file copy on
SQLite, ``CREATE DATABASE ... TEMPLATE`` on PostgreSQL, about 30 ms).
"""

from __future__ import annotations

import importlib
import itertools
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

import contactcenter
from contactcenter.core.db import Database
from tests.services.postgres import PostgresUnavailable
from tests.services.report import REPORT, lack
from tests.services.run import at_database, database_name, driver_address, this_run
from tests.services.system import MissingPart

STORES = ("sqlite", "postgresql")
_numbers = itertools.count(1)


def register_tables() -> None:
    """Import every module that defines a table, so that the one catalogue of tables is complete."""
    package = Path(contactcenter.__path__[0])
    for path in sorted(package.rglob("*.py")):
        if "= Table(" in path.read_text(encoding="utf-8"):
            module = path.relative_to(package.parent).with_suffix("").as_posix().replace("/", ".")
            importlib.import_module(module)


async def create_schema(url: str) -> None:
    """Create every table of the product in an empty database."""
    register_tables()
    database = await Database.open(url)
    try:
        await database.create_all()
    finally:
        await database.close()


class PostgresMaker:
    """Makes and drops databases on the run's server."""

    def __init__(self, url: str, connection: asyncpg.Connection) -> None:
        self.url = url
        self._connection = connection

    async def ensure_template(self) -> str:
        """The database every test's copy is made of; one worker makes it."""
        name = database_name("template")
        with this_run().lock():
            if not await self._connection.fetchval(
                "SELECT 1 FROM pg_database WHERE datname = $1", name
            ):
                await self._connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
                await create_schema(at_database(self.url, name))
        return name

    async def create(self, template: str) -> str:
        """A fresh database's name."""
        name = database_name(f"{os.getpid()}_{next(_numbers)}")
        await self._connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    async def drop(self, name: str) -> None:
        await self._connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
async def postgres_server() -> AsyncIterator[PostgresMaker]:
    """The run's PostgreSQL: ``CC_TEST_POSTGRES``, else the wheel's, started once per run."""
    try:
        url = os.environ.get("CC_TEST_POSTGRES") or this_run().url()
    except PostgresUnavailable as error:
        lack(
            MissingPart(
                "PostgreSQL", str(error), "set CC_TEST_POSTGRES=postgresql+asyncpg://... (any 14+)"
            )
        )
    connection = await asyncpg.connect(driver_address(url))
    REPORT.against["PostgreSQL"] = await connection.fetchval("SHOW server_version")
    yield PostgresMaker(url, connection)
    await connection.close()


@pytest.fixture(scope="session")
async def postgres_template(postgres_server: PostgresMaker) -> str:
    """The name of the database that carries the schema."""
    return await postgres_server.ensure_template()


@pytest.fixture
async def postgres_url(
    postgres_server: PostgresMaker, postgres_template: str
) -> AsyncIterator[str]:
    """A fresh PostgreSQL database with the schema, dropped after the test."""
    name = await postgres_server.create(postgres_template)
    yield at_database(postgres_server.url, name)
    await postgres_server.drop(name)


@pytest.fixture
async def empty_postgres_url(postgres_server: PostgresMaker) -> AsyncIterator[str]:
    """A fresh PostgreSQL database without any table (for migrations)."""
    name = await postgres_server.create("template0")
    yield at_database(postgres_server.url, name)
    await postgres_server.drop(name)


@pytest.fixture(scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that carries the schema."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    await create_schema(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    REPORT.against["SQLite"] = sqlite3.sqlite_version
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite file with the schema."""
    path = tmp_path / "contactcenter.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet (for migrations)."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    """The store's name; a test that asks for it runs once per store."""
    name: str = request.param
    return name


@pytest.fixture
def store_url(store: str, request: pytest.FixtureRequest) -> str:
    """A fresh database with the schema, once on each store."""
    url: str = request.getfixturevalue("sqlite_url" if store == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def empty_store_url(store: str, request: pytest.FixtureRequest) -> str:
    """A fresh database without any table, once on each store."""
    name = "empty_sqlite_url" if store == "sqlite" else "empty_postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
async def db(store_url: str) -> AsyncIterator[Database]:
    """An open database with the schema, once on each store."""
    database = await Database.open(store_url)
    yield database
    await database.close()
