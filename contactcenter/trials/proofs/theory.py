"""Proofs against exact results; the six-skill ones use the common formula M/M/90/120."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from contactcenter.routing.simulator.intervals import Figure
from contactcenter.routing.simulator.result import Measures
from contactcenter.routing.simulator.scenario import Scenario, ServesFirst
from contactcenter.routing.simulator.simulate import simulate
from contactcenter.trials.proofs.model import Check, Told, at_least
from contactcenter.trials.proofs.settings import one_queue, pooling

SEEDS = (1, 2, 3)
SHORT = 20_000
"""Customers of a run in the form for every day; the intervals are wide then."""
BLOCKING, ASA_MIN = 0.0036430761, 0.45002277
"""M/M/90/120 at 8.4 a minute, 10 minutes: exact."""
_THREE = "within 3 half-widths of the 95% interval"


def near(name: str, known: float, figure: Figure, scale: float = 1.0) -> Check:
    """The figure within three half-widths of its own interval."""
    assert figure.value is not None  # noqa: S101  # every proof measures thousands
    assert figure.ci95 is not None  # noqa: S101
    return Check(name, known, figure.value * scale, 3 * figure.ci95 * scale, _THREE)


def delay(full: bool, told: Told) -> Sequence[Check]:
    """M/M/50 at 48 a minute: speed of answer 20.8 s, 90% within 58.1 s (Erlang C)."""
    overall = _played(one_queue(600_000 if full else SHORT, 1), told)
    return [
        near("speed of answer (s)", 20.833668, overall.asa_s),
        near("90% wait up to (s)", 58.134, overall.wait_p90_s),
        near("delayed", 0.69445561, overall.p_delayed),
        near("occupancy", 0.96, overall.occupancy),
    ]


def patience(full: bool, told: Told) -> Sequence[Check]:
    """M/M/50+M at 48 a minute, patience 2 minutes: 3.091% leave, wait 3.7 s (Erlang A)."""
    size = 600_000 if full else SHORT
    overall = _played(one_queue(size, 1, patience_s=120.0), told)
    left = overall.p_abandoned.value or 0.0
    points = 0.0015 * math.sqrt(600_000 / size)
    return [
        Check("share that leaves", 0.030912249, left, points, "in points"),
        near("wait of all (s)", 3.709470, overall.wait_s),
        near("delayed", 0.46777407, overall.p_delayed),
        near("occupancy", 0.93032424, overall.occupancy),
    ]


def six_skills(full: bool, told: Told) -> Sequence[Check]:
    """Pooling with all six skills each is M/M/90/120, whoever serves what first: three seeds."""
    checks = []
    for seed in SEEDS if full else SEEDS[:1]:
        overall = _played(pooling(6, 400_000 if full else SHORT, seed), told)
        checks += [
            near(f"blocking, seed {seed}", BLOCKING, overall.p_blocked),
            near(f"speed of answer (min), seed {seed}", ASA_MIN, overall.asa_s, 1 / 60),
            near(f"delayed, seed {seed}", 0.37970555, overall.p_delayed),
        ]
    return checks


def two_skills(full: bool, told: Told) -> Sequence[Check]:
    """Two skills each recover 90% of the gap in speed of answer between one and six."""
    size = 400_000 if full else SHORT
    asa = {each: _played(pooling(each, size, 1), told).asa_s.value or 0.0 for each in (1, 2, 6)}
    gap = (asa[1] - asa[2]) / (asa[1] - asa[6])
    said = ", ".join(f"{each}: {value / 60:.3f} min" for each, value in asa.items())
    return [at_least("share of the gap", 0.90, gap, f"speed of answer by skills each: {said}")]


@dataclass(frozen=True, slots=True)
class Published:
    """One row of the reference table (5 x 400,000 calls) with its half-widths."""

    serves_first: ServesFirst
    skills_each: int
    blocking: Figure
    asa_min: Figure
    delayed: Figure
    level: Figure


PUBLISHED = (
    Published(
        "primary",
        1,
        Figure(0.04159, 0.001),
        Figure(3.04012, 0.03108),
        Figure(0.57471),
        Figure(0.47246, 0.00379),
    ),
    Published(
        "primary",
        2,
        Figure(0.00441, 0.00062),
        Figure(0.59337, 0.03588),
        Figure(0.42264),
        Figure(0.71748, 0.01291),
    ),
    Published(
        "longest_waiting",
        2,
        Figure(0.00402, 0.00034),
        Figure(0.55953, 0.01732),
        Figure(0.42962),
        Figure(0.68475, 0.00883),
    ),
)


def published(full: bool, told: Told) -> Sequence[Check]:
    """Rows of the reference table of the pooling setting, agents in their own skill first."""
    checks = []
    for row in PUBLISHED:
        size = 400_000 if full else SHORT
        scenario = pooling(row.skills_each, size, 1, row.serves_first, "highest_level")
        overall = _played(scenario, told)
        name = f"{row.skills_each} skills, {row.serves_first}"
        checks += [
            _agree(f"blocking, {name}", row.blocking, overall.p_blocked),
            _agree(f"speed of answer (min), {name}", row.asa_min, overall.asa_s, 1 / 60),
            _agree(f"delayed, {name}", row.delayed, overall.p_delayed),
            _agree(f"within 30 s, {name}", row.level, overall.service_level),
        ]
    return checks


def _agree(name: str, theirs: Figure, ours: Figure, scale: float = 1.0) -> Check:
    """Two estimates: within 3 half-widths of their difference."""
    assert ours.value is not None  # noqa: S101
    assert theirs.value is not None  # noqa: S101
    width = 3 * math.hypot((ours.ci95 or 0.0) * scale, theirs.ci95 or 0.0)
    return Check(name, theirs.value, ours.value * scale, width, _THREE)


def _played(scenario: Scenario, told: Told) -> Measures:
    result = simulate(scenario)
    told(f"{scenario.name}, seed {scenario.seed}: {result.wall_s:.0f} s")
    return result.overall
