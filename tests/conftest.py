"""The run's services, options and closing summary. Fixtures stand in ``tests/services``."""

from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path
from typing import Any

import pytest

from tests.services.report import REPORT, count_not_run, kinds_of, lack
from tests.services.run import RUN_VARIABLE, drop_databases, this_run
from tests.services.system import MissingPart

# Imported by pytest itself: importing them here would escape the rewriting of their asserts.
pytest_plugins = ["tests.services.stores", "tests.services.chromium"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--sample-data",
        metavar="DIR",
        type=Path,
        default=None,
        help="folder with telco_churn.csv.gz and the other public samples",
    )


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    if not _is_worker(config):
        os.environ[RUN_VARIABLE] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    if _is_worker(config) or RUN_VARIABLE not in os.environ:
        return
    outliving = os.environ.get("CC_TEST_POSTGRES")
    if outliving and REPORT.ran["PostgreSQL"]:
        asyncio.run(drop_databases(outliving))
    this_run().stop()
    del os.environ[RUN_VARIABLE]


@pytest.hookimpl(trylast=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Reached only by tests whose services are there."""
    REPORT.ran.update(kinds_of(item))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """At a file's end what it left open is collected, and blamed on it, not on a later file."""
    if nextitem is None or nextitem.path != item.path:
        gc.collect()


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    if call.when == "setup" and call.excinfo is not None:
        count_not_run(str(call.excinfo.value))


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["services"] = REPORT.to_plain()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """xdist: a worker ended; its report joins ours. One that crashed has none."""
    plain = getattr(node, "workeroutput", {}).get("services")
    if plain:
        REPORT.add_plain(plain)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if REPORT.ran:
        terminalreporter.section("ran against")
        terminalreporter.write_line("\n".join(REPORT.lines()))
    if REPORT.missing:
        terminalreporter.section("NOT RUN", red=True)
        terminalreporter.write_line("\n".join(REPORT.not_run_lines()))


@pytest.fixture(scope="session")
def sample_data(request: pytest.FixtureRequest) -> Path:
    """The folder of public sample files given by ``--sample-data``."""
    folder: Path | None = request.config.getoption("--sample-data")
    command = "python3 dev.py test --sample-data DIR"
    if folder is None:
        lack(MissingPart("sample data", "no folder given", command), may_skip=True)
    if not folder.is_dir():
        lack(MissingPart("sample data", f"{folder} is not a folder", command))
    return folder
