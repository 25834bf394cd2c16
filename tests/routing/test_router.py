"""The actor on both stores: one call through the tables, races, crashes, leases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from contactcenter.core.errors import Conflict, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.routing import actions as do
from contactcenter.routing import effects as fx
from contactcenter.routing import queries
from contactcenter.routing.commands import carry_out, result
from contactcenter.routing.tables import (
    agent_state_change,
)
from tests.routing.sites import (
    Site,
    Told,
    assert_memory_is_the_rows,
    eventually,
    expired,
    offer_of,
    offered,
    settle,
)


async def test_one_call_through_the_tables(site: Site) -> None:
    told = Told()
    router = site.router(after_commit=told)
    agent = await site.agent()
    call = await site.enqueue()
    await settle(router)
    shown = await site.db.read(lambda tx: queries.agent_state_of(tx, agent))
    assert (shown.state, shown.load["voice"]) == ("reserved", 1)
    (item,) = await site.db.read(queries.waiting)
    assert (item.interaction, item.state, item.offers) == (call, "offered", 1)

    await site.do(do.Accept(await offer_of(site, agent), agent))
    await settle(router)
    state = await site.db.read(lambda tx: log.load(tx, call))
    assert (state.state, state.agent_id) == ("assigned", agent)
    assert await site.db.read(queries.waiting) == []

    await site.do(do.MediaUp(call))
    await site.clock.advance(120)
    await site.do(do.Ended(call))
    await settle(router)
    assert (await site.db.read(lambda tx: log.load(tx, call))).state == "wrap_up"

    await site.do(do.Complete(call, agent, "solved"))
    await settle(router)
    state = await site.db.read(lambda tx: log.load(tx, call))
    assert (state.state, state.disposition, state.close_reason) == ("closed", "solved", "handled")
    assert await site.kinds(call) == [
        "offered",
        "accepted",
        "wrap_up_started",
        "wrapped_up",
        "closed",
    ]
    (ended,) = await site.db.read(lambda tx: queries.reservations_for(tx, call))
    assert (ended.state, ended.disposition) == ("completed", "solved")
    shown = await site.db.read(lambda tx: queries.agent_state_of(tx, agent))
    assert (shown.state, shown.load["voice"]) == ("available", 0)
    changes = await site.db.read(
        lambda tx: tx.all(select(agent_state_change.c.state).order_by(agent_state_change.c.applied))
    )
    assert [one.state for one in changes] == [
        "available",
        "reserved",
        "busy",
        "wrap_up",
        "available",
    ]
    assert [fx.kind_of(one.effect) for one in told.outcomes if one.applied > 4] == [
        "offered",
        "state_changed",
        "accepted",
        "state_changed",
        "wrap_up_started",
        "state_changed",
        "wrapped_up",
        "closed",
        "state_changed",
    ]
    await assert_memory_is_the_rows(site, router)


async def test_results_come_back_or_raise_what_refused_them(site: Site) -> None:
    router = site.router()
    agent = await site.agent()
    await site.enqueue()
    await settle(router)
    offer = await offer_of(site, agent)
    first, second = await site.do(do.Accept(offer, agent), do.Reject(offer, agent, "late"))
    assert await result(site.db, site.bus, first, timeout_s=0) is None
    await settle(router)
    found = await result(site.db, site.bus, first)
    assert found is not None
    assert found.data["effects"][0]["kind"] == "accepted"
    with pytest.raises(Conflict) as lost:
        await result(site.db, site.bus, second)
    assert lost.value.code == "superseded"
    with pytest.raises(NotFound):
        await result(site.db, site.bus, new_id())


async def test_a_started_router_answers_while_the_caller_waits(site: Site) -> None:
    router = site.router()
    agent = await site.agent()
    await router.start()
    _, found = await carry_out(site.db, site.bus, do.SetState(agent, "away", "lunch"))
    assert found is not None
    shown = await site.db.read(lambda tx: queries.agent_state_of(tx, agent))
    assert (shown.state, shown.reason) == ("away", "lunch")
    with pytest.raises(Invalid):
        await carry_out(site.db, site.bus, do.SetState(agent, "away"))


async def test_a_started_router_acts_when_time_comes(site: Site) -> None:
    router = site.router()
    agent = await site.agent()
    call = await site.enqueue()
    await router.start()
    await eventually(site, lambda: offered(site, agent))
    await site.clock.advance(20.5)
    await eventually(site, lambda: expired(site, call))
    shown = await site.db.read(lambda tx: queries.agent_state_of(tx, agent))
    assert (shown.state, shown.reason) == ("away", "no_answer")
    assert (await site.db.read(lambda tx: log.load(tx, call))).state == "waiting"


async def test_a_customer_who_hangs_up_during_the_offer_is_an_abandon(site: Site) -> None:
    router = site.router()
    agent = await site.agent()
    call = await site.enqueue()
    await settle(router)
    offer = await offer_of(site, agent)
    leave, accept = await site.do(do.Leave(call), do.Accept(offer, agent))
    await settle(router)
    assert await result(site.db, site.bus, leave) is not None
    with pytest.raises(Conflict):
        await result(site.db, site.bus, accept)
    assert await site.kinds(call) == ["offered", "withdrawn", "dequeued", "closed"]
    state = await site.db.read(lambda tx: log.load(tx, call))
    assert (state.state, state.close_reason) == ("closed", "abandoned")


async def test_an_accepted_call_without_media_waits_again_in_the_log_too(site: Site) -> None:
    router = site.router()
    agent = await site.agent()
    call = await site.enqueue()
    await settle(router)
    await site.do(do.Accept(await offer_of(site, agent), agent))
    await settle(router)
    await site.clock.advance(30)
    await settle(router)
    state = await site.db.read(lambda tx: log.load(tx, call))
    assert (state.state, state.agent_id) == ("waiting", None)
    await assert_memory_is_the_rows(site, router)


async def test_text_and_mail_are_pulled_when_capacity_frees(site: Site) -> None:
    router = site.router()
    agent = await site.agent(capacity={"sms": 1, "email": 1})
    first, second = await site.enqueue("sms"), await site.enqueue("sms")
    mail = await site.enqueue("email")
    await settle(router)
    held = await site.db.read(lambda tx: queries.reservations_of(tx, agent))
    assert {one.interaction for one in held} == {first, mail}
    for one in held:
        await site.do(do.Accept(one.id, agent))
    await site.do(do.Complete(first, agent, "solved"))
    await settle(router)
    assert await site.kinds(first) == ["offered", "accepted", "wrapped_up", "closed"]
    assert await site.kinds(second) == ["offered"]
