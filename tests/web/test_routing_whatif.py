"""A comparison through the API: started, watched, refused, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from contactcenter.core.ids import new_id
from contactcenter.web.ports import Services
from tests.web.floor import running, set_state
from tests.web.parts import API, Client, People, bearer, problem
from tests.web.records import customer, waiting

URL = f"{API}/routing/whatif"


def asked(**rules: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    start, end = now - timedelta(hours=1), now + timedelta(minutes=1)
    return {"rules": rules, "from": start.isoformat(), "to": end.isoformat()}


async def finished(client: Client, headers: Mapping[str, str], run: str) -> dict[str, Any]:
    for _ in range(1200):
        reply = await client.get(f"{URL}/{run}", headers=headers)
        assert reply.status == 200
        found: dict[str, Any] = await reply.json()
        if found["state"] != "running":
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it never ended")


async def test_a_period_is_compared_in_a_process_of_its_own(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await set_state(client, "agent", "available")
        await waiting(services.db, await customer(services.db))
        await set_state(client, "second", "available")
        headers = await bearer(client, "supervisor")
        rules = {"queues": {"care": {"target_s": 5}}}
        reply = await client.post(URL, json=asked(**rules), headers=headers)
        assert reply.status == 202
        begun = await reply.json()
        assert (begun["state"], begun["result"]) == ("running", None)
        again = await client.post(URL, json=asked(**rules), headers=headers)
        await problem(again, 409, "busy")
        found = await finished(client, headers, begun["id"])
        assert (found["state"], found["share"], found["problem"]) == ("done", 1, None)
        measures = found["result"]["queues"]["care"]["offered"]
        assert measures == {"recorded": 1, "same_rules": 1, "rules": 1}
        assert found["result"]["unknown"]["rules"]["service_drawn"] >= 0


async def test_what_can_not_be_compared_says_why(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await set_state(client, "agent", "available")
        headers = await bearer(client, "administrator")
        body = asked(queues={"care": {"colour": "red"}})
        reply = await client.post(URL, json=body, headers=headers)
        found = await finished(client, headers, (await reply.json())["id"])
        assert found["state"] == "failed"
        assert "queues.care.colour" in found["problem"]
        late = body | {"to": body["from"]}
        await problem(await client.post(URL, json=late, headers=headers), 400, "malformed_request")
        missing = await client.get(f"{URL}/{new_id()}", headers=headers)
        await problem(missing, 404, "not_found")
        for name in ("agent", "marketer"):
            denied = await client.post(URL, json=body, headers=await bearer(client, name))
            await problem(denied, 403, "denied")


async def test_a_stopping_server_ends_what_runs(services: Services) -> None:
    from contactcenter.web.comparisons import Comparisons

    runs = Comparisons(services.db.url)
    run = runs.begin({}, datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC))
    await asyncio.sleep(0.05)
    await runs.stop()
    assert run.state == "failed"
    assert run.problem is not None
