"""Quantiles of any number of waits in a bounded space."""

from __future__ import annotations

import math
from collections.abc import Iterable

_STEPS = 100
"""Bins per factor e: a bin is 1% wide."""


class Histogram:
    """Counts of waits in bins whose width grows with the wait; zero has its own."""

    __slots__ = ("bins", "count", "zeros")

    def __init__(self) -> None:
        self.bins: dict[int, int] = {}
        self.zeros = 0
        self.count = 0

    def add(self, seconds: float) -> None:
        """One more wait."""
        self.count += 1
        if seconds <= 0.0:
            self.zeros += 1
            return
        key = math.floor(math.log(seconds) * _STEPS)
        self.bins[key] = self.bins.get(key, 0) + 1

    def quantile(self, share: float) -> float | None:
        """The wait that ``share`` of all do not exceed, within 1%; None when there is none."""
        if not self.count:
            return None
        left = share * self.count - self.zeros
        if left <= 0:
            return 0.0
        low = 0
        for low in sorted(self.bins):
            here = self.bins[low]
            if left <= here:
                return math.exp((low + left / here) / _STEPS)
            left -= here
        return math.exp((low + 1) / _STEPS)


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """All of them as one."""
    whole = Histogram()
    for one in histograms:
        whole.zeros += one.zeros
        whole.count += one.count
        for key, count in one.bins.items():
            whole.bins[key] = whole.bins.get(key, 0) + count
    return whole
