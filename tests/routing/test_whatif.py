"""A recorded period under other rules: what must stay, what must change, what is refused."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contactcenter.cli.main import run
from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.migrations.upgrade import upgrade
from contactcenter.routing import actions as do
from contactcenter.routing import history
from contactcenter.routing.patience import Patience
from contactcenter.routing.setup import save_queue
from contactcenter.routing.whatif import WhatIf, whatif
from contactcenter.routing.whatif_pages import data_of, page
from contactcenter.trials.routing_day import QUEUES, Day, DayPlan
from tests.routing.sites import Site, offer_of, offered, settle

PLAN = DayPlan(interactions=200, hours=0.2, slice_s=4, load=3.0, restarts=0)


@pytest.fixture(scope="module")
async def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, datetime]:
    """A short crowded day: the store's address and its start."""
    url = f"sqlite:///{tmp_path_factory.mktemp('day') / 'day.db'}"
    await upgrade(url)
    clock = VirtualClock()
    db = await Database.open(url, clock=clock)
    start = clock.now()
    await Day(db, Bus(db), clock, PLAN).play()
    await db.close()
    return url, start


async def compared(recorded: tuple[str, datetime], rules: Any, *, remove: bool = False) -> WhatIf:
    """The day from its second minute on."""
    url, start = recorded
    db = await Database.open(url)
    try:
        first, last = start + timedelta(minutes=2), start + timedelta(minutes=14)
        return await whatif(db, rules, first, last, remove=remove)
    finally:
        await db.close()


def care(**keys: Any) -> dict[str, Any]:
    """The queue as the day has it, with other keys."""
    return {"queues": {"care": {**QUEUES["care"], **keys}}}


async def test_the_same_rules_give_about_what_was_recorded(recorded: tuple[str, datetime]) -> None:
    found = await compared(recorded, care(target_s=20))
    was, again = found.recorded[""], found.same_rules[""]
    assert again["offered"] == was["offered"] > 120
    for name in ("answered", "abandoned", "offers"):
        assert abs(again[name] - was[name]) <= 0.1 * was["offered"], name
    assert again["asa_s"] == pytest.approx(was["asa_s"], rel=0.25)
    assert again["occupancy"] == pytest.approx(was["occupancy"], abs=0.05)
    assert found.rules == found.same_rules
    assert found.refusals + found.misses > 0


async def test_a_priority_moves_waiting_from_one_queue_to_the_others(
    recorded: tuple[str, datetime],
) -> None:
    found = await compared(recorded, care(priority=60))
    asa = {name: (found.same_rules[name]["asa_s"], found.rules[name]["asa_s"]) for name in QUEUES}
    assert asa["care"][1] < asa["care"][0]
    assert sum(asa[name][1] - asa[name][0] for name in ("sales", "faults")) > 0
    assert found.rules[""]["offered"] == found.recorded[""]["offered"]


HARD = {"queues": {"sales": {**QUEUES["sales"], "requires": {"skill": "technical", "level": 5}}}}


async def test_a_queue_nobody_can_serve_answers_for_named_agents_only(
    recorded: tuple[str, datetime],
) -> None:
    found = await compared(recorded, HARD)
    # every tenth has a named agent, who may take it whatever the queue requires
    was = found.recorded["sales"]["answered"]
    assert found.rules["sales"]["answered"] < 0.1 * was
    assert found.rules["sales"]["offered"] == found.recorded["sales"]["offered"]
    assert found.rules_unknown.patience_drawn > 0
    told = data_of(found)
    assert "these rules" in page(found)
    assert json.loads(json.dumps(told)) == told


async def test_agents_may_be_other_ones(recorded: tuple[str, datetime]) -> None:
    only = {"skills": {"care": 3}, "queues": ["care"], "capacity": {"sms": 2, "email": 2}}
    rules = {"agents": {f"Agent {n}": only for n in range(0, 12, 2)}}
    found = await compared(recorded, rules)
    assert found.rules["care"]["asa_s"] < found.same_rules["care"]["asa_s"]


