"""``simulate``: a scenario to its result."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import replace

from contactcenter.routing.simulator.result import Result, summarised
from contactcenter.routing.simulator.scenario import Scenario
from contactcenter.routing.simulator.world import World


def simulate(scenario: Scenario, *, seed: int | None = None, runs: int = 1) -> Result:
    """Play ``runs`` independent runs of the scenario on the production floor.

    The same scenario, seed and number of runs give the same figures; scenarios with the same seed
    and the same queues see the same customers. Raises ``core.errors.Invalid`` for a queue or agent
    that the product would refuse.
    """
    if seed is not None:
        scenario = replace(scenario, seed=seed)
    started, played = time.perf_counter(), []
    decisions = 0
    for run in range(runs):
        world = World(scenario, scenario.seed, run)
        world.play()
        played.append(world.recorder.batches)
        decisions += world.decisions
    wall_s = time.perf_counter() - started
    return summarised(scenario, played, decisions, wall_s, peak_memory())


def peak_memory() -> int:
    """The most bytes this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
