"""What became of those who were told a wait, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from contactcenter.analytics.told import KINDS, told
from contactcenter.crm.log import Event
from contactcenter.crm.model import KINDS as ALL_KINDS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGENT = "agent:00000000-0000-0000-0000-000000000001"


def life(*steps: tuple[float, str, dict[str, Any]], actor: str = "router") -> list[Event]:
    """Events of one interaction: seconds after noon, kind, data."""
    return [
        Event(100 + seq, UUID(int=7), seq, kind, NOON + timedelta(seconds=at), actor, data)
        for seq, (at, kind, data) in enumerate(steps, 1)
    ]


def band(low: int, high: int, queue: str = "a", position: int = 2) -> dict[str, Any]:
    return {"queue": queue, "position": position, "low_s": low, "high_s": high}


IN_A, IN_B = {"queue": "a"}, {"queue": "b"}
NOW = NOON + timedelta(seconds=900)


def test_all_kinds_looked_at_are_kinds_of_the_log() -> None:
    assert set(KINDS) <= set(ALL_KINDS)


def test_each_announcement_of_a_wait_is_answered_by_the_connection() -> None:
    first, second = told(
        life(
            (0, "queued", IN_A),
            (30, "announced", band(60, 90)),
            (90, "announced", {"queue": "a", "position": 1}),
            (100, "accepted", {"agent": AGENT}),
            (101.5, "connected", {}),
            (500, "closed", {}),
        ),
        NOW,
    )
    assert (first.outcome, first.waited_s, first.band, first.position) == (
        "answered", 71.5, (60.0, 90.0), 2,
    )  # fmt: skip
    assert (second.outcome, second.waited_s, second.band) == ("answered", 11.5, None)
    assert (first.stay, second.stay) == (first.stay, first.stay)
    assert (first.log_position, second.log_position) == (102, 103)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("dequeued", {"queue": "a", "reason": "abandoned"}),
        ("callback_planned", {"queue": "a"}),
        ("closed", {"reason": "hung_up"}),
        ("moved", {"queue": "b", "from": "a"}),
        ("queued", IN_B),
    ],
)
def test_whoever_leaves_the_queue_is_never_counted_as_answered_later(
    kind: str, data: dict[str, Any]
) -> None:
    (one,) = told(
        life(
            (0, "queued", IN_A),
            (10, "announced", band(60, 90)),
            (40, kind, data),
            (80, "connected", {}),
        ),
        NOW,
    )
    assert (one.outcome, one.waited_s) == ("left", 30)


def test_a_second_stay_is_another_wait() -> None:
    first, second = told(
        life(
            (0, "queued", IN_A),
            (10, "announced", band(60, 90)),
            (20, "moved", IN_B),
            (30, "announced", band(5, 9, "b")),
            (36, "connected", {}),
        ),
        NOW,
    )
    assert (first.queue, first.outcome, second.queue, second.outcome) == (
        "a", "left", "b", "answered",
    )  # fmt: skip
    assert first.stay != second.stay


def test_to_be_queued_where_one_waits_already_ends_nothing() -> None:
    (one,) = told(
        life(
            (0, "queued", IN_A),
            (10, "announced", band(60, 90)),
            (20, "queued", IN_A),
            (90, "connected", {}),
        ),
        NOW,
    )
    assert (one.outcome, one.waited_s) == ("answered", 80)


def test_who_is_still_there_waits_until_now() -> None:
    (one,) = told(life((0, "queued", IN_A), (840, "announced", band(60, 90))), NOW)
    assert (one.outcome, one.waited_s) == ("waiting", 60)


def test_the_offer_of_a_callback_tells_no_wait() -> None:
    events = life((0, "queued", IN_A), (30, "announced", {"queue": "a", "callback": True}))
    assert told(events, NOW) == []


def test_writing_is_answered_by_a_person_and_by_nothing_else() -> None:
    waits = life((0, "queued", IN_A), (30, "announced", band(60, 90)))
    machine = life((40, "message_queued", {}), actor="system")
    person = life((95, "message_queued", {}), actor=AGENT)
    (one,) = told([*waits, *machine, *person], NOW)
    assert (one.outcome, one.waited_s) == ("answered", 65)
