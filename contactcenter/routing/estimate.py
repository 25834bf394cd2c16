"""The wait estimate: a band that holds as often as it says, or nothing.

Pure; plain values in. While all who could serve are busy, a customer at position p is answered
after p departures: completions of the serving agents, customers ahead who leave, less those of
higher priority who come and stand ahead. Taken as a birth-and-death chain the wait's mean and
variance follow from its first passages, step by step; of those *answered* every rate is higher by
their own leaving. Two things about real handle times are then put right: how far each agent is
into the present one (a busy agent long at it may be sooner or later free than a fresh one) moves
the whole band along the expected number of completions; and how variable they are widens or
narrows it. A gamma distribution with these two moments gives the band's ends. Why, and how well it
does: ``docs/why/wait-estimate.md``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from contactcenter.core.errors import Invalid
from contactcenter.core.measures.gamma import gamma_quantile
from contactcenter.core.measures.recent import HandleSummary
from contactcenter.core.measures.roots import crossing
from contactcenter.routing.estimate_few import FEW, FURTHEST, drawn

LEAST_SAMPLES = 20
MOST_DRIFT = 0.5
"""Handle times that have moved by more than this share of their mean are of no use as they are."""
LONGEST_S = 4 * 3600.0
_MOST_AGES = 20
_TAIL = 400


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a wait is to be estimated; times in seconds, rates per second.

    ``position`` 1 is the next to be offered. ``serving_s`` has, for each agent who takes from this
    queue and is busy, how long the present interaction has lasted (wrap-up counts as handling).
    ``free`` are agents whom policy lets have the customer now. ``leaving_per_s`` is the rate at
    which one waiting customer leaves. ``overtaking_per_s`` is how many arrive, here or in other
    queues of the same agents, that will be served first.
    """

    position: int
    serving_s: Sequence[float]
    handling: HandleSummary | None
    free: int = 0
    leaving_per_s: float = 0.0
    overtaking_per_s: float = 0.0

    def __post_init__(self) -> None:
        if self.position < 1 or self.free < 0:
            raise Invalid(f"position {self.position}, free {self.free}: at least 1 and 0")
        rates = (self.leaving_per_s, self.overtaking_per_s, *self.serving_s)
        if not all(math.isfinite(each) and each >= 0 for each in rates):
            raise Invalid("times and rates of a situation are finite and not negative")


