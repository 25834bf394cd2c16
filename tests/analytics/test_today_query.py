"""The day so far by one query, held against the fold of the same events."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from contactcenter.analytics.floor import FloorFollower
from contactcenter.analytics.today import KINDS, Today
from contactcenter.analytics.today_query import today_so_far
from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import follow
from contactcenter.crm.follow import START
from contactcenter.crm.tables import interaction_event

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
TARGETS = {"a": 20.0, "b": 60.0}
_WAYS = ("queued", "queued", "moved", "connected", "dequeued", "closed", "accepted",
         "message_queued")  # fmt: skip


def events(chance: random.Random, interactions: int) -> list[dict[str, Any]]:
    """A log of random lives around midnight; most of them senseless, which is the point."""
    rows: list[dict[str, Any]] = []
    for _ in range(interactions):
        one, at = new_id(), MIDNIGHT + timedelta(seconds=chance.uniform(-60, 600))
        for seq in range(chance.randint(1, 8)):
            kind = chance.choice(_WAYS)
            data: dict[str, Any] = {}
            if kind in ("queued", "moved", "dequeued"):
                data["queue"] = chance.choice("abc")
            if kind in ("dequeued", "closed"):
                data["reason"] = chance.choice(["abandoned", "wait_limit"])
            rows.append(
                {
                    "interaction_id": one, "seq": seq + 1, "kind": kind, "at": at,
                    "actor": chance.choice(["agent:1", "menu"]), "data": data,
                }
            )  # fmt: skip
            at += timedelta(seconds=chance.choice([0, 1, 4.999, 5, 19, 20, 21.5, 60, 61]))
    return sorted(rows, key=lambda row: row["at"])


def folded(tx: Tx) -> Today:
    today = Today(MIDNIGHT, TARGETS)
    for _, event in follow.follow(tx, START, 100_000):
        if event.kind in KINDS:
            today.apply(event)
    return today


@pytest.mark.parametrize("seed", range(6))
async def test_the_query_counts_what_the_fold_counts(seed: int, db: Database) -> None:
    rows = events(random.Random(seed), 300)
    await db.write(lambda tx: tx.execute(insert(interaction_event), rows))

    def both(tx: Tx) -> tuple[Today, Today]:
        return folded(tx), today_so_far(tx, MIDNIGHT, START, follow.end(tx), TARGETS)

    one_by_one, at_once = await db.read(both)
    assert one_by_one._entries == at_once._entries
    assert len(at_once._entries) > 20
    for queue, counts in one_by_one.queues.items():
        found = at_once.counts(queue)
        assert found.waited_s == pytest.approx(counts.waited_s)
        found.waited_s = counts.waited_s
        assert found == counts
    assert set(at_once.queues) == set(one_by_one.queues)


async def test_an_empty_day_counts_nothing(db: Database) -> None:
    found = await db.read(lambda tx: today_so_far(tx, MIDNIGHT, START, follow.end(tx), {}))
    assert found.queues == {}


async def test_a_follower_that_starts_in_the_middle_goes_on_where_the_query_ended(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half the day is there at the start, half comes later: as if it had been there all day."""
    rows = events(random.Random(7), 200)
    half = len(rows) // 2
    db = await Database.open(store_url, clock=VirtualClock(MIDNIGHT + timedelta(hours=9)))
    try:
        await db.write(lambda tx: tx.execute(insert(interaction_event), rows[:half]))
        follower = FloorFollower(db, Bus(db), "UTC")
        read: list[int] = []
        follow_events = follow.follow

        def counted(tx: Tx, place: Any, limit: int) -> Any:
            found = follow_events(tx, place, limit)
            read.append(len(found))
            return found

        monkeypatch.setattr(follow, "follow", counted)
        assert not await follower.step()
        assert read == [0], "nothing of the morning was read event by event"
        await db.write(lambda tx: tx.execute(insert(interaction_event), rows[half:]))
        while await follower.step():
            pass
        assert sum(read) == len(rows) - half
        all_day = (await db.read(folded)).queues
        for queue, counts in all_day.items():
            assert follower.counts[queue].offered == counts.offered
            assert follower.counts[queue].moved_in == counts.moved_in
            assert follower.counts[queue].flowed_out == counts.flowed_out
            assert follower.counts[queue].abandoned == counts.abandoned
            assert follower.counts[queue].waited_s == pytest.approx(counts.waited_s)
    finally:
        await db.close()
