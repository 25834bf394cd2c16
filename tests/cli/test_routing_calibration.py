"""The terminal says how true the waits told were."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from contactcenter.cli.main import run
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.crm.tables import interaction_event
from contactcenter.migrations.upgrade import upgrade

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> str:
    """120 callers told 60 to 100 s: 90 answered after 80 s, 30 after 130 s."""
    url = f"sqlite:///{tmp_path_factory.mktemp('told') / 'told.db'}"

    def write(tx: Tx) -> None:
        for number in range(120):
            at, one = NINE + timedelta(seconds=10 * number), new_id()
            band = {"queue": "care", "position": 3, "low_s": 60, "high_s": 100}
            waited = 80 if number % 4 else 130
            for seq, (after, kind, data) in enumerate(
                [
                    (-5, "queued", {"queue": "care"}),
                    (0, "announced", band),
                    (waited, "connected", {}),
                ]
            ):
                row = {"interaction_id": one, "seq": seq + 1, "kind": kind, "actor": "router"}
                when = at + timedelta(seconds=after)
                tx.execute(interaction_event.insert(), [row | {"at": when, "data": data}])

    async def fill() -> None:
        await upgrade(url)
        db = await Database.open(url, clock=VirtualClock(NINE + timedelta(hours=2)))
        try:
            await db.write(write)
        finally:
            await db.close()

    asyncio.run(fill())
    return url


def asked(url: str, *more: str) -> list[str]:
    period = ["--from", "2026-03-02T00:00Z", "--to", "2026-03-03T00:00Z"]
    return ["routing", "calibration", *period, "--database", url, *more]


def test_in_tables_and_as_json(recorded: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(asked(recorded, "--zone", "Asia/Shanghai")) == 0
    said = capsys.readouterr().out
    assert said.startswith("The bands hold as often as they say.")
    assert "hour, Asia/Shanghai" in said
    assert run(asked(recorded, "--json", "--queue", "care", "--zone", "Asia/Shanghai")) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["whole"]["told"], told["whole"]["coverage"]) == (120, 0.75)
    assert told["whole"]["coverage_low"] < 0.75 < told["whole"]["coverage_high"]
    assert [(row["name"], row["told"]) for row in told["by_hour"]] == [("17", 120)]
    assert [row["name"] for row in told["by_position"]] == ["2-3"]
    assert [row["name"] for row in told["by_width"]] == ["30-60"]


@pytest.mark.parametrize("wrong", [["--zone", "Nowhere/At_All"], ["--queue", "never"]])
def test_what_there_is_not_is_refused(
    recorded: str, wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(asked(recorded, *wrong)) != 0
    assert wrong[1] in capsys.readouterr().err