@dataclass(frozen=True, slots=True)
class Estimate:
    """From now until answered, if answered: within [low_s, high_s] with this probability."""

    low_s: float
    middle_s: float
    high_s: float
    coverage: float

    @property
    def width_s(self) -> float:
        return self.high_s - self.low_s


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nothing is announced. ``reason``: few_samples, nobody_serving, unstable, drifting, too_long
    or too_wide."""

    reason: str


def estimate(
    situation: Situation, *, coverage: float = 0.8, widest_s: float | None = None
) -> Estimate | None:
    """The band, or None when unsure. ``Invalid`` for a coverage that is no probability."""
    found = assess(situation, coverage=coverage, widest_s=widest_s)
    return found if isinstance(found, Estimate) else None


def assess(
    situation: Situation, *, coverage: float = 0.8, widest_s: float | None = None
) -> Estimate | Unsure:
    """The band, or why there is none. ``widest_s``: a wider band is not worth saying."""
    if not 0 < coverage < 1:
        raise Invalid(f"a coverage of {coverage}: it must lie between 0 and 1")
    if situation.free >= situation.position:
        return Estimate(0.0, 0.0, 0.0, coverage)
    situation = _after_free(situation)
    handling = situation.handling
    reason = _doubt(situation)
    if reason or handling is None:
        return Unsure(reason or "few_samples")
    if situation.position == 1 and not situation.overtaking_per_s:
        return _of_the_next(situation, handling, coverage, widest_s)
    if _is_small(situation):
        return _of_few(situation, handling, coverage, widest_s)
    passage = _passage(situation, handling.mean_s)
    mean = passage.mean_s
    ages = _Ages(situation.serving_s, handling)
    # Only completions are as variable as handle times; leaving and coming are without memory.
    variance = passage.variance * (1 + passage.completing * (ages.dispersion(mean) - 1))
    # The mean handle time itself is known from a sample only.
    variance += (mean * handling.cv) ** 2 / handling.samples
    shape, scale = mean**2 / variance, variance / mean
    tail = (1 - coverage) / 2
    low, middle, high = (
        ages.real(scale * gamma_quantile(shape, share)) for share in (tail, 0.5, 1 - tail)
    )
    return _said(low, middle, high, coverage, widest_s)


def _of_the_next(
    situation: Situation, handling: HandleSummary, coverage: float, widest_s: float | None
) -> Estimate | Unsure:
    """For the next in line the law is known: the first completion of any agent."""
    ages = _Ages(situation.serving_s, handling)
    tail = (1 - coverage) / 2

    def within(share: float) -> float:
        return _rising(
            lambda at: -math.log(ages.none_yet(at)) + situation.leaving_per_s * at,
            -math.log1p(-share),
            handling.mean_s / len(situation.serving_s),
        )

    return _said(within(tail), within(0.5), within(1 - tail), coverage, widest_s)


def _is_small(situation: Situation) -> bool:
    few = len(situation.serving_s) <= FEW and situation.position <= FURTHEST
    return few and not situation.overtaking_per_s


def _of_few(
    situation: Situation, handling: HandleSummary, coverage: float, widest_s: float | None
) -> Estimate | Unsure:
    """With few agents the law is drawn, not modelled."""
    tail = (1 - coverage) / 2
    low, middle, high = drawn(
        situation.position,
        situation.serving_s,
        handling,
        situation.leaving_per_s,
        (tail, 0.5, 1 - tail),
    )
    return _said(low, middle, high, coverage, widest_s)


def _said(
    low: float, middle: float, high: float, coverage: float, widest_s: float | None
) -> Estimate | Unsure:
    if high > LONGEST_S:
        return Unsure("too_long")
    if widest_s is not None and high - low > widest_s:
        return Unsure("too_wide")
    return Estimate(low, middle, high, coverage)


def _after_free(situation: Situation) -> Situation:
    """Free agents are about to take those ahead, and then serve like the others."""
    if not situation.free:
        return situation
    serving = (*situation.serving_s, *[0.0] * situation.free)
    return replace(
        situation, position=situation.position - situation.free, serving_s=serving, free=0
    )


def _doubt(situation: Situation) -> str:
    """Why the model does not fit, or ""."""
    handling = situation.handling
    if handling is None or handling.samples < LEAST_SAMPLES or handling.mean_s <= 0:
        return "few_samples"
    if not situation.serving_s:
        return "nobody_serving"
    if situation.overtaking_per_s * handling.mean_s >= 0.95 * len(situation.serving_s):
        return "unstable"
    if abs(handling.newest_mean_s - handling.mean_s) > MOST_DRIFT * handling.mean_s:
        return "drifting"
    return ""


class _Passage(NamedTuple):
    """Of the time to the customer's answer; ``completing``: share of the events on the way that
    are completions."""

    mean_s: float
    variance: float
    completing: float


def _passage(situation: Situation, mean_s: float) -> _Passage:
    """The time to the customer's answer, if handle times were exponential.

    T_i, from i ahead to i - 1: after an exponential time either a departure, or someone overtakes
    and T_{i+1} + T_i must pass first. Moments from the far end down, where they hardly change.
    """
    births, leaving = situation.overtaking_per_s, situation.leaving_per_s
    completions = len(situation.serving_s) / mean_s
    far = situation.position + (_TAIL if births else 0)
    above = 1 / (completions + (far + 1) * leaving - births)
    square = 2 * above**2
    whole = variance = completing = 0.0
    for ahead in range(far - 1, -1, -1):
        deaths = completions + (ahead + 1) * leaving
        mean = (1 + births * above) / deaths
        # E T^2 = 2 E[step] x (mean of the rest) + E[step^2] + P(birth) x E[(T' + T'')^2].
        both = square + 2 * above * mean
        square = (2 / (deaths + births) * (1 + births * (above + mean)) + births * both) / deaths
        above = mean
        if ahead < situation.position:
            whole += mean
            variance += square - mean**2
            completing += mean * completions / (deaths + births)
    return _Passage(whole, variance, completing / whole)


class _Ages:
    """Expected completions, knowing how long each agent is at the present interaction."""

    def __init__(self, serving_s: Sequence[float], handling: HandleSummary) -> None:
        ordered = sorted(serving_s)
        # Quantiles do as well as a thousand agents one by one.
        step = max(1.0, len(ordered) / _MOST_AGES)
        count = max(1, int(len(ordered) / step))
        ages = [ordered[int((number + 0.5) * step)] for number in range(count)]
        self.weight = len(ordered) / count
        self.agents, self.handling = len(ordered), handling
        # Beyond the last few samples the sample says nothing: the tail is taken as exponential,
        # with what is left on average where the sample ends to be trusted.
        trusted = max(0.02, 5 / handling.samples)
        known = [(age, handling.longer(age)) for age in ages]
        self.known = [(age, left, handling.excess_s(age)) for age, left in known if left > trusted]
        self.unknown = count - len(self.known)
        edge = handling.beyond(trusted)
        self.tail_s = max(0.1 * handling.mean_s, handling.excess_s(edge) / handling.longer(edge))
        # An agent who has just begun does not complete at once: the renewal function of a gamma
        # handle time, exact for two phases, lags behind t / mean by this share in the end.
        self.lag = max(0.0, (1 - handling.cv**2) / 2)

    def completed(self, within_s: float) -> tuple[float, float]:
        """Mean and variance of the completions of all agents within this time.

        The first of each agent from the sample; later ones by renewal, as variable as the handle
        times are.
        """
        longer, excess = self.handling.longer, self.handling.excess_s
        first = squares = passed = 0.0
        for age, left, over in self.known:
            ended = 1 - longer(age + within_s) / left
            first += ended
            squares += ended * ended
            passed += within_s - (over - excess(age + within_s)) / left
        if self.unknown:
            ended = -math.expm1(-within_s / self.tail_s)
            first += self.unknown * ended
            squares += self.unknown * ended**2
            passed += self.unknown * (within_s - self.tail_s * ended)
        later = max(0.0, passed / self.handling.mean_s - self._not_yet(within_s) * first)
        variance = first - squares + self.handling.cv**2 * (squares + later)
        return self.weight * (first + later), self.weight * variance

    def none_yet(self, within_s: float) -> float:
        """The chance that no agent completes within this time; never quite nought."""
        chance = math.exp(-self.unknown * within_s / self.tail_s)
        for age, left, _ in self.known:
            chance *= self.handling.longer(age + within_s) / left
        return float(max(1e-12, chance) ** self.weight) or 1e-300

    def _not_yet(self, within_s: float) -> float:
        """How many second completions per first are missing against the mean rate."""
        if not self.lag or within_s <= 0:
            return 0.0
        spans = within_s / (self.lag * self.handling.mean_s)
        reached = -math.expm1(-spans)
        # First completions stand, on average, this much before the end of the time.
        back = (reached - spans * math.exp(-spans)) / (reached * spans)
        return self.lag * reached * (1 - back)

    def dispersion(self, around_s: float) -> float:
        """Variance / mean of the completions in about this time; 1 if exponential."""
        mean, variance = self.completed(self.real(around_s))
        return min(4.0, max(0.05, variance / mean)) if mean > 0 else 1.0

    def real(self, exponential_s: float) -> float:
        """When as many completions are expected as by ``exponential_s`` without memory."""
        wanted = self.agents * exponential_s / self.handling.mean_s
        return _rising(lambda at: self.completed(at)[0], wanted, exponential_s)


def _rising(value: Callable[[float], float], wanted: float, guess: float) -> float:
    """Where a rising function reaches ``wanted``: near it is nearly straight, so secants do."""
    if wanted <= 0 or guess <= 0:
        return 0.0
    high = guess
    while value(high) < wanted and high < 1e6:
        high *= 2
    low = 0.0 if high == guess else high / 2
    return crossing(lambda at: value(at) - wanted, low, high, near=1e-3 * wanted, steps=40)
