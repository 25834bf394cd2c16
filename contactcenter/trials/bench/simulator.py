"""The simulator on the production floor beside a bare hand-written loop of the pooling setting."""

from __future__ import annotations

import time
from collections.abc import Sequence

from contactcenter.routing.simulator.simulate import simulate
from contactcenter.trials.bench.model import Bound, Row, compared
from contactcenter.trials.bench.place import Place
from contactcenter.trials.proofs import bare, settings

_GOAL = Bound(">=", 0.4)


async def measure(place: Place) -> Sequence[Row]:
    """One row: interactions a second of processor time, six types and six skills each."""
    size = 300 if place.is_short else 15_000
    pairs = []
    for seed in range(1 if place.is_short else 5):
        scenario = settings.pooling(6, size, seed)
        began = time.process_time()
        simulate(scenario)
        between = time.process_time()
        bare.pooling_bare(6, size, seed)
        pairs.append((size / (between - began), size / (time.process_time() - between)))
    return [compared("simulator", "", "/s", pairs, _GOAL)]
