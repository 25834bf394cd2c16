"""The short form of the proof: a day of some thousand commands, on each store."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from contactcenter.cli.main import run
from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database, Tx
from contactcenter.crm.verify import verify
from contactcenter.migrations.upgrade import upgrade
from contactcenter.routing.replay import replay
from contactcenter.routing.tables import floor_command, reservation
from contactcenter.trials.replay_proof import SHORT, prove_replay
from contactcenter.trials.routing_day import Day, DayPlan


async def test_a_day_of_thousands_of_commands_replays_and_a_touched_row_is_found(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'day.db'}"
    await upgrade(url)
    parts: list[str] = []
    found = await prove_replay(url, SHORT, lambda part, share: parts.append(part))
    assert found.is_equal
    assert found.found == found.touched
    assert found.is_proven
    assert found.commands > 2500
    assert found.decisions >= 400
    assert set(parts) == {"day", "replay"}
    assert not replace(found, found=None).is_proven
    assert not replace(found, is_equal=False).is_proven


async def test_the_day_is_one_like_a_site_has_it_and_replays_on_each_store(store_url: str) -> None:
    clock = VirtualClock()
    db = await Database.open(store_url, clock=clock)
    try:
        plan = DayPlan(interactions=150, hours=0.15, slice_s=8, load=1.1)
        await Day(db, Bus(db), clock, plan).play()
        kinds = await db.read(_kinds)
        states = await db.read(
            lambda tx: {row[0] for row in tx.all(select(reservation.c.state).distinct())}
        )
        log = await verify(db)
        replayed = await replay(db)
    finally:
        await db.close()
    assert kinds["enqueue"] == 150
    assert kinds["settle"] == 2
    assert {"accept", "media_up", "ended", "complete", "leave", "tick"} <= kinds.keys()
    assert {"completed", "expired"} <= states
    assert not log.differences
    assert replayed.is_equal
    assert replayed.commands == sum(kinds.values())


def _kinds(tx: Tx) -> dict[str, int]:
    """How many commands of each kind were applied."""
    c = floor_command.c
    found = select(c.kind, func.count()).where(c.applied.is_not(None)).group_by(c.kind)
    return {row[0]: row[1] for row in tx.all(found)}


def test_the_command_proves_it_and_keeps_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = DayPlan(interactions=60, hours=0.05)
    monkeypatch.setattr("contactcenter.trials.replay_proof.SHORT", plan)
    file = tmp_path / "day.db"
    assert run(["routing", "prove-replay", "--file", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["proven"], told["interactions"]) == (True, 60)
    assert run(["routing", "prove-replay", "--file", str(file)]) == 1
    assert "exists" in capsys.readouterr().err
    # the touched row is still there
    url = f"sqlite:///{file}"
    assert run(["routing", "replay", "--database", url]) == 1
    said = capsys.readouterr().out
    assert f"differs at command {told['touched']}" in said
    assert "hint: a row was changed" in said
    assert run(["routing", "replay", "--database", url, "--json"]) == 1
    differs = json.loads(capsys.readouterr().out)["difference"]
    assert (differs["what"], differs["applied"]) == ("result", told["touched"])
    assert run(["routing", "replay", "--database", url, "--to", "2026-01-05T09:00:30Z"]) == 0
    assert "equal" in capsys.readouterr().out
    assert run(["routing", "replay", "--database", url, "--to", "2020-01-05T09:00:30Z"]) == 1
    with pytest.raises(SystemExit):
        run(["routing", "replay", "--from", "yesterday"])
