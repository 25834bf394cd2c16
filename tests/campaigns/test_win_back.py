"""The win-back campaign: 1,869 customers, half by mail, half by text, killed on the way."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest

from contactcenter.crm import importing
from contactcenter.crm.importing import ImportPlan
from contactcenter.handling import outbound
from tests.campaigns.stage import Stage

LEFT = 1869
STAYED = 40
BATCHES_BEFORE_THE_KILL = 6


async def won_back(stage: Stage) -> UUID:
    """Two say STOP, the campaign starts two minutes ahead, and the server dies on its way."""
    campaign = await stage.draft({"email": 0.5, "sms": 0.5})
    await stage.schedule(campaign, stage.clock.now() + timedelta(minutes=2))
    await stage.tick()
    assert not await stage.rows(campaign)
    await stage.wait(minutes=2)
    await stage.tick()
    planner = stage.planner()
    while (await planner.step()) and len(await stage.rows(campaign)) < LEFT:
        pass
    # both say STOP on the channel that was chosen for them, after the audience was written
    rows = await stage.rows(campaign)
    for channel in ("sms", "email"):
        one = next(row for row in rows if row.channel == channel)
        await stage.stop_word(channel, one.address)
    for _ in range(BATCHES_BEFORE_THE_KILL):
        await planner.step()
    await stage.deliver(limit=150)
    messages = await stage.db.write(partial(outbound.claim, owner="pump-1"))
    assert await stage.begin(messages[0])
    await stage.restart()  # killed: claims, and a hand-over of which nobody knows whether it left
    await stage.run()
    return campaign


async def check(stage: Stage, campaign: UUID) -> None:
    rows = await stage.rows(campaign)
    assert Counter(row.channel for row in rows) == {"email": 934, "sms": 935}
    counts = await stage.counts(campaign)
    assert counts == {"sent": LEFT - 3, "in_doubt": 1, "skipped:opted_out": 2}
    assert (await stage.campaign(campaign)).state == "finished"
    sent = stage.sent_to()
    for row in rows:
        assert sent[row.address] == (1 if row.outcome == "sent" else 0)
    assert sent.total() == LEFT - 3


@pytest.mark.slow
async def test_the_sample(stage: Stage, sample_data: Path) -> None:
    """On the public sample: 7,043 customers, 1,869 of whom left."""
    plan = ImportPlan(sample_data / "telco_churn.csv.gz", {"customerID": "external_id"}, fake=1)
    imported = await importing.run(stage.db, plan)
    assert (imported.created, imported.faults) == (7043, [])
    await check(stage, await won_back(stage))


@pytest.mark.slow
async def test_a_crowd_of_the_same_shape(stage: Stage) -> None:
    people = [
        {
            "name": f"Customer {n}",
            "language": "zh-CN" if n % 3 == 2 else "en",
            "phone": f"+4477{n:08d}",
            "email": f"c{n}@mail.test",
            "attributes": {"Churn": "Yes" if n < LEFT else "No"},
        }
        for n in range(LEFT + STAYED)
    ]
    for start in range(0, len(people), 500):
        await stage.people(people[start : start + 500])
    await check(stage, await won_back(stage))
