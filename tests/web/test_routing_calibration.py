"""Supervisors ask how true the waits told were; nobody else may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.crm.tables import interaction_event
from contactcenter.web.ports import Services
from tests.web.parts import API, Client, People, bearer, problem

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
PERIOD = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z"}


def wait(at: datetime, waited_s: float, end: str = "connected", place: int = 1) -> list[Any]:
    """One caller told 60 to 100 s at ``at``."""
    one = new_id()
    band = {"queue": "care", "position": place, "low_s": 60, "high_s": 100}
    steps = [
        (at, "queued", {"queue": "care"}),
        (at, "announced", band),
        (at + timedelta(seconds=waited_s), end, {}),
    ]
    return [
        {"interaction_id": one, "seq": n, "kind": kind, "at": when, "actor": "x", "data": data}
        for n, (when, kind, data) in enumerate(steps, 1)
    ]


async def day(services: Services, count: int = 120) -> None:
    """Told by construction: three of four inside, one of ten left too soon to know."""

    def work(tx: Tx) -> None:
        for n in range(count):
            at = NINE + timedelta(minutes=2 * n)
            end = "closed" if n % 10 == 1 else "connected"
            waited = 50 if end == "closed" else 80 if n % 4 else 140
            tx.execute(interaction_event.insert(), wait(at, waited, end, 1 + n % 9))

    await services.db.write(work)


async def get(client: Client, query: dict[str, str], name: str = "supervisor") -> Any:
    headers = await bearer(client, name)
    return await client.get(f"{API}/routing/calibration", params=query, headers=headers)


async def test_the_report(client: Client, services: Services, people: People) -> None:
    await day(services)
    reply = await get(client, PERIOD)
    assert reply.status == 200
    told = await reply.json()
    whole = told["whole"]
    assert (told["nominal"], told["is_whole"], told["from"]) == (0.8, True, PERIOD["from"])
    assert (whole["told"], whole["left"], whole["late"]) == (120, 12, 0)
    assert (whole["answered"], whole["inside"], whole["later"]) == (108, 78, 30)
    assert whole["at_least"] == 78 / 120
    assert whole["at_most"] == 90 / 120
    assert whole["coverage_high"] < 0.8
    assert whole["verdict"] == "narrow"
    assert sum(row["told"] for row in told["by_hour"]) == 120
    assert [row["name"] for row in told["by_position"]] == ["1", "2-3", "4-7", "8-15"]


async def test_an_empty_period(client: Client, people: People) -> None:
    told = await (await get(client, PERIOD)).json()
    assert (told["whole"]["verdict"], told["by_queue"]) == ("none", [])


async def test_a_period_has_two_ends_in_order_and_not_too_far_apart(
    client: Client, people: People
) -> None:
    for wrong in (
        {"from": PERIOD["from"]},
        {"from": PERIOD["to"], "to": PERIOD["from"]},
        {"from": PERIOD["from"], "to": "2026-04-03T00:00:00Z"},
        {"from": "2026-03-02T00:00:00", "to": PERIOD["to"]},
    ):
        await problem(await get(client, wrong), 400, "malformed_request")
    await problem(await get(client, PERIOD | {"queue": "never"}), 404, "unknown_queue")


async def test_only_the_floor_may_ask(client: Client, people: People) -> None:
    for name in ("agent", "marketer"):
        await problem(await get(client, PERIOD, name), 403, "denied")