async def test_agents_who_go_are_not_there(recorded: tuple[str, datetime]) -> None:
    url, _ = recorded
    db = await Database.open(url)
    agents = (await db.read(history.standing)).book.agents
    await db.close()
    few = {name: agents[name] for name in sorted(agents)[:4]}
    found = await compared(recorded, {"agents": few}, remove=True)
    assert len(agents) > 8
    assert found.rules[""]["answered"] < 0.7 * found.same_rules[""]["answered"]
    assert found.rules[""]["offered"] == found.same_rules[""]["offered"]
    # without ``remove`` naming some leaves the others as they were
    assert (await compared(recorded, {"agents": few})).rules[""] == found.same_rules[""]


async def test_nobody_enters_a_queue_that_goes(recorded: tuple[str, datetime]) -> None:
    url, _ = recorded
    db = await Database.open(url)
    book = (await db.read(history.standing)).book
    await db.close()
    queues = {  # no rule may speak of what goes
        name: {key: one[key] for key in one if key != "overflow"}
        for name, one in book.queues.items()
        if name != "care"
    }
    agents = {
        name: {**one, "queues": {k: v for k, v in one["queues"].items() if k != "care"}}
        if isinstance(one.get("queues"), dict)
        else {**one, "queues": [k for k in one.get("queues", []) if k != "care"]}
        for name, one in book.agents.items()
    }
    found = await compared(recorded, {"queues": queues, "agents": agents}, remove=True)
    assert found.same_rules["care"]["offered"] > 20
    assert found.rules.get("care", {}).get("offered", 0) == 0
    assert found.rules[""]["offered"] < found.same_rules[""]["offered"]
    # what rules had moved there counts as offered there too
    assert found.rules_unknown.without_effect > 0.5 * found.same_rules["care"]["offered"]
    assert found.rules["sales"]["asa_s"] < found.same_rules["sales"]["asa_s"]


async def test_it_is_the_same_each_time(recorded: tuple[str, datetime]) -> None:
    rules = care(priority=60)
    assert await compared(recorded, rules) == await compared(recorded, rules)


