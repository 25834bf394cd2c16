"""The demo's marketing: segments that select, templates without a fault, plans that hold."""

from __future__ import annotations

import pytest

from contactcenter.campaigns import lifecycle, plan, preview, segments, templates
from contactcenter.campaigns.facts import parse_rule
from contactcenter.campaigns.rendering import Site
from contactcenter.campaigns.runtime import Campaigns
from contactcenter.core.bus import Bus
from contactcenter.core.clock import SystemClock
from contactcenter.core.db import Database
from contactcenter.core.secrets import Secrets
from contactcenter.core.templating import TemplateWorkers
from contactcenter.handling.lines import Line, Lines
from contactcenter.trials.seed import marketing, operator


@pytest.fixture
async def nordwind(db: Database, workers: TemplateWorkers) -> Campaigns:
    """The demo's operator, with its own lines."""
    await operator.seed(db, {user.name: "correct horse battery" for user in operator.USERS})
    lines = Lines(
        Line(one["address"], one["channel"], one["provider"], one["name"])
        for one in operator.lines()
    )
    site = Site("Nordwind", "https://cc.test", "UTC", Secrets(["t" * 40]))
    return Campaigns(db, Bus(db), SystemClock(), lines, workers, site, "test")


async def test_every_segment_selects_some(nordwind: Campaigns) -> None:
    for row in await nordwind.db.read(segments.every):
        rule = parse_rule(row.rule)
        count = await nordwind.db.read(lambda tx, rule=rule: segments.count(tx, rule))  # type: ignore[misc]
        assert 0 < count < operator.CUSTOMERS, row.name
    assert len(marketing.rules(nordwind.clock.now().date())) == 5


async def test_every_template_is_clean_in_both_languages(nordwind: Campaigns) -> None:
    rows = await nordwind.db.read(templates.every)
    assert len(rows) == len(marketing.TEMPLATES)
    for row in rows:
        assert {body.language for body in row.bodies} == {"en", "zh-CN"}
        checked = await templates.check(nordwind.db, nordwind.workers, row.channel, row.bodies)
        assert not checked.findings
        assert dict(checked.variables) == dict(row.variables)


async def test_every_draft_could_start_now(nordwind: Campaigns) -> None:
    parts = (nordwind.db, nordwind.workers, nordwind.site)
    for row in await nordwind.db.read(lifecycle.page):
        found = await plan.make(*parts, nordwind.lines, row)
        assert found.problems == []
        assert found.audience > 0
        assert not found.skipped
        for each in await preview.previews(*parts, row):
            assert each.fault is None
            assert "Nordwind" in each.words.text
