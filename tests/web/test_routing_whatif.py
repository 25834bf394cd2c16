"""A comparison through the API: started, watched, refused, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from contactcenter.core.ids import new_id
from contactcenter.routing import whatif_runs
from contactcenter.routing.book import BookInvalid
from contactcenter.routing.whatif_runs import Asked
from contactcenter.web import comparisons
from contactcenter.web.app import build
from contactcenter.web.comparisons import Comparisons
from contactcenter.web.ports import Services
from tests.web.floor import running, set_state
from tests.web.parts import API, Client, People, bearer, problem
from tests.web.records import customer, waiting

URL = f"{API}/routing/whatif"
INVALID = BookInvalid.code


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
        wrong = asked(queues={"care": {"colour": "red"}})
        refused = await problem(await client.post(URL, json=wrong, headers=headers), 400, INVALID)
        assert "queues.care.colour" in refused["detail"]
        body = asked(queues={"care": {"target_s": 5}})
        late = body | {"to": body["from"]}
        await problem(await client.post(URL, json=late, headers=headers), 400, "malformed_request")
        both = body | {"yaml": "queues: {}"}
        await problem(await client.post(URL, json=both, headers=headers), 400, "malformed_request")
        missing = await client.get(f"{URL}/{new_id()}", headers=headers)
        await problem(missing, 404, "not_found")
        for name in ("agent", "marketer"):
            headers = await bearer(client, name)
            await problem(await client.post(URL, json=body, headers=headers), 403, "denied")
            await problem(await client.get(URL, headers=headers), 403, "denied")


async def test_yaml_is_refused_with_its_lines(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        headers = await bearer(client, "supervisor")
        body = asked() | {"rules": None, "yaml": "queues:\n  care:\n    colour: red\n"}
        refused = await problem(
            await client.post(URL, json=body, headers=headers), 400, "file_invalid"
        )
        assert refused["errors"][0]["where"] == "yaml:3"


async def test_a_period_without_a_record_fails_in_the_run(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        headers = await bearer(client, "supervisor")
        body = asked(queues={"care": {"target_s": 5}}) | {
            "from": "2020-01-01T00:00:00Z",
            "to": "2020-01-02T00:00:00Z",
        }
        begun = await (await client.post(URL, json=body, headers=headers)).json()
        found = await finished(client, headers, begun["id"])
        assert (found["state"], found["result"]) == ("failed", None)
        assert "no command was recorded" in found["problem"]
        # it can be asked again, and fails again
        again = await client.post(f"{URL}/{begun['id']}/again", headers=headers)
        assert again.status == 202
        assert (await finished(client, headers, begun["id"]))["state"] == "failed"


async def test_every_node_tells_of_a_run_and_the_list_names_who_asked(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people), TestClient(TestServer(build(services))) as other:
        await set_state(client, "agent", "available")
        await waiting(services.db, await customer(services.db))
        headers = await bearer(client, "supervisor")
        body = asked(queues={"care": {"target_s": 5}}) | {"note": "shorter target"}
        begun = await (await client.post(URL, json=body, headers=headers)).json()
        busy = await other.post(URL, json=body, headers=headers)
        await problem(busy, 409, "busy")
        found = await finished(other, headers, begun["id"])
        assert found["state"] == "done"
        assert found["yaml"] == "queues:\n  care: {target_s: 5}\n"
        done = await other.post(f"{URL}/{begun['id']}/again", headers=headers)
        await problem(done, 409, "superseded")
        (entry,) = (await (await other.get(URL, headers=headers)).json())["items"]
        told = {name: entry[name] for name in ("id", "by", "note", "state", "share", "remove")}
        assert told == {
            "id": begun["id"], "by": "Supervisor", "note": "shorter target",
            "state": "done", "share": 1, "remove": False,
        }  # fmt: skip
        assert "result" not in entry
        gone = await client.delete(f"{URL}/{begun['id']}", headers=headers)
        assert gone.status == 204
        await problem(await other.get(f"{URL}/{begun['id']}", headers=headers), 404, "not_found")


async def test_a_stopping_server_leaves_the_run_to_be_started_again(services: Services) -> None:
    runs = Comparisons(services.db)
    now = datetime.now(UTC)
    begun = await runs.begin(Asked({"queues": {}}, now - timedelta(hours=1), now), "system")
    await asyncio.sleep(0.05)
    await runs.stop()
    found = await services.db.read(lambda tx: whatif_runs.get(tx, begun.id))
    assert (found.state, found.result) == ("interrupted", None)
    after = Comparisons(services.db)
    assert (await after.again(begun.id)).state == "running"
    await after.stop()


async def test_deleting_a_run_ends_its_process(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparisons, "_TELL_S", 0.05)
    monkeypatch.setattr(comparisons, "_MODULE", "asyncio")  # one that waits for input and stays
    runs = Comparisons(services.db)
    now = datetime.now(UTC)
    begun = await runs.begin(Asked({}, now - timedelta(hours=1), now), "system")
    (task,) = runs._tasks
    await services.db.write(lambda tx: whatif_runs.remove(tx, begun.id))
    await asyncio.wait_for(task, 10)
    await runs.stop()
