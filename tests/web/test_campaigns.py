"""Campaigns over the API, as the marketer's pages use them, with a real planner behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from contactcenter.campaigns import lifecycle
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database
from contactcenter.core.templating import TemplateWorkers
from contactcenter.handling.tables import outbound_message
from contactcenter.web.app import build
from contactcenter.web.ports import Services
from tests.campaigns.stage import MAIL, SMS, Stage
from tests.web.parts import API, Client, People, bearer, problem

PHONE = "+447700900{:03d}"


@pytest.fixture(scope="session")
async def workers() -> AsyncIterator[TemplateWorkers]:
    async with TemplateWorkers(1) as each:
        yield each


@pytest.fixture
async def db(store_url: str) -> AsyncIterator[Database]:
    """At Monday, 9:00 UTC: inside the hours of a campaign."""
    database = await Database.open(store_url, clock=VirtualClock())
    yield database
    await database.close()


@pytest.fixture
async def stage(services: Services, workers: TemplateWorkers) -> Stage:
    clock = services.db.clock
    assert isinstance(clock, VirtualClock)
    return Stage(services.db, clock, workers, services.bus)


@pytest.fixture
async def client(services: Services, people: People, stage: Stage) -> AsyncIterator[Client]:
    with_campaigns = replace(services, clock=stage.clock, extras={"campaigns": stage.campaigns})
    async with TestClient(TestServer(build(with_campaigns))) as each:
        yield each


@pytest.fixture
async def mia(client: Client) -> dict[str, str]:
    return await bearer(client, "marketer")


@pytest.fixture
async def crowd(stage: Stage) -> None:
    """Six who left, and one who stayed; one has no mailbox, one said STOP."""
    people = [
        {
            "name": f"Customer {n}",
            "external_id": f"NW{n}",
            "phone": PHONE.format(n),
            "email": f"c{n}@mail.test" if n != 2 else None,
            "language": "zh-CN" if n == 1 else "en",
            "attributes": {"Churn": "No" if n == 6 else "Yes"},
        }
        for n in range(7)
    ]
    await stage.people(people)
    await stage.stop_word("sms", PHONE.format(3))


async def get(client: Client, path: str, mia: dict[str, str], **query: Any) -> Any:
    reply = await client.get(f"{API}{path}", headers=mia, params=query)
    assert reply.status == 200, await reply.text()
    return await reply.json()


async def post(client: Client, path: str, mia: dict[str, str], body: Any = None) -> Any:
    reply = await client.post(f"{API}{path}", headers=mia, json=body)
    assert reply.status == 200, await reply.text()
    return await reply.json()


async def made(client: Client, mia: dict[str, str], **more: Any) -> Any:
    """A draft by both ways, through the API alone."""
    rule = {"field": "attributes.Churn", "equals": "Yes"}
    segment = await post(client, "/segments", mia, {"name": "left", "rule": rule})
    ways = []
    for channel, line in (("email", MAIL), ("sms", SMS)):
        bodies = [
            {"language": "en", "subject": "Hello {{ name }}", "text": "{{ name }}, come back."},
            {"language": "zh-CN", "subject": "{{ name }}", "text": "{{ name }}，欢迎回来。"},
        ]
        if channel == "sms":
            bodies = [{**body, "subject": ""} for body in bodies]
        wanted = {"name": f"Back by {channel}", "channel": channel, "bodies": bodies}
        template = await post(client, "/templates", mia, wanted)
        ways.append({"channel": channel, "template": template["id"], "line": line, "share": 0.5})
    body = {"name": "Win back", "segment": segment["id"], "channels": ways, **more}
    return await post(client, "/campaigns", mia, body)


@pytest.mark.usefixtures("crowd")
async def test_from_draft_to_finish(client: Client, mia: dict[str, str], stage: Stage) -> None:
    draft = await made(client, mia)
    assert (draft["state"], draft["segment_name"], draft["total"]) == ("draft", "left", 0)
    scheduled = await post(client, f"/campaigns/{draft['id']}/schedule", mia)
    assert scheduled["state"] == "scheduled"
    await stage.tick()
    await stage.run()
    info = await get(client, f"/campaigns/{draft['id']}", mia)
    assert info["state"] == "finished"
    # of the six, in order: sms, email (1), sms (2), email (3), sms (4), email (5)
    assert info["counts"] == {"sent": 6}
    assert info["total"] == 6
    listed = await get(client, "/campaigns", mia, limit=100)
    assert [each["counts"] for each in listed["items"]] == [{"sent": 6}]


@pytest.mark.usefixtures("crowd")
async def test_the_plan_counts_what_a_start_would_do(
    client: Client, mia: dict[str, str], stage: Stage
) -> None:
    await stage.stop_word("sms", PHONE.format(2))
    await stage.people([{"name": "Twin", "phone": PHONE.format(0), "attributes": {"Churn": "Yes"}}])
    draft = await made(client, mia)
    plan = await get(client, f"/campaigns/{draft['id']}/plan", mia)
    await post(client, f"/campaigns/{draft['id']}/schedule", mia)
    await stage.tick()
    await stage.run()
    info = await get(client, f"/campaigns/{draft['id']}", mia)
    assert plan["audience"] == info["total"] == 7
    assert plan["skipped"] == info["reasons"] == {"opted_out": 1, "same_address": 1}
    assert sum(plan["by_channel"].values()) == info["counts"]["sent"] == 5
    assert plan["by_language"] == {"en": 6, "zh-CN": 1}
    assert (plan["segments_per_sms"], plan["problems"], plan["cost"]) == (1.0, [], None)


async def test_a_plan_names_what_forbids_a_start(client: Client, mia: dict[str, str]) -> None:
    draft = await made(client, mia)
    plan = await get(client, f"/campaigns/{draft['id']}/plan", mia)
    assert plan["problems"] == ["the segment selects nobody"]


@pytest.mark.usefixtures("crowd")
async def test_previews_are_real_customers(client: Client, mia: dict[str, str]) -> None:
    draft = await made(client, mia)
    found = await get(client, f"/campaigns/{draft['id']}/preview", mia)
    assert len(found["items"]) == 6  # three customers, two ways
    listed = await get(client, "/customers", mia, q="Customer 1")
    one = await get(
        client, f"/campaigns/{draft['id']}/preview", mia, customer=listed["items"][0]["id"]
    )
    assert [each["text"].splitlines()[0] for each in one["items"]] == ["Customer 1，欢迎回来。"] * 2
    assert one["items"][0]["language"] == "zh-CN"


@pytest.mark.usefixtures("crowd")
async def test_a_test_message_goes_to_the_tester_alone(
    client: Client, mia: dict[str, str], stage: Stage
) -> None:
    draft = await made(client, mia)
    listed = await get(client, "/customers", mia, q="Customer 4")
    body = {"to": "+44 7911 123456", "channel": "sms", "customer": listed["items"][0]["id"]}
    headers = {**mia, "Idempotency-Key": "once"}
    for _ in range(2):
        await post(client, f"/campaigns/{draft['id']}/test-send", headers, body)
    rows = await stage.db.read(lambda tx: tx.all(select(outbound_message)))
    assert [(row.address, row.purpose, row.campaign_id) for row in rows] == [
        ("+447911123456", "service", None)
    ]
    wrong = await client.post(
        f"{API}/campaigns/{draft['id']}/test-send", headers=mia, json={**body, "to": "a@b.test"}
    )
    assert (await problem(wrong, 400, "invalid"))["detail"].startswith("sms goes to")


@pytest.mark.usefixtures("crowd")
async def test_holding_and_ending(client: Client, mia: dict[str, str], stage: Stage) -> None:
    draft = await made(client, mia)
    path = f"/campaigns/{draft['id']}"
    later = (datetime(2026, 1, 5, 12, tzinfo=UTC)).isoformat()
    await post(client, f"{path}/schedule", mia, {"at": later})
    assert (await post(client, f"{path}/pause", mia))["state"] == "paused"
    again = await client.post(f"{API}{path}/pause", headers=mia)
    await problem(again, 409, "wrong_state")
    assert (await post(client, f"{path}/resume", mia))["state"] == "scheduled"
    await stage.wait(hours=4)
    await stage.tick(is_first=True)
    assert (await get(client, path, mia))["needs_answer"]
    assert not (await post(client, f"{path}/answer", mia, {"answer": "send"}))["needs_answer"]
    await stage.tick()
    assert (await get(client, path, mia))["state"] == "running"
    assert (await post(client, f"{path}/cancel", mia))["state"] == "cancelled"
    edited = await client.put(f"{API}{path}", headers=mia, json=_in(draft))
    await problem(edited, 409, "conflict")


def _in(draft: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "segment", "channels", "purpose", "holdout")
    return {name: draft[name] for name in names}


async def test_a_draft_is_edited_by_version(client: Client, mia: dict[str, str]) -> None:
    draft = await made(client, mia)
    path = f"{API}/campaigns/{draft['id']}"
    etag = (await client.get(path, headers=mia)).headers["ETag"]
    body = {**_in(draft), "name": "Renamed", "holdout": 0.1}
    reply = await client.put(path, headers={**mia, "If-Match": etag}, json=body)
    assert (await reply.json())["name"] == "Renamed"
    stale = await client.put(path, headers={**mia, "If-Match": etag}, json=body)
    await problem(stale, 412, "version_changed")


@pytest.mark.usefixtures("crowd")
async def test_deliveries_and_why(client: Client, mia: dict[str, str], stage: Stage) -> None:
    draft = await made(client, mia)
    for n in range(7):
        await stage.stop_word("email", f"c{n}@mail.test")
    await post(client, f"/campaigns/{draft['id']}/schedule", mia)
    await stage.tick()
    await stage.run()
    path = f"/campaigns/{draft['id']}"
    skipped = await get(client, f"{path}/deliveries", mia, outcome="skipped", reason="opted_out")
    assert {each["channel"] for each in skipped["items"]} == {"email"}
    first = await get(client, f"{path}/deliveries", mia, limit=4, outcome="", reason="")
    rest = await get(client, f"{path}/deliveries", mia, limit=4, after=first["next"])
    assert len({each["id"] for each in [*first["items"], *rest["items"]]}) == 6
    assert rest["next"] is None
    one = skipped["items"][0]
    for wanted in (one["customer"], one["address"], one["customer_name"]):
        why = await get(client, f"{path}/why", mia, customer=wanted)
        assert "got nothing by email: the customer said STOP" in why["sentence"]
        assert [each["id"] for each in why["deliveries"]] == [one["id"]]
    outside = await get(client, f"{path}/why", mia, customer="NW6")
    assert not outside["in_segment"]
    assert outside["clause"] == "rule: attributes.Churn equals Yes: differs"
    assert not outside["deliveries"]
    several = await client.get(f"{API}{path}/why", headers=mia, params={"customer": "Customer"})
    await problem(several, 400, "invalid")


@pytest.mark.usefixtures("crowd")
async def test_the_live_topic_shows_progress(
    client: Client, mia: dict[str, str], stage: Stage
) -> None:
    draft = await made(client, mia)
    topic = f"campaign:{draft['id']}"
    async with client.ws_connect(f"{API}/live", headers=mia) as socket:
        await socket.send_json({"hello": {"topics": [topic]}})
        snapshot = await socket.receive_json(timeout=5)
        assert (snapshot["type"], snapshot["data"]["state"]) == ("snapshot", "draft")
        await stage.db.write(
            lambda tx: lifecycle.schedule(
                tx, lifecycle.find(tx, "Win back").id, None, stage.campaigns.lines, "account:x"
            )
        )
        await stage.tick()
        await stage.run()
        while True:
            frame = await socket.receive_json(timeout=5)
            assert (frame["type"], frame["topic"]) == ("campaign", topic)
            if frame["data"]["state"] == "finished":
                break
        assert frame["data"]["counts"] == {"sent": 6}


async def test_others_may_not_and_unknown_ones_are_not_found(
    client: Client, mia: dict[str, str]
) -> None:
    reply = await client.get(f"{API}/campaigns", headers=await bearer(client, "agent"))
    await problem(reply, 403, "denied")
    for path in ("", "/plan", "/preview", "/deliveries", "/why?customer=x"):
        missing = await client.get(f"{API}/campaigns/{uuid4()}{path}", headers=mia)
        await problem(missing, 404, "not_found")
    at = (datetime.now(UTC) - timedelta(days=900)).isoformat()
    draft = await made(client, mia)
    late = await client.post(
        f"{API}/campaigns/{draft['id']}/schedule", headers=mia, json={"at": at}
    )
    await problem(late, 400, "in_the_past")
