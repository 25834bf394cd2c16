"""Two server nodes on one PostgreSQL: sockets land anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from contactcenter.core.access import tokens
from contactcenter.core.access.accounts import Access, Passwords
from contactcenter.core.bus import Bus
from contactcenter.core.clock import SystemClock
from contactcenter.core.db import Database
from contactcenter.core.secrets import Secrets
from contactcenter.routing import queries
from contactcenter.web.app import build
from contactcenter.web.ports import Services, WebSettings
from tests.web import floor, records
from tests.web.parts import API, PASSWORD, Client, People, RecordingDesk, bearer, token_for
from tests.web.test_live import browser, of_kind

pytestmark = pytest.mark.postgres


@dataclass
class Node:
    services: Services
    client: Client


async def node(url: str, stack: AsyncExitStack) -> Node:
    db = await Database.open(url)
    stack.push_async_callback(db.close)
    bus = Bus(db)
    await bus.start()
    stack.push_async_callback(bus.stop)
    services = Services(
        db=db,
        bus=bus,
        clock=SystemClock(),
        access=Access(db, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))),
        secrets=Secrets(["t" * 40]),
        desk=RecordingDesk(),
        settings=WebSettings(presence_grace_s=0.6),
    )
    client = await stack.enter_async_context(TestClient(TestServer(build(services))))
    return Node(services, client)


@pytest.fixture
async def nodes(postgres_url: str) -> AsyncIterator[tuple[Node, Node, People]]:
    async with AsyncExitStack() as stack:
        one, two = await node(postgres_url, stack), await node(postgres_url, stack)
        ids = {}
        for name, role in (("agent", "agent"), ("second", "agent"), ("supervisor", "supervisor")):
            ids[name] = await one.services.access.create_account(
                name=name, display_name=name.title(), role=role, password=PASSWORD
            )
        people = People(ids)
        await stack.enter_async_context(floor.running(one.services, people))
        yield one, two, people


Nodes = tuple[Node, Node, People]


async def test_what_happens_on_one_is_heard_on_the_other(nodes: Nodes) -> None:
    one, two, _ = nodes
    of = await records.customer(one.services.db)
    page = await browser(two.client)
    await page.hello("me")
    await page.next("snapshot")
    await floor.set_state(two.client, "agent", "available")
    interaction = await records.waiting(one.services.db, of)
    offer = await page.next("offer")
    headers = await bearer(two.client, "agent")
    url = f"{API}/reservations/{offer['data']['id']}/accept"
    assert (await two.client.post(url, headers=headers)).status == 200
    await records.append(one.services.db, interaction, records.received("from node one"))
    event = await page.next("event", of_kind("message_received"))
    assert event["data"]["event"]["content"] == {"text": "from node one"}


async def test_a_browser_that_moves_to_the_other_node_stays(nodes: Nodes) -> None:
    one, two, people = nodes
    page = await browser(one.client)
    await page.hello("me")
    last = (await page.next("snapshot"))["n"]
    await floor.set_state(one.client, "agent", "available")
    await page.ws.close()
    page = await browser(two.client)
    await page.hello("me", after=last)
    await page.next("snapshot")  # the other node's numbers are not known here
    await asyncio.sleep(2.0)
    state = await one.services.db.read(lambda tx: queries.agent_state_of(tx, people["agent"]))
    assert state.state == "available"
    await page.ws.close()
    for _ in range(200):
        state = await one.services.db.read(lambda tx: queries.agent_state_of(tx, people["agent"]))
        if state.reason == "connection_lost":
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {state.state}")


async def test_a_token_revoked_on_one_closes_sockets_on_the_other(nodes: Nodes) -> None:
    one, two, _ = nodes
    token = await token_for(one.client, "supervisor")
    page = await browser(two.client, Authorization=f"Bearer {token}")
    await page.hello("floor")
    await page.next("snapshot")
    who = await one.services.access.principal(token)
    async with asyncio.timeout(5):
        await one.services.db.write(lambda tx: tokens.revoke(tx, who.token, "test"))
        assert await page.end() == 4401


async def test_a_key_used_on_one_is_known_on_the_other(nodes: Nodes) -> None:
    one, two, people = nodes
    of = await records.customer(one.services.db)
    interaction = await records.interaction(one.services.db, of, agent=people["agent"])
    headers = await bearer(one.client, "agent") | {"Idempotency-Key": "k1"}
    url = f"{API}/interactions/{interaction}/messages"
    first = await one.client.post(url, json={"text": "once"}, headers=headers)
    again = await two.client.post(url, json={"text": "once"}, headers=headers)
    assert await first.read() == await again.read()
    desks = (one.services.desk, two.services.desk)
    assert [len(desk.calls) for desk in desks if isinstance(desk, RecordingDesk)] == [1, 0]
