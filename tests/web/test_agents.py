"""The agent's state and offers over the API, on a real router."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from contactcenter.core.ids import new_id
from contactcenter.routing.router import Router
from contactcenter.web import floor_commands
from contactcenter.web.ports import Services
from tests.web import floor, records
from tests.web.parts import API, Client, People, bearer, problem


@pytest.fixture
async def router(services: Services, people: People) -> AsyncIterator[Router]:
    async with floor.running(services, people) as each:
        yield each


async def offers_of(client: Client, name: str, count: int = 1) -> list[dict[str, Any]]:
    """The agent's offers, once there are ``count``."""
    headers = await bearer(client, name)
    for _ in range(200):
        reply = await client.get(f"{API}/agents/me/reservations", headers=headers)
        items: list[dict[str, Any]] = (await reply.json())["items"]
        if len(items) == count:
            return items
        await asyncio.sleep(0.02)
    raise AssertionError(f"{name} never had {count} offers")


async def test_a_state_is_chosen(client: Client, people: People, router: Router) -> None:
    headers = await bearer(client, "agent")
    state = await (await client.get(f"{API}/agents/me", headers=headers)).json()
    assert (state["agent"], state["state"]) == (str(people["agent"]), "offline")
    reply = await client.put(
        f"{API}/agents/me/state", json={"state": "away", "reason": "meal"}, headers=headers
    )
    state = await reply.json()
    assert (state["state"], state["reason"]) == ("away", "meal")
    assert state["capacity"]["voice"] == 1
    await floor.set_state(client, "agent", "available")
    await floor.set_state(client, "agent", "offline")
    state = await (await client.get(f"{API}/agents/me", headers=headers)).json()
    assert state["state"] == "offline"


@pytest.mark.parametrize(
    "body",
    [
        {"state": "away"},
        {"state": "away", "reason": "nap"},
        {"state": "busy"},
        {"state": "wrap_up"},
        {},
    ],
)
async def test_a_wrong_state_is_refused(client: Client, router: Router, body: Any) -> None:
    headers = await bearer(client, "agent")
    reply = await client.put(f"{API}/agents/me/state", json=body, headers=headers)
    await problem(reply, 400, "malformed_request")


async def test_an_offer_carries_customer_and_words(
    client: Client, services: Services, people: People, router: Router
) -> None:
    of = await records.customer(services.db)
    await floor.set_state(client, "agent", "available")
    one = await records.waiting(services.db, of, "My line is dead")
    (offer,) = await offers_of(client, "agent")
    assert offer["queue"] == "care"
    assert offer["state"] == "pending"
    assert offer["interaction"]["id"] == str(one)
    assert offer["interaction"]["customer_card"]["name"] == "Li Na"
    assert "My line is dead" in str(offer["interaction"]["events"])
    assert 0 <= offer["waited_s"] < 10
    path = f"{API}/customers/{of}/timeline"
    history = await client.get(path, headers=await bearer(client, "agent"))
    assert "My line is dead" in await history.text()


async def test_an_offer_is_accepted_once(
    client: Client, services: Services, router: Router
) -> None:
    of = await records.customer(services.db)
    await floor.set_state(client, "agent", "available")
    one = await records.waiting(services.db, of)
    (offer,) = await offers_of(client, "agent")
    headers = await bearer(client, "agent")
    url = f"{API}/reservations/{offer['id']}/accept"
    reply = await client.post(url, headers=headers)
    body = await reply.json()
    assert (reply.status, body["state"]) == (200, "accepted")
    assert body["interaction"]["state"] == "assigned"
    await problem(await client.post(url, headers=headers), 409, "superseded")
    state = await (await client.get(f"{API}/agents/me", headers=headers)).json()
    assert state["load"]["sms"] == 1
    detail = await client.get(f"{API}/interactions/{one}", headers=headers)
    assert (await detail.json())["agent_name"] == "Agent"


async def test_a_refused_offer_goes_to_the_next(
    client: Client, services: Services, router: Router
) -> None:
    of = await records.customer(services.db)
    await floor.set_state(client, "agent", "available")
    await records.waiting(services.db, of)
    (offer,) = await offers_of(client, "agent")
    await floor.set_state(client, "second", "available")
    headers = await bearer(client, "agent")
    url = f"{API}/reservations/{offer['id']}/reject"
    reply = await client.post(url, json={"reason": "My reasons!"}, headers=headers)
    await problem(reply, 400, "malformed_request")
    reply = await client.post(url, headers=headers)
    assert (await reply.json())["state"] == "rejected"
    (other,) = await offers_of(client, "second")
    assert other["interaction"]["id"] == offer["interaction"]["id"]


