"""One queue, n agents, first come first served: a bare event loop over a stream of calls.

It shares nothing with the product's matcher and nothing with the formulas of ``erlang``: that is
its use, as the cross-check of both and as the yardstick of the simulator's speed.
"""

from __future__ import annotations

import math
import random
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from statistics import NormalDist, fmean, stdev

from contactcenter.core.measures.erlang import Station

Call = tuple[float, float, float]
"""Arrives at, needs this long, leaves after waiting this long (inf: never); seconds."""

BATCHES = 20


@dataclass(slots=True)
class Happened:
    """What came of the calls after the warm-up; waits are seconds, in order of the outcome."""

    blocked: int = 0
    answered: list[float] = field(default_factory=list)
    left: list[float] = field(default_factory=list)

    @property
    def offered(self) -> int:
        return self.blocked + len(self.answered) + len(self.left)

    @property
    def entered(self) -> int:
        return len(self.answered) + len(self.left)

    def asa_s(self) -> float:
        """Mean wait of all who entered, as ``Steady.asa_s``."""
        return (sum(self.answered) + sum(self.left)) / self.entered

    def service_level(self, within_s: float) -> float:
        """Answered within / (answered + left after)."""
        late = sum(wait > within_s for wait in self.left)
        whole = len(self.answered) + late
        return sum(wait <= within_s for wait in self.answered) / whole if whole else 0.0


class Watcher:
    """Told of every call that begins to wait, and of the fate of all. Does nothing itself."""

    def waits(self, at_s: float, ident: int, ahead: int, since: Iterable[float]) -> None:
        """A call begins to wait behind ``ahead`` others; ``since`` are the agents' starts."""

    def ends(self, at_s: float, ident: int, waited_s: float, answered: bool) -> None:
        """Answered, at once or after a wait, or gone."""

    def served(self, at_s: float, service_s: float) -> None:
        """An agent has finished a call."""


def poisson_calls(station: Station, seed: int) -> Iterator[Call]:
    """The station's own calls without end: exponential gaps, service and patience."""
    draw = random.Random(seed)
    gap, service = station.per_min / 60, 1 / station.service_s
    at, never = 0.0, math.inf
    while True:
        at += draw.expovariate(gap)
        patience = draw.expovariate(1 / station.patience_s) if station.patience_s else never
        yield at, draw.expovariate(service), patience


class _Loop:
    """The state of one run; ``step`` takes the next call."""

    def __init__(self, agents: int, places: float, watcher: Watcher | None) -> None:
        self.free, self.places, self.watcher = agents, places, watcher
        self.busy: list[tuple[float, float]] = []  # ends at, began at
        self.line: deque[tuple[int, float, float, float]] = deque()  # ident, at, needs, leaves at
        self.leaving: list[tuple[float, int, float]] = []  # leaves at, ident, came at
        self.gone: set[int] = set()
        self.waiting = 0
        self.came = 0
        self.happened = Happened()

    def step(self, call: Call) -> None:
        at, needs, patience = call
        self.until(at)
        self.came += 1
        if self.free:
            self.free -= 1
            heappush(self.busy, (at + needs, at))
            self.happened.answered.append(0.0)
            if self.watcher:
                self.watcher.ends(at, self.came, 0.0, answered=True)
        elif self.waiting >= self.places:
            self.happened.blocked += 1
        else:
            self._wait(at, needs, at + patience)

    def _wait(self, at: float, needs: float, leaves: float) -> None:
        if self.watcher:
            self.watcher.waits(at, self.came, self.waiting, [began for _, began in self.busy])
        self.waiting += 1
        self.line.append((self.came, at, needs, leaves))
        if leaves < math.inf:
            heappush(self.leaving, (leaves, self.came, at))

    def until(self, now: float) -> None:
        """Let everything happen that is due."""
        busy, leaving = self.busy, self.leaving
        while True:
            ends = busy[0][0] if busy else math.inf
            leaves = leaving[0][0] if leaving else math.inf
            if min(ends, leaves) > now:
                return
            if leaves < ends:
                self._leave()
            else:
                self._finish()

    def _finish(self) -> None:
        now, began = heappop(self.busy)
        if self.watcher:
            self.watcher.served(now, now - began)
        while self.line:
            ident, came, needs, leaves = self.line.popleft()
            if ident in self.gone:
                self.gone.discard(ident)
                continue
            if leaves < math.inf:
                self.gone.add(ident)  # so that its leaving finds it answered
            self.waiting -= 1
            heappush(self.busy, (now + needs, now))
            self.happened.answered.append(now - came)
            if self.watcher:
                self.watcher.ends(now, ident, now - came, answered=True)
            return
        self.free += 1

    def _leave(self) -> None:
        now, ident, came = heappop(self.leaving)
        if ident in self.gone:
            self.gone.discard(ident)
            return
        self.gone.add(ident)
        self.waiting -= 1
        self.happened.left.append(now - came)
        if self.watcher:
            self.watcher.ends(now, ident, now - came, answered=False)


def run_calls(
    calls: Iterable[Call],
    agents: int,
    *,
    places: int | None = None,
    watcher: Watcher | None = None,
) -> Happened:
    """Play the calls, in order of arrival, to the last one's end."""
    loop = _Loop(agents, math.inf if places is None else places, watcher)
    for call in calls:
        loop.step(call)
    loop.until(sys.float_info.max)
    return loop.happened


@dataclass(frozen=True, slots=True)
class Measured:
    """A mean over batches and the half-width of its 95% interval."""

    value: float
    ci95: float


def measure(
    station: Station, calls: int, seed: int, takes: Mapping[str, Callable[[Happened], float]]
) -> tuple[dict[str, Measured], Happened]:
    """Play a station for that many calls after a tenth of warm-up; each of ``takes`` by batch
    means, and all that happened."""
    stream = poisson_calls(station, seed)
    loop = _Loop(station.agents, math.inf if station.places is None else station.places, None)
    for _ in range(calls // 10):
        loop.step(next(stream))
    whole, batches = Happened(), []
    for _ in range(BATCHES):
        loop.happened = Happened()
        for _ in range(calls // BATCHES):
            loop.step(next(stream))
        batches.append(loop.happened)
        whole.blocked += loop.happened.blocked
        whole.answered += loop.happened.answered
        whole.left += loop.happened.left
    batches = [batch for batch in batches if batch.entered]
    return {
        name: _batch_mean([take(batch) for batch in batches]) for name, take in takes.items()
    }, whole


def _batch_mean(values: list[float]) -> Measured:
    half = student_t95(len(values) - 1) * stdev(values) / math.sqrt(len(values))
    return Measured(fmean(values), half)


def student_t95(freedom: int) -> float:
    """Two-sided 95% point of Student's t, by Cornish and Fisher's expansion to 1/n^3."""
    z = NormalDist().inv_cdf(0.975)
    terms = [
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    ]
    return float(z + sum(term / freedom ** (power + 1) for power, term in enumerate(terms)))
