"""The live socket: snapshot, numbered frames, resuming, rights, presence, revocation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from contactcenter.core.access import tokens
from contactcenter.crm import customers
from contactcenter.routing import queries
from contactcenter.routing.router import Router
from contactcenter.web.live import hub as hub_module
from contactcenter.web.live.tables import presence
from contactcenter.web.ports import Services
from tests.web import floor, records
from tests.web.parts import API, Client, People, bearer, token_for

Frame = dict[str, Any]


@pytest.fixture
async def router(services: Services, people: People) -> AsyncIterator[Router]:
    async with floor.running(services, people) as each:
        yield each


class Browser:
    """One live socket with what it heard."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws
        self.heard: list[Frame] = []

    async def hello(self, *topics: str, after: int | None = None) -> None:
        hello: dict[str, Any] = {"topics": list(topics)}
        if after is not None:
            hello["after"] = after
        await self.ws.send_json({"hello": hello})

    async def next(self, kind: str, accept: Callable[[Frame], bool] = lambda _: True) -> Frame:
        """The next frame of a kind that is accepted; the others are kept in ``heard``."""
        async with asyncio.timeout(5):
            while True:
                message = await self.ws.receive()
                assert message.type is WSMsgType.TEXT, message
                frame: Frame = message.json()
                self.heard.append(frame)
                if frame["type"] == kind and accept(frame):
                    return frame

    async def sooner_or_later(self, kind: str, accept: Callable[[Frame], bool]) -> Frame:
        """A frame already heard, else the next: states and the log have no order between them."""
        for frame in self.heard:
            if frame["type"] == kind and accept(frame):
                return frame
        return await self.next(kind, accept)

    async def end(self) -> int | None:
        """The close code."""
        async with asyncio.timeout(8):
            while not self.ws.closed:
                await self.ws.receive()
        return self.ws.close_code


async def browser(client: Client, name: str = "agent", **headers: str) -> Browser:
    auth = headers or await bearer(client, name)
    return Browser(await client.ws_connect(f"{API}/live", headers=auth))


def of_kind(kind: str) -> Callable[[Frame], bool]:
    return lambda frame: frame["data"]["event"]["kind"] == kind


async def test_a_snapshot_then_the_log_of_ones_own_work(
    client: Client, services: Services, people: People, router: Router
) -> None:
    of = await records.customer(services.db)
    page = await browser(client)
    await page.hello("me")
    first = await page.next("snapshot")
    assert first["topic"] == "me"
    assert first["data"]["offers"] == first["data"]["interactions"] == []
    await page.next("state", lambda frame: frame["data"]["reason"] == "signed_in")
    await floor.set_state(client, "agent", "available")
    await page.next("state", lambda frame: frame["data"]["state"] == "available")

    began = time.monotonic()
    one = await records.waiting(services.db, of, "My line is dead")
    offer = await page.next("offer")
    assert time.monotonic() - began < 1.0
    assert offer["data"]["interaction"]["id"] == str(one)
    assert "My line is dead" in str(offer["data"]["interaction"]["events"])

    headers = await bearer(client, "agent")
    await client.post(f"{API}/reservations/{offer['data']['id']}/accept", headers=headers)
    event = await page.next("event", of_kind("accepted"))
    assert event["data"]["interaction"]["state"] == "assigned"
    await page.next("offer", lambda frame: frame["data"]["state"] == "accepted")
    await page.sooner_or_later(
        "state", lambda frame: frame["data"]["state"] == "busy" or frame["data"]["load"]["sms"] == 1
    )

    await records.append(services.db, one, records.received("Are you there?"))
    event = await page.next("event", of_kind("message_received"))
    assert event["data"]["event"]["content"] == {"text": "Are you there?"}

    numbers = [frame["n"] for frame in page.heard]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(numbers)
    again = await browser(client)
    await again.hello("me")
    snapshot = (await again.next("snapshot"))["data"]
    assert [each["id"] for each in snapshot["interactions"]] == [str(one)]
    assert snapshot["state"]["load"]["sms"] == 1


async def test_others_hear_nothing_of_it(
    client: Client, services: Services, people: People, router: Router
) -> None:
    of = await records.customer(services.db)
    other = await browser(client, "second")
    await other.hello("me")
    await other.next("snapshot")
    one = await records.interaction(services.db, of, agent=people["agent"])
    await records.append(services.db, one, records.received("secret"))
    mine = await records.interaction(services.db, of, agent=people["second"])
    await records.append(services.db, mine, records.received("for second"))
    await other.next("event", of_kind("message_received"))
    assert "secret" not in str(other.heard)


