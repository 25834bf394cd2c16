"""The sweep: days with the server killed around events, as many at once as there is room for.

One day may hold several kills, each followed by a restart on the same data; how many is a choice
between isolation and time.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from contactcenter.core.db import Database
from contactcenter.trials import standins_process
from contactcenter.trials.crash import check, day, story
from contactcenter.trials.crash.agents import Agent
from contactcenter.trials.crash.point import CrashAt, When
from contactcenter.trials.crash.process import Nursery, nursery
from contactcenter.trials.crash.site import (
    Migrate,
    Template,
    copied,
    free_port,
    make_template,
    settings_of,
)

SETTLE_S = 45.0
"""How long after the last customer everything may take to come to rest."""
_SPEECH = ("--chars-per-s", "5000")


@dataclass(frozen=True, slots=True)
class DayPlan:
    """When to kill: before or after the first event of each of ``kinds`` (one kill each), or of
    every ``stride``-th event from ``first`` on."""

    when: When
    kinds: tuple[str, ...] = ()
    first: int = 0
    stride: int = 0

    def next(self, killed: Sequence[str]) -> CrashAt | None:
        """Where the next server dies, after these kills; None: it lives."""
        if self.stride:
            # the event a server died before is the first of its successor
            again = self.stride + (self.when == "before")
            if killed:
                return CrashAt(self.when, nth=again, spares_first=self.when == "before")
            return CrashAt(self.when, nth=self.first)
        left = tuple(kind for kind in self.kinds if kind not in killed)
        return CrashAt(self.when, kinds=left) if left else None


@dataclass(slots=True)
class DayResult:
    """How a day went. ``killed``: the kinds of events at which the server died, ``kills``
    times in all (one commit may hold several)."""

    plan: DayPlan
    killed: list[str] = field(default_factory=list)
    kills: int = 0
    faults: list[str] = field(default_factory=list)
    events: int = 0
    kinds: tuple[str, ...] = ()
    seconds: float = 0.0


async def run_day(plan: DayPlan, template: Template, servers: Nursery, folder: Path) -> DayResult:
    """Play one day on a copy of ``template`` in ``folder``, killing as planned, and check it."""
    began = time.monotonic()
    result = DayResult(plan)
    exchanges = day.exchanges()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(copied(template, folder))
        standins = await standins_process.start(
            folder / "standins", server_smtp_port=free_port(), options=_SPEECH
        )
        stack.callback(standins.end)
        settings = settings_of(url, folder, free_port(), standins)
        session = await stack.enter_async_context(ClientSession())
        up = asyncio.Event()
        living = asyncio.create_task(_live_on(servers, settings, plan, result, up))
        stack.push_async_callback(_ended, living)
        await _first([living], up.wait())
        agents = _agents(template, exchanges, f"http://127.0.0.1:{settings['port']}")
        working = [asyncio.create_task(agent.work()) for agent in agents]
        stack.push_async_callback(_ended, *working)
        everybody = [living, *working]
        await _first(everybody, day.play(exchanges, agents, session, standins.http_url))
        db = await Database.open(url, pool_size=2)
        stack.push_async_callback(db.close)
        await _first(everybody, _settled(db))
        result.faults += await check.faults_of(db, exchanges, session, standins, folder)
        result.faults += [f"{agent.name}: {each}" for agent in agents for each in agent.faults]
        result.events, result.kinds = await db.read(check.counted)
        if result.faults:
            await story.write(db, folder / "story.jsonl")
        await _ended(*working)
        servers.end()
        await living
    result.seconds = time.monotonic() - began
    return result


async def _live_on(
    servers: Nursery, settings: dict[str, Any], plan: DayPlan, result: DayResult, up: asyncio.Event
) -> None:
    """A server, and after each death another, until one ends cleanly."""
    while kinds := await servers.run(settings, plan.next(result.killed), up.set):
        result.killed.extend(dict.fromkeys(kinds))
        result.kills += 1


async def _first(living: Sequence[asyncio.Task[None]], work: Coroutine[Any, Any, Any]) -> None:
    """``work``, unless one of those it lives on (server, agents) ends meanwhile."""
    task = asyncio.ensure_future(work)
    await asyncio.wait([*living, task], return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for one in living:
            if one.done():
                one.result()
    await task


async def _ended(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _agents(template: Template, exchanges: Iterable[day.Exchange], url: str) -> list[Agent]:
    plans = {each.address: each.plan for each in exchanges}
    return [Agent(url, name, token, plans) for name, token in template.tokens.items()]


async def _settled(db: Database) -> None:
    until = time.monotonic() + SETTLE_S
    while await check.unsettled(db) and time.monotonic() < until:  # noqa: ASYNC110  # rows
        await asyncio.sleep(0.1)


# -- many days ---------------------------------------------------------------------------------


@asynccontextmanager
async def prepared(url: str, migrate: Migrate) -> AsyncIterator[Template]:
    """The site in the empty store of ``url``."""
    people = [each.person for each in day.exchanges() if each.is_known]
    yield await make_template(url, migrate, people)


async def run_days(
    plans: Sequence[DayPlan],
    template: Template,
    folder: Path,
    *,
    lanes: int = 2,
    told: Callable[[DayResult], None] = lambda result: None,
) -> list[DayResult]:
    """Every day once, ``lanes`` at a time. A folder of a day without faults is removed."""
    waiting = list(reversed(plans))
    results: list[DayResult] = []

    async def lane(number: int) -> None:
        async with nursery(folder / f"server-{number}.log") as servers:
            while waiting:
                plan = waiting.pop()
                own = Path(tempfile.mkdtemp(dir=folder, prefix="day-"))
                result = await run_day(plan, template, servers, own)
                if not result.faults:
                    shutil.rmtree(own, ignore_errors=True)  # the stand-ins may still be ending
                results.append(result)
                told(result)

    async with asyncio.TaskGroup() as tasks:
        for number in range(min(lanes, len(plans))):
            tasks.create_task(lane(number))
    return results


def plans_for_kinds(kinds: Sequence[str], kills_per_day: int) -> list[DayPlan]:
    """Before and after each of ``kinds`` (in the order of their first events), spread so that the
    kills of one day lie far apart."""
    days = -(-len(kinds) // kills_per_day)
    whens: tuple[When, When] = ("before", "after")
    return [DayPlan(when, tuple(kinds[start::days])) for when in whens for start in range(days)]


def plans_for_all(events: int, kills_per_day: int) -> list[DayPlan]:
    """Before and after every one of ``events``: days that kill at every n-th, each from another."""
    stride = max(1, -(-events // kills_per_day))
    whens: tuple[When, When] = ("before", "after")
    return [
        DayPlan(when, first=first, stride=stride)
        for when in whens
        for first in range(1, stride + 1)
    ]
