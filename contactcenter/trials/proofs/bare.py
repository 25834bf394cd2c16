"""The pooling setting in a bare event loop: yardstick of the simulator's speed, and its double.

Written by hand for calls of several kinds, agents with several skills and a number of waiting
places: one heap of events, a list of agents, a list of waiting calls per kind. No floor, no
records, no log, nothing general. It meets the same customers (the same streams of random numbers)
and counts the same figures, so it must agree with the simulator customer by customer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count

from contactcenter.routing.simulator.arrivals import Customer, customers
from contactcenter.routing.simulator.tallies import Tally
from contactcenter.trials.proofs.settings import GROUP, SKILLS, able, pooling

_Event = tuple[float, int, int, int]
"""When, number, kind of call (arrival) or -1, agent (end of a call)."""


class Loop:
    """Agents of one setting; ``skills_each`` and the order of serving as in ``settings``."""

    def __init__(self, skills_each: int, interactions: int, seed: int) -> None:
        scenario = pooling(skills_each, interactions, seed)
        self.places = scenario.places or 0
        self.whole, self.warm_up = interactions, interactions // 10
        self.target_s = scenario.queues[0].service_level_s
        self.comes = [customers(load, seed, 0) for load in scenario.queues]
        self.skills = [
            able(skills_each, own, way)
            for own in range(SKILLS)
            for way in range(SKILLS - 1)
            for _ in range(GROUP)
        ]
        self.able = [
            [index for index, has in enumerate(self.skills) if kind in has]
            for kind in range(SKILLS)
        ]
        self.tallies = [Tally() for _ in range(SKILLS)]
        self.lines: list[deque[tuple[float, float, Tally]]] = [deque() for _ in range(SKILLS)]
        self.idle_since: list[float | None] = [0.0] * len(self.skills)
        self.waiting = 0
        self.idle = len(self.skills)
        self.events: list[_Event] = []
        self.numbers: Iterator[int] = count()

    def play(self) -> list[Tally]:
        """What became of the calls of each kind after the warm-up."""
        coming = [next(each) for each in self.comes]
        for kind, (at, *_) in enumerate(coming):
            heappush(self.events, (at, next(self.numbers), kind, -1))
        came = 0
        while came < self.whole or self.waiting:
            now, _, kind, agent = heappop(self.events)
            if kind < 0:
                self._freed(agent, now)
            elif came < self.whole:
                if came == self.warm_up:
                    self.tallies = [Tally() for _ in range(SKILLS)]
                came += 1
                self._arrive(kind, coming[kind], now)
                coming[kind] = next(self.comes[kind])
                heappush(self.events, (coming[kind][0], next(self.numbers), kind, -1))
        return self.tallies

    def _arrive(self, kind: int, customer: Customer, now: float) -> None:
        tally, service = self.tallies[kind], customer[1]
        tally.offered += 1
        if self.waiting >= self.places + self.idle:
            tally.blocked += 1
            return
        best, longest = -1, now
        for agent in self.able[kind]:
            since = self.idle_since[agent]
            if since is not None and since < longest:
                best, longest = agent, since
        if best >= 0:
            self.idle_since[best] = None
            self.idle -= 1
            self._serve(best, kind, tally, now, now, service)
        else:
            self.waiting += 1
            tally.delayed += 1
            self.lines[kind].append((now, service, tally))

    def _freed(self, agent: int, now: float) -> None:
        own = self.skills[agent][0]
        kind = own if self.lines[own] else -1
        if kind < 0:
            oldest = now
            for each in self.skills[agent]:
                line = self.lines[each]
                if line and line[0][0] < oldest:
                    kind, oldest = each, line[0][0]
        if kind < 0:
            self.idle_since[agent] = now
            self.idle += 1
            return
        self.waiting -= 1
        came, service, tally = self.lines[kind].popleft()
        self._serve(agent, kind, tally, came, now, service)

    def _serve(
        self, agent: int, kind: int, tally: Tally, came: float, now: float, service: float
    ) -> None:
        is_own = kind == self.skills[agent][0]
        tally.answer(now - came, self.target_s, now > came, is_own)
        heappush(self.events, (now + service, next(self.numbers), -1, agent))


def pooling_bare(skills_each: int, interactions: int, seed: int) -> list[Tally]:
    """Play the setting of ``settings.pooling``."""
    return Loop(skills_each, interactions, seed).play()
