"""The bench measures: every row has values of both sides. How large they are is not tested."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest

from contactcenter.cli.main import run
from contactcenter.core.errors import ContactCenterError
from contactcenter.migrations.upgrade import upgrade
from contactcenter.trials.bench import bench
from contactcenter.trials.bench.model import Row
from contactcenter.trials.bench.place import Place
from tests.services.stores import PostgresMaker

STORED = {
    "menu-turn": ["menu-turn"],
    "event-log": ["event-log", "event-log+1ms"],
    "ready": ["ready"],
    "offers": ["offer-from-call-in", "offer-from-agent-free"],
    "reservations": ["reservations"],
    "takeover": ["takeover"],
}
WITHOUT_STORE = ["assignment", "simulator"]
WITH_GOAL = {"menu-turn", "event-log", "event-log+1ms", "ready", "help", *WITHOUT_STORE}
ALONE = {"reservations", "takeover"}
"""Rows without a reference: seconds and rates of the machine."""


def _measured(rows: list[Row], store: str, names: list[str]) -> None:
    assert [row.row for row in rows] == names
    for row in rows:
        assert row.store == store
        for found in (row.ours, row.reference, row.ratio):
            if found is not None:
                assert found.count > 0
                assert math.isfinite(found.median)
                assert found.low <= found.median <= found.high
        assert row.ours.median > 0
        assert (row.reference is None) == (row.row in ALONE)
        if row.row in WITH_GOAL:
            assert row.ratio is not None
            assert row.ratio.median > 0
            assert row.verdict in ("met", "missed")
        else:
            assert row.verdict == "none"
        assert all(math.isfinite(figure.value) for figure in row.figures)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(STORED))
async def test_a_row_can_be_measured_on_sqlite(name: str) -> None:
    found = await bench.run([name], "sqlite", upgrade, is_short=True)
    assert found.faults == []
    _measured(found.rows, "sqlite", STORED[name])


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.parametrize("name", sorted(STORED))
async def test_a_row_can_be_measured_on_postgresql(
    name: str, postgres_server: PostgresMaker
) -> None:
    found = await bench.run(
        [name], "postgresql", upgrade, server=postgres_server.url, is_short=True
    )
    assert found.faults == []
    _measured(found.rows, "postgresql", STORED[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", WITHOUT_STORE)
async def test_a_row_can_be_measured_without_a_store(name: str) -> None:
    found = await bench.run([name], "", upgrade, is_short=True)
    assert found.faults == []
    _measured(found.rows, "", [name])


def test_the_command_prints_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "help", "--short", "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert result["short"] is True
    assert result["machine"]["cores"] >= 1
    (row,) = result["rows"]
    assert row["row"] == "help"
    assert row["ours"]["count"] == row["reference"]["count"] == 2
    assert row["goal"] == {"sense": "<=", "limit": 2.0}
    assert row["verdict"] in ("met", "missed")


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "help", "--short"]) == 0
    heads, _, row, _, figures = capsys.readouterr().out.splitlines()
    assert heads.split() == ["row", "store", "ours", "reference", "ratio", "goal", "verdict"]
    assert row.startswith("help")
    assert figures.startswith("help: time ")


def test_a_row_that_fails_leaves_the_others_and_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(place: Place) -> Sequence[Row]:
        raise ContactCenterError("nothing was measured")

    rows = {**bench.ROWS, "menu-turn": broken}
    monkeypatch.setattr(bench, "ROWS", rows)
    assert run(["bench", "menu-turn", "help", "--short", "--store", "sqlite", "--json"]) == 1
    said = capsys.readouterr()
    result = json.loads(said.out)
    assert [row["row"] for row in result["rows"]] == ["help"]
    assert result["faults"] == ["menu-turn on sqlite: nothing was measured"]
    assert "menu-turn on sqlite: nothing was measured" in said.err


def test_an_unknown_row_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "speed"]) == 2
    assert "menu-turn" in capsys.readouterr().err


def test_the_command_names_the_rows_there_are() -> None:
    from contactcenter.cli.bench import ROWS

    assert tuple(bench.ROWS) == ROWS
