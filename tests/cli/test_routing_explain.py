"""The terminal explains: words in both languages, JSON, exit codes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from contactcenter.cli.main import run
from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database
from contactcenter.core.ids import new_id
from contactcenter.migrations.upgrade import upgrade
from contactcenter.routing.tables import decision
from contactcenter.trials.routing_day import Day, DayPlan


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, UUID]:
    """A few minutes' record, and an interaction that was decided."""
    url = f"sqlite:///{tmp_path_factory.mktemp('day') / 'day.db'}"

    async def play() -> UUID:
        await upgrade(url)
        clock = VirtualClock()
        db = await Database.open(url, clock=clock)
        try:
            await Day(db, Bus(db), clock, DayPlan(interactions=30, hours=0.03)).play()
            first = select(decision.c.interaction_id).order_by(decision.c.applied).limit(1)
            found: UUID = await db.read(lambda tx: tx.scalar(first))
            return found
        finally:
            await db.close()

    return url, asyncio.run(play())


def test_a_decision_is_told_in_words_and_as_json(
    recorded: tuple[str, UUID], capsys: pytest.CaptureFixture[str]
) -> None:
    url, interaction = recorded
    asked = ["routing", "explain", str(interaction), "--database", url]
    assert run(asked) == 0
    assert "got it (queue" in capsys.readouterr().out
    assert run([*asked, "--lang", "zh-CN"]) == 0
    assert "分配给" in capsys.readouterr().out
    assert run([*asked, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["interaction"] == str(interaction)
    assert all(one["is_as_recorded"] for one in told["decisions"])
    assert told["decisions"][0]["refused"]


def test_an_idle_agent_is_told_by_name_or_id(
    recorded: tuple[str, UUID], capsys: pytest.CaptureFixture[str]
) -> None:
    url, _ = recorded
    assert run(["routing", "why-idle", "Agent 1", "--database", url, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["name"] == "Agent 1"
    assert run(["routing", "why-idle", told["agent"], "--database", url]) == 0
    assert capsys.readouterr().out.startswith("Agent 1 is ")
    assert run(["routing", "why-idle", "Nobody", "--database", url]) == 1
    assert "no agent has" in capsys.readouterr().err


def test_what_is_unknown_or_was_touched_fails(
    recorded: tuple[str, UUID], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, interaction = recorded
    assert run(["routing", "explain", str(new_id()), "--database", url]) == 1
    assert "ever on the floor" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(["routing", "explain", "not-an-id"])
    copy = tmp_path / "copy.db"
    copy.write_bytes(Path(url.removeprefix("sqlite:///")).read_bytes())
    touched = f"sqlite:///{copy}"

    async def touch() -> None:
        db = await Database.open(touched)
        await db.write(lambda tx: tx.execute(update(decision).values(tie_break="touched")))
        await db.close()

    asyncio.run(touch())
    assert run(["routing", "explain", str(interaction), "--database", touched]) == 1
    assert "another than the recorded" in capsys.readouterr().out
