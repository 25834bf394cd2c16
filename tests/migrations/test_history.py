"""The schema history leads an empty store to exactly the tables of the code, on both stores."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from contactcenter.app.node import check_schema
from contactcenter.cli.main import run
from contactcenter.core.db import metadata
from contactcenter.core.errors import Invalid
from contactcenter.migrations import catalogue, revise, upgrade
from tests.services.stores import create_schema

T = TypeVar("T")
VERSION = "alembic_version"


async def on(url: str, work: Callable[[Connection], T]) -> T:
    """``work`` on a plain connection to either store."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(url)
        try:
            with engine.begin() as connection:
                return work(connection)
        finally:
            engine.dispose()
    driver = create_async_engine(parsed.set(drivername="postgresql+asyncpg"))
    try:
        async with driver.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await driver.dispose()


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "target_metadata": metadata}
    )
    return list(compare_metadata(context, metadata))


def objects(connection: Connection) -> dict[str, str]:
    """Tables and indexes by name, as the store itself writes them: conditions of indexes,
    defaults and foreign keys included, which Alembic does not compare."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        ).all()
        # constraints of a table are written in no particular order
        found = {row.name: " ".join(sorted(re.findall(r"[\w']+", row.sql))) for row in rows}
    else:
        queries = (
            "SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE schemaname = 'public'",
            """SELECT conname AS name, pg_get_constraintdef(oid) AS sql FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace""",
            """SELECT table_name || '.' || column_name AS name,
            concat_ws(' ', data_type, is_nullable, column_default) AS sql
            FROM information_schema.columns WHERE table_schema = 'public'""",
        )
        found = {row.name: row.sql for query in queries for row in connection.execute(text(query))}
    return {name: sql for name, sql in found.items() if VERSION not in name}


def set_revision(revision: str) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        connection.execute(text(f"UPDATE {VERSION} SET version_num = '{revision}'"))

    return work


async def test_the_history_ends_in_the_catalogue(empty_store_url: str) -> None:
    assert await upgrade.current(empty_store_url) is None
    assert await upgrade.upgrade(empty_store_url) == upgrade.head()
    assert await on(empty_store_url, differences) == []


async def test_a_migrated_store_is_the_same_as_a_created_one(
    empty_store_url: str, store_url: str, tmp_path: Path
) -> None:
    await upgrade.upgrade(empty_store_url)
    created = await on(store_url, objects)
    migrated = await on(empty_store_url, objects)
    assert migrated.keys() == created.keys()
    assert migrated == created


async def test_a_table_that_the_history_lacks_would_be_noticed(empty_store_url: str) -> None:
    """The comparison above can fail."""
    await upgrade.upgrade(empty_store_url)
    await on(empty_store_url, lambda c: c.execute(text("DROP TABLE inbound_receipt")))
    await on(empty_store_url, lambda c: c.execute(text("ALTER TABLE leg DROP COLUMN room_order")))
    found = await on(empty_store_url, differences)
    assert {one[0] for one in found} >= {"add_table", "add_column"}


async def test_upgrading_again_changes_nothing(empty_store_url: str) -> None:
    await upgrade.upgrade(empty_store_url)
    before = await on(empty_store_url, objects)
    assert await upgrade.upgrade(empty_store_url) == upgrade.head()
    assert await on(empty_store_url, objects) == before
    assert await upgrade.current(empty_store_url) == upgrade.head()


async def test_rows_survive_an_upgrade_of_a_current_store(empty_store_url: str) -> None:
    await upgrade.upgrade(empty_store_url)
    await on(
        empty_store_url,
        lambda c: c.execute(
            text("INSERT INTO log_consumer (name, xid, position) VALUES ('x', 1, 2)")
        ),
    )
    await upgrade.upgrade(empty_store_url)
    rows = await on(
        empty_store_url, lambda c: c.execute(text("SELECT name, position FROM log_consumer")).all()
    )
    assert [tuple(row) for row in rows] == [("x", 2)]


@pytest.mark.parametrize("state", ["empty", "older", "newer"])
async def test_a_server_refuses_a_store_of_another_schema(empty_store_url: str, state: str) -> None:
    if state != "empty":
        await upgrade.upgrade(empty_store_url)
        await on(empty_store_url, set_revision({"older": "0000", "newer": "9999"}[state]))
    with pytest.raises(Invalid) as refused:
        await check_schema(upgrade, empty_store_url)
    assert refused.value.code == "schema"
    assert refused.value.hint == "run: contactcenter migrate"
    told = {"empty": "no tables", "older": "revision 0000", "newer": "revision 9999"}[state]
    assert told in refused.value.message


async def test_a_server_takes_a_store_of_its_own_schema(empty_store_url: str) -> None:
    await upgrade.upgrade(empty_store_url)
    await check_schema(upgrade, empty_store_url)


async def test_a_store_of_a_newer_program_is_not_migrated(empty_store_url: str) -> None:
    await upgrade.upgrade(empty_store_url)
    await on(empty_store_url, set_revision("9999"))
    before = await on(empty_store_url, objects)
    with pytest.raises(Invalid, match="revision 9999 is not of this program") as refused:
        await upgrade.upgrade(empty_store_url)
    assert "newer program" in str(refused.value.hint)
    assert await on(empty_store_url, objects) == before


async def test_a_command_refuses_too_and_opens_a_current_store(empty_store_url: str) -> None:
    with pytest.raises(Invalid, match="no tables"):
        await upgrade.open_current(empty_store_url)
    await upgrade.upgrade(empty_store_url)
    db = await upgrade.open_current(empty_store_url)
    await db.close()


def test_the_commands_say_so_in_one_sentence_and_a_hint(
    empty_sqlite_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setenv("CC_DATA_DIR", str(tmp_path / "data"))
    assert run(["serve", "--database", empty_sqlite_url, "--port", "0"]) == 1
    told = capsys.readouterr().err
    assert "has no tables" in told
    assert "contactcenter migrate" in told
    assert run(["migrate", "--database", empty_sqlite_url]) == 0
    assert f"schema {upgrade.head()}" in capsys.readouterr().out
    asyncio.run(on(empty_sqlite_url, set_revision("9999")))
    assert run(["migrate", "--database", empty_sqlite_url]) == 1
    assert "newer program" in capsys.readouterr().err


def test_the_catalogue_is_every_table_of_the_code(empty_sqlite_url: str) -> None:
    catalogue.register()
    known = set(metadata.tables)
    asyncio.run(create_schema(empty_sqlite_url))
    found = asyncio.run(on(empty_sqlite_url, lambda c: set(inspect(c).get_table_names())))
    assert found == known


def test_our_reading_of_the_history_is_alembics() -> None:
    script = ScriptDirectory.from_config(upgrade.config_for())
    assert script.get_current_head() == upgrade.head()


def test_a_reading_command_refuses_a_database_without_tables(
    empty_sqlite_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["log", "verify", "--database", empty_sqlite_url]) == 1
    told = capsys.readouterr().err
    assert "has no tables" in told
    assert "contactcenter migrate" in told


# -- writing a revision ----------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["x", "--first"]])
def test_a_revision_needs_a_message_or_to_be_the_first(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["revise", *arguments])
    with pytest.raises(SystemExit) as ended:
        revise.main()
    assert ended.value.code == 2


def test_the_revisions_are_numbered_without_gaps_and_lead_one_way() -> None:
    files = sorted(path.name for path in revise.VERSIONS.glob("0*.py"))
    assert [name[:4] for name in files] == [f"{n:04d}" for n in range(1, len(files) + 1)]
    assert files[-1].startswith(upgrade.head())
