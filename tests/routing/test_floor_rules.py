"""The number of the floor's rules: raised when decisions change, carried by the record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import delete, update

from contactcenter.cli.routing_replay import _data, _words
from contactcenter.core.db import Tx
from contactcenter.routing import actions as do
from contactcenter.routing import floor as floors
from contactcenter.routing import recorded
from contactcenter.routing.floor_rules import FLOOR_RULES, are_others
from contactcenter.routing.model import CHANNELS
from contactcenter.routing.ordered import Ordered
from contactcenter.routing.rebase import is_takeover, rules_of
from contactcenter.routing.replay import Stretch, replay
from contactcenter.routing.tables import decision, floor_command, floor_snapshot
from tests.routing.golden_day import golden_day
from tests.routing.sites import Site, settle
from tests.routing.test_replay import handle

GOLDEN = {
    1: "06f6706cdd00fe70f44625c45d8e46e78b043cb524a6f19b078f9f78211f2531",
    2: "3901f333379ad616f93cb20a705275216e7d0756c6a1f470314f5b709e88b34e",
}
"""Number of the rules -> what they made of the golden day. A line stays when one is added."""


def test_the_number_is_raised_when_the_rules_decide_otherwise() -> None:
    made = golden_day().made.hexdigest()
    assert GOLDEN.get(FLOOR_RULES) == made, (
        "the golden day came out otherwise: if that is meant, raise FLOOR_RULES in "
        f"routing/floor_rules.py and add its line here: {FLOOR_RULES + 1}: {made!r}"
    )
    assert max(GOLDEN) == FLOOR_RULES
    assert len(set(GOLDEN.values())) == len(GOLDEN)


def test_the_golden_day_has_decisions_of_both_kinds_and_every_channel() -> None:
    """Else it would guard nothing."""
    decisions = golden_day().decisions
    assert decisions.total() > 200
    assert all(
        decisions[f"{cause} {one}"] for cause in ("agent", "interaction") for one in CHANNELS
    )


def test_the_golden_day_sees_a_changed_order(monkeypatch: pytest.MonkeyPatch) -> None:
    before = golden_day(300).made.digest()
    free = Ordered.first

    def last_first(self: Ordered, accept: Any = None) -> Any:
        every = [one for one in self if accept is None or accept(one)]
        return max(every, key=lambda one: (self[one], one)) if every else free(self, accept)

    monkeypatch.setattr(Ordered, "first", last_first)
    assert golden_day(300).made.digest() != before


def test_a_mark_of_before_there_were_marks_is_of_no_others() -> None:
    assert not are_others(None)
    assert not are_others(FLOOR_RULES)
    assert are_others(FLOOR_RULES + 1)
    assert are_others(FLOOR_RULES - 1)


# -- in the record ---------------------------------------------------------------------------------


@pytest.fixture
async def two_programs(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose first router had other rules: it wrote another reason for being away."""
    real = floors._HANDLERS

    def otherwise(floor: Any, command: Any, now: Any) -> None:
        if command.state == "away":
            command = msgspec.structs.replace(command, reason=f"old {command.reason}")
        real[do.SetState](floor, command, now)

    monkeypatch.setattr(floors, "_HANDLERS", {**real, do.SetState: otherwise})
    monkeypatch.setattr("contactcenter.routing.router.FLOOR_RULES", FLOOR_RULES + 1)
    first = site.router()
    agent = await site.agent()
    await handle(site, first, agent)
    await site.do(do.SetState(agent, "away", "lunch"), do.SetState(agent, "available"))
    await settle(first)
    await first.stop()
    monkeypatch.undo()
    second = site.router("node-2")
    await handle(site, second, agent)
    await handle(site, second, agent)
    return site


async def _takeovers(site: Site) -> list[recorded.RecordedCommand]:
    rows = await site.db.read(lambda tx: recorded.commands(tx, 0, 10_000))
    return [one for one in rows if is_takeover(one)]


async def test_every_router_says_by_which_rules_it_decides(two_programs: Site) -> None:
    marks = [rules_of(one) for one in await _takeovers(two_programs)]
    assert marks == [FLOOR_RULES + 1, FLOOR_RULES]


async def test_what_other_rules_decided_is_named_and_no_fault(two_programs: Site) -> None:
    found = await replay(two_programs.db)
    _, second = await _takeovers(two_programs)
    assert found.difference is None
    assert found.others == (Stretch(1, second.applied - 1, FLOOR_RULES + 1),)
    assert found.decisions == 2
    assert found.commands == found.last - second.applied + 1
    words = _words(found)
    others = f"commands 1 to {second.applied - 1}, decided by the floor's rules {FLOOR_RULES + 1}"
    assert others in words
    assert "equal: " in words
    assert _data(found)["other_rules"] == [
        {"first": 1, "last": second.applied - 1, "rules": FLOOR_RULES + 1}
    ]


async def test_a_time_that_only_other_rules_decided_is_not_called_equal(two_programs: Site) -> None:
    _, second = await _takeovers(two_programs)
    found = await replay(two_programs.db, None, second.applied_at - timedelta(seconds=1))
    assert found.difference is None
    assert not found.is_equal
    assert "nothing was compared" in _words(found)


async def test_a_replay_from_the_middle_knows_the_rules_there(two_programs: Site) -> None:
    _, second = await _takeovers(two_programs)
    found = await replay(two_programs.db, second.applied_at + timedelta(seconds=20))
    assert found.is_equal
    assert found.others == ()


async def test_without_a_mark_it_is_compared_and_differs(two_programs: Site) -> None:
    """Also the proof that the two programs decide differently."""

    def unmark(tx: Tx) -> None:
        c = floor_command.c
        tx.execute(update(floor_command).where(c.kind == "settle").values(data={}))
        tx.execute(delete(decision).where(decision.c.applied > 10**6))

    await two_programs.db.write(unmark)
    found = await replay(two_programs.db)
    assert found.difference is not None


async def test_a_row_touched_among_what_others_decided_is_still_found(two_programs: Site) -> None:
    changed = update(floor_command).where(floor_command.c.kind == "media_up").values(kind="ended")
    await two_programs.db.write(lambda tx: tx.execute(changed))
    found = await replay(two_programs.db)
    assert found.difference is not None
    assert found.difference.what == "hash"


async def test_a_decision_taken_out_of_what_others_decided_is_found(two_programs: Site) -> None:
    def first_out(tx: Tx) -> None:
        first = recorded.decisions(tx, 0, 10_000)[0]
        tx.execute(delete(decision).where(decision.c.applied == first.applied))

    await two_programs.db.write(first_out)
    found = await replay(two_programs.db)
    assert found.difference is not None


async def test_where_other_rules_end_a_snapshot_is_needed(two_programs: Site) -> None:
    _, second = await _takeovers(two_programs)
    gone = delete(floor_snapshot).where(floor_snapshot.c.applied == second.applied - 1)
    await two_programs.db.write(lambda tx: tx.execute(gone))
    found = await replay(two_programs.db)
    assert found.difference is not None
    assert (found.difference.what, found.difference.stored) == ("snapshot", "missing")
