"""What has just been: recent handle times and recent leaving, old observations fading out."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

HALF_LIFE_S = 7200.0
MOST_SAMPLES = 400


@dataclass(frozen=True, slots=True)
class HandleSummary:
    """Recent handle times, weighted; ``values`` ascend. Built by ``summarise``.

    ``samples`` is the effective number (Kish): equal weights count fully, faded ones little.
    """

    samples: float
    mean_s: float
    cv: float
    newest_mean_s: float
    """Of the newest quarter."""
    values: tuple[float, ...]
    _above: tuple[float, ...]
    """Weight of the values from this one on, of 1; one more than values."""
    _excess: tuple[float, ...]
    """Integral of ``longer`` from this value on."""

    def longer(self, than_s: float) -> float:
        """Share of handle times that are longer; straight lines between the values, for a sample
        has steps where the world has none."""
        place = bisect_right(self.values, than_s)
        if place == len(self.values):
            return 0.0
        start = self.values[place - 1] if place else 0.0
        part = (than_s - start) / (self.values[place] - start)
        return self._above[place] + part * (self._above[place + 1] - self._above[place])

    def beyond(self, share: float) -> float:
        """The longest value that at least this share exceeds, or 0."""
        count = bisect_right(self._above, -share + 1e-12, key=lambda above: -above)
        place = count - 2
        while place >= 0 and self.longer(self.values[place]) < share - 1e-9:
            place = bisect_left(self.values, self.values[place]) - 1  # equal values fall at once
        return self.values[place] if place >= 0 else 0.0

    def excess_s(self, over_s: float) -> float:
        """Mean of what exceeds ``over_s``, nought for shorter ones: the integral of ``longer``."""
        place = bisect_right(self.values, over_s)
        if place == len(self.values):
            return 0.0
        heights = self.longer(over_s) + self._above[place + 1]
        return self._excess[place] + (self.values[place] - over_s) * heights / 2


def summarise(samples: Sequence[tuple[float, float]]) -> HandleSummary | None:
    """Of (weight, seconds) from oldest to newest; None for none."""
    whole = math.fsum(weight for weight, _ in samples)
    if not whole:
        return None
    mean = math.fsum(weight * value for weight, value in samples) / whole
    variance = math.fsum(weight * (value - mean) ** 2 for weight, value in samples) / whole
    newest = [value for _, value in samples[-max(1, len(samples) // 4) :]]
    ordered = sorted((value, weight / whole) for weight, value in samples)
    values = tuple(value for value, _ in ordered)
    above = list(accumulate((weight for _, weight in reversed(ordered)), initial=0.0))[::-1]
    excess = [0.0] * len(values)
    for place in range(len(values) - 2, -1, -1):
        height = (above[place + 1] + above[place + 2]) / 2
        excess[place] = excess[place + 1] + (values[place + 1] - values[place]) * height
    return HandleSummary(
        samples=whole**2 / math.fsum(weight**2 for weight, _ in samples),
        mean_s=mean,
        cv=math.sqrt(variance) / mean if mean else 0.0,
        newest_mean_s=math.fsum(newest) / len(newest),
        values=values,
        _above=tuple(above),
        _excess=tuple(excess),
    )


class RecentHandleTimes:
    """The latest handle times of a queue, weights halving every ``half_life_s``."""

    def __init__(self, half_life_s: float = HALF_LIFE_S, most: int = MOST_SAMPLES) -> None:
        self._half_life_s = half_life_s
        self._samples: deque[tuple[float, float]] = deque(maxlen=most)
        self._summary: tuple[float, HandleSummary | None] | None = None

    def add(self, at_s: float, handled_s: float) -> None:
        """One ended at ``at_s`` (any clock that only grows) after this long."""
        self._samples.append((at_s, handled_s))
        self._summary = None

    def summary(self, now_s: float) -> HandleSummary | None:
        """As of now; computed anew after each addition and once a minute."""
        if self._summary is None or now_s - self._summary[0] > 60:
            weighed = [
                (0.5 ** (max(0.0, now_s - at) / self._half_life_s), handled)
                for at, handled in self._samples
            ]
            self._summary = (now_s, summarise(weighed))
        return self._summary[1]


class RecentLeaving:
    """How readily waiting customers leave: those who left per second waited by all, fading.

    That quotient is the maximum-likelihood rate of exponential patience when those answered are
    taken as not observed to their end (Palm; Garnett, Mandelbaum, Reiman 2002).
    """

    def __init__(self, half_life_s: float = HALF_LIFE_S) -> None:
        self._half_life_s = half_life_s
        self._at_s = 0.0
        self._left = 0.0
        self._waited_s = 0.0

    def add(self, at_s: float, waited_s: float, *, left: bool) -> None:
        """A wait ended, by an answer or by leaving."""
        fade = 0.5 ** (max(0.0, at_s - self._at_s) / self._half_life_s)
        self._at_s = max(self._at_s, at_s)
        self._left = self._left * fade + left
        self._waited_s = self._waited_s * fade + waited_s

    @property
    def per_s(self) -> float:
        """Of one waiting customer; 0 before anyone has waited."""
        return self._left / self._waited_s if self._waited_s > 0 else 0.0
