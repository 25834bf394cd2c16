"""The routing configuration through the API: read, checked, changed, rolled back."""

from __future__ import annotations

from typing import Any

from contactcenter.routing.setup import save_agent, save_queue
from contactcenter.web.ports import Services
from tests.web.parts import API, Client, People, bearer, problem

URL = f"{API}/routing/config"


async def configured(services: Services, people: People) -> None:
    def work(tx: Any) -> None:
        save_queue(tx, "care", {"target_s": 20})
        save_agent(tx, people["agent"], "Agent", {"queues": ["care"], "skills": {"german": 3}})

    await services.db.write(work)


async def test_a_document_is_read_changed_and_read_back(
    client: Client, services: Services, people: People
) -> None:
    await configured(services, people)
    headers = await bearer(client, "administrator")
    reply = await client.get(URL, headers=headers)
    first = await reply.json()
    assert (first["version"], reply.headers["ETag"]) == (0, '"0"')
    assert first["queues"] == {"care": {}}
    assert first["agents"] == {"Agent": {"skills": {"german": 3}, "queues": {"care": {}}}}
    assert first["agent_ids"] == {"Agent": str(people["agent"])}
    yaml = first["yaml"].replace("care: {}", "care: {offer_s: {voice: 15}}", 1)
    body = {"yaml": yaml, "note": "ring shorter"}
    reply = await client.put(URL, json=body, headers=headers | {"If-Match": '"0"'})
    assert reply.status == 200, await reply.text()
    made = await reply.json()
    assert (made["version"], reply.headers["ETag"]) == (2, '"2"')
    assert [(one["where"], one["before"], one["after"]) for one in made["changes"]] == [
        ("queues.care.offer_s", None, {"voice": 15, "sms": 60, "email": 120})
    ]
    late = await client.put(URL, json=body, headers=headers | {"If-Match": '"0"'})
    await problem(late, 412, "version_changed")
    again = await (await client.get(URL, headers=headers)).json()
    assert again["version"] == 2
    assert "voice: 15" in again["yaml"]


async def test_every_fault_comes_with_its_place_and_nothing_is_changed(
    client: Client, services: Services, people: People
) -> None:
    await configured(services, people)
    headers = await bearer(client, "administrator")
    yaml = "queues:\n  care:\n    colour: red\n    requires: french\nagents:\n  Nobody: {}\n"
    checked = await (await client.post(f"{URL}/check", json={"yaml": yaml}, headers=headers)).json()
    assert {(one["line"], one["where"]) for one in checked["faults"]} == {
        (3, "queues.care.colour"),
        (4, "queues.care.requires"),
        (6, "agents.Nobody"),
    }
    assert (checked["changes"], checked["rules"]) == ([], None)
    body = await problem(
        await client.put(URL, json={"yaml": yaml}, headers=headers), 400, "file_invalid"
    )
    assert [one["where"] for one in body["errors"]] == ["yaml:3", "yaml:4", "yaml:6"]
    plain = {"document": {"queues": {"care": {"escalate": {"move": "care"}, "max_offers": 1}}}}
    body = await problem(await client.put(URL, json=plain, headers=headers), 400, "routing_invalid")
    assert body["errors"][0]["where"] == "queues.care.escalate.move"
    assert "care (escalate.move) -> care" in body["errors"][0]["what"]
    for odd in ({}, {"yaml": "a: b", "document": {}}, {"yaml": "[: }"}):
        assert (await client.put(URL, json=odd, headers=headers)).status == 400
    assert (await (await client.get(URL, headers=headers)).json())["version"] == 0


async def test_a_check_says_what_would_change_in_the_form_of_what_if(
    client: Client, services: Services, people: People
) -> None:
    await configured(services, people)
    headers = await bearer(client, "supervisor")
    office = {"zone": "UTC", "weekly": {"mon-fri": ["09:00-17:00"]}}
    document = {
        "hours": {"office": office},
        "queues": {"care": {"hours": "office"}},
        "agents": {"Agent": {"queues": ["care"], "skills": {"german": 5}}, "second": {}},
    }
    reply = await client.post(f"{URL}/check", json={"document": document}, headers=headers)
    found = await reply.json()
    assert [one["where"] for one in found["changes"]] == [
        "hours.office",
        "queues.care.hours",
        "agents.Agent.skills.german",
        f"agents.{people['second']}",
    ]
    assert found["rules"]["queues"] == {"care": {"hours": office}}
    assert list(found["rules"]["agents"]) == [str(people["agent"])]


