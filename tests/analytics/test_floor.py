"""The floor's follower: it begins at the site's midnight, catches up, and starts the day anew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contactcenter.analytics import floor
from contactcenter.analytics.floor import FloorFollower, first_place, midnight
from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, log
from contactcenter.crm.follow import START, follow
from contactcenter.crm.model import NewEvent

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def enter(tx: Tx, at: datetime, queue: str = "care") -> None:
    """An interaction that entered the queue at ``at``."""
    of, address, _ = customers.create_or_find(tx, "phone", "+447700900123", "")
    data = {"channel": "voice", "direction": "inbound", "provider": "simulated"}
    data |= {"line": "1", "customer": str(of), "address": str(address)}
    one = new_id()
    log.open_interaction(tx, one, NewEvent("opened", "customer", data, at=at))
    log.append(tx, one, NewEvent("queued", "menu", {"queue": queue}, at=at))


@pytest.mark.parametrize(
    ("now", "zone", "expected"),
    [
        (NOON, "UTC", datetime(2026, 3, 2, tzinfo=UTC)),
        (NOON, "Asia/Shanghai", datetime(2026, 3, 1, 16, tzinfo=UTC)),
        (
            datetime(2026, 3, 2, 17, tzinfo=UTC),
            "Asia/Shanghai",
            datetime(2026, 3, 2, 16, tzinfo=UTC),
        ),
        # the day of the change to summer time is 23 hours long
        (datetime(2026, 3, 29, 12, tzinfo=UTC), "Europe/London", datetime(2026, 3, 29, tzinfo=UTC)),
        (
            datetime(2026, 3, 30, 12, tzinfo=UTC),
            "Europe/London",
            datetime(2026, 3, 29, 23, tzinfo=UTC),
        ),
    ],
)
def test_midnight_is_the_sites(now: datetime, zone: str, expected: datetime) -> None:
    assert midnight(now, zone) == expected


async def test_the_first_place_skips_nothing_of_today(db: Database) -> None:
    monday = datetime(2026, 3, 2, tzinfo=UTC)

    def work(tx: Tx) -> None:
        for hour in range(-40, 12):
            enter(tx, monday + timedelta(hours=hour))

    await db.write(work)
    back, floor.OUT_OF_ORDER = floor.OUT_OF_ORDER, 4
    try:
        place = await db.read(lambda tx: first_place(tx, monday))
        rows = await db.read(lambda tx: follow(tx, place, 500))
    finally:
        floor.OUT_OF_ORDER = back
    seen = [event.at for _, event in rows if event.kind == "queued"]
    assert [at for at in seen if at >= monday] == [
        monday + timedelta(hours=hour) for hour in range(12)
    ]
    if db.store == "sqlite":  # on PostgreSQL one transaction is one place
        assert len(seen) < 20
    assert await db.read(lambda tx: first_place(tx, monday - timedelta(days=9))) <= place


async def test_an_empty_log_has_a_first_place(db: Database) -> None:
    assert await db.read(lambda tx: first_place(tx, NOON)) == START


async def test_counts_follow_the_log_and_the_day(store_url: str) -> None:
    clock = VirtualClock(NOON)
    db = await Database.open(store_url, clock=clock)
    try:
        await db.write(lambda tx: enter(tx, NOON - timedelta(days=1)))
        await db.write(lambda tx: enter(tx, NOON - timedelta(hours=1)))
        follower = FloorFollower(db, Bus(db), "UTC")
        assert follower.counts == {}
        while await follower.step():
            pass
        assert follower.counts["care"].offered == 1
        await db.write(lambda tx: enter(tx, NOON))
        await follower.step()
        assert follower.counts["care"].offered == 2
        await clock.advance(13 * 3600)
        await db.write(lambda tx: enter(tx, tx.now))
        while await follower.step():
            pass
        assert follower.counts["care"].offered == 1
    finally:
        await db.close()
