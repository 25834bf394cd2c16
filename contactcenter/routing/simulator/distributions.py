"""How long things take: the distributions a scenario may name, and how to draw from them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

Draw = Callable[[], float]
"""Seconds, 0 or more."""


@dataclass(frozen=True, slots=True)
class Exponential:
    """Memoryless, by its mean in seconds."""

    mean_s: float

    def sampler(self, rng: random.Random) -> Draw:
        """Inverse transform: one uniform a draw."""
        mean, uniform, log = -self.mean_s, rng.random, math.log
        return lambda: mean * log(1.0 - uniform())


@dataclass(frozen=True, slots=True)
class Deterministic:
    """Always the same."""

    mean_s: float

    def sampler(self, rng: random.Random) -> Draw:
        """No randomness is used."""
        seconds = self.mean_s
        return lambda: seconds


@dataclass(frozen=True, slots=True)
class LogNormal:
    """By mean and standard deviation of the durations themselves, not of their logarithms."""

    mean_s: float
    sd_s: float

    def sampler(self, rng: random.Random) -> Draw:
        """With ``s2 = ln(1 + (sd/mean)^2)`` the logarithm has mean ``ln(mean) - s2/2``."""
        square = math.log1p((self.sd_s / self.mean_s) ** 2)
        centre, spread, draw = math.log(self.mean_s) - square / 2, math.sqrt(square), rng.gauss
        return lambda: math.exp(draw(centre, spread))


@dataclass(frozen=True, slots=True)
class Gamma:
    """By mean and standard deviation; an Erlang-k has ``sd = mean / sqrt(k)``."""

    mean_s: float
    sd_s: float

    def sampler(self, rng: random.Random) -> Draw:
        """Shape ``(mean/sd)^2``, scale ``sd^2/mean``."""
        shape, scale = (self.mean_s / self.sd_s) ** 2, self.sd_s**2 / self.mean_s
        draw = rng.gammavariate
        return lambda: draw(shape, scale)


@dataclass(frozen=True, slots=True)
class Empirical:
    """One of the values observed, each as likely as the next."""

    values_s: tuple[float, ...]

    @property
    def mean_s(self) -> float:
        """Of the values."""
        return math.fsum(self.values_s) / len(self.values_s)

    def sampler(self, rng: random.Random) -> Draw:
        """With replacement."""
        values, count, uniform = self.values_s, len(self.values_s), rng.random
        return lambda: values[int(uniform() * count)]


Distribution = Exponential | Deterministic | LogNormal | Gamma | Empirical
