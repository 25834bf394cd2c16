"""Crashes, failed commits, broken commands and lost leases: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from contactcenter.core import leases
from contactcenter.core.db import Database
from contactcenter.core.errors import ContactCenterError, Invalid
from contactcenter.core.ids import new_id
from contactcenter.routing import actions as do
from contactcenter.routing import effects as fx
from contactcenter.routing import queries, store
from contactcenter.routing.batch import Outcome
from contactcenter.routing.commands import result
from contactcenter.routing.tables import (
    floor_command,
    floor_outcome,
)
from tests.routing.sites import (
    Site,
    Told,
    assert_memory_is_the_rows,
    eventually,
    offer_of,
    offered,
    settle,
)


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


async def test_a_transaction_the_store_runs_again_starts_from_the_rows(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL runs the work again by itself; on SQLite the next turn does."""
    router = site.router()
    await site.agent()
    await settle(router)
    call = await site.enqueue()
    whole, tries = store.write, []

    class Serialization(Exception):
        sqlstate = "40001"

    def once(*args: Any, **how: Any) -> None:
        tries.append(args)
        whole(*args, **how)
        if len(tries) == 1:
            raise Serialization

    monkeypatch.setattr(store, "write", once)
    if site.db.store == "sqlite":
        with pytest.raises(Serialization):
            await router.turn()
    await settle(router)
    assert len(tries) == 2
    assert await site.kinds(call) == ["offered"]
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


async def tried(broken: Any) -> bool:
    return bool(broken.tries)
