"""Did announced bands hold? And the moving average that others announce, to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt

from contactcenter.core.measures.counts import share

WIDTHS_S = (15.0, 30.0, 60.0, 120.0, 300.0)

_Z_95 = 1.959964
"""Two-sided 95 % of the normal distribution."""


def wilson(share: float, count: float) -> tuple[float, float]:
    """The 95 % interval (Wilson 1927) of a share seen in ``count`` independent cases; (0, 1) when
    there are none. Unlike share +- error it holds near 0 and 1 and with few cases."""
    if count <= 0:
        return 0.0, 1.0
    z2 = _Z_95 * _Z_95
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    spread = share * (1 - share) / count + z2 / (4 * count * count)
    half = _Z_95 * sqrt(spread) / (1 + z2 / count)
    return max(0.0, middle - half), min(1.0, middle + half)


def width_names(widths_s: Sequence[float] = WIDTHS_S) -> list[str]:
    """A name in seconds for each width of bands told apart, the one without bound last."""
    bounds = [0.0, *widths_s]
    names = [f"{low:g}-{high:g}" for low, high in zip(bounds, widths_s, strict=False)]
    return [*names, f"over {bounds[-1]:g}"]


def width_place(width_s: float, widths_s: Sequence[float] = WIDTHS_S) -> int:
    """The place of a band's width among ``width_names``."""
    return sum(width_s > bound for bound in widths_s)


@dataclass(slots=True)
class Tally:
    """Bands of about one width."""

    answered: int = 0
    inside: int = 0
    below: int = 0
    above: int = 0
    """Answered sooner, or later, than the band said."""

    @property
    def coverage(self) -> float | None:
        """Share of the answered whose wait was inside the band; None without any."""
        return share(self.inside, self.answered)

    def add(self, low_s: float, high_s: float, waited_s: float) -> None:
        """A customer was told this band and answered after this wait."""
        self.answered += 1
        self.below += waited_s < low_s
        self.above += waited_s > high_s
        self.inside += low_s <= waited_s <= high_s


@dataclass(slots=True)
class Calibration:
    """Of the answered customers who were told a band: was it true? By width, and in all."""

    widths_s: Sequence[float] = WIDTHS_S
    """Upper bounds of the widths told apart; one more, without bound, follows."""
    whole: Tally = field(default_factory=Tally)
    by_width: list[Tally] = field(default_factory=list)
    silent: int = 0
    """Customers to whom nothing was announced."""
    error_s: float = 0.0
    """Sum of |wait - middle of the estimate|."""

    def __post_init__(self) -> None:
        self.by_width = [Tally() for _ in range(len(self.widths_s) + 1)]

    def add(self, low_s: float, middle_s: float, high_s: float, waited_s: float) -> None:
        """A customer was told a band and answered after ``waited_s`` from then on."""
        self.whole.add(low_s, high_s, waited_s)
        self.by_width[width_place(high_s - low_s, self.widths_s)].add(low_s, high_s, waited_s)
        self.error_s += abs(waited_s - middle_s)

    def say_nothing(self) -> None:
        """A customer was told nothing."""
        self.silent += 1

    @property
    def coverage(self) -> float | None:
        """Share inside, of all told and answered."""
        return self.whole.coverage

    @property
    def mean_error_s(self) -> float | None:
        """Mean absolute error of the middle."""
        return share(self.error_s, self.whole.answered)

    def rows(self) -> list[tuple[str, Tally]]:
        """For a report: the name of each width in seconds, and its tally; empty ones left out."""
        names = width_names(self.widths_s)
        return [row for row in zip(names, self.by_width, strict=True) if row[1].answered]


class MovingAverage:
    """What Asterisk's ``app_queue`` announces: after each answered caller its average moves a
    quarter of the way to that caller's wait, in whole seconds rounded down (``recalc_holdtime`` in
    apps/app_queue.c, 2004 until today). It begins at 0 and knows neither position nor agents.
    """

    def __init__(self) -> None:
        self.wait_s = 0

    def answer(self, waited_s: float) -> None:
        """A customer was answered after this wait."""
        self.wait_s = (3 * self.wait_s + int(waited_s)) // 4
