"""When customers come: one endless or ending stream per queue, each with its own random numbers.

Every purpose draws from its own generator, named by seed, run, queue and purpose. So a change of
rules or agents leaves arrivals, talk times and patience as they were (common random numbers), and
two variants differ by the change alone.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from contactcenter.routing.simulator.distributions import Draw
from contactcenter.routing.simulator.scenario import PoissonArrivals, QueueLoad, TraceArrivals

Customer = tuple[float, float, float, object, int]
"""Comes at (s), talks for (s), is patient for (s; infinite: for ever), requirement, priority."""


def stream(seed: int, run: int, *purpose: str) -> random.Random:
    """The generator of one purpose. Seeding by text is stable over versions of Python."""
    return random.Random("/".join((str(seed), str(run), *purpose)))


def customers(load: QueueLoad, seed: int, run: int) -> Iterator[Customer]:
    """Those of one queue, in order of time."""
    service = load.service.sampler(stream(seed, run, "service", load.name))
    patience: Draw = _for_ever
    if load.patience is not None:
        patience = load.patience.sampler(stream(seed, run, "patience", load.name))
    match load.arrivals:
        case PoissonArrivals():
            times = poisson(load.arrivals, stream(seed, run, "arrivals", load.name))
            return ((at, service(), patience(), None, 0) for at in times)
        case TraceArrivals():
            return _traced(load.arrivals, service, patience)
    return iter(())


def poisson(arrivals: PoissonArrivals, rng: random.Random) -> Iterator[float]:
    """Unit exponentials spent along the rate: exact for piecewise constant rates."""
    uniform, log = rng.random, math.log
    for (start, rate), end in zip(arrivals.steps, _ends(arrivals), strict=True):
        # The Poisson process has no memory: what was begun before a step begins anew in it.
        at = start
        if rate <= 0:
            continue
        while (at := at - log(1.0 - uniform()) / rate) < end:
            yield at


def _ends(arrivals: PoissonArrivals) -> list[float]:
    return [start for start, _ in arrivals.steps[1:]] + [math.inf]


def _traced(trace: TraceArrivals, service: Draw, patience: Draw) -> Iterator[Customer]:
    for one in trace.arrivings:
        # Drawn even when the trace has its own: so every other customer keeps theirs.
        drawn = service(), patience()
        yield (
            one.at_s,
            drawn[0] if one.service_s is None else one.service_s,
            drawn[1] if one.patience_s is None else one.patience_s,
            one.requires,
            one.priority,
        )


def _for_ever() -> float:
    return math.inf
