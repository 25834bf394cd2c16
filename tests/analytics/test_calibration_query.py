"""The report over a log whose answer is known by construction, on both stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from contactcenter.analytics import calibration_query
from contactcenter.analytics.calibration import Report
from contactcenter.analytics.calibration_query import calibration
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.crm.tables import interaction_event
from contactcenter.routing.setup import save_queue

DAY = datetime(2026, 3, 2, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


def told_and(
    at: datetime, waited_s: float, end: str, *, queue: str = "care", sure: bool = True
) -> list[dict[str, Any]]:
    """One wait: told 60 to 100 s at ``at``, over after ``waited_s``."""
    band = {"low_s": 60, "high_s": 100} if sure else {}
    steps: list[tuple[datetime, str, dict[str, Any]]] = [
        (at - timedelta(seconds=30), "queued", {"queue": queue}),
        (at, "announced", {"queue": queue, "position": 1} | band),
        (at + timedelta(seconds=waited_s), end, {"queue": queue} if end == "dequeued" else {}),
    ]
    one: UUID = new_id()
    return [
        {"interaction_id": one, "seq": seq, "kind": kind, "at": when, "actor": "router",
         "data": data}
        for seq, (when, kind, data) in enumerate(steps, 1)
    ]  # fmt: skip


def constructed() -> list[dict[str, Any]]:
    """Ten hours of 60 waits each: 45 of 60 inside (75 %), 6 left unknown, 3 left late, 6 silent."""
    rows: list[dict[str, Any]] = []
    for hour in range(8, 18):
        for n in range(60):
            at = DAY + timedelta(hours=hour, minutes=n)
            if n % 10 == 0:
                rows += told_and(at, 70, "connected", sure=False)
            elif n % 10 == 1:
                rows += told_and(at, 50, "dequeued")
            elif n % 20 == 2:
                rows += told_and(at, 101, "dequeued")
            else:
                rows += told_and(at, 80 if n % 4 else 120, "connected")
    return sorted(rows, key=lambda row: row["at"])


async def store(db: Database, rows: list[dict[str, Any]]) -> None:
    def work(tx: Tx) -> None:
        save_queue(tx, "care", {"announcements": {}})
        tx.execute(insert(interaction_event), rows)

    await db.write(work)


async def read(db: Database, **more: Any) -> Report:
    known: dict[str, Any] = {"start": DAY, "end": DAY + timedelta(days=1), "zone": UTC_ZONE}
    return await calibration(db, **(known | more))


@pytest.mark.parametrize("page", [20_000, 37])
async def test_what_was_constructed_is_found_whatever_the_page(
    db: Database, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(calibration_query, "_PAGE", page)
    monkeypatch.setattr(calibration_query, "_LIVES", 7 if page == 37 else 400)
    await store(db, constructed())
    found = await read(db)
    whole = found.whole
    told = 600 - 60
    inside = sum(
        10 for n in range(60) if n % 10 not in (0, 1) and n % 20 != 2 and n % 4
    )  # per minute of the hour, in ten hours
    assert (whole.told, whole.silent, whole.left, whole.late) == (told, 60, 90, 30)
    assert (whole.answered.answered, whole.answered.inside) == (450, inside)
    assert whole.answered.above == 450 - inside
    assert whole.waits == 450
    assert whole.bounds == (inside / told, (inside + 60) / told)
    assert set(found.by_hour) == {f"{hour:02d}" for hour in range(8, 18)}
    assert {held.told for held in found.by_hour.values()} == {54}
    assert found.is_whole


async def test_the_end_of_a_wait_may_lie_after_the_period(db: Database) -> None:
    await store(db, told_and(DAY + timedelta(hours=23, minutes=59, seconds=50), 80, "connected"))
    assert (await read(db)).whole.answered.inside == 1


async def test_the_period_is_from_to_before(db: Database) -> None:
    await store(db, constructed())
    nine = DAY + timedelta(hours=9)
    found = await read(db, start=nine, end=nine + timedelta(hours=1))
    assert (found.whole.told, set(found.by_hour)) == (54, {"09"})


async def test_one_queue_alone_and_one_that_never_was(db: Database) -> None:
    later = told_and(DAY + timedelta(hours=20), 80, "connected", queue="gone")
    await store(db, [*constructed(), *later])
    assert (await read(db, queue="gone")).whole.told == 1
    assert (await read(db, queue="care", start=DAY, end=DAY + timedelta(hours=1))).whole.told == 0
    with pytest.raises(NotFound):
        await read(db, queue="never")


async def test_a_log_that_is_too_long_is_read_in_part_and_says_so(db: Database) -> None:
    rows = constructed()
    await store(db, rows)
    found = await read(db, most_events=600)
    assert not found.is_whole
    assert DAY + timedelta(hours=10) < found.end < DAY + timedelta(hours=13)
    whole = await read(db, end=found.end)
    assert 0 < found.whole.told <= whole.whole.told
    assert whole.whole.told - found.whole.told <= 1, "but for entries of the same moment"


async def test_an_empty_log_and_a_period_that_is_none(db: Database) -> None:
    assert (await read(db)).whole.verdict(0.8) == "none"
    with pytest.raises(Invalid):
        await read(db, end=DAY)
