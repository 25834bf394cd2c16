"""Hours previewed through the API."""

from __future__ import annotations

from contactcenter.web.ports import Services
from tests.web.parts import API, Client, People, bearer, problem

URL = f"{API}/routing/hours/preview"
HOURS = {"zone": "Asia/Taipei", "weekly": {"mon-sun": ["00:00-24:00"]}}


async def test_hours_are_shown_day_by_day(
    client: Client, services: Services, people: People
) -> None:
    headers = await bearer(client, "supervisor")
    reply = await client.post(URL, json={"hours": HOURS}, headers=headers)
    assert reply.status == 200
    found = await reply.json()
    assert (found["zone"], found["is_open"], found["changes_at"]) == ("Asia/Taipei", True, None)
    assert len(found["days"]) == 14
    assert found["days"][3]["periods"] == [["00:00", "24:00"]]
    some = {"zone": "UTC", "weekly": {"mon-sun": ["00:00-00:01"]}}
    few = await client.post(URL, json={"hours": some, "days": 2}, headers=headers)
    assert len((await few.json())["days"]) == 2


async def test_hours_that_can_not_be_are_refused_with_their_places(
    client: Client, services: Services, people: People
) -> None:
    headers = await bearer(client, "administrator")
    wrong = {"zone": "Asia/Taipeh", "weekly": {"mon": ["09:00-12:00", "11:00-13:00"]}}
    reply = await client.post(URL, json={"hours": wrong}, headers=headers)
    refused = await problem(reply, 400, "hours_invalid")
    assert "zone: unknown time zone" in str(refused)
    assert "overlaps" in str(refused)
    denied = await client.post(URL, json={"hours": HOURS}, headers=await bearer(client, "agent"))
    await problem(denied, 403, "denied")
