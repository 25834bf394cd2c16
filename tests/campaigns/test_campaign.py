"""A campaign from its start to its end: every customer once, or a reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contactcenter.campaigns.model import message_key
from contactcenter.core.errors import Conflict, Invalid
from contactcenter.core.templating import TemplateBody
from contactcenter.crm import log
from contactcenter.crm.verify import verify
from tests.campaigns.stage import SMS, Stage


async def test_everybody_gets_one_message(stage: Stage) -> None:
    people = await stage.crowd(30)
    campaign = await stage.launch({"email": 0.5, "sms": 0.5})
    await stage.run()
    assert stage.sent_to().total() == len(stage.sent_to()) == 30
    assert await stage.counts(campaign) == {"sent": 30}
    assert (await stage.campaign(campaign)).state == "finished"
    rows = await stage.rows(campaign)
    assert {row.customer_id for row in rows} == set(people)
    assert [row.channel for row in rows].count("email") == 15
    for row in rows:
        key = message_key(campaign, row.run, row.step, row.customer_id, row.channel)
        assert row.message_id == key


async def test_the_log_tells_it(stage: Stage) -> None:
    await stage.people([{"name": "陈伟", "language": "zh-CN", "phone": "+8613900000000"}])
    campaign = await stage.launch()
    await stage.run()
    (row,) = await stage.rows(campaign)
    events = await stage.db.read(lambda tx: log.events_of(tx, row.interaction_id))
    assert [each.kind for each in events] == ["opened", "message_queued", "closed", "message_state"]
    assert events[0].data["campaign"] == str(campaign)
    assert events[1].content == {"text": "陈伟，欢迎回来。退订回T", "address": "+8613900000000"}
    assert events[3].data["state"] == "sent"
    assert not (await verify(stage.db)).differences


async def test_reasons_for_a_skip(stage: Stage) -> None:
    await stage.people(
        [
            {"name": "Ada", "phone": "+447700900001"},
            {"name": "Ben", "phone": "+447700900001"},
            {"name": "Cleo", "email": "cleo@mail.test"},
            {"name": "Dan", "phone": "+447700900002"},
            {"name": "", "phone": "+447700900003"},
            {"name": "Finn", "phone": "+447700900004", "attributes": {"Churn": "No"}},
        ]
    )
    await stage.stop_word("sms", "+447700900002")
    campaign = await stage.launch()
    await stage.run()
    assert await stage.counts(campaign) == {
        "sent": 2,  # one of them has no name
        "skipped:same_address": 1,
        "skipped:no_address": 1,
        "skipped:opted_out": 1,
    }
    assert (await stage.campaign(campaign)).state == "finished"
    assert stage.sent_to() == {"+447700900001": 1, "+447700900003": 1}


async def test_a_template_of_a_language_that_is_missing(stage: Stage) -> None:
    body = TemplateBody("en", "", "Hello {{ name }}")
    template = await stage.template("sms", [body])
    await stage.people([{"name": "Li", "language": "fr-CA", "phone": "+33612345678"}])
    campaign = await stage.launch(template={"sms": template})
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 1}


async def test_what_a_run_froze_stays(stage: Stage) -> None:
    await stage.crowd(3)
    campaign = await stage.launch()
    await stage.planner().step()
    await stage.people([{"name": "Late", "phone": "+447700911111"}])
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 3}


async def test_the_holdout_is_persistent_and_gets_nothing(stage: Stage) -> None:
    await stage.crowd(400)
    campaign = await stage.launch(holdout=0.25)
    await stage.run()
    held = {row.customer_id for row in await stage.rows(campaign) if row.outcome == "held_out"}
    assert 70 <= len(held) <= 130
    assert (await stage.counts(campaign)) == {"held_out": len(held), "sent": 400 - len(held)}
    assert len(stage.drop) == 400 - len(held)


async def test_a_held_out_customer_takes_no_address(stage: Stage) -> None:
    """A household's other member is not silenced by the holdout."""
    people = [{"name": f"P{n}", "phone": f"+4477{n // 2:08d}"} for n in range(200)]
    await stage.people(people)
    campaign = await stage.launch(holdout=0.5)
    await stage.run()
    rows = await stage.rows(campaign)
    held = {row.customer_id for row in rows if row.outcome == "held_out"}
    pairs = zip(rows[::2], rows[1::2], strict=True)
    for pair in pairs:
        outcomes = sorted(row.outcome for row in pair if row.customer_id not in held)
        assert outcomes in ([], ["sent"], ["sent", "skipped"])


