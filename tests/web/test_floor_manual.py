"""The floor by hand: moved, given, switched, closed; and who did it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contactcenter.core.access.tables import audit
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.routing import actions, commands, queries
from contactcenter.routing.setup import save_agent, save_queue
from contactcenter.web.ports import Services
from tests.web.floor import running, set_state
from tests.web.parts import API, Client, People, bearer, problem
from tests.web.records import customer, waiting

URL = f"{API}/floor"


async def audited(services: Services) -> list[tuple[str, str]]:
    rows = await services.db.read(
        lambda tx: tx.all(select(audit.c.actor, audit.c.action).order_by(audit.c.id))
    )
    return [(row.actor, row.action) for row in rows if row.action.startswith(("floor", "wrap_up"))]


async def on_floor(services: Services) -> UUID:
    """A customer's text that the router has put into the queue ``care``."""
    one = await waiting(services.db, await customer(services.db))
    for _ in range(200):
        if await services.db.read(lambda tx: queries.waiting_one(tx, one)):
            return one
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to the floor")


async def test_what_waits_is_moved_and_moved_back_in_its_place(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        await services.db.write(lambda tx: save_queue(tx, "sales", {}))
        one = await on_floor(services)
        headers = await bearer(client, "supervisor")
        await set_state(client, "agent", "away", "break")
        before = (await services.db.read(queries.waiting))[0]
        url = f"{URL}/interactions/{one}/move"
        reply = await client.post(url, json={"queue": "sales"}, headers=headers)
        assert await reply.json() == {"interaction": str(one), "queue": "sales", "before": "care"}
        moved = (await services.db.read(queries.waiting))[0]
        assert (moved.queue, moved.entered_first) == ("sales", before.entered_first)
        again = await client.post(url, json={"queue": "sales"}, headers=headers)
        await problem(again, 409, "superseded")
        await problem(
            await client.post(url, json={"queue": "none"}, headers=headers), 404, "unknown_queue"
        )
        reply = await client.post(url, json={"queue": "care"}, headers=headers)
        assert (await reply.json())["before"] == "sales"
        events = await services.db.read(lambda tx: log.events_of(tx, one))
        assert [each.data["queue"] for each in events if each.kind == "moved"] == ["sales", "care"]
        assert await audited(services) == [(f"account:{people['supervisor']}", "floor.move")] * 2
        gone = f"{URL}/interactions/{new_id()}/move"
        await problem(
            await client.post(gone, json={"queue": "sales"}, headers=headers), 409, "superseded"
        )


async def _is_away(client: Client, agent: UUID, headers: dict[str, str]) -> None:
    """Signed in, and offered nothing by itself."""
    body = {"state": "away", "reason": "break"}
    reply = await client.put(f"{URL}/agents/{agent}/state", json=body, headers=headers)
    assert reply.status == 200


async def test_what_waits_is_given_to_a_named_agent(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        one = await on_floor(services)
        headers = await bearer(client, "supervisor")
        body = {"agent": str(people["second"])}
        absent = await client.post(f"{URL}/interactions/{one}/give", json=body, headers=headers)
        await problem(absent, 409, "not_signed_in")
        await _is_away(client, people["second"], headers)
        reply = await client.post(f"{URL}/interactions/{one}/give", json=body, headers=headers)
        assert (reply.status, await reply.json()) == (200, {"done": True})
        held = await services.db.read(lambda tx: queries.reservations_of(tx, people["second"]))
        assert [(each.interaction, each.state) for each in held] == [(one, "accepted")]
        again = await client.post(f"{URL}/interactions/{one}/give", json=body, headers=headers)
        await problem(again, 409, "superseded")


async def test_a_supervisor_changes_a_state_and_skills_of_an_agent(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        headers = await bearer(client, "supervisor")
        url = f"{URL}/agents/{people['agent']}"
        reply = await client.put(f"{url}/state", json={"state": "available"}, headers=headers)
        assert (await reply.json())["state"] == "available"
        bad = await client.put(f"{url}/state", json={"state": "away"}, headers=headers)
        await problem(bad, 400, "malformed_request")
        nobody = f"{URL}/agents/{new_id()}/state"
        missing = await client.put(nobody, json={"state": "available"}, headers=headers)
        await problem(missing, 404, "unknown_agent")

        def skills(tx: Any) -> None:
            config = {"queues": ["care"], "skills": {"german": 3, "refunds": 2}}
            save_agent(tx, people["agent"], "Agent", config)

        await services.db.write(skills)
        body = {"skills": {"german": {"active": False}, "refunds": {"level": 5}}}
        reply = await client.patch(f"{url}/skills", json=body, headers=headers)
        assert (await reply.json())["skills"] == {
            "german": {"level": 3, "active": False},
            "refunds": {"level": 5, "active": True},
        }
        new = {"skills": {"sales": {"active": True}}}
        await problem(
            await client.patch(f"{url}/skills", json=new, headers=headers), 400, "malformed_request"
        )
        unknown = {"skills": {"juggling": {"level": 3}}}
        await problem(
            await client.patch(f"{url}/skills", json=unknown, headers=headers),
            400,
            "routing_invalid",
        )
        page = await client.get(f"{API}/routing/config/versions", headers=headers)
        newest = (await page.json())["items"][0]
        assert (newest["by"], newest["note"]) == ("Supervisor", "on the floor: german, refunds")


async def test_a_queue_is_closed_with_a_reason_and_opened_again(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        headers = await bearer(client, "supervisor")
        url = f"{URL}/queues/care"
        reply = await client.post(f"{url}/close", json={"reason": "fire drill"}, headers=headers)
        assert reply.status == 200
        row = (await (await client.get(URL, headers=headers)).json())["queues"][0]
        assert (row["closed"], row["closed_reason"]) == (True, "fire drill")
        one = await waiting(services.db, await customer(services.db))
        for _ in range(100):
            kinds = [
                each.kind for each in await services.db.read(lambda tx: log.events_of(tx, one))
            ]
            if "dequeued" in kinds:
                break
            await asyncio.sleep(0.02)
        assert "dequeued" in kinds
        await problem(
            await client.post(f"{url}/close", json={"reason": ""}, headers=headers),
            400,
            "malformed_request",
        )
        assert (await client.post(f"{url}/open", headers=headers)).status == 200
        row = (await (await client.get(URL, headers=headers)).json())["queues"][0]
        assert (row["closed"], row["closed_reason"]) == (False, None)
        missing = await client.post(f"{URL}/queues/none/open", headers=headers)
        await problem(missing, 404, "unknown_queue")
        actor = f"account:{people['supervisor']}"
        actions = ["floor.close_queue", "floor.open_queue", "floor.open_queue"]
        assert await audited(services) == [(actor, each) for each in actions]


async def test_more_time_is_for_ones_own_wrap_up(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        headers = await bearer(client, "agent")
        url = f"{API}/interactions/{new_id()}/more-time"
        reply = await client.post(url, json={"seconds": 60}, headers=headers)
        await problem(reply, 409, "superseded")
        for name in ("agent", "marketer"):
            denied = await client.post(
                f"{URL}/queues/care/open", headers=await bearer(client, name)
            )
            await problem(denied, 403, "denied")


async def test_more_time_moves_the_end_of_a_wrap_up(
    client: Client, services: Services, people: People
) -> None:
    async with running(services, people):
        one = await on_floor(services)
        body = {"agent": str(people["agent"])}
        supervisor = await bearer(client, "supervisor")
        url = f"{URL}/interactions/{one}/give"
        await _is_away(client, people["agent"], supervisor)
        assert (await client.post(url, json=body, headers=supervisor)).status == 200
        await commands.carry_out(services.db, services.bus, actions.Ended(one))

        async def ends() -> list[Any]:
            events = await services.db.read(lambda tx: log.events_of(tx, one))
            return [each.data["until"] for each in events if each.kind == "wrap_up_started"]

        (before,) = await ends()
        headers = await bearer(client, "agent")
        more = f"{API}/interactions/{one}/more-time"
        reply = await client.post(more, json={"seconds": 60}, headers=headers)
        assert (reply.status, await reply.json()) == (200, {"done": True})
        held = await services.db.read(lambda tx: queries.reservations_of(tx, people["agent"]))
        assert held[0].due_at == datetime.fromisoformat(before) + timedelta(seconds=60)
        assert (await ends())[-1] == held[0].due_at.isoformat()
        assert (f"account:{people['agent']}", "wrap_up.more_time") in await audited(services)
