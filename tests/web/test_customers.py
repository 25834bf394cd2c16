"""Customers over the API: finding, versions, edits, the timeline and who may read it."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.crm import permission
from contactcenter.crm.model import NewEvent
from contactcenter.web.ports import Services
from tests.web import records
from tests.web.parts import API, Client, People, bearer, problem

CUSTOMERS = f"{API}/customers"


async def get(client: Client, path: str, who: str = "agent", **query: Any) -> Any:
    reply = await client.get(path, params=query, headers=await bearer(client, who))
    assert reply.status == 200, await reply.text()
    return await reply.json()


async def test_found_by_address_in_any_form(client: Client, services: Services) -> None:
    of = await records.customer(services.db)
    for address, region in ((records.PHONE, None), ("07700 900123", "GB")):
        query = {"address": address} | ({"region": region} if region else {})
        page = await get(client, CUSTOMERS, **query)
        assert [item["id"] for item in page["items"]] == [str(of)]
        assert page["items"][0]["addresses"][0]["value"] == records.PHONE
    assert (await get(client, CUSTOMERS, address="+447700900999"))["items"] == []


async def test_a_wrong_address_says_what_is_allowed(client: Client) -> None:
    reply = await client.get(
        CUSTOMERS, params={"address": "12"}, headers=await bearer(client, "agent")
    )
    assert reply.status == 400
    assert (await reply.json(content_type=None))["detail"]


async def test_an_address_shows_what_it_may_not_be_used_for(
    client: Client, services: Services
) -> None:
    of = await records.customer(services.db)
    await services.db.write(
        lambda tx: permission.opt_out(tx, channel="sms", address=records.PHONE, source="stop_word")
    )
    card = await get(client, f"{CUSTOMERS}/{of}")
    assert card["addresses"][0]["suppressed"] == ["sms:all"]


async def test_pages_follow_each_other_without_gap(client: Client, services: Services) -> None:
    made = [
        await records.customer(services.db, f"+4477009001{n:02}", f"Anna {n}") for n in range(7)
    ]
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = await get(client, CUSTOMERS, q="anna", limit=3, **after)
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == [str(each) for each in made]


@pytest.mark.parametrize("cursor", ["x", "e30", "eyJpZCI6NX0", "中"])
async def test_a_foreign_cursor_is_refused(client: Client, cursor: str) -> None:
    headers = await bearer(client, "agent")
    reply = await client.get(CUSTOMERS, params={"after": cursor}, headers=headers)
    if cursor != "e30":  # an empty object asks for nothing
        await problem(reply, 400, "bad_cursor")


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"limit": "0"}, "query.limit"),
        ({"limit": "many"}, "query.limit"),
        ({"colour": "red"}, "query.colour"),
        ({"region": "gb"}, "query.region"),
    ],
)
async def test_a_wrong_query_is_named(client: Client, query: dict[str, str], where: str) -> None:
    headers = await bearer(client, "agent")
    reply = await client.get(CUSTOMERS, params=query, headers=headers)
    body = await problem(reply, 400, "malformed_request")
    assert body["errors"][0]["where"] == where


async def test_an_unknown_customer_and_a_wrong_id(client: Client) -> None:
    headers = await bearer(client, "agent")
    nobody = "019d0000-0000-7000-8000-000000000000"
    await problem(await client.get(f"{CUSTOMERS}/{nobody}", headers=headers), 404, "not_found")
    body = await problem(
        await client.get(f"{CUSTOMERS}/me", headers=headers), 400, "malformed_request"
    )
    assert body["errors"][0]["where"] == "path.id"


class TestEdits:
    async def test_only_the_given_fields_change(self, client: Client, services: Services) -> None:
        of = await records.customer(services.db)
        headers = await bearer(client, "agent")
        change = {"tags": ["vip"], "time_zone": "Asia/Shanghai", "attributes": {"plan": "M"}}
        reply = await client.patch(f"{CUSTOMERS}/{of}", json=change, headers=headers)
        card = await reply.json()
        assert {key: card[key] for key in change} == change
        assert (card["name"], card["is_new"]) == ("Li Na", False)
        reply = await client.patch(f"{CUSTOMERS}/{of}", json={"time_zone": None}, headers=headers)
        assert (await reply.json())["time_zone"] is None

    async def test_an_edit_of_an_old_version_is_refused(
        self, client: Client, services: Services
    ) -> None:
        of = await records.customer(services.db)
        headers = await bearer(client, "agent")
        url = f"{CUSTOMERS}/{of}"
        tag = (await client.get(url, headers=headers)).headers["ETag"]
        based = headers | {"If-Match": tag}
        reply = await client.patch(url, json={"name": "One"}, headers=based)
        assert reply.status == 200
        assert reply.headers["ETag"] != tag
        reply = await client.patch(url, json={"name": "Two"}, headers=based)
        await problem(reply, 412, "version_changed")
        reply = await client.patch(url, json={"name": "Two"}, headers=headers | {"If-Match": "x"})
        await problem(reply, 400, "malformed_request")
        assert (await get(client, url))["name"] == "One"

    @pytest.mark.parametrize(
        "change",
        [
            {"name": None},
            {"tags": "vip"},
            {"time_zone": "Mars/Olympus"},
            {"language": "English please"},
            {"version": 3},
            {"attributes": []},
        ],
    )
    async def test_wrong_values_change_nothing(
        self, client: Client, services: Services, change: dict[str, Any]
    ) -> None:
        of = await records.customer(services.db)
        headers = await bearer(client, "agent")
        reply = await client.patch(f"{CUSTOMERS}/{of}", json=change, headers=headers)
        await problem(reply, 400, "malformed_request")
        assert (await get(client, f"{CUSTOMERS}/{of}"))["name"] == "Li Na"


class TestTimeline:
    async def test_three_channels_newest_first(
        self, client: Client, services: Services, people: People
    ) -> None:
        of = await records.customer(services.db)
        caption = NewEvent("caption", "customer", {"leg": "1", "party": "customer"}, {"text": "Hi"})
        call = await records.interaction(services.db, of, caption, channel="voice")
        text = await records.interaction(services.db, of, records.received("My bill?"))
        mail = await records.interaction(
            services.db, of, records.received("Dear all,\n thanks", subject="Bill"), channel="email"
        )
        page = await get(client, f"{CUSTOMERS}/{of}/timeline", "supervisor")
        assert [item["interaction"]["id"] for item in page["items"]] == [
            str(each) for each in (mail, text, call)
        ]
        assert [item["summary"] for item in page["items"]] == ["Dear all, thanks", "My bill?", "Hi"]
        assert page["items"][0]["interaction"]["subject"] == "Bill"
        assert page["items"][1]["interaction"]["address"] == records.PHONE

    async def test_pages(self, client: Client, services: Services) -> None:
        of = await records.customer(services.db)
        made = [await records.interaction(services.db, of) for _ in range(5)]
        seen: list[str] = []
        query: dict[str, Any] = {"limit": 2}
        while True:
            page = await get(client, f"{CUSTOMERS}/{of}/timeline", "supervisor", **query)
            seen += [item["interaction"]["id"] for item in page["items"]]
            if page["next"] is None:
                break
            query["after"] = page["next"]
        assert seen == [str(each) for each in reversed(made)]

    async def test_words_are_for_those_who_work_with_the_customer(
        self, client: Client, services: Services, people: People
    ) -> None:
        of = await records.customer(services.db)
        await records.interaction(services.db, of, records.received("secret words"))
        path = f"{CUSTOMERS}/{of}/timeline"
        assert "secret words" not in str(await get(client, path))
        await records.interaction(services.db, of, agent=people["agent"])
        assert "secret words" in str(await get(client, path))
        assert "secret words" not in str(await get(client, path, "second"))
        assert "secret words" in str(await get(client, path, "administrator"))

    async def test_marketers_have_no_timeline(self, client: Client, services: Services) -> None:
        of = await records.customer(services.db)
        headers = await bearer(client, "marketer")
        reply = await client.get(f"{CUSTOMERS}/{of}/timeline", headers=headers)
        await problem(reply, 403, "denied")

    async def test_a_long_interaction_shows_its_end(
        self, client: Client, services: Services
    ) -> None:
        of = await records.customer(services.db)
        many = [records.received(f"text {n}") for n in range(30)]
        await records.interaction(services.db, of, *many)
        page = await get(client, f"{CUSTOMERS}/{of}/timeline", "supervisor")
        shown = [event["content"]["text"] for event in page["items"][0]["messages"]]
        assert shown == [f"text {n}" for n in range(10, 30)]
