"""The services themselves: fresh, apart from each other, and honest about what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import Page

from contactcenter.core.db import Database, metadata
from tests.services import report, system
from tests.services.postgres import PostgresRun
from tests.services.run import driver_address
from tests.services.stores import PostgresMaker


async def _tables(url: str) -> set[str]:
    database = await Database.open(url)
    kind = database.store
    try:
        if kind == "sqlite":
            statement = "SELECT name FROM sqlite_master WHERE type = 'table'"
        else:
            statement = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        async with database.engine.connect() as connection:
            return {row[0] for row in await connection.exec_driver_sql(statement)}
    finally:
        await database.close()


async def test_a_fresh_database_carries_the_schema(store_url: str) -> None:
    assert set(metadata.tables) <= await _tables(store_url)


async def test_an_empty_database_is_empty(empty_store_url: str) -> None:
    assert not await _tables(empty_store_url)


@pytest.mark.parametrize("turn", [1, 2])
async def test_no_test_sees_what_another_wrote(postgres_url: str, turn: int) -> None:
    connection = await asyncpg.connect(driver_address(postgres_url))
    try:
        await connection.execute("CREATE TABLE mark (turn int)")
    finally:
        await connection.close()


async def test_a_copy_is_cheap(postgres_server: PostgresMaker, postgres_template: str) -> None:
    begin = time.perf_counter()
    name = await postgres_server.create(postgres_template)
    spent = time.perf_counter() - begin
    await postgres_server.drop(name)
    assert spent < 3, "a copy takes 30 ms; this is not a copy"


def test_a_run_that_never_asked_for_a_server_stops_without_one() -> None:
    run = PostgresRun(owner=2**22 + os.getpid())
    run.stop()
    assert not run.folder.exists()


async def test_a_page_draws_and_runs(page: Page) -> None:
    await page.set_content("<h1>好</h1><script>document.title = 'ran'</script>")
    assert await page.title() == "ran"
    assert await page.locator("h1").bounding_box()


def test_the_named_browser_is_taken_or_none(tmp_path: Path) -> None:
    program = tmp_path / "my-chromium"
    program.touch(mode=0o755)
    assert system.find_chromium({"CC_TEST_CHROMIUM": str(program), "PATH": ""}) == program
    program.unlink()
    assert system.find_chromium({"CC_TEST_CHROMIUM": str(program), "PATH": "/usr/bin"}) is None


def test_a_browser_is_found_on_the_path(tmp_path: Path) -> None:
    program = tmp_path / "google-chrome"
    program.touch(mode=0o755)
    assert system.find_chromium({"PATH": str(tmp_path)}) == program


PART = system.MissingPart("Thing", "there is none", "apt-get install -y thing")


@pytest.fixture
def own_report(monkeypatch: pytest.MonkeyPatch) -> report.Report:
    made = report.Report()
    monkeypatch.setattr(report, "REPORT", made)
    return made


def test_a_missing_part_skips_at_home_and_is_reported(
    monkeypatch: pytest.MonkeyPatch, own_report: report.Report
) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="there is none") as raised:
        report.lack(PART)
    report.count_not_run(str(raised.value))
    report.count_not_run("another reason")
    assert own_report.not_run_lines() == [
        "Thing: 1 tests (there is none)   apt-get install -y thing"
    ]


def test_a_missing_part_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, own_report: report.Report
) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install -y thing"):
        report.lack(PART)


def test_reports_of_workers_add_up(own_report: report.Report) -> None:
    own_report.ran["SQLite"] = 2
    worker = report.Report(against={"SQLite": "3.40"}, missing={"Thing": PART})
    worker.ran["SQLite"] = 3
    worker.not_run["Thing"] = 4
    own_report.add_plain(worker.to_plain())
    assert own_report.lines() == ["SQLite           5 tests   3.40"]
    assert own_report.not_run_lines() == [
        "Thing: 4 tests (there is none)   apt-get install -y thing"
    ]


def test_the_run_says_what_did_not_run() -> None:
    """A whole run without a browser: red in CI, and the closing block names the command."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__,
         "-k", "test_a_page_draws_and_runs or test_an_empty_database"],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "CI": "true", "CC_TEST_CHROMIUM": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "PostgreSQL       1 tests   18." in done.stdout
    assert "Chromium: 1 tests (no Chromium or Chrome found)" in done.stdout
