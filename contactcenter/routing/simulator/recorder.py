"""Batches of a run: which one a customer counts in, and what each of them saw."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from contactcenter.routing.simulator.lanes import Lane
from contactcenter.routing.simulator.scenario import Length
from contactcenter.routing.simulator.tallies import Level, Tally

BATCHES = 20
"""Per run. Few enough to be long against the memory of a queue, enough for an interval."""


@dataclass(frozen=True, slots=True)
class Batch:
    """``tallies`` by queue; agent seconds at work and present, with parallel work counted once."""

    tallies: dict[str, Tally]
    working_s: float
    present_s: float


class Recorder:
    """Moves every lane from one batch to the next as customers come or time passes."""

    def __init__(self, length: Length, lanes: Iterable[Lane]) -> None:
        self.lanes = list(lanes)
        self.working = Level()
        self.present = Level()
        self.batches: list[Batch] = []
        self.is_closed = False
        """The length is reached: nobody is measured, or comes, any more."""
        self._count = 0
        self._bounds = _bounds(length)
        self._in_warm_up = self._bounds[0] > 0
        self._by_time = length.time_s is not None
        self._at = 0 if self._in_warm_up else 1
        self._next_count = math.inf if self._by_time else self._bounds[self._at]

    @property
    def idle(self) -> int:
        """Agents present and not at work; one who is offered something is not yet at work."""
        return self.present.count - self.working.count

    def times(self) -> list[float]:
        """When ``roll`` is to be called, for a length by time."""
        return self._bounds[self._at :] if self._by_time else []

    def arrive(self, at_s: float) -> bool:
        """One more customer; False when they are beyond the length."""
        while self._count >= self._next_count:
            self.roll(at_s)
        self._count += 1
        return not self.is_closed

    def roll(self, at_s: float) -> None:
        """The present batch (or the warm-up) is over."""
        self._take(at_s)
        self._at += 1
        if self._at == len(self._bounds):
            self.is_closed = True
            self._next_count = math.inf
        elif not self._by_time:
            self._next_count = self._bounds[self._at]

    def close(self, at_s: float) -> None:
        """Nothing more comes: what is measured so far is the last batch."""
        if not self.is_closed:
            self._take(at_s)
            self.is_closed = True

    def _take(self, at_s: float) -> None:
        tallies = {lane.name: lane.next_tally(at_s) for lane in self.lanes}
        batch = Batch(tallies, self.working.take(at_s), self.present.take(at_s))
        if not self._in_warm_up:
            self.batches.append(batch)
        self._in_warm_up = False


def _bounds(length: Length) -> list[float]:
    """The end of the warm-up, then the end of each batch."""
    whole = length.time_s if length.time_s is not None else length.interactions
    assert whole is not None  # noqa: S101  # ``Length`` is checked when it is read
    part = (whole - length.warm_up) / BATCHES
    return [length.warm_up + part * index for index in range(BATCHES)] + [whole]