async def test_a_returning_browser_gets_what_it_missed(
    client: Client, services: Services, people: People, router: Router
) -> None:
    of = await records.customer(services.db)
    one = await records.interaction(services.db, of, agent=people["agent"])
    page = await browser(client)
    await page.hello("me")
    await page.next("snapshot")
    await records.append(services.db, one, records.received("first"))
    last = (await page.next("event", of_kind("message_received")))["n"]
    await page.ws.close()
    await records.append(services.db, one, records.received("missed"))
    await asyncio.sleep(0.4)
    back = await browser(client)
    await back.hello("me", after=last)
    event = await back.next("event", of_kind("message_received"))
    assert event["data"]["event"]["content"] == {"text": "missed"}
    assert event["n"] > last
    assert "snapshot" not in [frame["type"] for frame in back.heard]


@pytest.mark.parametrize("after", [0, 5, 2**52, -1])
async def test_a_number_of_another_process_gives_a_snapshot(
    client: Client, router: Router, after: int
) -> None:
    page = await browser(client)
    await page.hello("me", after=after)
    await page.next("snapshot")


async def test_the_floor_for_supervisors(
    client: Client, services: Services, people: People, router: Router
) -> None:
    of = await records.customer(services.db)
    page = await browser(client, "supervisor")
    await page.hello("floor")
    first = await page.next("snapshot")
    assert first["data"]["queues"][0]["name"] == "care"
    await records.waiting(services.db, of)
    frame = await page.next("floor", lambda frame: frame["data"]["queues"][0]["waiting"] == 1)
    assert frame["data"]["waiting"][0]["customer_name"] == "Li Na"
    assert frame["n"] > first["n"]


async def test_an_open_card_is_told_of_a_change(
    client: Client, services: Services, people: People, router: Router
) -> None:
    of = await records.customer(services.db)
    one = await records.customer(services.db, "+447700900777", "Somebody else")
    await records.interaction(services.db, of, agent=people["agent"])
    page = await browser(client)
    await page.hello("me")
    await page.next("snapshot")
    await asyncio.sleep(1.2)  # the cards' first look
    began = time.monotonic()
    for each, name in ((one, "Not open"), (of, "Li Na-Smith")):
        await services.db.write(partial(customers.edit, customer_id=each, changes={"name": name}))
    frame = await page.next("customer")
    assert frame["data"]["name"] == "Li Na-Smith"
    assert time.monotonic() - began < 1.0


class TestRights:
    async def test_topics_need_their_roles(self, client: Client, router: Router) -> None:
        page = await browser(client)
        await page.hello("floor")
        problem = await page.next("problem")
        assert problem["code"] == "denied"
        page = await browser(client, "supervisor")
        await page.hello("me")
        assert (await page.next("problem"))["code"] == "no_agent"
        await page.hello("weather")
        assert (await page.next("problem"))["code"] == "unknown_topic"
        await page.hello("floor")
        assert (await page.next("snapshot"))["topic"] == "floor"

    @pytest.mark.parametrize(
        "text",
        [
            "{",
            "[]",
            '{"hello": {}}',
            '{"hello": {"topics": []}}',
            '{"hello": {"topics": "me"}}',
            '{"hello": {"topics": ["me"], "after": "x"}}',
            '{"hello": {"topics": ["me"]}, "more": 1}',
            "[" * 5000,
        ],
    )
    async def test_malformed_frames_are_told_and_change_nothing(
        self, client: Client, router: Router, text: str
    ) -> None:
        page = await browser(client)
        await page.ws.send_str(text)
        assert (await page.next("problem"))["code"] == "malformed_frame"
        await page.ws.send_bytes(b"x")
        assert (await page.next("problem"))["code"] == "malformed_frame"
        await page.hello("me")
        await page.next("snapshot")

    async def test_nobody_is_refused(self, client: Client) -> None:
        with pytest.raises(WSServerHandshakeError) as caught:
            await client.ws_connect(f"{API}/live")
        assert caught.value.status == 401
        token = await token_for(client, "agent")
        with pytest.raises(WSServerHandshakeError):
            await client.ws_connect(f"{API}/live?access_token={token}")

    @pytest.mark.parametrize("origin", ["", "https://evil.example"])
    async def test_a_cookie_needs_our_origin(self, client: Client, origin: str) -> None:
        headers = {"Cookie": f"cc_session={await token_for(client, 'agent')}"}
        if origin:
            headers["Origin"] = origin
        with pytest.raises(WSServerHandshakeError) as caught:
            await client.ws_connect(f"{API}/live", headers=headers)
        assert caught.value.status == 403
        ours = {"Origin": f"http://{client.host}:{client.port}"}
        ws = await client.ws_connect(f"{API}/live", headers=headers | ours)
        await ws.close()

    async def test_a_revoked_token_closes_its_sockets(
        self, client: Client, services: Services, router: Router
    ) -> None:
        token = await token_for(client, "supervisor")
        page = await browser(client, Authorization=f"Bearer {token}")
        await page.hello("floor")
        await page.next("snapshot")
        stays = await browser(client, "supervisor")
        await stays.hello("floor")
        who = await services.access.principal(token)
        began = time.monotonic()
        await services.db.write(lambda tx: tokens.revoke(tx, who.token, "test"))
        assert await page.end() == 4401
        assert time.monotonic() - began < 5
        await stays.next("snapshot")
        assert not stays.ws.closed


