"""The actor on both stores: one call through the tables, races, crashes, leases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from contactcenter.core import leases
from contactcenter.core.db import Database
from contactcenter.core.errors import Conflict, ContactCenterError, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.routing import actions as do
from contactcenter.routing import effects as fx
from contactcenter.routing import queries, store
from contactcenter.routing.batch import Outcome
from contactcenter.routing.chain import link
from contactcenter.routing.commands import carry_out, result
from contactcenter.routing.router import Router
from contactcenter.routing.rows import floor_of, rows_of
from contactcenter.routing.setup import save_agent, save_queue
from contactcenter.routing.tables import (
    agent_state_change,
    decision,
    floor_command,
    floor_outcome,
)
from tests.routing.conftest import Site, Told


async def settle(router: Router) -> None:
    """Turn until there is nothing more to do, then tell."""
    while await router.turn():
        pass
    await router.tell()


async def offer_of(site: Site, agent: UUID) -> UUID:
    (one,) = await site.db.read(lambda tx: queries.reservations_of(tx, agent))
    return one.id


async def assert_memory_is_the_rows(site: Site, router: Router) -> None:
    """What the router holds is what a rebuild would give, and nothing more."""
    rows, _ = await site.db.read(store.load)
    assert router._floor is not None
    assert rows_of(router._floor) == rows
    assert rows_of(floor_of(rows)) == rows


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


async def offered(site: Site, agent: UUID) -> bool:
    return bool(await site.db.read(lambda tx: queries.reservations_of(tx, agent)))


async def expired(site: Site, call: UUID) -> bool:
    return await site.kinds(call) == ["offered", "expired"]


async def eventually(site: Site, seen: Any) -> None:
    for _ in range(300):
        if await seen():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


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
    await site.clock.advance(20)
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


# -- crashes -------------------------------------------------------------------------------------


async def test_killed_after_the_commit_the_outcomes_are_told_by_the_next(site: Site) -> None:
    lost = Told()
    router = site.router(after_commit=lost)
    agent = await site.agent()
    call = await site.enqueue()
    while await router.turn():
        pass
    assert lost.outcomes == []  # committed, and the process is gone before it could act
    stored = await site.db.read(store.outcomes_since)
    told = Told()
    router = site.router("node-1", after_commit=told)
    await settle(router)
    assert [one.id for one in told.outcomes] == [one.id for one in stored]
    assert any(
        isinstance(one.effect, fx.Offered) and one.effect.interaction == call
        for one in told.outcomes
    )
    await site.do(do.Accept(await offer_of(site, agent), agent))
    await settle(router)
    before = len(told.outcomes)
    third = site.router("node-1", after_commit=told)
    await settle(third)
    again = [one.id for one in told.outcomes[before:]]
    assert again == [one.id for one in told.outcomes[:before] if one.applied > stored[-1].applied]


async def test_told_outcomes_are_forgotten_with_the_next_commit(site: Site) -> None:
    router = site.router(after_commit=Told())
    agent = await site.agent()
    await settle(router)
    await site.do(do.SetState(agent, "away", "lunch"))
    await settle(router)
    await site.do(do.SetState(agent, "offline"))
    await settle(router)
    kept = await site.db.read(lambda tx: tx.all(select(floor_outcome.c.applied)))
    assert len(kept) == 1


async def test_rebuilt_at_any_point_the_floor_goes_on_as_if_nothing_had_been(site: Site) -> None:
    agent = await site.agent()
    call = await site.enqueue()
    await settle(site.router("node-1"))
    await site.do(do.Accept(await offer_of(site, agent), agent))
    await settle(site.router("node-1"))
    await site.do(do.MediaUp(call), do.Ended(call))
    router = site.router("node-1")
    await settle(router)
    await assert_memory_is_the_rows(site, router)
    await site.clock.advance(30)
    await settle(site.router("node-1"))
    assert (await site.kinds(call))[-2:] == ["wrapped_up", "closed"]
    shown = await site.db.read(lambda tx: queries.agent_state_of(tx, agent))
    assert shown.state == "available"


async def test_memory_never_runs_ahead_of_a_commit_that_failed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = site.router()
    agent = await site.agent()
    await settle(router)
    call = await site.enqueue()
    whole = Database.write

    async def broken(self: Database, work: Any) -> Any:
        def half(tx: Any) -> None:
            work(tx)
            raise OSError("no space left on device")

        return await whole(self, half)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "write", broken)
        with pytest.raises(OSError, match="no space"):
            await router.turn()
    assert not router.active
    assert await site.kinds(call) == []
    await settle(router)
    assert await site.kinds(call) == ["offered"]
    assert len(await site.db.read(lambda tx: queries.reservations_of(tx, agent))) == 1
    await assert_memory_is_the_rows(site, router)


async def test_one_command_that_can_not_be_stored_does_not_stop_the_floor(site: Site) -> None:
    router = site.router()
    await site.agent()
    await settle(router)
    ghost = do.Enqueue(new_id(), "sales", "voice", new_id())  # no such interaction: a foreign key
    bad, good = await site.do(ghost, do.Tick(site.clock.now()))
    call = await site.enqueue()
    await settle(router)
    with pytest.raises(ContactCenterError) as fault:
        await result(site.db, site.bus, bad)
    assert fault.value.code == "fault"
    assert await result(site.db, site.bus, good) is not None
    assert await site.kinds(call) == ["offered"]
    await assert_memory_is_the_rows(site, router)


# -- leases --------------------------------------------------------------------------------------


async def test_only_the_holder_of_the_lease_acts_and_another_takes_over(site: Site) -> None:
    first = site.router("node-1", lease_s=0.3)
    second = site.router("node-2", lease_s=0.3)
    second._may_force = False
    agent = await site.agent()
    await settle(first)
    assert not await second.turn()
    await asyncio.sleep(0.35)  # node-1 sleeps on
    call = await site.enqueue()
    await settle(second)
    assert second.active
    assert await site.kinds(call) == ["offered"]
    first._lease_due = float("inf")  # it believes in its lease
    await site.do(do.SetState(agent, "away", "lunch"))
    assert not await first.turn()
    await settle(second)
    await assert_memory_is_the_rows(site, second)


async def test_a_stopped_router_hands_over_at_once(site: Site) -> None:
    first = site.router("node-1")
    await settle(first)
    await first.stop()
    second = site.router("node-2")
    second._may_force = False
    await second.turn()
    assert second.active


async def test_on_sqlite_a_new_process_takes_the_lease_of_the_dead_one(site: Site) -> None:
    await settle(site.router("node-1", lease_s=60))
    second = site.router("node-2")
    await second.turn()
    assert second.active == (site.db.store == "sqlite")


async def test_a_write_under_a_taken_lease_leaves_nothing(site: Site) -> None:
    router = site.router()
    await settle(router)
    call = await site.enqueue()
    await site.db.write(
        lambda tx: leases.acquire(tx, "router", "thief", timedelta(seconds=9), force=True)
    )
    assert not await router.turn()
    assert await site.kinds(call) == []
    pending = await site.db.read(
        lambda tx: tx.all(select(floor_command.c.id).where(floor_command.c.applied.is_(None)))
    )
    assert len(pending) == 1


# -- the record ----------------------------------------------------------------------------------


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


async def test_outcomes_that_can_not_be_acted_on_do_not_stop_the_floor(site: Site) -> None:
    class Broken:
        tries = 0

        async def __call__(self, outcomes: list[Outcome]) -> None:
            self.tries += 1
            raise OSError("carrier down")

    broken = Broken()
    router = site.router(after_commit=broken)
    agent = await site.agent()
    await router.start()
    await eventually(site, lambda: tried(broken))
    call = await site.enqueue()
    await eventually(site, lambda: offered(site, agent))
    assert await site.kinds(call) == ["offered"]
    assert await site.db.read(store.outcomes_since)


async def tried(broken: Any) -> bool:
    return bool(broken.tries)


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


async def test_a_broken_row_in_the_inbox_is_refused_and_the_rest_goes_on(site: Site) -> None:
    router = site.router()
    await settle(router)
    bad, good = await site.do(do.Tick(site.clock.now()), do.Tick(site.clock.now()))
    await site.db.write(
        lambda tx: tx.execute(
            update(floor_command).where(floor_command.c.id == bad).values(kind="fly")
        )
    )
    await settle(router)
    with pytest.raises(Invalid):
        await result(site.db, site.bus, bad)
    assert await result(site.db, site.bus, good) is not None
    assert router.active
