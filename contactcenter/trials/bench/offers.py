"""How long an offer takes, at 60 calls a second through the real handling, store and router.

Calls come in at even gaps whether or not the last one is through. A watcher does what the desks
do: woken by the router's commit it reads the pending reservations. Its sight of one is the end
of the offer's time; the beginning is the call's arrival (an agent was free), or the hang-up of the
agent's last call (calls were waiting). Milliseconds are the machine's: beside them stands an idle
loop's lateness.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from uuid import UUID

from sqlalchemy import select

from contactcenter.channels.voice.base import LegEnded, LegOffered
from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Hot, Tx
from contactcenter.core.errors import ContactCenterError
from contactcenter.core.ids import new_id
from contactcenter.handling.calls import Calls
from contactcenter.handling.lines import Line, Lines
from contactcenter.handling.menus import Menus
from contactcenter.handling.tables import leg
from contactcenter.routing import actions, commands
from contactcenter.routing.commands import FLOOR_DONE
from contactcenter.routing.router import Router
from contactcenter.routing.setup import save_agent, save_queue
from contactcenter.routing.tables import reservation
from contactcenter.trials.bench import probe
from contactcenter.trials.bench.model import Bound, Figure, Row, percentile, spread
from contactcenter.trials.bench.place import Place

CALLS_PER_S = 60.0
AGENTS = 24
AIM_MS = {"sqlite": 50.0, "postgresql": 100.0}
_LINE = "+442079460502"
_NUMBERS = 500
"""Callers; every one is known from the second call on."""
_IDLE_TALK_S, _FULL_TALK_S = 0.2, AGENTS / CALLS_PER_S
"""Talks so short that half the agents are free, and so long that the calls take them all."""
_PATIENCE_S = 30.0
_WARM_S = 1.0

_PENDING = Hot(
    lambda: (
        select(reservation.c.id, reservation.c.agent_id, leg.c.ref)
        .join(leg, leg.c.interaction_id == reservation.c.interaction_id)
        .where(reservation.c.state == "pending")
    )
)


async def measure(place: Place) -> Sequence[Row]:
    """Two rows: from the call's arrival, and from an agent becoming free."""
    seconds = 0.5 if place.is_short else 10.0
    async with AsyncExitStack() as stack:
        db = await Database.open(place.url)
        stack.push_async_callback(db.close)
        bus = Bus(db)
        await bus.start()
        stack.push_async_callback(bus.stop)
        router = Router(db, bus, owner="bench")
        await router.start()
        stack.push_async_callback(router.stop)
        floor = Floor(db, bus)
        await floor.open()
        watching = asyncio.create_task(floor.watch())
        stack.push_async_callback(_ended, watching)
        await floor.run(_WARM_S, _IDLE_TALK_S, backlog=0)
        floor.forget()
        idle = await probe.beside(2 * seconds)
        await floor.run(seconds, _IDLE_TALK_S, backlog=0)
        await floor.run(seconds, _FULL_TALK_S, backlog=AGENTS * 2)
        late = await probe.result(idle)
    return [
        _row(place, "offer-from-call-in", floor.from_call_in, late),
        _row(place, "offer-from-agent-free", floor.from_agent_free, late),
    ]


