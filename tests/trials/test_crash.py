"""Kill -9 before and after the commit of every kind of event of a day, on both stores.

Sixty-six kills a store; the servers die, the customers, their carrier and their mail live on.
"""

from __future__ import annotations

import os
import time

import pytest

from contactcenter.migrations.upgrade import upgrade
from contactcenter.trials.crash import bench, day
from contactcenter.trials.crash.sweep import DayPlan, plans_for_all, plans_for_kinds
from tests.services.stores import PostgresMaker

EXPECTED = {
    "opened", "leg_started", "leg_ringing", "leg_answered", "leg_ended", "joined", "left",
    "connected", "menu_entered", "menu_step", "menu_left", "queued", "dequeued", "offered",
    "accepted", "rejected", "expired", "withdrawn", "held", "resumed", "muted", "unmuted",
    "caption", "message_received", "message_queued", "message_state", "opted_out", "opted_in",
    "hang_up_asked", "wrap_up_started", "wrapped_up", "closed", "note_added",
}  # fmt: skip
"""Every kind but those that no part of a day causes: linking and moving by hand, recording,
faults and erasure."""


@pytest.mark.slow
@pytest.mark.mail
@pytest.mark.timeout(600)
async def test_no_kill_loses_doubles_or_sticks_on_sqlite() -> None:
    _holds(await bench.sweep("sqlite", upgrade))


@pytest.mark.slow
@pytest.mark.mail
@pytest.mark.postgres
@pytest.mark.timeout(600)
async def test_no_kill_loses_doubles_or_sticks_on_postgresql(
    postgres_server: PostgresMaker,
) -> None:
    _holds(await bench.sweep("postgresql", upgrade, server=postgres_server.url))


def _holds(swept: bench.Swept) -> None:
    assert swept.faults == []
    assert set(swept.kinds) == EXPECTED
    assert set(swept.around) == {
        f"{when} {kind}" for when in ("before", "after") for kind in EXPECTED
    }


@pytest.mark.slow
@pytest.mark.mail
async def test_a_fault_is_seen_and_its_day_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sweep can fail: a day whose script asks for what does not happen is told and kept."""

    def one_wrong() -> list[day.Exchange]:
        (wrong,) = (each for each in made() if each.name == "left in menu")
        wrong.ends = ("voice:handled",)
        called = next(each for each in made() if each.name == "called")
        return [wrong, called]

    made = day.exchanges
    monkeypatch.setattr(day, "exchanges", one_wrong)
    began = time.monotonic()
    swept = await bench.sweep("sqlite", upgrade)
    assert swept.kills == 0  # no kills after an undisturbed day that is faulty by itself
    assert "left in menu: ended as ['voice:left_in_menu']" in swept.faults[0]
    kept = next(fault for fault in swept.faults if "are kept in" in fault).rpartition(" ")[2]
    names = {name for _, _, names in os.walk(kept) for name in names}
    assert {"story.jsonl", "contactcenter.db"} <= names
    assert time.monotonic() - began < 60


def test_kinds_are_spread_over_days() -> None:
    plans = plans_for_kinds(list("abcdefg"), kills_per_day=3)
    assert [plan.kinds for plan in plans if plan.when == "before"] == [
        ("a", "d", "g"),
        ("b", "e"),
        ("c", "f"),
    ]
    assert sorted("".join("".join(plan.kinds) for plan in plans)) == sorted("abcdefg" * 2)


def test_every_event_is_somebodys() -> None:
    plans = plans_for_all(10, kills_per_day=3)
    for when in ("before", "after"):
        places = sorted(
            place
            for plan in plans
            if plan.when == when
            for place in range(plan.first, 11, plan.stride)
        )
        assert places == list(range(1, 11))


def test_a_plan_goes_on_after_each_kill() -> None:
    plan = DayPlan("after", ("a", "b"))
    first, second = plan.next([]), plan.next(["b"])
    assert first is not None
    assert second is not None
    assert (first.kinds, second.kinds) == (("a", "b"), ("a",))
    assert plan.next(["b", "a"]) is None
    every = DayPlan("before", first=2, stride=5)
    begun, later = every.next([]), every.next(["opened"])
    assert begun is not None
    assert later is not None
    assert (begun.nth, later.nth) == (2, 6)  # the event that was not committed comes again
    assert (begun.spares_first, later.spares_first) == (False, True)
