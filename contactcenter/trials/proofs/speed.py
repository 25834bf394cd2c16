"""How fast the simulator is, beside a bare loop of the same setting in the same minute."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from contactcenter.routing.simulator.simulate import simulate
from contactcenter.trials.proofs import bare, settings
from contactcenter.trials.proofs.model import Check, Told

GOAL = 0.4
"""Of the bare loop's interactions a second."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Interactions a second."""

    simulator: float
    bare: float

    @property
    def ratio(self) -> float:
        """Simulator over bare loop."""
        return self.simulator / self.bare


def measure(interactions: int, rounds: int = 3, skills_each: int = 6) -> Speed:
    """The best of several rounds, the two taking turns: noise only ever slows. Processor time, so
    that a busy machine slows neither."""
    ours, loops = [], []
    for seed in range(rounds):
        scenario = settings.pooling(skills_each, interactions, seed)
        started = time.process_time()
        simulate(scenario)
        between = time.process_time()
        bare.pooling_bare(skills_each, interactions, seed)
        ours.append(interactions / (between - started))
        loops.append(interactions / (time.process_time() - between))
    return Speed(max(ours), max(loops))


def same_as_bare(full: bool, told: Told) -> Sequence[Check]:
    """The floor gives every customer what a hand-written loop of the same rules gives them."""
    size = 100_000 if full else 10_000
    checks = []
    for skills_each in (1, 2, 6):
        overall = simulate(settings.pooling(skills_each, size, 1)).overall
        tallies = bare.pooling_bare(skills_each, size, 1)
        told(f"{skills_each} skills each, {size} calls twice")
        for name, figure in (
            ("offered", overall.offered),
            ("blocked", overall.blocked),
            ("answered", overall.answered),
        ):
            counted = sum(getattr(one, name) for one in tallies)
            checks.append(Check(f"{name}, {skills_each} skills", counted, figure.value or 0.0, 0.0))
        waited = sum(one.waited_s for one in tallies) / sum(one.answered for one in tallies)
        # Instants on the floor are whole microseconds.
        name = f"speed of answer (s), {skills_each} skills"
        checks.append(Check(name, waited, overall.asa_s.value or 0.0, 1e-5))
    return checks
