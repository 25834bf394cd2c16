"""A synthetic day of the distributor: arrivals, agents and customers who react, driven through the
real inbox, router and store under a virtual clock. What it leaves is a record like a site's.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Any
from uuid import UUID

from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database, Tx
from contactcenter.crm import customers, log
from contactcenter.crm.model import NewEvent
from contactcenter.routing import actions as do
from contactcenter.routing import effects as fx
from contactcenter.routing.batch import Outcome
from contactcenter.routing.commands import submit
from contactcenter.routing.model import CHANNELS, Channel
from contactcenter.routing.router import Router
from contactcenter.routing.setup import save_agent, save_queue

QUEUES: dict[str, dict[str, Any]] = {
    "care": {
        "requires": "care",
        "wrap_up": "mandatory_limit",
        "wrap_up_s": 45,
        "agent_order": ["least_occupied"],
        "rings": [{"after_s": 30, "add": ["sales"]}, {"after_s": 60, "drop": ["care"]}],
        "announcements": {"first_s": 30, "every_s": 60},
    },
    "sales": {
        "requires": {"skill": "sales", "level": 2},
        "priority": 1,
        "wrap_up": "optional",
        "agent_order": ["lowest_level", "round_robin"],
        "offer_to": 2,
        "callback": {"first": "customer", "attempts": 2, "gap_s": 300},
    },
    "faults": {
        "requires": {"or": ["technical", {"skill": "care", "level": 4}]},
        "max_wait_s": 900,
        "overflow": [{"measure": "own_wait_s", "above": 90, "then": {"move": "care"}}],
    },
}
"""The distributor's rules, many at once: what a replay has to get right."""
_SHARES: dict[Channel, float] = {"voice": 0.7, "sms": 0.15, "email": 0.15}
_SERVICE_S: dict[Channel, float] = {"voice": 180.0, "sms": 240.0, "email": 400.0}
_CUSTOMERS = 500


@dataclass(frozen=True, slots=True)
class DayPlan:
    """How much of a day. ``slice_s``: what arrives within it is one transaction; ``load``: offered
    work per agent (above 1 the queues grow)."""

    interactions: int = 100_000
    hours: float = 12.0
    seed: int = 7
    slice_s: float = 5.0
    load: float = 0.85
    restarts: int = 1

    @property
    def agents(self) -> int:
        """Enough for the voice load; texts and mails share their capacity."""
        per_s = self.interactions / (self.hours * 3600)
        erlangs = sum(
            _SHARES[one] * (_SERVICE_S[one] + 30) / (1 if one == "voice" else 2) for one in CHANNELS
        )
        return max(6, round(per_s * erlangs / self.load))


_Due = tuple[float, int, Callable[[], do.Command | None]]