class TestPresence:
    async def state_becomes(self, services: Services, people: People, wanted: str) -> Any:
        state: Any = None
        for _ in range(150):
            state = await services.db.read(lambda tx: queries.agent_state_of(tx, people["agent"]))
            if (state.reason or state.state) == wanted:
                return state
            await asyncio.sleep(0.02)
        raise AssertionError(f"never {wanted}: {state}")

    async def test_a_lost_browser_withdraws_its_offers(
        self, client: Client, services: Services, people: People, router: Router
    ) -> None:
        of = await records.customer(services.db)
        page = await browser(client)
        await page.hello("me")
        await page.next("snapshot")
        await floor.set_state(client, "agent", "available")
        one = await records.waiting(services.db, of)
        await page.next("offer")
        await page.ws.close()
        await self.state_becomes(services, people, "connection_lost")
        (reservation,) = await services.db.read(lambda tx: queries.reservations_for(tx, one))
        assert (reservation.state, reservation.reason) == ("withdrawn", "connection_lost")
        assert not await services.db.read(lambda tx: tx.all(presence.select()))

    async def test_a_return_within_the_grace_time_changes_nothing(
        self, client: Client, services: Services, people: People, router: Router
    ) -> None:
        page = await browser(client)
        await page.hello("me")
        await page.next("snapshot")
        await floor.set_state(client, "agent", "available")
        await page.ws.close()
        await asyncio.sleep(0.05)
        page = await browser(client)
        await page.hello("me")
        await page.next("snapshot")
        await asyncio.sleep(1.0)
        await self.state_becomes(services, people, "available")

    async def test_the_state_comes_back_with_the_browser(
        self, client: Client, services: Services, people: People, router: Router
    ) -> None:
        page = await browser(client)
        await page.hello("me")
        await page.next("snapshot")
        await floor.set_state(client, "agent", "available")
        await page.ws.close()
        await self.state_becomes(services, people, "connection_lost")
        page = await browser(client)
        await page.hello("me")
        await self.state_becomes(services, people, "available")

    async def test_one_of_two_windows_is_enough(
        self, client: Client, services: Services, people: People, router: Router
    ) -> None:
        pages = [await browser(client), await browser(client)]
        for page in pages:
            await page.hello("me")
            await page.next("snapshot")
        await floor.set_state(client, "agent", "available")
        await pages[0].ws.close()
        await asyncio.sleep(1.0)
        await self.state_becomes(services, people, "available")

    async def test_leaving_the_topic_is_leaving(
        self, client: Client, services: Services, people: People, router: Router
    ) -> None:
        page = await browser(client)
        await page.hello("me")
        await page.next("snapshot")
        await floor.set_state(client, "agent", "available")
        await page.hello("me")
        await page.next("snapshot")
        await page.ws.close()
        await self.state_becomes(services, people, "connection_lost")

    async def test_a_dead_nodes_agents_are_lost_too(
        self, client: Client, services: Services, people: People, router: Router
    ) -> None:
        from datetime import timedelta

        from contactcenter.web.live.presence import _hold

        await floor.set_state(client, "agent", "available")
        await services.db.write(
            lambda tx: _hold(tx, people["agent"], "dead node", timedelta(seconds=0.2))
        )
        await self.state_becomes(services, people, "connection_lost")


async def test_a_fault_in_a_loop_does_not_end_it(
    client: Client, services: Services, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [True]
    step = hub_module.Hub.step

    async def once(self: Any) -> bool:
        if broken.pop() if broken else False:
            raise RuntimeError("the database is away")
        return await step(self)

    monkeypatch.setattr(hub_module.Hub, "step", once)
    await asyncio.sleep(0.5)
    assert not broken
    of = await records.customer(services.db)
    page = await browser(client, "supervisor")
    await page.hello("floor")
    await page.next("snapshot")
    await records.waiting(services.db, of)
    await page.next("floor", lambda frame: frame["data"]["queues"][0]["waiting"] == 1)
