"""Comparisons kept in the store: who works on one, what becomes of it when they are gone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Conflict, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.core.leases import LeaseLost, lease
from contactcenter.routing import whatif_runs
from contactcenter.routing.tables import routing_whatif
from contactcenter.routing.whatif_runs import Asked

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
ASKED = Asked({"queues": {"care": {"target_s": 5}}}, START, START + timedelta(hours=1), note="n")


def begun(tx: Tx, **changes: Any) -> tuple[UUID, Any]:
    run, held = whatif_runs.begin(tx, ASKED, "account:x", **changes)
    return run.id, held


async def state_of(db: Database, key: UUID) -> tuple[str, float]:
    run = await db.read(lambda tx: whatif_runs.get(tx, key))
    return run.state, run.share


def dies(tx: Tx) -> None:
    """The node that works is gone for longer than its lease."""
    tx.execute(update(lease).values(until=START))


async def test_a_run_goes_its_way(db: Database) -> None:
    key, held = await db.write(begun)
    assert await state_of(db, key) == ("running", 0.0)
    await db.write(lambda tx: whatif_runs.advance(tx, held, key, 0.4))
    assert await state_of(db, key) == ("running", 0.4)
    await db.write(lambda tx: whatif_runs.finish(tx, held, key, {"commands": 3}))
    run = await db.read(lambda tx: whatif_runs.get(tx, key))
    assert (run.state, run.share, run.result, run.asked) == ("done", 1.0, {"commands": 3}, ASKED)
    (listed,) = await db.read(whatif_runs.newest)
    assert (listed.id, listed.result) == (key, None)


async def test_one_runs_at_a_time(db: Database) -> None:
    key, held = await db.write(begun)
    with pytest.raises(Conflict) as busy:
        await db.write(begun)
    assert busy.value.code == "busy"
    await db.write(lambda tx: whatif_runs.fail(tx, held, key, "no record", "another time"))
    run = await db.read(lambda tx: whatif_runs.get(tx, key))
    assert (run.state, run.problem, run.hint) == ("failed", "no record", "another time")
    await db.write(begun)
    assert len(await db.read(whatif_runs.newest)) == 2


async def test_a_run_whose_node_died_can_be_started_again(db: Database) -> None:
    key, dead = await db.write(begun)
    await db.write(lambda tx: whatif_runs.advance(tx, dead, key, 0.7))
    await db.write(dies)
    assert await state_of(db, key) == ("interrupted", 0.7)
    run, held = await db.write(lambda tx: whatif_runs.again(tx, key))
    assert (run.id, run.state, run.share) == (key, "running", 0.0)
    # the node that was thought dead wakes up: it has no say any more
    with pytest.raises(LeaseLost):
        await db.write(lambda tx: whatif_runs.finish(tx, dead, key, {}))
    await db.write(lambda tx: whatif_runs.finish(tx, held, key, {"commands": 1}))
    with pytest.raises(Conflict, match="is done"):
        await db.write(lambda tx: whatif_runs.again(tx, key))


async def test_while_one_runs_no_other_is_started_again(db: Database) -> None:
    key, _ = await db.write(begun)
    await db.write(dies)
    other, _ = await db.write(begun)
    for each in (key, other):
        with pytest.raises(Conflict) as busy:
            await db.write(partial(whatif_runs.again, key=each))
        assert busy.value.code == "busy"


async def test_a_deleted_run_is_let_go(db: Database) -> None:
    key, held = await db.write(begun)
    await db.write(lambda tx: whatif_runs.remove(tx, key))
    with pytest.raises(Conflict):
        await db.write(lambda tx: whatif_runs.advance(tx, held, key, 0.5))
    with pytest.raises(NotFound):
        await db.write(lambda tx: whatif_runs.remove(tx, key))
    await db.write(begun)  # and leaves room for another


async def test_a_run_that_ends_while_one_looks_is_never_interrupted(db: Database) -> None:
    for _ in range(20):
        key, held = await db.write(begun)
        end = partial(whatif_runs.finish, held=held, key=key, result={})
        ending = asyncio.create_task(db.write(end))
        seen = await asyncio.gather(*(state_of(db, key) for _ in range(6)))
        await ending
        assert {state for state, _ in seen} <= {"running", "done"}


async def test_deleting_an_old_run_leaves_the_one_that_runs(db: Database) -> None:
    old, first = await db.write(begun)
    await db.write(lambda tx: whatif_runs.finish(tx, first, old, {}))
    key, held = await db.write(begun)
    await db.write(lambda tx: whatif_runs.remove(tx, old))
    await db.write(lambda tx: whatif_runs.advance(tx, held, key, 0.5))


async def test_the_oldest_are_forgotten(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whatif_runs, "KEPT", 3)
    keys = []
    for _ in range(5):
        key, held = await db.write(begun)
        await db.write(partial(whatif_runs.finish, held=held, key=key, result={}))
        keys.append(key)
    rows = await db.read(lambda tx: tx.all(select(routing_whatif.c.id)))
    assert {row.id for row in rows} == set(keys[-3:])


async def test_what_can_not_be_asked(db: Database) -> None:
    wrong = Asked(ASKED.rules, ASKED.end, ASKED.start)
    with pytest.raises(Invalid, match="ends before it begins"):
        await db.write(lambda tx: whatif_runs.begin(tx, wrong, "system"))
    long = Asked(ASKED.rules, ASKED.start, ASKED.end, note="n" * 501)
    with pytest.raises(Invalid, match="at most 500"):
        await db.write(lambda tx: whatif_runs.begin(tx, long, "system"))
    with pytest.raises(NotFound):
        await db.read(lambda tx: whatif_runs.get(tx, new_id()))
