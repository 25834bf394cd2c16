"""The record gives the same bytes again, and a row that was touched is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from contactcenter.core.db import Tx
from contactcenter.core.errors import NotFound
from contactcenter.routing import actions as do
from contactcenter.routing import queries, recorded
from contactcenter.routing.replay import Replay, replay
from contactcenter.routing.setup import save_agent, save_queue
from contactcenter.routing.tables import decision, floor_command, floor_snapshot
from tests.routing.sites import Site, offer_of, settle


async def handle(site: Site, router: Any, agent: Any) -> None:
    """One call from arrival to wrap-up, and a command that loses a race."""
    call = await site.enqueue()
    await settle(router)
    await site.do(do.Accept(await offer_of(site, agent), agent), do.MediaUp(call))
    await settle(router)
    await site.clock.advance(7)
    await site.do(do.Ended(call), do.Accept(call, agent))
    await settle(router)
    await site.clock.advance(31)
    await settle(router)


@pytest.fixture
async def busy(site: Site) -> Site:
    """A site where four calls were handled, by two routers one after the other."""
    router = site.router()
    agent = await site.agent()
    await handle(site, router, agent)
    await handle(site, router, agent)
    await router.stop()
    second = site.router("node-2")
    await handle(site, second, agent)
    await handle(site, second, agent)
    return site


async def test_a_day_replays_byte_for_byte(busy: Site) -> None:
    found = await replay(busy.db)
    assert found.difference is None
    assert found.decisions == 4
    assert found.commands == found.last == await busy.db.read(recorded.last_applied)
    stored = await busy.db.read(
        lambda tx: tx.scalar(
            select(floor_command.c.hash).where(floor_command.c.applied == found.last)
        )
    )
    assert found.hash == stored


async def test_a_replay_may_begin_and_end_anywhere(busy: Site) -> None:
    rows = await busy.db.read(lambda tx: recorded.commands(tx, 0, 10_000))
    whole = {one.applied: one.hash for one in rows}
    start = rows[0].applied_at
    for first, last in ((0, 50), (60, 90), (80, 120), (0, 1000), (100, 100)):
        found = await replay(
            busy.db, start + timedelta(seconds=first), start + timedelta(seconds=last)
        )
        assert found.is_equal
        assert found.until is not None
        assert found.until <= start + timedelta(seconds=last)
        assert found.first == found.snapshot + 1
        assert found.hash == whole[found.last] or found.decisions
    later = [one.applied for one in rows if one.applied_at > start + timedelta(seconds=50)]
    assert (await replay(busy.db, None, start + timedelta(seconds=50))).last == later[0] - 1


async def test_a_replay_of_nothing_is_refused(site: Site) -> None:
    with pytest.raises(NotFound):
        await replay(site.db)
    await settle(site.router())
    with pytest.raises(NotFound):
        await replay(site.db, None, site.clock.now() - timedelta(days=1))


Tamper = Callable[[Tx], object]


def of_command(of: str, **values: Any) -> Tamper:
    """Change the last command of a kind."""

    def work(tx: Tx) -> None:
        c = floor_command.c
        last = tx.scalar(select(c.applied).where(c.kind == of).order_by(c.applied.desc()))
        tx.execute(update(floor_command).where(c.applied == last).values(**values))

    return work


def of_result(tx: Tx) -> None:
    c = floor_command.c
    row = tx.first(select(c.applied, c.result).where(c.kind == "accept").order_by(c.applied))
    effects = [{**one, "interaction": str(row.applied)} for one in row.result["effects"]]
    tx.execute(
        update(floor_command).where(c.applied == row.applied).values(result={"effects": effects})
    )


def without_a_command(tx: Tx) -> None:
    tx.execute(delete(floor_command).where(floor_command.c.applied == 12))


def without_a_decision(tx: Tx) -> None:
    first = tx.scalar(select(decision.c.applied).order_by(decision.c.applied))
    tx.execute(delete(decision).where(decision.c.applied == first))


def with_a_decision_more(tx: Tx) -> None:
    row = tx.first(select(decision))
    values = {**row._mapping, "applied": row.applied + 1}
    tx.execute(insert(decision).values(**values))


def of_snapshot(tx: Tx) -> None:
    last = tx.first(select(floor_snapshot).order_by(floor_snapshot.c.applied.desc()))
    floor = dict(last.floor)
    floor["states"] = [{**one, "reason": "lunch"} for one in floor["states"]]
    tx.execute(
        update(floor_snapshot).where(floor_snapshot.c.applied == last.applied).values(floor=floor)
    )


@pytest.mark.parametrize(
    ("tamper", "what"),
    [
        (of_result, "result"),
        (of_command("set_state", data={"agent": "0" * 32, "state": "offline"}), "result"),
        (of_command("media_up", kind="ended"), "result"),
        (of_command("ended", hash=b"x" * 32), "hash"),
        (of_command("ended", id=UUID(int=1)), "hash"),
        (without_a_command, "command"),
        (without_a_decision, "decision"),
        (with_a_decision_more, "decision"),
        (lambda tx: tx.execute(update(decision).values(tie_break="id")), "decision"),
        (lambda tx: tx.execute(update(decision).values(key={"idle_since": "never"})), "decision"),
        (lambda tx: tx.execute(update(decision).values(hash=b"y" * 32)), "hash"),
        (of_snapshot, "snapshot"),
    ],
)
async def test_a_touched_row_is_found(busy: Site, tamper: Tamper, what: str) -> None:
    await busy.db.write(tamper)
    found = await replay(busy.db)
    assert found.difference is not None
    assert found.difference.what == what
    assert found.difference.stored != found.difference.recomputed


async def test_what_was_taken_out_at_the_end_of_the_time_is_missed(busy: Site) -> None:
    rows = await busy.db.read(lambda tx: recorded.commands(tx, 0, 10_000))
    cut = rows[len(rows) // 2]
    before = rows[len(rows) // 2 - 1]
    await busy.db.write(
        lambda tx: tx.execute(delete(floor_command).where(floor_command.c.applied == cut.applied))
    )
    found = await replay(busy.db, None, before.applied_at)
    assert found.difference is not None
    assert found.difference.what == "command"


async def test_a_configuration_ahead_of_its_command_is_what_a_new_router_saw(site: Site) -> None:
    router = site.router()
    agent = await site.agent()
    call = await site.enqueue()
    await settle(router)
    await router.stop()
    # saved while no router was there: the next one begins with the new queue and the new agent
    await site.db.write(lambda tx: save_queue(tx, "sales", {"offer_s": {"voice": 3}}))
    await site.db.write(lambda tx: save_agent(tx, agent, "Ann", {"queues": ["sales"]}))
    other = await site.agent("Bo")
    await settle(site.router("node-2"))
    await site.clock.advance(40)
    await settle(site.routers[-1])
    await offer_of(site, other)
    found = await replay(site.db)
    assert found.difference is None
    assert "offered" in await site.kinds(call)


async def test_a_router_that_takes_over_right_after_a_snapshot_leaves_its_own(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contactcenter.routing.router._SNAPSHOT_EVERY", 1)
    router = site.router()
    await site.queue(requires="loans")
    agent = await site.agent()
    await site.enqueue()
    await settle(router)
    await site.do(do.SetState(agent, "available"))
    await settle(router)
    assert not await site.db.read(lambda tx: queries.reservations_of(tx, agent))
    await router.stop()
    await site.db.write(lambda tx: save_queue(tx, "sales", {}))
    await settle(site.router("node-2"))
    assert await site.db.read(lambda tx: queries.reservations_of(tx, agent))
    found = await replay(site.db)
    assert found.difference is None


async def test_a_command_that_broke_the_floor_is_replayed_as_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contactcenter.routing import floor as floors

    router = site.router()
    agent = await site.agent()
    await settle(router)

    def breaks(self: Any, command: Any, now: Any) -> None:
        raise KeyError("a fault of ours")

    handlers = dict(floors._HANDLERS)
    monkeypatch.setattr(floors, "_HANDLERS", handlers | {do.SignOut: breaks})
    await site.do(do.SignOut(agent), do.SetState(agent, "away", "meal"))
    await settle(router)
    monkeypatch.setattr(floors, "_HANDLERS", handlers)
    await site.do(do.SetState(agent, "available"))
    await handle(site, router, agent)
    found = await replay(site.db)
    assert found.difference is None
    rows = await site.db.read(lambda tx: recorded.commands(tx, 0, 10_000))
    assert [one.kind for one in rows if one.result.get("refused")] == ["sign_out", "accept"]


async def test_progress_is_told_and_memory_does_not_grow_with_the_day(
    busy: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    largest = 0
    take = Replay.take

    async def watched(self: Any, db: Any, page: Any) -> None:
        nonlocal largest
        largest = max(largest, len(page.commands))
        await take(self, db, page)

    monkeypatch.setattr("contactcenter.routing.replay.Replay.take", watched)
    found = await replay(busy.db, progress=lambda *of: seen.append(of), at_once=5)
    assert found.is_equal
    assert seen[-1] == (found.commands, found.commands)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert len(seen) > 3
    assert largest == 5
