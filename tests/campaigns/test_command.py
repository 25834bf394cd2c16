"""``contactcenter campaign`` on a migrated database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from contactcenter.cli.main import run
from contactcenter.core.clock import SystemClock, VirtualClock
from contactcenter.core.db import Database
from contactcenter.core.templating import TemplateWorkers
from contactcenter.migrations import upgrade
from tests.campaigns.stage import Stage


@pytest.fixture
async def migrated(empty_store_url: str, workers: TemplateWorkers) -> AsyncIterator[Stage]:
    """A stage on a schema made by the migrations, whose clock is the real one's time."""
    await upgrade.upgrade(empty_store_url)
    clock = VirtualClock(SystemClock().now())
    database = await Database.open(empty_store_url, clock=clock)
    yield Stage(database, clock, workers)
    await database.close()


def command(capsys: pytest.CaptureFixture[str], *words: str) -> list[Any]:
    """The lines of JSON that a command prints."""
    assert run(["campaign", *words, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


async def in_thread(*arguments: Any) -> Any:
    """A command has an event loop of its own."""
    import asyncio

    return await asyncio.to_thread(*arguments)


async def test_a_campaign_from_the_terminal(
    migrated: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage, url = migrated, migrated.db.url
    await stage.people(
        [
            {"name": "Ada", "external_id": "A1", "phone": "+447700900001"},
            {"name": "Ben", "external_id": "B1"},
            {"name": "Cleo", "external_id": "C1", "attributes": {"Churn": "No"}},
        ]
    )
    # at any hour, because the command runs at the real one
    campaign = await stage.draft(purpose="service", ignore_quiet_hours=True)
    (scheduled,) = await in_thread(command, capsys, "schedule", "Win back", "--database", url)
    assert scheduled == {"id": str(campaign), "state": "scheduled"}
    for verb, state in (("pause", "paused"), ("resume", "scheduled")):
        (after,) = await in_thread(command, capsys, verb, str(campaign), "--database", url)
        assert after["state"] == state
    await stage.wait(seconds=60)
    await stage.tick()
    await stage.run()
    (listed,) = await in_thread(command, capsys, "list", "--database", url)
    (shown,) = await in_thread(command, capsys, "show", "Win back", "--database", url)
    assert listed == shown
    assert (shown["state"], shown["counts"]) == ("finished", {"sent": 1, "skipped": 1})
    assert shown["reasons"] == {"no_address": 1}
    for customer, words in (("A1", "handed over"), ("Ben", "no address"), ("C1", "not in the")):
        (why,) = await in_thread(command, capsys, "why", "Win back", customer, "--database", url)
        assert words in why["sentence"]
        assert why["in_segment"] == (customer != "C1")


async def test_words_for_people_and_faults(
    migrated: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await migrated.people([{"name": "Ada", "phone": "+447700900001"}])
    await migrated.draft()
    url = ["--database", migrated.db.url]
    assert await in_thread(run, ["campaign", "show", "Win back", *url]) == 0
    assert capsys.readouterr().out == "Win back: draft, 0 deliveries\n"
    assert await in_thread(run, ["campaign", "why", "Win back", "Ada", *url]) == 0
    assert "the campaign has not begun" in capsys.readouterr().out
    assert await in_thread(run, ["campaign", "pause", "Win back", *url]) == 1
    assert "needs one that is scheduled or running" in capsys.readouterr().err
    assert await in_thread(run, ["campaign", "show", "Nothing", *url]) == 1
    assert "no campaign named Nothing" in capsys.readouterr().err
    with pytest.raises(SystemExit) as wrong:
        await in_thread(run, ["campaign", "schedule", "Win back", "--at", "2026-01-01T09:00"])
    assert wrong.value.code == 2
