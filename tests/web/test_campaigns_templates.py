"""Segments and templates over the API, as the marketer's pages use them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert

from contactcenter.campaigns.rendering import Site
from contactcenter.campaigns.runtime import Campaigns
from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.core.templating import TemplateWorkers
from contactcenter.crm.tables import customer
from contactcenter.handling.lines import Line, Lines
from contactcenter.web.ports import Services
from tests.web.parts import API, Client, bearer, problem

LINES = Lines([Line("+4420790000", "sms", "simulated", "Main")])


@pytest.fixture(scope="session")
async def workers() -> AsyncIterator[TemplateWorkers]:
    async with TemplateWorkers(1) as each:
        yield each


@pytest.fixture
async def services(services: Services, workers: TemplateWorkers) -> Services:
    site = Site("Nordwind", "https://cc.test", "UTC", services.secrets)
    parts = (services.db, services.bus, services.clock, LINES, workers, site, "test")
    return replace(services, extras={"campaigns": Campaigns(*parts)})


@pytest.fixture
async def customers(services: Services) -> None:
    """Three customers: two of them left, one speaks Chinese."""

    def work(tx: Tx) -> None:
        people: list[tuple[str, str, dict[str, Any]]] = [
            ("Ada", "en", {"Churn": "Yes", "tenure": 3, "ends": "2026-12-31"}),
            ("陈伟", "zh-CN", {"Churn": "Yes", "tenure": 40, "ends": "2027-01-31"}),
            ("Ben", "en", {"Churn": "No", "tenure": 9, "ends": "2026-11-30", "Rare": "x"}),
        ]
        for name, language, attributes in people:
            values = {"id": new_id(), "name": name, "language": language, "tags": ["vip"]}
            values |= {"attributes": attributes, "created_at": tx.now, "updated_at": tx.now}
            tx.execute(insert(customer).values(values))

    await services.db.write(work)


@pytest.fixture
async def mia(client: Client) -> dict[str, str]:
    return await bearer(client, "marketer")


RULE = {"and": [{"field": "attributes.Churn", "equals": "Yes"}]}
TEXT = {
    "name": "Win back",
    "channel": "sms",
    "bodies": [
        {"language": "en", "text": "{{ name }}, come back before {{ attributes.ends }}."},
        {"language": "zh-CN", "text": "{{ customer.name }}，欢迎回来。退订回T"},
    ],
}


@pytest.mark.usefixtures("customers")
async def test_a_segment_is_counted_saved_and_listed(client: Client, mia: dict[str, str]) -> None:
    reply = await client.post(f"{API}/segments/preview", json={"rule": RULE}, headers=mia)
    body = await reply.json()
    assert (reply.status, body["count"]) == (200, 2)
    assert {each["name"] for each in body["sample"]} == {"Ada", "陈伟"}
    for version in (1, 1):
        saved = await client.post(
            f"{API}/segments", json={"name": "left", "rule": RULE}, headers=mia
        )
        assert (await saved.json())["version"] == version
    listed = await client.get(f"{API}/segments?limit=200", headers=mia)
    assert [each["rule"] for each in (await listed.json())["items"]] == [RULE]


@pytest.mark.usefixtures("customers")
async def test_fields_have_kinds_and_frequent_values(client: Client, mia: dict[str, str]) -> None:
    reply = await client.get(f"{API}/fields", headers=mia)
    fields = {each["name"]: each for each in (await reply.json())["items"]}
    assert fields["attributes.Churn"] == {
        "name": "attributes.Churn", "kind": "text", "values": ["Yes", "No"],
    }  # fmt: skip
    assert fields["attributes.tenure"]["kind"] == "number"
    assert fields["attributes.ends"]["kind"] == "date"
    assert (fields["tags"]["kind"], fields["tags"]["values"]) == ("texts", ["vip"])
    assert fields["language"]["values"] == ["en", "zh-CN"]


async def test_a_bad_rule_says_where(client: Client, mia: dict[str, str]) -> None:
    rule = {"and": [{"field": "attributes.x", "equals": 1}, {"field": "shoe_size", "less": 4}]}
    reply = await client.post(f"{API}/segments/preview", json={"rule": rule}, headers=mia)
    body = await problem(reply, 400, "rule_invalid")
    assert "and[1].field" in body["detail"]


@pytest.mark.usefixtures("customers")
async def test_templates_have_versions(client: Client, mia: dict[str, str]) -> None:
    reply = await client.post(f"{API}/templates", json=TEXT, headers=mia)
    made = await reply.json()
    assert reply.status == 200, made
    assert made["variables"] == ["attributes.ends", "customer.name", "name"]
    assert (made["version"], made["problems"]) == (1, [])
    changed = await client.put(
        f"{API}/templates/{made['id']}", json={**TEXT, "name": "Win back 2"}, headers=mia
    )
    assert (await changed.json())["version"] == 2
    stale = await client.put(
        f"{API}/templates/{made['id']}", json=TEXT, headers={**mia, "If-Match": '"1"'}
    )
    await problem(stale, 412, "version_changed")
    listed = await client.get(f"{API}/templates?limit=200", headers=mia)
    assert [(each["name"], each["version"]) for each in (await listed.json())["items"]] == [
        ("Win back 2", 2)
    ]
    again = await client.post(f"{API}/templates", json={**TEXT, "name": "Win back 2"}, headers=mia)
    await problem(again, 409, "name_taken")


@pytest.mark.usefixtures("customers")
async def test_lint_names_line_and_column(client: Client, mia: dict[str, str]) -> None:
    text = "Hello\n{{ nmae }} {{ attributes.Rare }} it’s"
    wanted = {**TEXT, "bodies": [{"language": "en", "text": text}]}
    reply = await client.post(f"{API}/templates/lint", json=wanted, headers=mia)
    body = await reply.json()
    assert body["variables"] == ["attributes.Rare"]
    found = {(one["severity"], one["line"], one["column"]) for one in body["problems"]}
    assert found == {("error", 2, 4), ("warning", 2, 36)}
    refused = await client.post(f"{API}/templates", json=wanted, headers=mia)
    body = await problem(refused, 400, "template_invalid")
    assert "en text:2:4: unknown variable 'nmae'" in body["detail"]


async def test_a_mail_needs_a_subject(client: Client, mia: dict[str, str]) -> None:
    wanted = {"name": "m", "channel": "email", "bodies": [{"language": "en", "text": "x"}]}
    refused = await client.post(f"{API}/templates", json=wanted, headers=mia)
    assert "a mail needs a subject" in (await problem(refused, 400, "template_invalid"))["detail"]


@pytest.mark.parametrize("path", ["/segments", "/templates", "/fields"])
async def test_agents_have_no_marketing(client: Client, path: str) -> None:
    reply = await client.get(f"{API}{path}", headers=await bearer(client, "agent"))
    await problem(reply, 403, "denied")
