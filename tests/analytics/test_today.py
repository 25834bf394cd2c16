"""Today's counts: the fold against the glossary's definitions."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.analytics.today import Today
from contactcenter.core.ids import new_id
from contactcenter.core.measures import QueueCounts, occupancy, share
from contactcenter.crm.log import Event

START = datetime(2026, 3, 2, tzinfo=UTC)
NINE = START + timedelta(hours=9)
_positions = itertools.count(1)


def event(of: UUID, kind: str, at_s: float, actor: str = "router", **data: Any) -> Event:
    """An event ``at_s`` seconds after nine o'clock."""
    at = NINE + timedelta(seconds=at_s)
    return Event(next(_positions), of, 1, kind, at, actor, data)


def fold(*events: Event, **targets: float) -> Today:
    today = Today(START, targets)
    for each in events:
        today.apply(each)
    return today


def test_answered_within_and_after_the_target() -> None:
    a, b = new_id(), new_id()
    today = fold(
        event(a, "queued", 0, queue="care"),
        event(b, "queued", 0, queue="care"),
        event(a, "connected", 20, agent="x"),
        event(b, "connected", 20.1, agent="x"),
        event(a, "connected", 50, agent="x"),  # after a hold: not a second answer
        care=20,
    )
    counts = today.counts("care")
    assert (counts.offered, counts.answered, counts.answered_in_target) == (2, 2, 1)
    assert counts.service_level == 0.5
    assert counts.asa_s == pytest.approx(20.05)


def test_abandons_by_their_wait() -> None:
    waits = (2, 10, 30)
    ids = [new_id() for _ in waits]
    entries = [event(each, "queued", 0, queue="care") for each in ids]
    leaves = [
        event(each, "dequeued", wait, queue="care", reason="abandoned")
        for each, wait in zip(ids, waits, strict=True)
    ]
    counts = fold(*entries, *leaves, care=20).counts("care")
    assert counts.abandoned == 3
    assert counts.abandoned_short == 1
    assert counts.abandoned_after_target == 1
    assert counts.service_level == 0.0
    assert counts.abandonment_rate == 1.0


def test_flow_outs_are_no_abandons() -> None:
    a, b, c = new_id(), new_id(), new_id()
    today = fold(
        event(a, "queued", 0, queue="care"),
        event(a, "moved", 5, queue="sales", **{"from": "care"}),
        event(b, "queued", 0, queue="care"),
        event(b, "dequeued", 3, queue="care", reason="wait_limit"),
        event(c, "queued", 0, queue="care"),
        event(c, "closed", 3, reason="stop"),
    )
    assert today.counts("care").flowed_out == 3
    assert today.counts("care").abandoned == 0
    assert today.counts("sales").offered == 1


def test_a_move_is_no_new_offer_where_queues_are_added_up() -> None:
    a, b = new_id(), new_id()
    today = fold(
        event(a, "queued", 0, queue="care"),
        event(b, "queued", 0, queue="sales"),
        event(a, "moved", 5, queue="sales", **{"from": "care"}),
        event(a, "moved", 6, queue="care", **{"from": "sales"}),
        event(a, "connected", 9, agent="x"),
    )
    care, sales = today.counts("care"), today.counts("sales")
    assert (care.offered, care.moved_in, care.flowed_out) == (2, 1, 1)
    assert (sales.offered, sales.moved_in, sales.flowed_out) == (2, 1, 1)
    assert care.offered_anew + sales.offered_anew == 2


def test_who_comes_back_after_leaving_is_offered_anew() -> None:
    a = new_id()
    today = fold(
        event(a, "queued", 0, queue="care"),
        event(a, "dequeued", 5, queue="care", reason="queue_full"),
        event(a, "queued", 6, queue="sales"),
    )
    assert (today.counts("sales").offered, today.counts("sales").moved_in) == (1, 0)


def test_a_text_is_answered_by_the_first_human_reply() -> None:
    a = new_id()
    today = fold(
        event(a, "queued", 0, queue="care"),
        event(a, "message_queued", 1, actor="menu"),
        event(a, "accepted", 5),
        event(a, "message_queued", 60, actor=f"agent:{new_id()}"),
        event(a, "message_queued", 90, actor=f"agent:{new_id()}"),
        care=50,
    )
    counts = today.counts("care")
    assert (counts.answered, counts.answered_in_target, counts.waited_s) == (1, 0, 60)


def test_the_day_of_the_entry_counts() -> None:
    a = new_id()
    day = Today(NINE + timedelta(hours=15))
    day.apply(event(a, "queued", 0, queue="care"))
    day.apply(event(a, "connected", 16 * 3600, agent="x"))
    assert day.counts("care") == QueueCounts()


def test_the_same_queue_twice_is_one_entry() -> None:
    a = new_id()
    today = fold(
        event(a, "queued", 0, queue="care"),
        event(a, "queued", 10, queue="care"),
        event(a, "connected", 15, agent="x"),
        care=20,
    )
    assert today.counts("care").offered == 1
    assert today.counts("care").waited_s == 15


KINDS = st.sampled_from(["queued", "moved", "connected", "dequeued", "closed", "accepted"])


@given(st.lists(st.tuples(st.integers(0, 3), KINDS, st.sampled_from(["a", "b"])), max_size=60))
def test_nothing_is_counted_twice_or_lost(steps: list[tuple[int, str, str]]) -> None:
    ids = [new_id() for _ in range(4)]
    today = Today(START)
    for second, (who, kind, queue) in enumerate(steps):
        data = {"queue": queue} if kind in ("queued", "moved", "dequeued") else {}
        if kind == "dequeued":
            data["reason"] = "abandoned"
        today.apply(event(ids[who], kind, second, **data))
    for counts in today.queues.values():
        ended = counts.answered + counts.abandoned + counts.flowed_out
        assert 0 <= counts.offered - ended <= 4
        assert counts.answered_in_target <= counts.answered
        assert (
            0
            <= counts.moved_in
            <= counts.flowed_out + sum(other.flowed_out for other in today.queues.values())
        )
        level = counts.service_level
        assert level is None or 0 <= level <= 1


def test_shares_without_a_whole_are_none() -> None:
    empty = QueueCounts()
    assert empty.service_level is None
    assert empty.abandonment_rate is None
    assert empty.asa_s is None
    assert share(0, 0) is None
    assert occupancy(0, 0) is None
    assert occupancy(30, 10) == 0.75
    assert occupancy(30, 10, 20) == 0.5
