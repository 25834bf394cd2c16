"""Means, ratios and 95% intervals from batches.

A figure is a ratio of two sums over batches (mean wait = seconds waited / answered). Its interval
is the ratio estimator's over batches taken as independent (Law and Kelton, *Simulation Modeling and
Analysis*, batch means; Cochran, *Sampling Techniques*, ratio estimates).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_T95 = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788,
    2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639,
    2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
)  # fmt: skip
"""Two-sided 95% points of Student's t, 1 to 30 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with the half-width of its 95% interval; None where there is nothing to say."""

    value: float | None
    ci95: float | None = None


def t95(freedom: int) -> float:
    """Student's t, two-sided 95%; beyond the table Cornish-Fisher, right to four digits."""
    if freedom <= len(_T95):
        return _T95[freedom - 1]
    z = 1.9599640
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def ratio(parts: Sequence[float], wholes: Sequence[float]) -> Figure:
    """``sum(parts) / sum(wholes)`` over batches."""
    whole = math.fsum(wholes)
    if whole == 0:
        return Figure(None)
    value, count = math.fsum(parts) / whole, len(parts)
    if count < 2:
        return Figure(value)
    squares = math.fsum((p - value * w) ** 2 for p, w in zip(parts, wholes, strict=True))
    error = math.sqrt(squares / (count * (count - 1))) / (whole / count)
    return Figure(value, t95(count - 1) * error)


def total(parts: Sequence[float], runs: int) -> Figure:
    """The sum over a run's batches, as the mean over ``runs``."""
    count, value = len(parts), math.fsum(parts) / runs
    if count < 2:
        return Figure(value)
    mean = math.fsum(parts) / count
    deviation = math.sqrt(math.fsum((part - mean) ** 2 for part in parts) / (count - 1))
    return Figure(value, t95(count - 1) * deviation * math.sqrt(count) / runs)


def mean(values: Sequence[float]) -> Figure:
    """Of one value a batch."""
    return ratio(values, [1.0] * len(values))
