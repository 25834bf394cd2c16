"""The identity of one test run: its folder, its server, the names of its databases."""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.services.postgres import PostgresRun

RUN_VARIABLE = "CONTACTCENTER_TEST_RUN"
"""Carries the run's owner (the controller's process number) to the workers."""


def this_run() -> PostgresRun:
    """The server of this test run, started only when asked for its address."""
    return PostgresRun(int(os.environ[RUN_VARIABLE]))


def database_name(number: object) -> str:
    """A name no other run on the same server uses."""
    return f"cc_test_{os.environ[RUN_VARIABLE]}_{number}"


def at_database(url: str, name: str) -> str:
    """The same server's address with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def driver_address(url: str) -> str:
    """The address as the bare driver takes it, without SQLAlchemy's driver name."""
    return url.replace("postgresql+asyncpg://", "postgresql://", 1)


async def drop_databases(url: str) -> None:
    """Drop what this run made on a server that outlives it (``CC_TEST_POSTGRES``)."""
    connection = await asyncpg.connect(driver_address(url))
    try:
        names = await connection.fetch(
            "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", database_name("")
        )
        for row in names:
            await connection.execute(f'DROP DATABASE "{row["datname"]}" WITH (FORCE)')
    finally:
        await connection.close()
