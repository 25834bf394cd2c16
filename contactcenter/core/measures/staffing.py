"""The least agents for a target, one interval at a time, and how many to roster for them.

Each interval is taken as a steady state of its own (the usual "stationary independent period by
period" approach: L. Green, P. Kolesar, J. Soares, Operations Research 49 (2001)): right while
handle times are short against the interval, too hopeful after an overloaded one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields

from contactcenter.core.errors import Invalid
from contactcenter.core.measures.erlang import MOST_AGENTS, Station, Steady, Unstable, steady


@dataclass(frozen=True, slots=True)
class Target:
    """What must hold, all of it; shares lie between 0 and 1, times are seconds.

    ``service_level`` is the least share answered within ``within_s``; the others are limits.
    """

    service_level: float | None = None
    within_s: float = 20.0
    asa_s: float | None = None
    abandoned: float | None = None
    blocked: float | None = None
    max_occupancy: float | None = None

    def __post_init__(self) -> None:
        limits = [self.service_level, self.asa_s, self.abandoned, self.blocked]
        if all(limit is None for limit in limits):
            raise Invalid(
                "no target is given",
                hint="give service_level, asa_s, abandoned or blocked; max_occupancy may be added",
            )
        for field in fields(self):
            self._check(field.name, getattr(self, field.name))

    @staticmethod
    def _check(name: str, value: float | None) -> None:
        time = name.endswith("_s")
        most = math.inf if time else 1.0
        if value is None or 0 < value < most or (value == 0 and name == "within_s"):
            return
        if value == 1 and name == "max_occupancy":
            return
        allowed = "above 0" if time else "between 0 and 1, both excluded"
        raise Invalid(f"{name} is {value:g}: it must be {allowed}")

    def met(self, found: Steady) -> bool:
        """Does this steady state keep every limit?"""
        pairs = [
            (found.asa_s, self.asa_s),
            (found.abandoned, self.abandoned),
            (found.blocked, self.blocked),
            (found.occupancy, self.max_occupancy),
        ]
        if any(limit is not None and value > limit for value, limit in pairs):
            return False
        return (
            self.service_level is None or found.service_level(self.within_s) >= self.service_level
        )


def least_agents(
    per_min: float,
    service_s: float,
    target: Target,
    *,
    patience_s: float | None = None,
    places: int | None = None,
) -> Steady:
    """The steady state with the fewest agents that meets the target.

    Raises ``Invalid`` when more than ``MOST_AGENTS`` would be needed.
    """

    def solved(agents: int) -> Steady | None:
        try:
            found = steady(Station(per_min, service_s, agents, patience_s, places))
        except Unstable:
            return None
        return found if target.met(found) else None

    low, high = 0, min(MOST_AGENTS, max(1, math.ceil(per_min / 60 * service_s)))
    while (best := solved(high)) is None:
        if high == MOST_AGENTS:
            raise Invalid(
                f"not even {MOST_AGENTS:,} agents meet the target",
                hint="ask for less, or check the unit of service_s (seconds)",
            )
        low, high = high, min(MOST_AGENTS, high + max(1, high // 8))
    # More agents never make a limit worse, so one search finds the edge.
    while high - low > 1:
        middle = (low + high) // 2
        found = solved(middle)
        low, high, best = (middle, high, best) if found is None else (low, middle, found)
    return best


def rostered(agents: int, shrinkage: float) -> int:
    """How many to roster so that this many serve; shrinkage is the share who do not (breaks,
    training, illness), 0 <= shrinkage < 1. Raises ``Invalid``."""
    if not 0 <= shrinkage < 1:
        raise Invalid(f"shrinkage is {shrinkage:g}: it must be at least 0 and below 1")
    # 7 / (1 - 0.3) is 10.000000000000002: not eleven people.
    return math.ceil(agents / (1 - shrinkage) - 1e-9)


@dataclass(frozen=True, slots=True)
class Interval:
    """What is expected between two times: ``start`` is the caller's own mark."""

    start: str
    per_min: float
    service_s: float
    patience_s: float | None = None
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Staffed:
    """An interval with the agents it needs; ``steady`` is None where nobody comes."""

    interval: Interval
    agents: int
    rostered: int
    steady: Steady | None


def staff(intervals: Iterable[Interval], target: Target, shrinkage: float = 0.0) -> list[Staffed]:
    """The least agents of each interval. Raises ``Invalid``, naming the interval."""
    return [_staffed(interval, target, shrinkage) for interval in intervals]


def _staffed(interval: Interval, target: Target, shrinkage: float) -> Staffed:
    if interval.per_min == 0:
        return Staffed(interval, 0, rostered(0, shrinkage), None)
    try:
        found = least_agents(
            interval.per_min,
            interval.service_s,
            target,
            patience_s=interval.patience_s,
            places=interval.places,
        )
    except Invalid as error:
        raise Invalid(f"{interval.start}: {error.message}", hint=error.hint) from error
    agents = found.station.agents
    return Staffed(interval, agents, rostered(agents, shrinkage), found)