async def test_quiet_hours_wait_and_never_skip(stage: Stage) -> None:
    """Monday 9:00 UTC: night in New York, afternoon in Shanghai, 20:00 in Brisbane's east."""
    zones = ["America/New_York", "Asia/Shanghai", "Pacific/Auckland", "No/Such_Zone", None]
    await stage.people(
        [{"phone": f"+4477009000{n:02d}", "time_zone": zone} for n, zone in enumerate(zones)]
    )
    campaign = await stage.launch()
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 3, "waiting_until:quiet_hours": 2}
    until = {row.until for row in await stage.rows(campaign) if row.until}
    assert until == {
        datetime(2026, 1, 5, 14, tzinfo=UTC),  # 9:00 in New York
        datetime(2026, 1, 5, 20, tzinfo=UTC),  # Tuesday 9:00 in Auckland
    }
    assert (await stage.campaign(campaign)).state == "running"
    await stage.wait(hours=5)
    await stage.run()
    await stage.wait(hours=6)
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 5}
    assert (await stage.campaign(campaign)).state == "finished"


async def test_a_message_that_grew_late_in_the_queue_waits_too(stage: Stage) -> None:
    await stage.people([{"phone": "+447700900001"}])
    campaign = await stage.launch()
    await stage.plan()
    await stage.wait(hours=11, minutes=30)  # 20:30
    assert await stage.deliver() == 0
    (row,) = await stage.rows(campaign)
    assert (row.outcome, row.reason) == ("waiting_until", "quiet_hours")
    await stage.wait(hours=12, minutes=30)
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 1}


async def test_service_messages_may_leave_at_any_hour(stage: Stage) -> None:
    await stage.wait(hours=14)
    await stage.people([{"phone": "+447700900001"}])
    campaign = await stage.launch(purpose="service", ignore_quiet_hours=True)
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 1}
    with pytest.raises(Invalid, match="quiet hours hold for marketing"):
        await stage.draft(purpose="marketing", ignore_quiet_hours=True)


async def test_the_pace_is_kept(stage: Stage) -> None:
    await stage.crowd(40)
    campaign = await stage.launch(rate_per_min=12)
    sent = []
    for _ in range(8):
        await stage.run()
        sent.append(len(stage.drop))
        await stage.wait(seconds=5)
    assert sent == [1, 2, 3, 4, 5, 6, 7, 8]
    counts = await stage.counts(campaign)
    assert counts == {"sent": 8, "waiting_until:pacing": 32}
    untils = [row.until for row in await stage.rows(campaign) if row.until]
    assert untils == sorted(untils)
    await stage.wait(minutes=10)  # a pause is not saved up for a burst
    await stage.run()
    assert len(stage.drop) == 9


async def test_a_throttled_campaign_delays_no_other(stage: Stage) -> None:
    await stage.crowd(30)
    slow = await stage.launch(rate_per_min=1)
    quick = await stage.launch()
    await stage.run()
    assert (await stage.counts(quick)) == {"sent": 30}
    assert (await stage.counts(slow))["sent"] == 1


async def test_one_bad_customer_costs_only_themselves(stage: Stage) -> None:
    body = TemplateBody("en", "", "{{ attributes.note }}")
    template = await stage.template("sms", [body], ["attributes.note"])
    notes = ["fine", None, ["no", "text"], "also fine"]
    await stage.people(
        [
            {"phone": f"+44770090000{n}", "attributes": {"Churn": "Yes", "note": note}}
            for n, note in enumerate(notes)
        ]
    )
    campaign = await stage.launch(template={"sms": template})
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 2, "skipped:render_failed": 2}


async def test_marketing_mail_shows_the_way_out(stage: Stage) -> None:
    await stage.people([{"name": "Ada", "email": "ada@mail.test"}])
    campaign = await stage.launch({"email": 1.0})
    await stage.run()
    (row,) = await stage.rows(campaign)
    events = await stage.db.read(lambda tx: log.events_of(tx, row.interaction_id))
    content = events[1].content
    assert content is not None
    assert content["subject"] == "Come back, Ada"
    assert "Unsubscribe: https://cc.test/unsubscribe/" in content["text"]


async def test_a_draft_can_be_changed_and_a_scheduled_one_not(stage: Stage) -> None:
    campaign = await stage.draft()
    with pytest.raises(Invalid, match="the past"):
        await stage.schedule(campaign, datetime(2026, 1, 4, tzinfo=UTC))
    await stage.schedule(campaign, datetime(2026, 1, 6, tzinfo=UTC))
    await stage.schedule(campaign, datetime(2026, 1, 7, tzinfo=UTC))  # moved
    assert (await stage.campaign(campaign)).state == "scheduled"
    with pytest.raises(Conflict, match="needs one that is paused"):
        await stage.say(campaign, "resume")


async def test_what_can_not_be_launched(stage: Stage) -> None:
    mail = await stage.template("email")
    with pytest.raises(Invalid, match="is for email"):
        await stage.draft(template={"sms": mail})
    with pytest.raises(Invalid, match="add up to 1"):
        await stage.draft({"sms": 0.5, "email": 0.4})
    assert SMS in {line.address for line in stage.campaigns.lines.all}
