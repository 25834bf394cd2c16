"""Starting, pausing, resuming, cancelling; and what happens to a start nobody was there for."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from contactcenter.campaigns import occurrences
from contactcenter.core.errors import Conflict
from contactcenter.handling import outbound
from contactcenter.handling.lines import Lines
from tests.campaigns.stage import Stage


async def test_it_starts_when_due_and_once(stage: Stage) -> None:
    await stage.crowd(5)
    campaign = await stage.draft()
    await stage.schedule(campaign, stage.clock.now() + timedelta(minutes=2))
    await stage.tick()
    assert (await stage.campaign(campaign)).state == "scheduled"
    await stage.wait(minutes=2)
    await stage.tick()
    await stage.tick()
    assert (await stage.campaign(campaign)).state == "running"
    await stage.run()
    await stage.tick()
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 5}
    assert stage.sent_to().total() == 5


async def test_a_restart_around_the_planned_minute_does_not_ask(stage: Stage) -> None:
    await stage.crowd(3)
    campaign = await stage.draft()
    await stage.schedule(campaign, stage.clock.now() + timedelta(minutes=2))
    await stage.wait(minutes=9)
    await stage.tick(is_first=True)
    await stage.run()
    assert (await stage.campaign(campaign)).state == "finished"


@pytest.mark.parametrize("said", ["send", "skip", "cancel"])
async def test_overdue_at_start_up_it_asks(stage: Stage, said: str) -> None:
    await stage.crowd(3)
    campaign = await stage.draft()
    await stage.schedule(campaign, stage.clock.now() + timedelta(minutes=2))
    await stage.wait(hours=1)
    await stage.tick(is_first=True)
    await stage.tick()
    await stage.run()
    asked = await stage.campaign(campaign)
    assert (asked.state, asked.needs_answer) == ("scheduled", True)
    assert not await stage.rows(campaign)
    answered = await stage.say(campaign, "answer", said)
    assert not answered.needs_answer
    await stage.tick()
    await stage.run()
    ends = {"send": ("finished", 3), "skip": ("finished", 0), "cancel": ("cancelled", 0)}
    assert ((await stage.campaign(campaign)).state, len(stage.drop)) == ends[said]
    with pytest.raises(Conflict, match="asks nothing"):
        await stage.say(campaign, "answer", said)


@pytest.mark.parametrize("late_s", [0, 540])
async def test_a_restart_around_the_planned_minute_asks_nothing(stage: Stage, late_s: int) -> None:
    await stage.crowd(1)
    campaign = await stage.draft()
    await stage.schedule(campaign, stage.clock.now())
    await stage.wait(seconds=late_s)
    await stage.tick(is_first=True)
    assert (await stage.campaign(campaign)).state == "running"


async def test_a_paused_campaign_keeps_and_releases_its_queue(stage: Stage) -> None:
    await stage.crowd(10)
    campaign = await stage.launch()
    await stage.plan()  # ten messages stand in the outbound queue
    await stage.say(campaign, "pause")
    assert await stage.deliver() == 0
    await stage.follow()
    assert await stage.counts(campaign) == {"waiting_until:paused": 10}
    await stage.wait(minutes=30)
    await stage.run()
    assert not stage.drop
    await stage.say(campaign, "resume")
    assert await stage.counts(campaign) == {"queued": 10}
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 10}
    assert max(stage.sent_to().values()) == 1


async def test_a_pause_of_many_days_still_ends_well(stage: Stage) -> None:
    await stage.crowd(2)
    campaign = await stage.launch()
    await stage.plan()
    await stage.say(campaign, "pause")
    for _ in range(3):
        await stage.deliver()
        await stage.wait(days=1)
    await stage.say(campaign, "resume")
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 2}


async def test_a_paused_start_waits_for_its_resuming(stage: Stage) -> None:
    await stage.crowd(2)
    campaign = await stage.draft()
    await stage.schedule(campaign, stage.clock.now() + timedelta(minutes=2))
    await stage.say(campaign, "pause")
    await stage.wait(minutes=5)
    await stage.tick()
    assert (await stage.campaign(campaign)).state == "paused"
    assert (await stage.say(campaign, "resume")).state == "scheduled"
    await stage.tick()
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 2}


async def test_cancelling_skips_the_rest(stage: Stage) -> None:
    await stage.crowd(150)
    campaign = await stage.launch()
    planner = stage.planner()
    await planner.step()  # the audience
    await planner.step()  # a hundred messages
    assert await stage.deliver(limit=1) == 100
    await stage.follow()
    await planner.step()
    await stage.say(campaign, "cancel")
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 100, "skipped:cancelled": 50}
    assert (await stage.campaign(campaign)).state == "cancelled"


async def test_cancelling_while_paused(stage: Stage) -> None:
    await stage.crowd(4)
    campaign = await stage.launch()
    await stage.plan()
    await stage.say(campaign, "pause")
    await stage.deliver()
    await stage.say(campaign, "cancel")
    await stage.run()
    assert await stage.counts(campaign) == {"skipped:cancelled": 4}


async def test_of_two_who_press_one_is_told(stage: Stage) -> None:
    campaign = await stage.launch()
    await stage.say(campaign, "pause")
    with pytest.raises(Conflict, match="the campaign is paused"):
        await stage.say(campaign, "pause")


async def test_in_doubt_ends_a_campaign_and_is_listed(stage: Stage) -> None:
    await stage.crowd(3)
    campaign = await stage.launch()
    await stage.plan()
    (first, *_) = await stage.db.write(partial(outbound.claim, owner="pump-1"))
    assert await stage.begin(first)
    await stage.restart()
    await stage.run()
    assert await stage.counts(campaign) == {"in_doubt": 1, "sent": 2}
    assert (await stage.campaign(campaign)).state == "finished"
    found = partial(outbound.report, key=first.id, provider_ref="", state="delivered")
    await stage.db.write(found)  # evidence comes later
    await stage.follow()
    assert await stage.counts(campaign) == {"delivered": 1, "sent": 2}


async def test_a_line_taken_out_of_the_settings_pauses_the_start(stage: Stage) -> None:
    campaign = await stage.draft()
    await stage.schedule(campaign)
    starter = occurrences.Starter(Lines([]))
    await stage.db.write(lambda tx: starter.tick(tx, None))
    assert (await stage.campaign(campaign)).state == "paused"
    await stage.say(campaign, "resume")
    await stage.tick()
    assert (await stage.campaign(campaign)).state == "running"
