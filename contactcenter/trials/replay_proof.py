"""The proof of the replay: a synthetic day is played and recorded, replays byte for byte, and one
touched row of it is found."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import select, update

from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database, Tx
from contactcenter.routing.recorded import last_applied
from contactcenter.routing.replay import Replayed, replay
from contactcenter.routing.tables import floor_command
from contactcenter.trials.routing_day import Day, DayPlan

Progress = Callable[[str, float], None]
"""Called with the part (``day`` or ``replay``) and how far it is, 0 to 1."""
FULL = DayPlan()
SHORT = DayPlan(interactions=500, hours=0.4, slice_s=10.0)


@dataclass(frozen=True, slots=True)
class ReplayProof:
    """``touched``: the command that was changed in the end, to be ``found`` by a replay of the
    hour around it. ``peak_mb`` is of the whole process at the end of the replay."""

    interactions: int
    agents: int
    commands: int
    decisions: int
    day_s: float
    replay_s: float
    peak_mb: float
    is_equal: bool
    touched: int
    found: int | None

    @property
    def is_proven(self) -> bool:
        return self.is_equal and self.found == self.touched


async def prove_replay(
    url: str, plan: DayPlan = SHORT, progress: Progress = lambda part, share: None
) -> ReplayProof:
    """Play ``plan`` into the store of ``url``, which has the tables and nothing in them."""
    clock = VirtualClock()
    db = await Database.open(url, clock=clock)
    try:
        day = Day(db, Bus(db), clock, plan)
        began = time.perf_counter()
        await day.play(partial(progress, "day"))
        played = time.perf_counter()
        whole = await replay(db, progress=lambda done, of: progress("replay", done / of))
        replayed = time.perf_counter()
        peak_mb = _peak_mb()
        touched, found = await _touch(db, day)
    finally:
        await db.close()
    return ReplayProof(
        interactions=plan.interactions,
        agents=plan.agents,
        commands=whole.commands,
        decisions=whole.decisions,
        day_s=played - began,
        replay_s=replayed - played,
        peak_mb=peak_mb,
        is_equal=whole.is_equal,
        touched=touched,
        found=found.difference.applied if found.difference else None,
    )


async def _touch(db: Database, day: Day) -> tuple[int, Replayed]:
    """Change one result in the middle, and replay the hour around it."""

    def work(tx: Tx) -> int:
        c = floor_command.c
        middle = last_applied(tx) // 2
        result = tx.scalar(select(c.result).where(c.applied == middle))
        touched = {**result, "touched": True}
        tx.execute(update(floor_command).where(c.applied == middle).values(result=touched))
        return middle

    touched = await db.write(work)
    at = await db.read(
        lambda tx: tx.scalar(
            select(floor_command.c.applied_at).where(floor_command.c.applied == touched)
        )
    )
    half = timedelta(minutes=30)
    return touched, await replay(db, at - half, at + half)


def _peak_mb() -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
