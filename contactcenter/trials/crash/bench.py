"""``contactcenter bench crash``: the sweep over kinds or over every event, told as it goes."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from contactcenter.core.ids import new_id
from contactcenter.trials.crash.site import Migrate, at_server
from contactcenter.trials.crash.sweep import (
    DayPlan,
    DayResult,
    plans_for_all,
    plans_for_kinds,
    prepared,
    run_days,
)

KILLS_PER_DAY = 11


@dataclass(frozen=True, slots=True)
class Swept:
    """One store's sweep: ``kills`` in all, and by when and kind of event, as ``after offered``."""

    store: str
    days: int
    events_a_day: int
    kinds: tuple[str, ...]
    kills: int
    around: dict[str, int]
    faults: list[str]
    seconds: float

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)


@asynccontextmanager
async def empty_store(store: str, server: str, folder: Path) -> AsyncIterator[str]:
    """The address of an empty store, gone afterwards. ``server``: for PostgreSQL."""
    if store == "sqlite":
        yield f"sqlite:///{folder / 'template.db'}"
        return
    name = f"cc_bench_{new_id().hex[-12:]}"
    await at_server(server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        await at_server(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def sweep(
    store: str,
    migrate: Migrate,
    *,
    server: str = "",
    every_event: bool = False,
    kills_per_day: int = KILLS_PER_DAY,
    lanes: int = 2,
    told: Callable[[DayResult], None] = lambda result: None,
) -> Swept:
    """First an undisturbed day, which shows the kinds and must be clean; then the kills.

    The folder of a day with faults is kept and named.
    """
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix=f"contactcenter-crash-{store}-"))
    async with (
        empty_store(store, server, folder) as url,
        prepared(url, migrate) as template,
    ):
        (quiet,) = await run_days([DayPlan("after")], template, folder, lanes=1, told=told)
        plans = (
            plans_for_all(quiet.events, kills_per_day)
            if every_event
            else plans_for_kinds(quiet.kinds, kills_per_day)
        )
        results = [quiet]
        if not quiet.faults:
            results += await run_days(plans, template, folder, lanes=lanes, told=told)
    faults = [f"{words(each)}: {fault}" for each in results for fault in each.faults]
    missed = [] if every_event else _missed(plans, results)
    if faults:
        faults.append(f"the stores and logs of the faulty days are kept in {folder}")
    else:
        await asyncio.to_thread(shutil.rmtree, folder, True)
    return Swept(
        store=store,
        days=len(results),
        events_a_day=quiet.events,
        kinds=quiet.kinds,
        kills=sum(day.kills for day in results),
        around=dict(Counter(f"{day.plan.when} {kind}" for day in results for kind in day.killed)),
        faults=faults + missed,
        seconds=time.monotonic() - began,
    )


def _missed(plans: Sequence[DayPlan], results: Sequence[DayResult]) -> list[str]:
    """Kinds that a day was to be killed at and never reached: then it proved nothing."""
    reached = {(day.plan.when, kind) for day in results for kind in day.killed}
    return [
        f"never killed {plan.when} {kind}"
        for plan in plans
        for kind in plan.kinds
        if (plan.when, kind) not in reached
    ]


def words(day: DayResult) -> str:
    """A day in one line."""
    if not day.killed:
        return "undisturbed day"
    return f"killed {day.plan.when} {', '.join(day.killed)}"
