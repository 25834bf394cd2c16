"""Is a staffed interval right? Played by the bare loop, which knows no formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contactcenter.core.measures.erlang import Station
from contactcenter.core.measures.event_loop import Happened, Measured, measure
from contactcenter.core.measures.staffing import Target

LEAST_INTERACTIONS = 2_000


@dataclass(frozen=True, slots=True)
class Checked:
    """What the simulation measured, and whether it speaks against the target."""

    interactions: int
    seed: int
    measured: dict[str, Measured]
    holds: bool
    """No limit is missed by more than the 95% interval of what was measured."""


def check(station: Station, target: Target, interactions: int, seed: int) -> Checked:
    """Play a station and hold what came out against the target."""
    takes: dict[str, Callable[[Happened], float]] = {
        "service_level": lambda batch: batch.service_level(target.within_s),
        "asa_s": Happened.asa_s,
        "abandoned": lambda batch: len(batch.left) / batch.entered,
        "blocked": lambda batch: batch.blocked / batch.offered,
    }
    measured, _ = measure(station, max(interactions, LEAST_INTERACTIONS), seed, takes)
    return Checked(interactions, seed, measured, _holds(measured, target))


def _holds(measured: dict[str, Measured], target: Target) -> bool:
    level = measured["service_level"]
    if target.service_level is not None and level.value + level.ci95 < target.service_level:
        return False
    limits = {"asa_s": target.asa_s, "abandoned": target.abandoned, "blocked": target.blocked}
    return all(
        limit is None or measured[name].value - measured[name].ci95 <= limit
        for name, limit in limits.items()
    )