async def test_one_queue_and_one_agent_are_changed_alone(
    client: Client, services: Services, people: People
) -> None:
    await configured(services, people)
    headers = await bearer(client, "administrator")
    reply = await client.get(f"{URL}/queues/care", headers=headers)
    stamp = {"If-Match": reply.headers["ETag"]}
    body = {"config": {"priority": 3, "requires": "german"}, "note": "first"}
    reply = await client.put(f"{URL}/queues/care", json=body, headers=headers | stamp)
    assert await reply.json() == {
        "name": "care",
        "config": {"priority": 3, "requires": {"skill": "german"}},
    }
    late = await client.put(f"{URL}/queues/care", json=body, headers=headers | stamp)
    await problem(late, 412, "version_changed")
    new = await client.put(f"{URL}/queues/客服", json={"config": {}}, headers=headers)
    assert (new.status, new.headers["ETag"]) == (200, '"1"')
    second = f"{URL}/agents/{people['second']}"
    await problem(await client.get(second, headers=headers), 404, "unknown_agent")
    config = {"skills": {"german": {"level": 4, "active": False}}, "queues": ["care", "客服"]}
    reply = await client.put(second, json={"config": config}, headers=headers)
    assert (await reply.json())["config"] == {
        "skills": {"german": {"level": 4, "active": False}},
        "queues": {"care": {}, "客服": {}},
    }
    bad = {"config": {"skills": {"german": 9}}}
    told = await problem(
        await client.put(second, json=bad, headers=headers), 400, "routing_invalid"
    )
    assert told["errors"][0]["where"] == "agents.Second.skills.german.level"
    await problem(await client.get(f"{URL}/queues/none", headers=headers), 404, "unknown_queue")


async def test_versions_are_listed_compared_and_rolled_back(
    client: Client, services: Services, people: People
) -> None:
    await configured(services, people)
    headers = await bearer(client, "administrator")
    for priority in (1, 2, 3):
        body = {"config": {"priority": priority}, "note": f"to {priority}"}
        await client.put(f"{URL}/queues/care", json=body, headers=headers)
    reply = await client.get(f"{URL}/versions", params={"limit": 3}, headers=headers)
    page = await reply.json()
    assert [(one["version"], one["by"], one["note"]) for one in page["items"]] == [
        (4, "Administrator", "to 3"),
        (3, "Administrator", "to 2"),
        (2, "Administrator", "to 1"),
    ]
    rest = await client.get(f"{URL}/versions", params={"after": page["next"]}, headers=headers)
    assert [one["action"] for one in (await rest.json())["items"]] == ["found"]
    one = await (
        await client.get(f"{URL}/versions/4", params={"against": 2}, headers=headers)
    ).json()
    assert [(each["before"], each["after"]) for each in one["changes"]] == [(1, 3)]
    reply = await client.post(f"{URL}/versions/2/rollback", json={}, headers=headers)
    assert (await reply.json())["version"] == 5
    now = await (await client.get(f"{URL}/queues/care", headers=headers)).json()
    assert now["config"] == {"priority": 1}
    missing = await client.post(f"{URL}/versions/99/rollback", json={}, headers=headers)
    await problem(missing, 404, "not_found")


async def test_supervisors_read_and_others_do_not(
    client: Client, services: Services, people: People
) -> None:
    await configured(services, people)
    headers = await bearer(client, "supervisor")
    assert (await client.get(URL, headers=headers)).status == 200
    denied = await client.put(URL, json={"document": {}}, headers=headers)
    await problem(denied, 403, "denied")
    for name in ("agent", "marketer"):
        await problem(await client.get(URL, headers=await bearer(client, name)), 403, "denied")


async def test_a_queue_and_an_agent_are_removed(
    client: Client, services: Services, people: People
) -> None:
    await configured(services, people)
    headers = await bearer(client, "administrator")
    agent = f"{URL}/agents/{people['agent']}"
    await problem(await client.delete(f"{URL}/queues/none", headers=headers), 404, "unknown_queue")
    await problem(
        await client.delete(f"{URL}/queues/care?move_to=none", headers=headers),
        404,
        "unknown_queue",
    )
    stale = headers | {"If-Match": '"9"'}
    await problem(await client.delete(agent, headers=stale), 412, "version_changed")
    reply = await client.delete(f"{URL}/queues/care?note=closed", headers=headers)
    assert reply.status == 200, await reply.text()
    made = await reply.json()
    assert [(one["where"], one["kind"]) for one in made["changes"]] == [
        ("queues.care", "removed"),
        ("agents.Agent.queues", "removed"),
    ]
    assert (await client.delete(agent, headers=headers)).status == 200
    found = await (await client.get(URL, headers=headers)).json()
    assert (found["queues"], found["agents"]) == ({}, {})
    await problem(await client.get(f"{URL}/queues/care", headers=headers), 404, "unknown_queue")
    await problem(await client.get(agent, headers=headers), 404, "unknown_agent")
    supervisor = await bearer(client, "supervisor")
    assert (await client.delete(f"{URL}/queues/care", headers=supervisor)).status == 403
