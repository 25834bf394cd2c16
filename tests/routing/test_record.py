"""The record: replay, hashes, rows that stay, configuration."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import select

from contactcenter.core.errors import Conflict, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.crm.model import apply, opened
from contactcenter.routing import actions as do
from contactcenter.routing import queries, store
from contactcenter.routing.chain import link
from contactcenter.routing.rows import floor_of, rows_of
from contactcenter.routing.setup import save_agent, save_queue
from contactcenter.routing.tables import (
    decision,
    floor_command,
)
from tests.routing.sites import (
    Site,
    offer_of,
    settle,
)


async def test_a_replay_from_the_snapshot_gives_the_same_floor_and_hashes(site: Site) -> None:
    router = site.router()
    agent = await site.agent()
    for _ in range(3):
        call = await site.enqueue()
        await settle(router)
        await site.do(do.Accept(await offer_of(site, agent), agent), do.MediaUp(call))
        await settle(router)
        await site.clock.advance(7)
        await site.do(do.Ended(call), do.Accept(call, agent))
        await settle(router)
        await site.clock.advance(31)
        await settle(router)
    rows = await site.db.read(partial(store.snapshot_before, applied=1))
    assert rows is not None
    floor = floor_of(rows)
    commands = await site.db.read(
        lambda tx: tx.all(select(floor_command).order_by(floor_command.c.applied))
    )
    decisions = await site.db.read(
        lambda tx: tx.all(select(decision.c.applied, decision.c.hash).order_by(decision.c.applied))
    )
    chain, made = b"", []
    for one in commands:
        command = do.from_data(one.kind, one.data)
        found = []
        if "refused" in one.result:
            with pytest.raises(Conflict):
                floor.apply(command, one.applied_at)
        else:
            found = floor.apply(command, one.applied_at).decisions
        record = [one.applied, one.applied_at, str(one.id), one.kind, one.data, one.result]
        chain = link(chain, record)
        assert chain == one.hash
        for each in found:
            chain = link(chain, each)
            made.append((one.applied, chain))
    assert made == [tuple(one) for one in decisions]
    assert len(made) == 3
    assert router._floor is not None
    assert rows_of(floor) == rows_of(router._floor)


async def test_configuration_is_versioned_and_checked(site: Site) -> None:
    agent = new_id()
    save = partial(save_agent, agent_id=agent, name="Bo")
    assert await site.db.write(lambda tx: save(tx, config={"skills": {"loans": 3}})) == 1
    assert await site.db.write(lambda tx: save(tx, config={"queues": ["sales"]}, version=1)) == 2
    with pytest.raises(Conflict):
        await site.db.write(lambda tx: save(tx, config={}, version=1))
    for config, place in (
        ({"skills": {"loans": 6}}, "agent Bo.skills.loans.level"),
        ({"capacity": {"fax": 1}}, "agent Bo.capacity"),
        ({"capacity": {"voice": 2}}, "agent Bo.capacity.voice"),
        ({"queues": {"sales": {"delay": 3}}}, "agent Bo.queues.sales"),
        ({"colour": "red"}, "agent Bo"),
    ):
        with pytest.raises(Invalid, match=place):
            await site.db.write(partial(save, config=config))
    for queue, place in (
        ({"requires": {"skil": "x"}}, "unknown form 'skil'"),
        ({"wrap_up": "never"}, "queue loans.wrap_up"),
        ({"offer_s": {"voice": 0}}, "queue loans.offer_s.voice"),
        ({"max_wait_s": "long"}, "queue loans.max_wait_s"),
    ):
        with pytest.raises(Invalid, match=place):
            await site.db.write(partial(save_queue, name="loans", config=queue))
    with pytest.raises(NotFound):
        await site.enqueue(queue="loans")
    names = [one.name for one in await site.db.read(queries.queues)]
    assert names == ["sales"]
    (found,) = await site.db.read(queries.agents)
    assert (found.name, found.state, set(found.queues)) == ("Bo", "offline", {"sales"})
    with pytest.raises(NotFound):
        await site.db.read(lambda tx: queries.agent_state_of(tx, new_id()))


async def test_rows_of_finished_reservations_stay_and_are_not_loaded(site: Site) -> None:
    router = site.router()
    await site.agent()
    call = await site.enqueue()
    await settle(router)
    await site.do(do.Leave(call))
    await settle(router)
    (one,) = await site.db.read(lambda tx: queries.reservations_for(tx, call))
    assert (one.state, one.reason) == ("withdrawn", "customer_left")
    assert await site.db.read(lambda tx: queries.reservation(tx, one.id)) == one
    rows, _ = await site.db.read(store.load)
    assert rows.reservations == []


def test_an_unknown_or_broken_command_row_is_refused() -> None:
    with pytest.raises(Invalid):
        do.from_data("fly", {})
    with pytest.raises(Invalid):
        do.from_data("accept", {"reservation": "x", "agent": "y"})
    command = do.Enqueue(new_id(), "sales", "sms", new_id(), {"skill": "a"}, -3, {"x": 1})
    assert do.from_data(do.kind_of(command), do.to_data(command)) == command


async def test_the_projection_is_the_fold_of_what_the_router_logged(site: Site) -> None:
    router = site.router()
    for _ in range(3):
        await site.agent()
    calls = [await site.enqueue() for _ in range(5)]
    texts = [await site.enqueue("sms") for _ in range(3)]
    await settle(router)
    for one in await site.db.read(lambda tx: store.load(tx)[0].reservations):
        await site.do(do.Accept(one.id, one.agent))
    await site.do(do.Leave(calls[4]), do.MediaUp(calls[0]), do.Ended(calls[0]))
    await settle(router)
    for key in calls + texts:
        events = await site.db.read(partial(log.events_of, interaction_id=key))
        state = opened(key, events[0].data, events[0].at)
        for event in events[1:]:
            state = apply(state, event.kind, event.data, event.actor, event.at)
        loaded = await site.db.read(partial(log.load, interaction_id=key))
        assert replace(state, last_seq=len(events)) == loaded
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
