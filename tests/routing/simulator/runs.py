"""Small runs for the tests: calls at these seconds, one agent, and what came of them."""

from __future__ import annotations

from typing import Any

from contactcenter.routing.simulator.result import Measures
from contactcenter.routing.simulator.scenario import (
    AgentGroup,
    Arriving,
    Length,
    QueueLoad,
    Scenario,
    TraceArrivals,
)
from contactcenter.routing.simulator.simulate import simulate

NO_WRAP_UP = {"wrap_up": "none"}


def calls(*times: float, service_s: float = 60.0, patience_s: float | None = None) -> TraceArrivals:
    return TraceArrivals(tuple(Arriving(at, service_s, patience_s) for at in times))


def one_agent(
    *times: float,
    queue: dict[str, Any] | None = None,
    agent: dict[str, Any] | None = None,
    service_s: float = 60.0,
    patience_s: float | None = None,
    places: int | None = None,
    length_s: float = 1000.0,
) -> Measures:
    """Calls at these seconds, one agent."""
    came = calls(*times, service_s=service_s, patience_s=patience_s)
    load = QueueLoad("q", **{"config": NO_WRAP_UP, "arrivals": came, **(queue or {})})
    group = AgentGroup("x", **(agent or {}))
    return simulate(Scenario((load,), (group,), Length(time_s=length_s), places=places)).overall


def counts(found: Measures) -> tuple[float | None, ...]:
    """Offered, blocked, abandoned, answered, flowed out."""
    figures = (found.offered, found.blocked, found.abandoned, found.answered, found.flowed_out)
    return tuple(one.value for one in figures)
