"""Outbound work fills idle time without being felt by those who call."""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.routing.simulator.distributions import Exponential
from contactcenter.routing.simulator.result import Result
from contactcenter.routing.simulator.scenario import (
    AgentGroup,
    Length,
    PoissonArrivals,
    QueueLoad,
    Scenario,
)
from contactcenter.routing.simulator.simulate import simulate
from contactcenter.trials.proofs.model import Check, Told, at_least

RESERVE = 6
"""Agents who could take a call and are kept free of outbound work."""


def floor(blended: bool, interactions: int, seed: int = 1) -> Scenario:
    """40 calls a minute of one minute on 50 agents; if wanted 5 outbound ones a minute besides."""
    inbound = QueueLoad(
        "calls",
        {"wrap_up": "none"},
        PoissonArrivals(((0.0, 40 / 60),)),
        Exponential(60.0),
    )
    outbound = QueueLoad(
        "campaign",
        {"wrap_up": "none", "blending": {"yields_to": ["calls"], "reserve": RESERVE}},
        PoissonArrivals(((0.0, 5 / 60),)),
        Exponential(60.0),
        direction="outbound",
    )
    queues = (inbound, outbound) if blended else (inbound,)
    length = Length(interactions=interactions, warm_up=interactions // 10)
    return Scenario(queues, (AgentGroup("agents", 50),), length, seed)


def blending(full: bool, told: Told) -> Sequence[Check]:
    """Idle time falls by half; the service level of those who call stays within 1 point."""
    size = 200_000 if full else 20_000
    # As long in time: 45 interactions come while 40 do.
    plain = _played(floor(False, size), told)
    mixed = _played(floor(True, size * 45 // 40), told)
    levels = [each.queues["calls"].service_level.value or 0.0 for each in (plain, mixed)]
    idle = [1 - (each.overall.occupancy.value or 0.0) for each in (plain, mixed)]
    return [
        Check("service level of calls", levels[0], levels[1], 0.01, "in points"),
        at_least("idle time saved", 0.5, 1 - idle[1] / idle[0], f"idle {idle[0]:.1%} before"),
    ]


def _played(scenario: Scenario, told: Told) -> Result:
    result = simulate(scenario)
    told(f"{len(scenario.queues)} queues: {result.wall_s:.0f} s")
    return result
