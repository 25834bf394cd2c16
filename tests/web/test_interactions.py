"""Interactions over the API: reading, commands on one's own, repeated requests."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from contactcenter.core.ids import new_id
from contactcenter.web.ports import Services
from contactcenter.web.tables import idempotent_reply
from tests.web import records
from tests.web.parts import API, Client, People, RecordingDesk, bearer, problem


@pytest.fixture
def desk(services: Services) -> RecordingDesk:
    assert isinstance(services.desk, RecordingDesk)
    return services.desk


async def post(client: Client, path: str, who: str = "agent", **more: Any) -> Any:
    headers = await bearer(client, who) | more.pop("headers", {})
    return await client.post(f"{API}{path}", headers=headers, **more)


@pytest.mark.parametrize(
    ("verb", "call"),
    [
        ("hold", ("hold", True)),
        ("resume", ("hold", False)),
        ("mute", ("mute", True)),
        ("unmute", ("mute", False)),
        ("hang-up", ("hang_up",)),
    ],
)
async def test_call_controls(
    client: Client, people: People, desk: RecordingDesk, verb: str, call: tuple[Any, ...]
) -> None:
    one = new_id()
    reply = await post(client, f"/interactions/{one}/{verb}")
    assert (reply.status, await reply.json()) == (200, {"done": True})
    assert desk.calls == [(call[0], one, people["agent"], *call[1:])]


async def test_replies_and_wrap_up_reach_the_desk(
    client: Client, people: People, desk: RecordingDesk
) -> None:
    one, agent = new_id(), people["agent"]
    reply = await post(client, f"/interactions/{one}/messages", json={"text": "您好"})
    assert reply.status == 201
    assert (await reply.json())["state"] == "queued"
    await post(client, f"/interactions/{one}/say", json={"text": "Good morning"})
    await post(client, f"/interactions/{one}/wrap-up", json={"disposition": "solved", "note": "n"})
    assert desk.calls == [
        ("send_message", one, agent, "您好", None),
        ("say", one, agent, "Good morning"),
        ("wrap_up", one, agent, "solved", "n"),
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("messages", {"text": ""}),
        ("messages", {}),
        ("messages", {"text": "x" * 20_001}),
        ("wrap-up", {"disposition": "unheard of"}),
        ("wrap-up", {"disposition": "solved", "note": "x" * 5001}),
        ("say", {"text": 5}),
    ],
)
async def test_wrong_bodies_reach_nobody(
    client: Client, desk: RecordingDesk, path: str, body: dict[str, Any]
) -> None:
    reply = await post(client, f"/interactions/{new_id()}/{path}", json=body)
    await problem(reply, 400, "malformed_request")
    assert desk.calls == []


@pytest.mark.parametrize("who", ["supervisor", "marketer", "administrator"])
async def test_only_agents_work_on_interactions(
    client: Client, desk: RecordingDesk, who: str
) -> None:
    await problem(await post(client, f"/interactions/{new_id()}/hold", who), 403, "denied")
    assert desk.calls == []


async def test_a_conflict_of_the_desk_is_told(client: Client, desk: RecordingDesk) -> None:
    desk.refuse = "superseded"
    await problem(await post(client, f"/interactions/{new_id()}/hold"), 409, "superseded")


class TestReading:
    async def test_the_agent_sees_everything_of_their_own(
        self, client: Client, services: Services, people: People
    ) -> None:
        of = await records.customer(services.db)
        one = await records.interaction(
            services.db, of, records.received("words"), agent=people["agent"]
        )
        headers = await bearer(client, "agent")
        body = await (await client.get(f"{API}/interactions/{one}", headers=headers)).json()
        assert (body["state"], body["agent_name"]) == ("assigned", "Agent")
        assert body["customer_card"]["name"] == "Li Na"
        kinds = [event["kind"] for event in body["events"]]
        assert kinds == ["opened", "message_received", "queued", "offered", "accepted"]
        assert [event["seq"] for event in body["events"]] == [1, 2, 3, 4, 5]
        assert body["events"][1]["content"] == {"text": "words"}
        assert body["events"][4]["actor_name"] == "Agent"

    async def test_another_agent_sees_no_words(
        self, client: Client, services: Services, people: People
    ) -> None:
        of = await records.customer(services.db)
        one = await records.interaction(
            services.db, of, records.received("words"), agent=people["agent"]
        )
        for path in (f"/interactions/{one}", f"/interactions/{one}/events"):
            reply = await client.get(API + path, headers=await bearer(client, "second"))
            assert reply.status == 200
            assert "words" not in await reply.text()

    async def test_events_by_page(self, client: Client, services: Services) -> None:
        of = await records.customer(services.db)
        many = [records.received(f"{n}") for n in range(5)]
        one = await records.interaction(services.db, of, *many)
        headers = await bearer(client, "supervisor")
        seen: list[int] = []
        after: str | None = "0"
        while after is not None:
            query = {"after": after, "limit": "2"}
            url = f"{API}/interactions/{one}/events"
            page = await (await client.get(url, params=query, headers=headers)).json()
            seen += [event["seq"] for event in page["items"]]
            after = page["next"]
        assert seen == [1, 2, 3, 4, 5, 6]

    async def test_unknown(self, client: Client) -> None:
        headers = await bearer(client, "supervisor")
        reply = await client.get(f"{API}/interactions/{new_id()}", headers=headers)
        await problem(reply, 404, "not_found")


class TestRepeats:
    async def test_the_same_key_acts_once(self, client: Client, desk: RecordingDesk) -> None:
        one, key = new_id(), {"Idempotency-Key": str(uuid4())}
        path = f"/interactions/{one}/messages"
        first = await post(client, path, json={"text": "once"}, headers=key)
        again = await post(client, path, json={"text": "once"}, headers=key)
        assert (first.status, again.status) == (201, 201)
        assert await first.read() == await again.read()
        assert again.headers["Idempotency-Replayed"] == "true"
        assert len(desk.calls) == 1

    async def test_another_request_under_the_key_is_refused(
        self, client: Client, desk: RecordingDesk
    ) -> None:
        path, key = f"/interactions/{new_id()}/messages", {"Idempotency-Key": "k1"}
        await post(client, path, json={"text": "one"}, headers=key)
        reply = await post(client, path, json={"text": "two"}, headers=key)
        await problem(reply, 422, "idempotency_key_reused")
        assert len(desk.calls) == 1

    async def test_keys_of_two_agents_are_two(self, client: Client, desk: RecordingDesk) -> None:
        path, key = f"/interactions/{new_id()}/hold", {"Idempotency-Key": "k1"}
        await post(client, path, headers=key)
        await post(client, path, "second", headers=key)
        assert len(desk.calls) == 2

    async def test_at_once_is_once(
        self, client: Client, desk: RecordingDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slow = desk.hold

        async def hold(*args: Any) -> None:
            await asyncio.sleep(0.2)
            await slow(*args)

        monkeypatch.setattr(desk, "hold", hold)
        headers = await bearer(client, "agent") | {"Idempotency-Key": "k1"}
        url = f"{API}/interactions/{new_id()}/hold"
        replies = await asyncio.gather(*(client.post(url, headers=headers) for _ in range(4)))
        assert sorted(reply.status for reply in replies) == [200, 409, 409, 409]
        assert len(desk.calls) == 1

    async def test_a_refused_request_may_be_tried_again(
        self, client: Client, desk: RecordingDesk
    ) -> None:
        path, key = f"/interactions/{new_id()}/hold", {"Idempotency-Key": "k1"}
        desk.refuse = "conflict"
        await problem(await post(client, path, headers=key), 409, "conflict")
        assert (await post(client, path, headers=key)).status == 200

    async def test_the_claim_of_a_dead_process_is_taken_over(
        self, client: Client, desk: RecordingDesk, services: Services
    ) -> None:
        path, key = f"/interactions/{new_id()}/hold", {"Idempotency-Key": "k1"}
        await post(client, path, headers=key)
        r = idempotent_reply

        async def age(seconds: int) -> None:
            from datetime import timedelta

            def work(tx: Any) -> None:
                at = tx.now - timedelta(seconds=seconds)
                tx.execute(update(r).values(status=None, at=at))

            await services.db.write(work)

        await age(1)
        await problem(await post(client, path, headers=key), 409, "in_work")
        await age(6)
        assert (await post(client, path, headers=key)).status == 200
        assert len(desk.calls) == 2

    @pytest.mark.parametrize("key", ["", "x" * 201])
    async def test_a_wrong_key_is_refused(self, client: Client, key: str) -> None:
        path = f"/interactions/{new_id()}/hold"
        reply = await post(client, path, headers={"Idempotency-Key": key})
        await problem(reply, 400, "malformed_request")


class TestDialOut:
    async def test_the_desk_dials(
        self,
        client: Client,
        services: Services,
        people: People,
        desk: RecordingDesk,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        of = await records.customer(services.db)
        one = await records.interaction(services.db, of, channel="sms", agent=people["agent"])

        async def dial(agent: Any, **what: Any) -> Any:
            desk.calls.append(("dial", agent, what))
            return one

        monkeypatch.setattr(desk, "dial", dial)
        body = {"to": records.PHONE, "channel": "sms", "text": "Hello", "purpose": "marketing"}
        reply = await post(client, "/interactions", json=body)
        assert reply.status == 201
        assert (await reply.json())["id"] == str(one)
        what = {"to": records.PHONE, "channel": "sms", "line": None, "text": "Hello"}
        (called,) = desk.calls
        assert called[2].pop("key") is not None
        more = {"subject": None, "purpose": "marketing"}
        assert called == ("dial", people["agent"], what | more)

    async def test_nobody_calls_their_own_work_transactional(
        self, client: Client, desk: RecordingDesk
    ) -> None:
        body = {"to": records.PHONE, "channel": "voice", "purpose": "transactional"}
        await problem(await post(client, "/interactions", json=body), 400, "malformed_request")
        assert desk.calls == []

    @pytest.mark.parametrize("text", [None, "", "  "])
    async def test_a_message_needs_words(
        self, client: Client, desk: RecordingDesk, text: str | None
    ) -> None:
        body = {"to": records.PHONE, "channel": "sms", "text": text}
        reply = await post(client, "/interactions", json=body)
        await problem(reply, 400, "malformed_request")
        assert desk.calls == []