@dataclass
class Day:
    """The people of the day: a heap of what they will do, fed by what the router told them."""

    db: Database
    bus: Bus
    clock: VirtualClock
    plan: DayPlan
    commands: int = 0
    _due: list[_Due] = field(default_factory=list)
    _ticket: Iterator[int] = field(default_factory=count)
    _arrivals: list[tuple[UUID, Channel, str]] = field(default_factory=list)
    _customers: list[tuple[UUID, UUID]] = field(default_factory=list)
    _agents: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.plan.seed)  # a simulation
        self.start = self.clock.now()

    async def play(self, progress: Callable[[float], None] | None = None) -> None:
        """From the first arrival until nobody has anything left to do, at most an hour longer."""
        router = Router(self.db, self.bus, owner="day-0", after_commit=self._told)
        await self.db.write(self._set_up)
        self._plan_arrivals()
        length = self.plan.hours * 3600
        restarts = [length * (n + 1) / (self.plan.restarts + 1) for n in range(self.plan.restarts)]
        while self._due and self._now() < length + 3600:
            if restarts and self._now() >= restarts[0]:
                await router.stop()
                router = Router(
                    self.db, self.bus, owner=f"day-{len(restarts)}", after_commit=self._told
                )
                restarts.pop(0)
            await self._slice(router)
            if progress is not None:
                progress(min(1.0, self._now() / length))
        await router.stop()

    async def _slice(self, router: Router) -> None:
        await self.clock.advance(self.plan.slice_s, settle=0)
        now = self._now()
        commands: list[do.Command] = []
        while self._due and self._due[0][0] <= now:
            command = heappop(self._due)[2]()
            if command is not None:
                commands.append(command)
        arrivals, self._arrivals = self._arrivals, []
        if commands or arrivals:
            await self.db.write(lambda tx: self._submit(tx, commands, arrivals))
            self.commands += len(commands) + len(arrivals)
        while await router.turn():
            pass
        await router.tell()

    def _submit(
        self, tx: Tx, commands: list[do.Command], arrivals: list[tuple[UUID, Channel, str]]
    ) -> None:
        for key, channel, queue in arrivals:
            customer, address = self._customers[key.int % len(self._customers)]
            opened = {
                "channel": channel,
                "direction": "inbound",
                "provider": "simulated",
                "line": "+100",
                "customer": str(customer),
                "address": str(address),
            }
            queued = NewEvent("queued", "menu", {"queue": queue})
            log.open_interaction(tx, key, NewEvent("opened", "customer", opened), queued)
            submit(tx, self._entry(key, queue, channel, customer))
        for command in commands:
            submit(tx, command)

    def _entry(self, key: UUID, queue: str, channel: Channel, customer: UUID) -> do.Enqueue:
        """One in ten is held for an agent of its own for a while."""
        number = key.int & 0xFFFFFFFF
        preferred = (self._agents[number % len(self._agents)],) if number % 10 == 0 else ()
        return do.Enqueue(
            key,
            queue,
            channel,
            customer,
            priority=number % 3,
            preferred=preferred,
            hold_s=15 if preferred else 0,
        )

    # -- before it begins --------------------------------------------------------------------

    def _set_up(self, tx: Tx) -> None:
        self._customers = []
        for n in range(_CUSTOMERS):
            number = f"+4420{n:08d}"
            customer, address, _ = customers.create_or_find(tx, "phone", number, number)
            self._customers.append((customer, address))
        for name, config in QUEUES.items():
            save_queue(tx, name, config)
        for n in range(self.plan.agents):
            agent = self._id()
            self._agents.append(agent)
            skills = {"care": 1 + n % 5, "sales": 1 + n % 4}
            if n % 3 == 0:
                skills["technical"] = 3
            queues = {
                "care": {"delay_s": 10 if n % 4 == 0 else 0},
                "sales": {},
                "faults": {"priority": n % 2},
            }
            capacity = {"sms": 2, "email": 2}
            save_agent(
                tx, agent, f"Agent {n}", {"skills": skills, "queues": queues, "capacity": capacity}
            )
            self._at(self.random.uniform(0, 60), do.SetState(agent, "available"))
            self._breaks(agent)

    def _breaks(self, agent: UUID) -> None:
        for _ in range(2):
            at = self.random.uniform(600, max(700.0, self.plan.hours * 3600 - 600))
            self._at(at, do.SetState(agent, "away", "meal"))
            self._at(at + self.random.uniform(300, 900), do.SetState(agent, "available"))

    def _plan_arrivals(self) -> None:
        at, gap = 0.0, self.plan.hours * 3600 / self.plan.interactions
        channels, shares = list(_SHARES), list(_SHARES.values())
        for _ in range(self.plan.interactions):
            at += self.random.expovariate(1 / gap)
            channel = self.random.choices(channels, shares)[0]
            self._call(at, channel, self.random.choice(list(QUEUES)))

    def _call(self, at: float, channel: Channel, queue: str) -> None:
        def arrive() -> None:
            key = self._id()
            self._arrivals.append((key, channel, queue))
            if channel == "voice":
                self._later(self.random.expovariate(1 / 150), self._gives_up(key, queue))

        heappush(self._due, (at, next(self._ticket), arrive))

    def _gives_up(self, key: UUID, queue: str) -> do.Command:
        """Most who lose patience leave; some would rather be called."""
        if queue == "sales" and self.random.random() < 0.5:
            return do.AskCallback(key, "+442000000000")
        return do.Leave(key)

    # -- what people do ----------------------------------------------------------------------

    def _now(self) -> float:
        return (self.clock.now() - self.start) / timedelta(seconds=1)

    def _id(self) -> UUID:
        """A UUIDv7 of the day's own time and number: the same day gives the same ids."""
        milliseconds = round(self.clock.now().timestamp() * 1000)
        return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | next(self._ticket))

    def _at(self, at: float, command: do.Command) -> None:
        heappush(self._due, (at, next(self._ticket), lambda: command))

    def _later(self, seconds: float, command: do.Command) -> None:
        self._at(self._now() + seconds, command)

    async def _told(self, outcomes: list[Outcome]) -> None:
        for one in outcomes:
            self._react(one.effect)

    def _react(self, effect: fx.Effect) -> None:
        draw = self.random
        match effect:
            case fx.Offered():
                luck, answer_s = draw.random(), draw.uniform(1, 8)
                if luck < 0.95:
                    self._later(answer_s, do.Accept(effect.reservation, effect.agent))
                elif luck < 0.98:
                    self._later(answer_s, do.Reject(effect.reservation, effect.agent, "busy"))
            case fx.Accepted():
                service_s = draw.expovariate(1 / _SERVICE_S[effect.channel])
                if effect.channel == "voice":
                    self._later(1, do.MediaUp(effect.interaction))
                    self._later(2 + service_s, do.Ended(effect.interaction))
                else:
                    self._later(service_s, do.Complete(effect.interaction, effect.agent, "solved"))
            case fx.WrapUpStarted():
                done = do.Complete(effect.interaction, effect.agent, "solved")
                self._later(draw.expovariate(1 / 25), done)
            case fx.CallbackDue():
                is_reached = draw.random() < 0.8
                called = do.CallbackAnswered if is_reached else do.CallbackFailed
                self._later(draw.uniform(5, 20), called(effect.interaction))
            case fx.StateChanged(state="away", reason="no_answer"):
                self._later(draw.uniform(10, 60), do.SetState(effect.agent, "available"))
