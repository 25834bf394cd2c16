"""Where a rising function crosses nought."""

from __future__ import annotations

from collections.abc import Callable


def crossing(
    value: Callable[[float], float], low: float, high: float, *, near: float, steps: int = 100
) -> float:
    """x in [low, high] with |value(x)| <= near, or as close as ``steps`` halvings come.

    ``value(low) <= 0 <= value(high)``. False position; an end that stays is halved in weight (the
    "Illinois" rule: M. Dowell, P. Jarratt, BIT 11 (1971)), and every third step bisects.
    """
    below, above = value(low), value(high)
    at = high
    for step in range(steps):
        flat = above <= below
        at = (
            (low + high) / 2
            if flat or step % 3 == 2
            else low - below * (high - low) / (above - below)
        )
        found = value(at)
        if abs(found) <= near or high - low <= 1e-12 * high:
            break
        if found < 0:
            low, below, above = at, found, above / 2
        else:
            high, above, below = at, found, below / 2
    return at
