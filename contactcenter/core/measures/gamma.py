"""The gamma distribution: its function and its quantiles, by the standard library alone."""

from __future__ import annotations

import math
from statistics import NormalDist

from contactcenter.core.measures.roots import crossing

_SMALL = 1e-300


def gamma_below(shape: float, x: float) -> float:
    """P(X <= x) for a gamma variable of this shape and scale 1: the regularised lower incomplete
    gamma function, by its series below shape + 1 and by Lentz's continued fraction above (DLMF
    8.11.4 and 8.9.2)."""
    if x <= 0:
        return 0.0
    log = shape * math.log(x) - x - math.lgamma(shape)
    if x < shape + 1:
        term = whole = 1 / shape
        step = shape
        while term > whole * 1e-15:
            step += 1
            term *= x / step
            whole += term
        return min(1.0, whole * math.exp(log))
    return 1 - math.exp(log) * _upper_fraction(shape, x)


def _upper_fraction(shape: float, x: float) -> float:
    b = x + 1 - shape
    c, d = 1 / _SMALL, 1 / b
    fraction = d
    for n in range(1, 10_000):
        a = n * (shape - n)
        b += 2
        d = 1 / (a * d + b or _SMALL)
        c = b + a / c or _SMALL
        change = c * d
        fraction *= change
        if abs(change - 1) < 1e-14:
            break
    return fraction


def gamma_quantile(shape: float, share: float) -> float:
    """The x with P(X <= x) = share, 0 < share < 1, scale 1: Wilson and Hilferty's guess, then
    false position."""
    z = NormalDist().inv_cdf(share)
    cube = 1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))
    guess = (
        shape * cube**3
        if cube > 0
        else math.exp((math.log(share) + math.lgamma(shape + 1)) / shape)
    )
    if guess < 1e-250:  # of so small a shape nearly everything lies at nought
        return 0.0
    low, high = guess / 2, guess * 2
    while gamma_below(shape, low) > share:
        low /= 2
    while gamma_below(shape, high) < share:
        high *= 2
    return crossing(lambda x: gamma_below(shape, x) - share, low, high, near=1e-9)
