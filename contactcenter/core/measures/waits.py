"""How long those wait who wait, in a station of ``erlang``.

A customer who finds j waiting is answered after j + 1 departures, at rates s + j*l, ..., s, with s
all agents' completions and l one waiting customer's leaving. For such a sum V, exp(-l*V) has a
Beta(s/l, j + 1) distribution, so that P(V > t) is a sum of the first j + 1 terms of a negative
binomial (of a Poisson, when nobody leaves): positive terms, no cancellation. Who is answered has
waited like V with every rate raised by l (W. Feller, vol. I, XVII.5; Garnett, Mandelbaum, Reiman
2002, for the whole).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Protocol


class Rates(NamedTuple):
    """Per second: arrivals, completions of all agents together, leaving of one who waits."""

    arrivals: float
    completions: float
    leaving: float


class Delayed(Protocol):
    """Those who wait, as shares of all who entered."""

    @property
    def share(self) -> float: ...

    @property
    def wait_s(self) -> float:
        """Mean wait of all who entered."""

    @property
    def answered_wait_s(self) -> float:
        """Wait of those answered in the end, as a mean over all who entered."""

    def longer(self, than_s: float) -> float:
        """Share that waits longer, whether answered or gone."""

    def answered_later(self, than_s: float) -> float:
        """Share that is answered, but later."""


@dataclass(frozen=True, slots=True)
class Unlimited:
    """Nobody leaves, all may wait: the wait of the delayed is exponential (Erlang C)."""

    rates: Rates
    share: float

    @property
    def wait_s(self) -> float:
        return self.share / (self.rates.completions - self.rates.arrivals)

    @property
    def answered_wait_s(self) -> float:
        return self.wait_s

    def longer(self, than_s: float) -> float:
        return self.share * math.exp(-(self.rates.completions - self.rates.arrivals) * than_s)

    def answered_later(self, than_s: float) -> float:
        return self.longer(than_s)


class Limited:
    """Leaving, or limited places: ``found[j]`` is the share that finds j waiting and enters."""

    __slots__ = ("_answered", "found", "rates")

    def __init__(self, rates: Rates, found: list[float]) -> None:
        self.rates, self.found = rates, found
        self._answered = [
            share * rates.completions / (rates.completions + (ahead + 1) * rates.leaving)
            for ahead, share in enumerate(found)
        ]

    @property
    def share(self) -> float:
        return math.fsum(self.found)

    @property
    def wait_s(self) -> float:
        """Little's law on those who waited: mean number of them / entered per second."""
        _, completions, leaving = self.rates
        if leaving:
            return (self.share - math.fsum(self._answered)) / leaving
        return math.fsum((n + 1) * share for n, share in enumerate(self.found)) / completions

    @property
    def answered_wait_s(self) -> float:
        _, completions, leaving = self.rates
        steps = (1 / (completions + (n + 1) * leaving) for n in range(len(self.found)))
        pairs = zip(self._answered, accumulate(steps), strict=True)
        return math.fsum(share * wait for share, wait in pairs)

    def longer(self, than_s: float) -> float:
        own = math.exp(-self.rates.leaving * than_s)
        return own * self._sum(self.found, self.rates.completions, than_s)

    def answered_later(self, than_s: float) -> float:
        raised = self.rates.completions + self.rates.leaving
        return self._sum(self._answered, raised, than_s)

    def _sum(self, shares: list[float], slowest: float, than_s: float) -> float:
        tails = longer_than(than_s, slowest, self.rates.leaving, len(shares))
        return math.fsum(share * tail for share, tail in zip(shares, tails, strict=True))


def longer_than(than_s: float, slowest: float, step: float, count: int) -> list[float]:
    """P(V_j > t) for j < count, V_j a sum of exponentials at rates slowest + i*step, i <= j."""
    if than_s < 1e-9 or not count:  # below it, steps of rate x time are no numbers any more
        return [1.0] * count
    log = -slowest * than_s
    span = -math.expm1(-step * than_s) / step if step else than_s
    tails, whole = [math.exp(log)], math.exp(log)
    for ahead in range(1, count):
        log += math.log(span * (slowest + (ahead - 1) * step) / ahead)
        whole += math.exp(log)
        tails.append(min(1.0, whole))
    return tails
