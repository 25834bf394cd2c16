"""Emergencies switched by a supervisor; callbacks planned by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from contactcenter.core.access.tables import audit
from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.handling import emergencies
from contactcenter.web.ports import Services
from tests.web import records
from tests.web.parts import API, Client, People, RecordingDesk, bearer, problem


async def test_a_line_is_put_into_an_emergency_shown_and_taken_out(
    client: Client, services: Services, people: People
) -> None:
    line = services.lines[0]
    headers = await bearer(client, "supervisor")
    url = f"{API}/lines/{line.address}/emergency"
    body = {"on": True, "reason": "storm", "prompt": {"en": "Stay at home.", "zh-CN": "请勿外出。"}}
    reply = await client.put(url, json=body, headers=headers)
    assert reply.status == 200, await reply.text()
    items = (await reply.json())["items"]
    channels = sorted(each.channel for each in services.lines if each.address == line.address)
    assert sorted(each["channel"] for each in items) == channels
    shown = items[0]
    assert (shown["line"], shown["reason"]) == (line.address, "storm")
    assert shown["by"] == "Supervisor"
    assert shown["prompt"] == body["prompt"]
    found = await services.db.read(lambda tx: emergencies.of_line(tx, line.channel, line.address))
    assert found is not None
    assert found.words("zh-TW") == ("zh-CN", "请勿外出。")
    floor = await (await client.get(f"{API}/floor", headers=headers)).json()
    assert floor["emergencies"] == items
    listed = await (await client.get(f"{API}/lines/emergencies", headers=headers)).json()
    assert listed["items"] == items
    reply = await client.put(url, json={"on": False}, headers=headers)
    assert await reply.json() == {"items": [], "menus": []}
    rows = await services.db.read(
        lambda tx: tx.all(select(audit.c.actor, audit.c.action, audit.c.object))
    )
    mine = [tuple(row) for row in rows if row.action.startswith("line.")]
    actor = f"account:{people['supervisor']}"
    thing = f"line:{line.address}"
    assert sorted(mine) == [
        (actor, "line.emergency", thing),
        (actor, "line.emergency_over", thing),
    ]


async def test_callers_on_the_line_are_told_through_the_log(
    client: Client, services: Services, people: People
) -> None:
    line = next(each for each in services.lines if each.channel == "voice")
    of = await records.customer(services.db)
    waits = await records.interaction(
        services.db, of, records.queued(), channel="voice", line=line.address
    )
    talks = await records.interaction(
        services.db, of, channel="voice", line=line.address, agent=people["agent"]
    )
    headers = await bearer(client, "supervisor")
    url = f"{API}/lines/{line.address}/emergency"
    words = {"prompt": {"en": "Stay at home."}}
    for body in ({"on": True, "reason": "storm", **words}, {"on": False}):
        assert (await client.put(url, json=body, headers=headers)).status == 200

    def kinds(tx: Tx) -> list[list[str]]:
        return [[one.kind for one in log.events_of(tx, key)] for key in (waits, talks)]

    told, left_alone = await services.db.read(kinds)
    assert told[-2:] == ["emergency_began", "emergency_over"]
    assert not {"emergency_began", "emergency_over"} & {*left_alone}


async def test_what_is_wrong_with_an_emergency_is_said(
    client: Client, services: Services, people: People
) -> None:
    line = services.lines[0].address
    headers = await bearer(client, "supervisor")
    url = f"{API}/lines/{line}/emergency"
    words = {"prompt": {"en": "x"}}
    no_reason = await client.put(url, json={"on": True, **words}, headers=headers)
    await problem(no_reason, 400, "malformed_request")
    nothing = await client.put(url, json={"on": True, "reason": "storm"}, headers=headers)
    await problem(nothing, 400, "malformed_request")
    unknown = await client.put(
        f"{API}/lines/none/emergency", json={"on": True, "reason": "x", **words}, headers=headers
    )
    await problem(unknown, 404, "unknown_line")
    agent = await bearer(client, "agent")
    denied = await client.put(url, json={"on": True, "reason": "x", **words}, headers=agent)
    assert denied.status == 403
    assert await services.db.read(emergencies.in_force) == []


async def test_a_callback_is_planned_by_hand(
    client: Client, services: Services, people: People
) -> None:
    headers = await bearer(client, "agent")
    desk = services.desk
    assert isinstance(desk, RecordingDesk)
    one = new_id()
    url = f"{API}/interactions/{one}/callback"
    body = {"address": "+447700900002", "at": "2026-12-24T10:00:00Z", "first": "agent"}
    reply = await client.post(url, json=body, headers=headers)
    assert reply.status == 202, await reply.text()
    assert UUID((await reply.json())["command"]).version == 7
    at = datetime(2026, 12, 24, 10, tzinfo=UTC)
    actor = f"account:{people['agent']}"
    assert desk.calls[-1] == ("callback", one, "+447700900002", at, "agent", actor)
    naive = await client.post(url, json={"at": "2026-12-24T10:00:00"}, headers=headers)
    await problem(naive, 400, "malformed_request")
    desk.refuse = "superseded"
    late = await client.post(url, json={}, headers=headers)
    await problem(late, 409, "superseded")