def _row(place: Place, name: str, seconds: Sequence[float], late: Sequence[float]) -> Row:
    if not seconds:
        raise ContactCenterError(f"{name}: no offer was measured")
    times = [each * 1000 for each in seconds]
    figures = (
        Figure("p50", percentile(times, 0.5), "ms"),
        Figure("p99", percentile(times, 0.99), "ms", Bound("<=", AIM_MS[place.store])),
        Figure("offers", len(times), ""),
        Figure("idle loop p50", percentile(late, 0.5), "ms"),
        Figure("idle loop p99", percentile(late, 0.99), "ms"),
    )
    return Row(name, place.store, "ms", spread(times), spread(late), figures=figures)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Floor:
    """Callers and agents; what they saw stands in ``from_call_in`` and ``from_agent_free`` (s)."""

    def __init__(self, db: Database, bus: Bus) -> None:
        self._db = db
        self._bus = bus
        line = Line(_LINE, "voice", "simulated", "Bench", queue="bench", region="GB")
        self._calls = Calls(db, Lines([line]), Menus({}, {}))
        self._agents = [new_id() for _ in range(AGENTS)]
        self._called: dict[str, float] = {}
        self._free_since = dict.fromkeys(self._agents, 0.0)
        self._talk_s = 0.0
        self._count = 0
        self._over: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen: set[UUID] = set()
        self.from_call_in: list[float] = []
        self.from_agent_free: list[float] = []

    async def open(self) -> None:
        """One queue without wrap-up, every agent available."""

        def site(tx: Tx) -> None:
            save_queue(tx, "bench", {"wrap_up": "none"})
            for number, agent in enumerate(self._agents):
                save_agent(tx, agent, f"Agent {number}", {"queues": ["bench"]})

        await self._db.write(site)
        for agent in self._agents:
            await self._carried_out(actions.SignIn(agent))
            await self._carried_out(actions.SetState(agent, "available"))

    async def _carried_out(self, command: actions.Command) -> None:
        _, done = await commands.carry_out(self._db, self._bus, command, _PATIENCE_S)
        if done is None:
            raise ContactCenterError("offers: the router does not answer")

    def forget(self) -> None:
        """Count nothing that opened connections or prepared statements; what is loaded by now is
        no longer looked through for garbage, as in a server that is ready."""
        self.from_call_in.clear()
        self.from_agent_free.clear()
        gc.freeze()

    async def run(self, seconds: float, talk_s: float, backlog: int) -> None:
        """Calls for so long, after ``backlog`` at once; returns when all are over."""
        self._talk_s = talk_s
        before = self._count
        for _ in range(backlog):
            self._spawn()
        began = time.perf_counter()
        for number in range(int(seconds * CALLS_PER_S)):
            left = began + number / CALLS_PER_S - time.perf_counter()
            await asyncio.sleep(max(0.0, left))
            self._spawn()
        until = time.perf_counter() + _PATIENCE_S
        while len(self._over) < self._count and time.perf_counter() < until:
            self._told()
            await asyncio.sleep(0.02)
        if len(self._over) < self._count:
            missing = self._count - len(self._over)
            raise ContactCenterError(f"offers: {missing} of {self._count - before} calls stuck")

    def _told(self) -> None:
        """A task that failed says so here."""
        for task in [each for each in self._tasks if each.done()]:
            self._tasks.discard(task)
            task.result()

    def _spawn(self) -> None:
        self._count += 1
        self._tasks.add(asyncio.create_task(self._call(self._count)))

    async def _call(self, number: int) -> None:
        ref = f"bench-{number}"
        self._called[ref] = time.perf_counter()
        caller = f"+44770{number % _NUMBERS:07d}"
        event = LegOffered(
            provider="simulated", line=_LINE, event_id=f"{ref}:in", leg=ref,
            at=self._db.clock.now(), from_=caller, to=_LINE,
        )  # fmt: skip
        await self._calls.receive(event)

    async def watch(self) -> None:
        """Until cancelled: see offers as they come, and answer them."""
        async with self._bus.waiter(FLOOR_DONE) as waiter:
            while True:
                rows = await self._db.read(lambda tx: tx.hot(_PENDING))
                seen = time.perf_counter()
                for key, agent, ref in rows:
                    if key in self._seen:
                        continue
                    self._seen.add(key)
                    self._note(ref, agent, seen)
                    self._tasks.add(asyncio.create_task(self._talk(key, agent, ref)))
                await waiter.wait(0.25)

    def _note(self, ref: str, agent: UUID, seen: float) -> None:
        called, free = self._called[ref], self._free_since[agent]
        if free > called:
            self.from_agent_free.append(seen - free)
        else:
            self.from_call_in.append(seen - called)

    async def _talk(self, key: UUID, agent: UUID, ref: str) -> None:
        await self._db.write(lambda tx: commands.submit(tx, actions.Accept(key, agent)))
        await asyncio.sleep(self._talk_s)
        self._free_since[agent] = time.perf_counter()
        event = LegEnded(
            provider="simulated", line=_LINE, event_id=f"{ref}:out", leg=ref,
            at=self._db.clock.now(), cause="normal",
        )  # fmt: skip
        await self._calls.receive(event)
        self._over.add(ref)
