"""Medians, ranks, verdicts, the table; and what the menu turn's reference learns from two turns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import ContactCenterError
from contactcenter.crm import customers
from contactcenter.trials.bench import table
from contactcenter.trials.bench.model import Bound, Figure, Row, compared, percentile, spread
from contactcenter.trials.bench.reference import opened
from contactcenter.trials.bench.statements import Call, recorded
from contactcenter.trials.bench.turn_handler import learned


def test_a_spread_is_median_and_quartiles() -> None:
    found = spread([5.0, 1.0, 3.0, 2.0, 4.0])
    assert (found.low, found.median, found.high, found.count) == (2.0, 3.0, 4.0, 5)
    alone = spread([7.0])
    assert (alone.low, alone.median, alone.high) == (7.0, 7.0, 7.0)


def test_a_percentile_is_a_value_that_occurred() -> None:
    values = [float(each) for each in range(1, 101)]
    assert percentile(values, 0.99) == 99.0
    assert percentile(values, 0.5) == 50.0
    assert percentile([3.0], 0.99) == 3.0


@pytest.mark.parametrize(
    ("sense", "ratio", "verdict"),
    [(">=", 0.7, "met"), (">=", 0.5, "missed"), ("<=", 0.5, "met"), ("<=", 0.7, "missed")],
)
def test_the_verdict_is_the_median_ratio_s(sense: str, ratio: float, verdict: str) -> None:
    bound = Bound(sense, 0.6)  # type: ignore[arg-type]  # one of the two
    row = compared("x", "", "s", [(ratio, 1.0), (ratio * 4, 4.0), (100.0, 1.0)], bound)
    assert row.verdict == verdict


def test_milliseconds_give_no_verdict() -> None:
    row = Row("x", "", "ms", spread([900.0]), figures=(Figure("p99", 900.0, "ms", Bound("<=", 1)),))
    assert row.verdict == "none"
    assert "p99 900 ms (aim <= 1 ms: missed)" in table.lines([row])[-1]


def test_the_table_says_ours_reference_ratio_and_goal() -> None:
    rows = [compared("turn", "sqlite", "turns/s", [(1500.0, 2000.0)], Bound(">=", 0.6))]
    *_, line = table.lines(rows)
    assert line.split() == [
        "turn", "sqlite", "1,500", "turns/s", "2,000", "turns/s", "0.75", "(0.75-0.75)", ">=",
        "0.6", "met",
    ]  # fmt: skip


async def test_every_statement_is_recorded_and_can_be_repeated(
    db: Database, store_url: str
) -> None:
    """Core and hot, in order, with the driver's own arguments."""

    def create(tx: Tx) -> None:
        customers.create_or_find(tx, "phone", "+15550100", "+15550100")

    calls = await recorded(db, lambda: db.write(create))
    assert [call.sql.split()[0] for call in calls] == ["SELECT", "INSERT", "INSERT"]
    assert await recorded(db, lambda: db.read(lambda tx: None)) == []
    await db.write(_empty)
    async with opened(store_url) as reference:
        await reference.commit(calls)
    assert await db.read(lambda tx: customers.find_by_address(tx, "phone", "+15550100")) is not None


def _empty(tx: Tx) -> None:
    from contactcenter.crm.tables import customer, customer_address

    tx.execute(customer_address.delete())
    tx.execute(customer.delete())


async def test_a_reference_that_fails_leaves_nothing(db: Database, store_url: str) -> None:
    def create(tx: Tx) -> None:
        customers.create_or_find(tx, "phone", "+15550100", "+15550100")

    calls = await recorded(db, lambda: db.write(create))
    await db.write(_empty)
    async with opened(store_url) as reference:
        with pytest.raises(Exception, match="nonsense"):
            await reference.commit([*calls, Call("SELECT nonsense", (), False)])
        await reference.commit(calls)  # and the next one finds it in order


def test_a_turn_is_learned_from_two() -> None:
    ids = uuid4(), uuid4(), uuid4()
    one, other, third = (
        {"sid": f"CA{number}", "leg": key, "event": f"e{number}"} for number, key in enumerate(ids)
    )
    at = datetime.now(UTC)

    def calls(facts: dict[str, object], key: object) -> list[Call]:
        text = f'{{"leg": "{facts["leg"]}"}}'
        return [Call("INSERT ?", (key, facts["sid"], at, text, 3), False)]

    shapes: list[Callable[[UUID], Any]] = [lambda key: key, lambda key: key.bytes]
    for shape in shapes:
        turn = learned(
            (one, calls(one, shape(ids[0])), "<Say>e0</Say>"),
            (other, calls(other, shape(ids[1])), "<Say>e1</Say>"),
        )
        (call,) = turn.calls(third)
        assert call.arguments[:2] == (shape(ids[2]), "CA2")
        assert call.arguments[2] >= at
        assert call.arguments[3:] == (f'{{"leg": "{ids[2]}"}}', 3)
        assert turn.answer(third) == "<Say>e2</Say>"


def test_a_value_of_unknown_origin_is_a_fault_not_a_guess() -> None:
    facts, others = {"event": "a"}, {"event": "b"}
    mine, theirs = [Call("INSERT ?", (17,), False)], [Call("INSERT ?", (18,), False)]
    with pytest.raises(ContactCenterError, match="whence 17"):
        learned((facts, mine, ""), (others, theirs, ""))
    with pytest.raises(ContactCenterError, match="different statements"):
        learned((facts, mine, ""), (others, [Call("UPDATE ?", (17,), False)], ""))
