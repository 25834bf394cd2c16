"""A campaign from its start to its end: every customer once, or a reason."""

from __future__ import annotations

from contactcenter.campaigns.model import message_key
from contactcenter.crm import log
from contactcenter.crm.verify import verify
from tests.campaigns.stage import Stage


async def test_everybody_gets_one_message(stage: Stage) -> None:
    people = await stage.crowd(30)
    campaign = await stage.launch({"email": 0.5, "sms": 0.5})
    await stage.run()
    assert stage.sent_to().total() == len(stage.sent_to()) == 30
    assert [await stage.counts(campaign)] == [{"sent": 30}]
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
