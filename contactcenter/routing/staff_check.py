"""Is a staffed interval right? Played by the simulator: on the production matcher, no formula."""

from __future__ import annotations

from dataclasses import dataclass

from contactcenter.core.measures.erlang import Station
from contactcenter.core.measures.staffing import Target
from contactcenter.routing.simulator.distributions import Exponential
from contactcenter.routing.simulator.intervals import Figure
from contactcenter.routing.simulator.scenario import (
    AgentGroup,
    Length,
    PoissonArrivals,
    QueueLoad,
    Scenario,
)
from contactcenter.routing.simulator.simulate import simulate


@dataclass(frozen=True, slots=True)
class Checked:
    """What the simulation measured, and whether it speaks against the target."""

    interactions: int
    seed: int
    measured: dict[str, Figure]
    holds: bool
    """No limit is missed by more than the 95% interval of what was measured."""


def check(station: Station, target: Target, interactions: int, seed: int) -> Checked:
    """Play a station and hold what came out against the target; a tenth more warms up."""
    measures = simulate(_scenario(station, target, interactions, seed)).overall
    measured = {
        "service_level": measures.service_level,
        "asa_s": measures.wait_s,  # of all who entered, as the formulas have it
        "abandoned": _of_entered(measures.p_abandoned, measures.p_blocked),
        "blocked": measures.p_blocked,
    }
    return Checked(interactions, seed, measured, _holds(measured, target))


def _of_entered(of_offered: Figure, blocked: Figure) -> Figure:
    """The simulator counts who left among all attempts, the formulas among those who entered."""
    entered = 1 - _value(blocked)
    return Figure(_value(of_offered) / entered, _half(of_offered) / entered)


def _scenario(station: Station, target: Target, interactions: int, seed: int) -> Scenario:
    return Scenario(
        queues=(
            QueueLoad(
                name="calls",
                arrivals=PoissonArrivals(((0.0, station.per_min / 60),)),
                service=Exponential(station.service_s),
                patience=None if station.patience_s is None else Exponential(station.patience_s),
                service_level_s=target.within_s,
            ),
        ),
        agents=(AgentGroup(name="agents", count=station.agents),),
        length=Length(interactions=interactions + interactions // 10, warm_up=interactions // 10),
        seed=seed,
        places=station.places,
    )


def _holds(measured: dict[str, Figure], target: Target) -> bool:
    level = measured["service_level"]
    if target.service_level is not None and _value(level) + _half(level) < target.service_level:
        return False
    limits = {"asa_s": target.asa_s, "abandoned": target.abandoned, "blocked": target.blocked}
    return all(
        limit is None or _value(measured[name]) - _half(measured[name]) <= limit
        for name, limit in limits.items()
    )


def _value(figure: Figure) -> float:
    return 0.0 if figure.value is None else figure.value


def _half(figure: Figure) -> float:
    return 0.0 if figure.ci95 is None else figure.ci95
