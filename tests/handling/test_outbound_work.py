"""Outbound work waits on the floor and is called once an agent has taken it."""

from __future__ import annotations

from uuid import UUID

import pytest

from contactcenter.core.errors import Denied
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, permission
from contactcenter.handling import outbound_work
from contactcenter.routing import queries
from contactcenter.routing.actions import SetState
from tests.handling.office import MARY, PLAIN, Office
from tests.handling.stage import Stage


async def _work(office: Office, key: UUID) -> None:
    def work(tx: object) -> None:
        customer, address, _ = customers.create_or_find(tx, "phone", MARY, MARY)  # type: ignore[arg-type]  # a Tx
        outbound_work.enqueue(
            tx,  # type: ignore[arg-type]  # a Tx
            key,
            queue="sales",
            line=office.lines.get("voice", PLAIN),
            customer=customer,
            address=address,
            actor="system",
        )

    await office.db.write(work)


async def test_it_is_offered_and_the_customer_called_into_the_agents_room(stage: Stage) -> None:
    key = new_id()
    await _work(stage.office, key)
    await _work(stage.office, key)  # the same again is the same one
    assert len(await stage.office.interactions()) == 1
    assert await stage.accepts() == key
    await stage.seen("leg_ringing", "leg_ringing")
    await stage.clock.advance(35)  # longer than an inbound call may be without media
    stage.world.phones.answer(MARY)
    await stage.seen("connected")
    item = await stage.office.read(lambda tx: queries.waiting_one(tx, key))
    assert item is not None
    assert item.direction == "outbound"
    stage.world.phones.hang_up(MARY)
    await stage.seen("wrap_up_started")
    await stage.nobody_lives()
    await stage.office.assert_sound()


async def test_a_customer_not_reached_ends_it_by_the_carriers_cause(stage: Stage) -> None:
    key = new_id()
    await _work(stage.office, key)
    await stage.accepts()
    await stage.seen("leg_ringing", "leg_ringing")
    stage.world.phones.hang_up(MARY)
    await stage.seen("closed")
    assert (await stage.office.state(key)).close_reason == "rejected"
    await stage.nobody_lives()


async def test_an_agent_who_hangs_up_before_the_customer_answers_ends_it(stage: Stage) -> None:
    key = new_id()
    await _work(stage.office, key)
    await stage.accepts()
    await stage.seen("leg_ringing", "leg_ringing")
    await stage.office.desk.hang_up(key, stage.agent)
    await stage.seen("closed")
    assert (await stage.office.state(key)).close_reason == "agent_left"
    await stage.nobody_lives()
    agents = await stage.office.read(queries.agents)
    assert [one.state for one in agents if one.id == stage.agent] == ["available"]
    await stage.office.assert_sound()


async def test_who_says_no_while_it_waits_is_not_called(stage: Stage) -> None:
    key = new_id()
    await _work(stage.office, key)
    await stage.office.db.write(
        lambda tx: permission.opt_out(tx, channel="voice", address=MARY, source="agent")
    )
    await stage.accepts()
    await stage.seen("closed")
    assert (await stage.office.state(key)).close_reason == "not_allowed"
    begun = [one for one in await stage.office.events(key) if one.kind == "leg_started"]
    assert [one.data["party"] for one in begun] == ["agent"]
    await stage.nobody_lives()
    await stage.office.assert_sound()


async def test_an_agent_lost_before_the_customer_answers_gives_it_back(stage: Stage) -> None:
    key = new_id()
    await _work(stage.office, key)
    await stage.accepts()
    await stage.seen("leg_ringing", "leg_ringing")
    leg = stage.world.calls.legs[stage.agents_leg().leg]
    stage.world.calls.end(leg, "carrier_lost")
    await stage.seen("withdrawn")
    await stage.nobody_lives()
    assert (await stage.office.state(key)).state == "waiting"
    await stage.clock.advance(61)
    await stage.office.site.do(SetState(stage.agent, "available"))
    await stage.seen("offered", "offered")
    await stage.accepts()
    await stage.seen(*["leg_ringing"] * 4)
    stage.world.phones.answer(MARY)
    await stage.seen("connected")


async def test_who_must_not_be_called_is_not_queued(office: Office) -> None:
    await office.db.write(
        lambda tx: permission.suppress(
            tx, channel="voice", address=MARY, reason="wrong_number", proof="x"
        )
    )
    with pytest.raises(Denied):
        await _work(office, new_id())
    assert await office.interactions() == []
