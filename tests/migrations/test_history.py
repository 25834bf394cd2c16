"""The schema history: from empty to the newest on both stores, and what is asked of it."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from contactcenter.cli.main import run
from contactcenter.core.db import Database
from contactcenter.migrations.catalogue import metadata, register
from contactcenter.migrations.upgrade import config_for, current, head, upgrade

register()


def _differences(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


async def test_the_history_ends_at_the_tables_as_they_are(empty_store_url: str) -> None:
    assert await current(empty_store_url) is None
    assert await upgrade(empty_store_url) == head()
    assert await current(empty_store_url) == head()
    db = await Database.open(empty_store_url)
    try:
        async with db.engine.connect() as connection:
            assert await connection.run_sync(_differences) == []
    finally:
        await db.close()


async def test_migrating_twice_changes_nothing(empty_store_url: str) -> None:
    assert await upgrade(empty_store_url) == await upgrade(empty_store_url)


def test_our_reading_of_the_history_is_alembics() -> None:
    assert ScriptDirectory.from_config(config_for()).get_current_head() == head()


def test_a_command_refuses_a_database_without_tables(
    empty_sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["log", "verify", "--database", empty_sqlite_url]) == 1
    told = capsys.readouterr().err
    assert "has no tables" in told
    assert "contactcenter migrate" in told


def test_a_server_refuses_it_too(
    empty_sqlite_url: str, capsys: pytest.CaptureFixture[str], tmp_path: Any, monkeypatch: Any
) -> None:
    monkeypatch.setenv("CC_DATA_DIR", str(tmp_path))
    assert run(["serve", "--database", empty_sqlite_url, "--port", "0"]) == 1
    assert "contactcenter migrate" in capsys.readouterr().err