async def test_anothers_offer_cannot_be_taken(
    client: Client, services: Services, router: Router
) -> None:
    of = await records.customer(services.db)
    await floor.set_state(client, "agent", "available")
    await records.waiting(services.db, of)
    (offer,) = await offers_of(client, "agent")
    headers = await bearer(client, "second")
    reply = await client.post(f"{API}/reservations/{offer['id']}/accept", headers=headers)
    assert reply.status in (403, 404, 409)
    assert await offers_of(client, "agent")
    reply = await client.post(f"{API}/reservations/{new_id()}/accept", headers=headers)
    assert reply.status in (404, 409)


async def test_without_a_router_the_command_is_kept(
    client: Client, services: Services, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floor_commands, "PATIENCE_S", 0.1)
    async with floor.running(services, people):
        pass
    headers = await bearer(client, "agent") | {"Idempotency-Key": "k1"}
    url = f"{API}/agents/me/state"
    reply = await client.put(url, json={"state": "available"}, headers=headers)
    assert reply.status == 202
    assert (await reply.json())["command"]
    async with floor.running(services, people):
        for _ in range(100):
            state = await (await client.get(f"{API}/agents/me", headers=headers)).json()
            if state["state"] == "available":
                return
            await asyncio.sleep(0.02)
    raise AssertionError("the command was lost")


async def test_an_account_that_is_no_agent_of_the_floor(client: Client) -> None:
    headers = await bearer(client, "agent")
    await problem(await client.get(f"{API}/agents/me", headers=headers), 404, "unknown_agent")


@pytest.mark.parametrize("who", ["supervisor", "marketer", "administrator"])
async def test_the_own_state_is_for_agents(client: Client, who: str) -> None:
    headers = await bearer(client, who)
    await problem(await client.get(f"{API}/agents/me", headers=headers), 403, "denied")


async def test_signing_out_leaves_the_floor(
    client: Client, services: Services, people: People, router: Router
) -> None:
    await floor.set_state(client, "agent", "available")
    await client.delete(f"{API}/session", headers=await bearer(client, "agent"))
    headers = await bearer(client, "supervisor")
    for _ in range(100):
        body = await (await client.get(f"{API}/floor", headers=headers)).json()
        states = {each["agent"]: each["state"] for each in body["agents"]}
        if states[str(people["agent"])] == "offline":
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {states}")


class TestFloor:
    async def test_counts_and_waiting(
        self, client: Client, services: Services, people: People, router: Router
    ) -> None:
        of = await records.customer(services.db)
        one = await records.waiting(services.db, of)
        headers = await bearer(client, "supervisor")
        body: dict[str, Any] = {}
        for _ in range(100):
            body = await (await client.get(f"{API}/floor", headers=headers)).json()
            if body["waiting"] and body["queues"][0]["offered"]:
                break
            await asyncio.sleep(0.02)
        (queue,) = body["queues"]
        assert (queue["name"], queue["waiting"], queue["offered"]) == ("care", 1, 1)
        assert queue["service_level"] is None
        assert queue["target_s"] == 20
        assert body["waiting"][0]["interaction"] == str(one)
        assert body["waiting"][0]["customer_name"] == "Li Na"
        assert {each["name"] for each in body["agents"]} == {"Agent", "Second"}

    async def test_the_metrics_page_shows_it(
        self, client: Client, services: Services, router: Router
    ) -> None:
        of = await records.customer(services.db)
        await records.waiting(services.db, of)
        text = ""
        for _ in range(100):
            text = await (await client.get("/metrics")).text()
            if 'contactcenter_floor_waiting{queue="care"} 1.0' in text:
                break
            await asyncio.sleep(0.02)
        assert 'contactcenter_floor_waiting{queue="care"} 1.0' in text
        assert 'contactcenter_log_events_total{kind="queued"} 1.0' in text
        assert 'contactcenter_floor_agents{state="offline"} 2.0' in text

    @pytest.mark.parametrize("who", ["agent", "marketer"])
    async def test_the_floor_is_for_supervisors(self, client: Client, who: str) -> None:
        headers = await bearer(client, who)
        await problem(await client.get(f"{API}/floor", headers=headers), 403, "denied")

    async def test_queues_for_everybody(
        self, client: Client, services: Services, router: Router
    ) -> None:
        reply = await client.get(f"{API}/queues", headers=await bearer(client, "marketer"))
        (queue,) = (await reply.json())["items"]
        assert queue["name"] == "care"
        assert queue["offer_s"]["voice"] == 20