MOVES = {"measure": "own_wait_s", "above": 90, "then": {"move": "faults"}}


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (None, "a routing document is a mapping"),
        ({}, "no queue and no agent is changed"),
        ({"lines": {}}, "unknown section 'lines'"),
        ({"queues": ["care"]}, "queues: must be a mapping"),
        ({"queues": {"care": 3}}, "queues.care: "),
        ({"queues": {"care": {"colour": "red"}}}, "queues.care"),
        ({"queues": {"care": {"target_s": 0}}}, "queues.care.target_s: "),
        ({"queues": {"care": {"requires": "juggling"}}}, "queues.care.requires"),
        ({"agents": {"Nobody": {}}}, "agents.Nobody: no agent"),
        ({"agents": {"Agent 1": {"queues": ["nowhere"]}}}, "agents.Agent 1.queues"),
        ({"agents": {"Agent 1": {"skills": {"care": 9}}}}, "agents.Agent 1.skills.care"),
        (care(overflow=[MOVES]), "faults"),
    ],
)
async def test_rules_that_can_not_be_are_refused_with_their_place(
    recorded: tuple[str, datetime], rules: Any, says: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await compared(recorded, rules)
    assert says in refused.value.message


async def test_periods_that_can_not_be_are_refused(
    recorded: tuple[str, datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, start = recorded
    rules = care(priority=1)
    db = await Database.open(url)
    try:
        with pytest.raises(Invalid):
            await whatif(db, rules, start, start)
        with pytest.raises(NotFound):
            await whatif(db, rules, start - timedelta(days=2), start - timedelta(days=1))
        monkeypatch.setattr("contactcenter.routing.whatif.MOST_COMMANDS", 100)
        with pytest.raises(Invalid, match="is the most"):
            await whatif(db, rules, start, start + timedelta(hours=1))
    finally:
        await db.close()


async def test_what_stood_on_the_floor_goes_on_and_changes_are_laid_under(site: Site) -> None:
    """On each store: begun while one call is talked, one offered, one waits."""
    router = site.router()
    agents = [await site.agent(name) for name in ("Ann", "Bo")]
    await site.enqueue()
    await settle(router)
    first, second = agents if await offered(site, agents[0]) else agents[::-1]
    await site.do(do.Accept(await offer_of(site, first), first))
    await settle(router)
    await site.enqueue()
    waits = await site.enqueue()
    await settle(router)
    start = site.clock.now()
    await site.clock.advance(5)
    await site.do(do.Accept(await offer_of(site, second), second))
    await settle(router)
    await site.db.write(lambda tx: save_queue(tx, "sales", {"wrap_up_s": 10, "target_s": 50}))
    new = await site.enqueue()
    await settle(router)
    await site.clock.advance(5)
    await site.do(do.Leave(new), do.Leave(waits, "voicemail", close=False))
    await settle(router)
    found = await whatif(site.db, {"queues": {"sales": {"target_s": 3}}}, start, site.clock.now())
    for column in (found.recorded, found.same_rules, found.rules):
        assert column["sales"]["offered"] == 1
        assert column["sales"]["abandoned"] == 1
        assert column["sales"]["waiting_at_end"] == 0
    assert found.interactions == 4
    assert found.rules_unknown.service_drawn == 0


def test_the_command_compares_and_names_the_line_of_a_fault(
    recorded: tuple[str, datetime], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, start = recorded
    rules = tmp_path / "rules.yaml"
    rules.write_text(json.dumps(care(priority=60)))  # JSON is YAML too
    asked = ["routing", "whatif", str(rules), "--from", (start + timedelta(minutes=2)).isoformat()]
    asked += ["--to", (start + timedelta(minutes=10)).isoformat(), "--database", url]
    assert run(asked) == 0
    told = capsys.readouterr().out
    assert "whole floor" in told
    assert "Guessed under these rules" in told
    assert run([*asked, "--json"]) == 0
    asa = json.loads(capsys.readouterr().out)["queues"]["care"]["asa_s"]
    assert asa["rules"] < asa["same_rules"]
    rules.write_text("queues:\n  care: {priority: [}\n")
    assert run(asked) == 1
    assert "rules.yaml:2" in capsys.readouterr().err
    rules.write_text("queues:\n  care:\n    priority: 5\n    colour: red\n")
    assert run(asked) == 1
    assert "rules.yaml:4" in capsys.readouterr().err
    rules.unlink()
    assert run(asked) == 1
    assert "rules.yaml" in capsys.readouterr().err


async def test_named_hours_that_change_replace_the_queues_that_use_them(site: Site) -> None:
    router = site.router()
    office = {"zone": "UTC", "weekly": {"mon-sun": ["00:00-24:00"]}}
    document = {"hours": {"office": office}, "queues": {"sales": {"hours": "office"}}}
    await site.db.write(lambda tx: history.apply(tx, document, actor="test"))
    start = site.clock.now()
    await settle(router)
    await site.agent()
    await site.clock.advance(1)
    await site.enqueue()
    await settle(router)
    shut = {"hours": {"office": {"zone": "UTC", "weekly": {"mon-sun": ["23:00-24:00"]}}}}
    end = site.clock.now() + timedelta(seconds=9)
    found = await whatif(site.db, shut, start, end)
    assert found.same_rules["sales"]["offers"] == 1
    assert (found.rules["sales"]["offers"], found.rules["sales"]["flowed_out"]) == (0, 1)


def test_patience_is_the_product_limit_of_the_left_and_the_answered() -> None:
    # worked by hand: 5 at risk at 10, 3 at 20 (one answered at 15), 1 at 40 (answered at 30)
    law = Patience([(10, True), (15, False), (20, True), (30, False), (40, True)])
    assert law.still_waiting(5) == 1
    assert law.still_waiting(10) == pytest.approx(4 / 5)
    assert law.still_waiting(20) == pytest.approx(4 / 5 * 2 / 3)
    assert law.still_waiting(40) == 0
    assert law.beyond(0, 0.9) == 10
    assert law.beyond(0, 0.6) == 20
    assert law.beyond(12, 0.99) == 20
    assert law.beyond(20, 0.5) == 40
    assert law.beyond(40, 0.5) is None
    assert Patience([(10, False)]).beyond(0, 0.0) is None
    assert Patience([]).still_waiting(99) == 1
