"""Simulated days on which waits are announced: by the estimate, and by a moving average.

Days are played by the bare event loop. The announcer knows only what a floor knows: handle times
that have ended, waits that have ended, who is busy since when, and the position.

``python -m tests.routing.wait_days SEED [SEED ...]`` prints the comparison of
``docs/why/wait-estimate.md``.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from contactcenter.core.measures.calibration import Calibration, MovingAverage
from contactcenter.core.measures.event_loop import Call, Watcher, run_calls
from contactcenter.core.measures.recent import RecentHandleTimes, RecentLeaving
from contactcenter.routing.estimate import Situation, estimate


@dataclass(frozen=True)
class Day:
    """Arrivals go up and down around their mean by ``swing`` over ``period_s``."""

    per_min: float
    service_s: float
    agents: int
    patience_s: float | None
    cv: float = 1.0
    """Of the handle times: 1 is exponential, anything else lognormal."""
    swing: float = 0.0
    period_s: float = 6 * 3600
    length_s: float = 12 * 3600

    def calls(self, seed: int) -> Iterator[Call]:
        draw = random.Random(seed)
        most = self.per_min / 60 * (1 + self.swing)
        at = 0.0
        while (at := at + draw.expovariate(most)) < self.length_s:
            here = self.per_min / 60 * (1 + self.swing * math.sin(2 * math.pi * at / self.period_s))
            if draw.random() * most > here:
                continue  # thinned: the rate is lower now
            patience = draw.expovariate(1 / self.patience_s) if self.patience_s else math.inf
            yield at, self._service(draw), patience

    def _service(self, draw: random.Random) -> float:
        if self.cv == 1.0:
            return draw.expovariate(1 / self.service_s)
        if self.cv == 0.0:
            return self.service_s
        spread = math.log(1 + self.cv**2)
        return draw.lognormvariate(math.log(self.service_s) - spread / 2, math.sqrt(spread))


class Announcer(Watcher):
    """Announces to everyone who has to wait, once, when the wait begins."""

    def __init__(self, coverage: float) -> None:
        self.coverage = coverage
        self.handling, self.leaving = RecentHandleTimes(), RecentLeaving()
        self.average = MovingAverage()
        self.ours = Calibration()
        self.average_error_s = self.width_s = 0.0
        self.told: dict[int, tuple[float, float, float, int]] = {}

    def waits(self, at_s: float, ident: int, ahead: int, since: Iterable[float]) -> None:
        situation = Situation(
            position=ahead + 1,
            serving_s=[at_s - began for began in since],
            handling=self.handling.summary(at_s),
            leaving_per_s=self.leaving.per_s,
        )
        found = estimate(situation, coverage=self.coverage)
        if found is None:
            self.ours.say_nothing()
            return
        self.told[ident] = (found.low_s, found.middle_s, found.high_s, self.average.wait_s)

    def ends(self, at_s: float, ident: int, waited_s: float, answered: bool) -> None:
        if waited_s:
            self.leaving.add(at_s, waited_s, left=not answered)
        told = self.told.pop(ident, None)
        if not answered:
            return
        self.average.answer(waited_s)
        if told:
            low, middle, high, average = told
            self.ours.add(low, middle, high, waited_s)
            self.width_s += high - low
            self.average_error_s += abs(waited_s - average)

    def served(self, at_s: float, service_s: float) -> None:
        self.handling.add(at_s, service_s)

    @property
    def mean_average_error_s(self) -> float:
        """Of the moving average, over the customers to whom we announced a band."""
        return self.average_error_s / self.ours.whole.answered


def announce(day: Day, seed: int, coverage: float = 0.8) -> Announcer:
    """Play a day."""
    announcer = Announcer(coverage)
    run_calls(day.calls(seed), day.agents, watcher=announcer)
    return announcer


DAYS = {
    "48/min of 1 min, 50 agents, patience 2 min": Day(48, 60, 50, 120, length_s=3 * 3600),
    "6.5/min of 200 s, 20 agents, patience 3 min: overload": Day(6.5, 200, 20, 180),
    "2/min of 4 min, 8 agents, patience 5 min": Day(2, 240, 8, 300),
    "4/min of 3 min, 13 agents, nobody leaves": Day(4, 180, 13, None),
    "two peaks of +30%, lognormal cv 0.7, 25 agents": Day(6, 240, 25, 200, cv=0.7, swing=0.3),
    "the same, cv 1.3": Day(6, 240, 25, 200, cv=1.3, swing=0.3),
    "the same, cv 0.2": Day(6, 240, 25, 200, cv=0.2, swing=0.3),
    "two peaks of +20%, lognormal cv 0.7, 5 agents": Day(1.2, 240, 5, 600, cv=0.7, swing=0.2),
    "0.7/min of 4 min, 3 agents, nobody leaves, cv 0.2": Day(0.7, 240, 3, None, cv=0.2),
    "0.5/min of 4 min, 2 agents, patience 10 min, cv 0.2": Day(0.5, 240, 2, 600, cv=0.2),
    "0.25/min of 4 min, 1 agent, patience 10 min, cv 0.5": Day(0.25, 240, 1, 600, cv=0.5),
}


def compare(days: dict[str, Day], seeds: Iterable[int]) -> Iterator[str]:
    """Lines of a table: each day's figures over all seeds."""
    yield "| day | told | inside 80% band | width | error | moving average | told nothing |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    seeds = list(seeds)
    for name, day in days.items():
        played = [announce(day, seed) for seed in seeds]
        told = sum(each.ours.whole.answered for each in played)
        inside = sum(each.ours.whole.inside for each in played) / told
        width = sum(each.width_s for each in played) / told
        error = sum(each.ours.error_s for each in played) / told
        average = sum(each.average_error_s for each in played) / told
        silent = sum(each.ours.silent for each in played)
        yield (
            f"| {name} | {told:,} | {100 * inside:.1f}% | {width:.0f} s | {error:.1f} s"
            f" | {average:.1f} s | {silent} |"
        )


if __name__ == "__main__":
    for line in compare(DAYS, map(int, sys.argv[1:])):
        print(line, flush=True)
