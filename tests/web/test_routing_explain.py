"""The supervisor asks why; nobody else may."""

from __future__ import annotations

import asyncio
from typing import Any

from contactcenter.core.ids import new_id
from contactcenter.web.ports import Services
from tests.web.floor import running, set_state
from tests.web.parts import API, Client, People, bearer, problem
from tests.web.records import customer, waiting


async def test_a_wait_and_a_decision_are_explained(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await set_state(client, "second", "away", "meal")
        call = await waiting(services.db, await customer(services.db))
        headers = await bearer(client, "supervisor")
        waits = await once_applied(client, f"/interactions/{call}/routing", headers)
        assert waits["state"] == "waiting"
        assert waits["decisions"] == []
        reasons = {one["name"]: one["reason"] for one in waits["waiting"]["refused"]}
        assert reasons == {"Agent": "not_signed_in", "Second": "away"}
        assert waits["lines"][-1].endswith("away (Meal)")
        idle = await get(client, f"/agents/{people['agent']}/routing", headers)
        assert (idle["state"], idle["free"]) == ("offline", [])
        assert [one["reason"] for one in idle["withheld"]] == ["not_signed_in"]
        await set_state(client, "agent", "available")
        told = await get(client, f"/interactions/{call}/routing?lang=zh-CN", headers)
        (story,) = told["decisions"]
        assert (told["state"], told["waiting"]) == ("offered", None)
        assert (story["agent"], story["cause"]) == (str(people["agent"]), "agent")
        assert story["woken"] | {"command": ""} == {
            "kind": "set_state",
            "command": "",
            "by": "Agent",
            "text": "坐席状态改变（Agent）",
        }
        assert story["is_as_recorded"]
        assert [one["text"] for one in story["refused"]] == ["离开（用餐）"]


async def test_only_the_floor_may_ask_and_only_of_what_there_is(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        for path in (f"/interactions/{new_id()}/routing", f"/agents/{new_id()}/routing"):
            for name in ("agent", "marketer"):
                reply = await client.get(API + path, headers=await bearer(client, name))
                await problem(reply, 403, "denied")
            headers = await bearer(client, "administrator")
            reply = await client.get(API + path, headers=headers)
            assert reply.status == 404
            reply = await client.get(f"{API}{path}?lang=fr", headers=headers)
            await problem(reply, 400, "malformed_request")


async def get(client: Client, path: str, headers: dict[str, str]) -> Any:
    reply = await client.get(API + path, headers=headers)
    assert reply.status == 200, await reply.text()
    return await reply.json()


async def once_applied(client: Client, path: str, headers: dict[str, str]) -> Any:
    """The router takes what has just been submitted a moment later."""
    for _ in range(200):
        if (await client.get(API + path, headers=headers)).status == 200:
            break
        await asyncio.sleep(0.02)
    return await get(client, path, headers)
