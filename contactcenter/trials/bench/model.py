"""A measurement as values: what was measured, against what, and whether the goal is met.

A ratio has a goal and a verdict; seconds have an aim, which is reported and decides nothing, for
they are the machine's as much as ours.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Sense = Literal[">=", "<="]


@dataclass(frozen=True, slots=True)
class Bound:
    """At least or at most ``limit``."""

    sense: Sense
    limit: float

    def holds(self, value: float) -> bool:
        return value >= self.limit if self.sense == ">=" else value <= self.limit

    def words(self, unit: str = "") -> str:
        return f"{self.sense} {self.limit:g}{unit}"


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of ``count`` values, and their quartiles."""

    median: float
    low: float
    high: float
    count: int


def spread(values: Sequence[float]) -> Spread:
    """Of one value or more."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0], 1)
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median, low, high, len(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` (0 to 1) of them do not exceed: nearest rank."""
    ordered = sorted(values)
    rank = max(1, -int(-share * len(ordered) // 1))
    return ordered[rank - 1]


@dataclass(frozen=True, slots=True)
class Figure:
    """A plain value beside the ratio, with what is aimed at where something is."""

    name: str
    value: float
    unit: str
    aim: Bound | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``store`` is empty where none matters; ``unit`` is that of ``ours``
    and ``reference``; ``ratio`` is ours to the reference, pair by pair."""

    row: str
    store: str
    unit: str
    ours: Spread
    reference: Spread | None = None
    ratio: Spread | None = None
    goal: Bound | None = None
    figures: tuple[Figure, ...] = ()

    @property
    def verdict(self) -> str:
        """``met`` or ``missed``; ``none`` where nothing but time was measured."""
        if self.goal is None or self.ratio is None:
            return "none"
        return "met" if self.goal.holds(self.ratio.median) else "missed"

    def to_plain(self) -> dict[str, Any]:
        return asdict(self) | {"verdict": self.verdict}


def compared(
    row: str,
    store: str,
    unit: str,
    pairs: Sequence[tuple[float, float]],
    goal: Bound,
    figures: Sequence[Figure] = (),
) -> Row:
    """A row from ``(ours, reference)`` pairs, each measured one right after the other."""
    return Row(
        row,
        store,
        unit,
        spread([ours for ours, _ in pairs]),
        spread([reference for _, reference in pairs]),
        spread([ours / reference for ours, reference in pairs]),
        goal,
        tuple(figures),
    )
