"""What would have been: a recorded period again, under other rules, side by side with what was.

Three columns: as recorded; played again under the same rules, which shows what the assumptions of
a re-run alone make of it; played again under the rules in question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.routing import recorded
from contactcenter.routing.past import Past
from contactcenter.routing.rerun import Rerun, Unknown
from contactcenter.routing.rows import FloorRows, floor_of, rows_of
from contactcenter.routing.whatif_rules import Rules, check_agents, rules_of
from contactcenter.routing.workload import Customs, Workload

MOST_COMMANDS = 2_000_000
"""A period with more is refused: its workload is held in memory."""
Progress = Callable[[float], None]
"""Called now and then with the share done."""
NO_RULES = Rules({}, {})


@dataclass(frozen=True, slots=True)
class WhatIf:
    """``recorded``, ``same_rules``, ``rules``: queue (``""``: the whole floor) -> measures (times
    in seconds, shares 0 to 1, None where there is nothing to share). ``*_unknown``: what had to be
    guessed in each re-run. ``refusals``, ``misses``: offers refused and not answered in the
    record."""

    start: datetime
    end: datetime
    commands: int
    interactions: int
    recorded: Mapping[str, Mapping[str, Any]]
    same_rules: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Mapping[str, Any]]
    same_rules_unknown: Unknown
    rules_unknown: Unknown
    refusals: int
    misses: int


async def whatif(
    db: Database,
    rules: object,
    start: datetime,
    end: datetime,
    *,
    remove: bool = False,
    progress: Progress = lambda share: None,
) -> WhatIf:
    """The period from ``start`` to ``end`` under ``rules``, a routing document as plain data.
    ``remove``: queues and agents that its sections do not name are not there.

    ``Invalid`` for rules that can not be, or a period too long; ``NotFound`` when nothing was
    recorded in it. Takes seconds for an hour of a large floor; the work is done in a thread.
    """
    if start >= end:
        raise Invalid("the period ends before it begins")
    first, last = await db.read(partial(_bounds, start=start, end=end))
    checked = await db.read(partial(rules_of, document=rules, remove=remove))
    floor = await Past(db).to(first)
    base = await asyncio.to_thread(rows_of, floor)
    check_agents(checked, base)
    workload = Workload(start)
    workload.begin(floor)
    async for page in recorded.pages(db, first, last):
        await asyncio.to_thread(_learn, workload, page)
        progress(0.3 * (page[-1].applied - first) / (last - first))
    workload.end(end)
    customs = await asyncio.to_thread(Customs.of, workload)
    runs: list[Rerun] = []
    for which in (NO_RULES, checked):
        share = 0.3 + 0.35 * len(runs)
        runs.append(
            await asyncio.to_thread(_play, base, which, workload, customs, end, progress, share)
        )
    progress(1.0)
    same, other = runs
    return WhatIf(
        start=start,
        end=end,
        commands=last - first,
        interactions=len(workload.lives),
        recorded=workload.tally.measures(),
        same_rules=same.tally.measures(),
        rules=other.tally.measures(),
        same_rules_unknown=same.unknown,
        rules_unknown=other.unknown,
        refusals=workload.reactions("reject"),
        misses=workload.reactions("miss"),
    )


def _bounds(tx: Tx, start: datetime, end: datetime) -> tuple[int, int]:
    first, last = recorded.applied_until(tx, start), recorded.applied_until(tx, end)
    if last <= first:
        raise NotFound("no command was recorded in that time", code="nothing_recorded")
    if last - first > MOST_COMMANDS:
        raise Invalid(
            f"{last - first} commands were recorded in that time; {MOST_COMMANDS} is the most",
            hint="ask for a shorter time",
        )
    return first, last


def _learn(workload: Workload, page: Any) -> None:
    for one in page:
        workload.take(one)


def _play(
    base: FloorRows,
    rules: Rules,
    workload: Workload,
    customs: Customs,
    end: datetime,
    progress: Progress,
    done: float,
) -> Rerun:
    floor = floor_of(rules.on(base))
    run = Rerun(floor, workload, customs, rules.override, rules.gone_agents)
    of = max(1, len(workload.given))
    run.play(end, lambda given: progress(done + 0.35 * given / of))
    return run
