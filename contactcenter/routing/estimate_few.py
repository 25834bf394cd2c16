"""The wait with few agents, drawn: their handle times are too lumpy for a smooth model.

With one to three agents at steady handle times the waits of the second, third ... in line lie in
steps of a handle time, and no distribution of two moments follows that. So what is to come is
played some hundred times: each agent's rest of the present interaction and the handle times after
it are drawn from the recent ones, those ahead leave at their rate. The numbers are the same at each
call, so that a replay tells customers what they were told. ``docs/why/wait-estimate.md``.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from heapq import heapify, heapreplace
from itertools import accumulate

from contactcenter.core.measures.recent import HandleSummary

FEW = 3
"""Agents up to whom waits are drawn, and the positions."""
FURTHEST = 8
_PLAYS = 240
_SEED = 20261123


def drawn(
    position: int,
    serving_s: Sequence[float],
    handling: HandleSummary,
    leaving_per_s: float,
    shares: Sequence[float],
) -> list[float]:
    """The waits (s) within which these shares of the answered at ``position`` are answered.

    ``serving_s``: for each agent how long the present interaction has lasted. ``leaving_per_s``:
    the rate at which one waiting customer leaves.
    """
    rng = random.Random(_SEED)
    law = _Law(handling)
    unsure = handling.cv / math.sqrt(handling.samples)
    waits = []
    for play in range(_PLAYS):
        # the first number of each play is spread evenly: the rest of the longest at work
        even = (play + rng.random()) / _PLAYS
        free = [
            law.rest(age, rng.random() if n else even)
            for n, age in enumerate(sorted(serving_s, reverse=True))
        ]
        wait = _wait(position, free, law, leaving_per_s, rng)
        wait *= max(0.1, 1 + unsure * rng.gauss(0.0, 1.0))
        # who leaves before is not answered: each play counts by the chance of having stayed
        waits.append((wait, math.exp(-leaving_per_s * wait)))
    return _quantiles(sorted(waits), shares)


def _wait(
    position: int, free: list[float], law: _Law, leaving_per_s: float, rng: random.Random
) -> float:
    heapify(free)
    for _ in range(position - 1):
        leaves = -math.log(1.0 - rng.random()) / leaving_per_s if leaving_per_s else math.inf
        if leaves > free[0]:
            heapreplace(free, free[0] + law.handle(rng.random()))
    return free[0]


class _Law:
    """Handle times as the sample has them; beyond its last few values the tail is exponential."""

    def __init__(self, handling: HandleSummary) -> None:
        self._handling = handling
        self._values = (0.0, *handling.values)
        # ascending: the share that is not longer than each value
        self._ended = [1.0 - handling.longer(value) for value in self._values]
        trusted = max(0.02, 5 / handling.samples)
        edge = handling.beyond(trusted)
        left = handling.longer(edge)
        self._trusted = trusted
        self._tail_s = max(0.1 * handling.mean_s, handling.excess_s(edge) / left if left else 0.0)

    def handle(self, share: float) -> float:
        """The handle time that ``share`` of all do not exceed."""
        place = bisect_left(self._ended, share)
        if place == 0:
            return 0.0
        if place == len(self._ended):
            return self._values[-1]
        below, above = self._ended[place - 1], self._ended[place]
        part = (share - below) / (above - below) if above > below else 1.0
        return self._values[place - 1] + part * (self._values[place] - self._values[place - 1])

    def rest(self, age_s: float, share: float) -> float:
        """The same of what is left of a handle time that has lasted ``age_s``."""
        left = self._handling.longer(age_s)
        if left <= self._trusted:
            return -math.log(1.0 - share) * self._tail_s
        return max(0.0, self.handle(1.0 - left * (1.0 - share)) - age_s)


def _quantiles(waits: Sequence[tuple[float, float]], shares: Sequence[float]) -> list[float]:
    passed = list(accumulate(weight for _, weight in waits))
    last = len(waits) - 1
    return [waits[min(last, bisect_left(passed, share * passed[-1]))][0] for share in shares]
