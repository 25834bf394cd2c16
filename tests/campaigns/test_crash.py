"""Killed between any two steps: after a restart everybody has one message or is listed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import select, update

from contactcenter.campaigns import claims
from contactcenter.campaigns.tables import delivery
from contactcenter.core.db import Database, Tx
from contactcenter.handling import outbound
from tests.campaigns.stage import Killed, Stage

T = TypeVar("T")
CROWD = 4


class Killing:
    """Stands before the store: at the n-th write the process dies, before or after its commit."""

    def __init__(self, db: Database, at: int, *, after: bool) -> None:
        self._write = db.write
        self._db = db
        self.left = at
        self.after = after
        db.write = self  # type: ignore[method-assign]

    async def __call__(self, work: Callable[[Tx], T]) -> T:
        self.left -= 1
        if self.left == 0 and not self.after:
            self.restore()
            raise Killed
        result = await self._write(work)
        if self.left == 0:
            self.restore()
            raise Killed
        return result

    def restore(self) -> None:
        self._db.write = self._write  # type: ignore[method-assign]


async def played(stage: Stage, campaign: UUID) -> None:
    """The whole of a campaign, as one process does it."""
    await stage.tick()
    await stage.run()


def accounted(stage: Stage, rows: list[Any]) -> None:
    """Exactly one message each, or in doubt; and never two."""
    sent = stage.sent_to()
    assert len(rows) == CROWD
    for row in rows:
        assert sent[row.address] <= 1
        assert row.outcome in ("sent", "in_doubt")
        if row.outcome == "sent":
            assert sent[row.address] == 1


@pytest.mark.parametrize("after", [False, True], ids=["before_commit", "after_commit"])
async def test_killed_at_any_write(stage: Stage, *, after: bool) -> None:
    """Every write of the run is killed once, over the one store, on a campaign of its own."""
    await stage.crowd(CROWD)
    doubts = 0
    for at in range(1, 200):
        stage.drop.clear()
        campaign = await stage.draft()
        await stage.schedule(campaign)
        killing = Killing(stage.db, at, after=after)
        try:
            await played(stage, campaign)
        except Killed:
            await stage.restart()
            await played(stage, campaign)
        rows = await stage.rows(campaign)
        accounted(stage, rows)
        in_doubt = [row for row in rows if row.outcome == "in_doubt"]
        assert len(in_doubt) <= CROWD  # at most those under way, all of this small crowd
        doubts += len(in_doubt)
        assert (await stage.campaign(campaign)).state == "finished"
        if killing.left > 0:
            killing.restore()
            break
    assert killing.left > 0, "the sweep did not reach the end of the run"
    assert at > 15
    assert doubts >= CROWD if after else doubts >= 1


async def test_an_audience_half_written_goes_on(stage: Stage, monkeypatch: Any) -> None:
    monkeypatch.setattr("contactcenter.campaigns.audience.PAGE", 7)
    people = await stage.crowd(40)
    campaign = await stage.launch({"email": 0.5, "sms": 0.5})
    planner = stage.planner()
    await planner.step()
    await planner.step()
    assert len(await stage.rows(campaign)) == 14
    await stage.restart()
    await stage.run()
    rows = await stage.rows(campaign)
    assert {row.customer_id for row in rows} == set(people)
    assert [row.channel for row in rows].count("sms") == 20
    assert await stage.counts(campaign) == {"sent": 40}


async def test_a_dead_planners_claims_come_back_with_its_lease(stage: Stage) -> None:
    await stage.crowd(3)
    campaign = await stage.launch()
    await stage.planner().step()
    take = partial(claims.claim, campaign=campaign, run="1", owner="planner-dead", site=stage.site)
    assert (await stage.db.write(take)).taken == 3
    other = stage.planner("planner-2")
    await other.sweep(alone=False)
    await stage.plan(other)
    assert await stage.counts(campaign) == {"queued": 3}
    assert not await stage.deliver()
    long_ago = update(delivery).values(lease_until=stage.clock.now())
    await stage.db.write(lambda tx: tx.execute(long_ago).rowcount)
    await other.sweep(alone=False)
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 3}


async def test_a_planner_that_slept_through_its_lease_hands_off_nothing(stage: Stage) -> None:
    """Its claims were taken by another meanwhile; its own transaction then finds them gone."""
    await stage.crowd(5)
    campaign = await stage.launch()
    slow, quick = stage.planner("planner-slow"), stage.planner("planner-quick")
    await slow.step()
    take = partial(claims.claim, campaign=campaign, run="1", owner="planner-slow", site=stage.site)
    claimed = await stage.db.write(take)
    await quick.sweep(alone=True)
    await stage.plan(quick)
    await slow._send(claimed)
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 5}
    assert stage.sent_to().total() == 5


async def test_two_planners_share_the_work(stage: Stage, monkeypatch: Any) -> None:
    monkeypatch.setattr("contactcenter.campaigns.claims.BATCH", 10)
    monkeypatch.setattr("contactcenter.campaigns.audience.PAGE", 20)
    await stage.crowd(120)
    campaign = await stage.launch({"email": 0.5, "sms": 0.5})
    planners = [stage.planner("planner-1"), stage.planner("planner-2")]
    await asyncio.gather(*(stage.plan(each) for each in planners))
    await asyncio.gather(*(stage.deliver(owner) for owner in ("pump-1", "pump-2")))
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 120}
    assert stage.sent_to().total() == len(stage.sent_to()) == 120


async def test_stop_races_with_the_hand_over(stage: Stage) -> None:
    """Of a STOP and a hand-over one commits first; after a STOP none begins."""
    people = await stage.crowd(30)
    campaign = await stage.launch()
    await stage.plan()
    begun: dict[str, bool] = {}
    stopped: set[str] = set()
    late: list[str] = []

    async def hand_over(message: outbound.Message) -> None:
        was_stopped = message.address in stopped
        begun[message.address] = await stage.begin(message)
        if was_stopped and begun[message.address]:
            late.append(message.address)

    async def stop(address: str) -> None:
        await stage.stop_word("sms", address)
        stopped.add(address)

    messages = await stage.db.write(partial(outbound.claim, owner="pump-1"))
    assert len(messages) == len(people)
    race = []
    for place, message in enumerate(messages):
        both = [hand_over(message), stop(message.address)]
        race += both if place % 2 else both[::-1]
    await asyncio.gather(*race)
    for message in messages:
        if begun[message.address]:
            await stage.take(message)
            settle = partial(outbound.settle, message=message, state="sent", provider_ref="x")
            await stage.db.write(settle)
    await stage.follow()
    counts = await stage.counts(campaign)
    assert counts["sent"] + counts["skipped:opted_out"] == 30
    assert counts["sent"] == sum(begun.values()) == len(stage.drop)
    assert not late
    # whoever said STOP is closed from now on
    again = await stage.launch()
    await stage.run()
    assert await stage.counts(again) == {"skipped:opted_out": 30}


async def test_stop_before_the_hand_over_commits_is_a_skip(stage: Stage) -> None:
    await stage.crowd(2)
    campaign = await stage.launch()
    await stage.plan()
    messages = await stage.db.write(partial(outbound.claim, owner="pump-1"))
    for message in messages:
        await stage.stop_word("sms", message.address)
        assert not await stage.begin(message)
    await stage.follow()
    assert await stage.counts(campaign) == {"skipped:opted_out": 2}
    await stage.plan()
    assert (await stage.campaign(campaign)).state == "finished"


async def test_a_pause_races_with_hand_overs(stage: Stage) -> None:
    """No hand-over begins after the pause has been answered."""
    await stage.crowd(40)
    campaign = await stage.launch()
    await stage.plan()
    is_answered = False
    late: list[UUID] = []

    async def pause() -> None:
        nonlocal is_answered
        await stage.say(campaign, "pause")
        is_answered = True

    async def hand_over(message: outbound.Message) -> None:
        was_answered = is_answered
        if await stage.begin(message):
            if was_answered:
                late.append(message.id)
            await stage.take(message)
            settle = partial(outbound.settle, message=message, state="sent", provider_ref="x")
            await stage.db.write(settle)

    messages = await stage.db.write(partial(outbound.claim, owner="pump-1"))
    work = [hand_over(message) for message in messages]
    await asyncio.gather(*work[:20], pause(), *work[20:])
    assert not late
    left = len(stage.drop)
    assert await stage.deliver() == 0
    assert len(stage.drop) == left
    await stage.follow()
    await stage.say(campaign, "resume")
    await stage.run()
    assert await stage.counts(campaign) == {"sent": 40}
    assert max(stage.sent_to().values()) == 1


async def test_the_pause_waits_for_a_hand_over_that_is_committing(postgres_stage: Stage) -> None:
    """The gate's share of the row holds the pause back (SQLite has one writer at a time)."""
    stage = postgres_stage
    await stage.crowd(1)
    campaign = await stage.launch()
    await stage.plan()
    (message,) = await stage.db.write(partial(outbound.claim, owner="pump-1"))
    async with stage.db.engine.connect() as connection:
        await connection.begin()
        gated = await connection.run_sync(
            lambda conn: stage.campaigns.gate(Tx(conn, stage.clock.now()), message)
        )
        assert gated is None
        pausing = asyncio.create_task(stage.say(campaign, "pause"))
        await asyncio.sleep(0.2)
        assert not pausing.done()
        await connection.commit()
    assert (await pausing).state == "paused"
    assert not await stage.begin(message)


async def test_rows_are_unique_whatever_happens(stage: Stage) -> None:
    """The store itself refuses a second row for a customer, or an address."""
    await stage.crowd(3)
    campaign = await stage.launch()
    await stage.planner().step()
    (first, *_) = await stage.rows(campaign)
    copy = {key: value for key, value in first._mapping.items() if key != "id"}

    def again(**changes: Any) -> Callable[[Tx], Any]:
        values = {**copy, "id": UUID(int=1), **changes}
        return lambda tx: tx.execute(delivery.insert().values(**values)).rowcount

    for changes in ({"address": "+447999999999"}, {"customer_id": UUID(int=2)}):
        with pytest.raises(Exception, match=r"(?i)unique"):
            await stage.db.write(again(**changes))
    count = await stage.db.read(lambda tx: len(tx.all(select(delivery.c.id))))
    assert count == 3
