"""How long customers wait before they leave, from those who left and those who were answered.

Whoever was answered would have waited at least that long: a right-censored observation. The
product-limit estimator uses both (E. L. Kaplan and P. Meier, "Nonparametric Estimation from
Incomplete Observations", JASA 53, 1958).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import groupby


class Patience:
    """The estimated law: steps (seconds, share still waiting after it). Beyond the last customer
    who left nothing is known; those are taken to wait for ever."""

    def __init__(self, observed: Iterable[tuple[float, bool]]) -> None:
        """``observed``: (seconds waited, whether they left then)."""
        ordered = sorted(observed)
        at_risk = len(ordered)
        share = 1.0
        self._times: list[float] = []
        self._shares: list[float] = []
        for seconds, group in groupby(ordered, key=lambda one: one[0]):
            ends = [left for _, left in group]
            if any(ends):
                share *= 1 - sum(ends) / at_risk
                self._times.append(seconds)
                self._shares.append(share)
            at_risk -= len(ends)

    def still_waiting(self, seconds: float) -> float:
        """The estimated share of customers who wait longer than ``seconds``."""
        place = bisect_right(self._times, seconds)
        return self._shares[place - 1] if place else 1.0

    def beyond(self, seconds: float, chance: float) -> float | None:
        """The patience (s) of one known to wait at least ``seconds``, for a uniform ``chance`` in
        [0, 1); None: longer than anybody was seen to."""
        level = chance * self.still_waiting(seconds)
        for place in range(bisect_right(self._times, seconds), len(self._times)):
            if self._shares[place] <= level:
                return self._times[place]
        return None
