"""What a run showed, per queue and overall, as figures with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from contactcenter.routing.simulator.histogram import merged
from contactcenter.routing.simulator.intervals import Figure, mean, ratio, total
from contactcenter.routing.simulator.recorder import Batch
from contactcenter.routing.simulator.scenario import Scenario
from contactcenter.routing.simulator.tallies import Tally

_RUNS_AS_BATCHES = 10
"""From so many runs on each run is one batch: they are independent, its parts nearly so."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Each with its 95% interval. Counts are per run; definitions in docs/reference/scenario.md."""

    offered: Figure
    blocked: Figure
    abandoned: Figure
    answered: Figure
    flowed_out: Figure
    asa_s: Figure
    wait_s: Figure
    wait_if_delayed_s: Figure
    p_delayed: Figure
    p_blocked: Figure
    p_abandoned: Figure
    service_level: Figure
    occupancy: Figure
    primary_skill_share: Figure
    wait_p50_s: Figure
    wait_p90_s: Figure
    wait_p99_s: Figure
    max_wait_s: Figure

    def to_data(self) -> dict[str, dict[str, float | None]]:
        """As JSON."""
        pairs = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: {"value": one.value, "ci95": one.ci95} for name, one in pairs}


@dataclass(frozen=True, slots=True)
class Result:
    """Of all runs together."""

    scenario: str
    seed: int
    runs: int
    overall: Measures
    queues: dict[str, Measures]
    decisions: int
    wall_s: float
    peak_memory_bytes: int

    @property
    def decisions_per_s(self) -> float:
        """Of wall time."""
        return self.decisions / self.wall_s

    def to_data(self) -> dict[str, Any]:
        """As JSON: the overall figures on top, those of each queue below ``queues``."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "runs": self.runs,
            **self.overall.to_data(),
            "queues": {name: one.to_data() for name, one in self.queues.items()},
            "decisions": self.decisions,
            "decisions_per_s": round(self.decisions_per_s, 1),
            "wall_s": round(self.wall_s, 3),
            "peak_memory_bytes": self.peak_memory_bytes,
        }


def summarised(
    scenario: Scenario,
    played: Sequence[Sequence[Batch]],
    decisions: int,
    wall_s: float,
    peak_memory_bytes: int,
) -> Result:
    """``played``: the batches of each run."""
    runs = len(played)
    batches = [batch for run in played for batch in run]
    if runs >= _RUNS_AS_BATCHES:
        batches = [_joined(run) for run in played]
    names = [load.name for load in scenario.queues]
    # Nobody has a primary skill: then the share says nothing.
    knows = any(group.primary is not None for group in scenario.agents)
    return Result(
        scenario=scenario.name,
        seed=scenario.seed,
        runs=runs,
        overall=measured(
            [_sum(batch.tallies.values()) for batch in batches],
            runs,
            ratio([one.working_s for one in batches], [one.present_s for one in batches]),
            knows,
        ),
        queues={
            name: _of_queue([one.tallies[name] for one in batches], runs, knows) for name in names
        },
        decisions=decisions,
        wall_s=wall_s,
        peak_memory_bytes=peak_memory_bytes,
    )


def _of_queue(tallies: list[Tally], runs: int, knows: bool) -> Measures:
    handled, staffed = [one.handled_s for one in tallies], [one.staffed_s for one in tallies]
    return measured(tallies, runs, ratio(handled, staffed), knows)


def measured(tallies: list[Tally], runs: int, occupancy: Figure, knows: bool) -> Measures:
    """The figures of one queue or of all, from its batches."""

    def count(name: str) -> Figure:
        return total([getattr(one, name) for one in tallies], runs)

    def per(part: str, whole: str) -> Figure:
        return ratio(
            [getattr(one, part) for one in tallies], [getattr(one, whole) for one in tallies]
        )

    return Measures(
        offered=count("offered"),
        blocked=count("blocked"),
        abandoned=count("abandoned"),
        answered=count("answered"),
        flowed_out=count("flowed_out"),
        asa_s=per("waited_s", "answered"),
        wait_s=ratio(
            [one.waited_s + one.abandoned_waited_s for one in tallies],
            [one.answered + one.abandoned for one in tallies],
        ),
        wait_if_delayed_s=per("delayed_waited_s", "delayed_answered"),
        p_delayed=per("delayed", "entered"),
        p_blocked=per("blocked", "offered"),
        p_abandoned=per("abandoned", "offered"),
        service_level=ratio(
            [one.in_target for one in tallies],
            [one.answered + one.abandoned_late for one in tallies],
        ),
        occupancy=occupancy,
        primary_skill_share=per("primary", "answered") if knows else Figure(None),
        wait_p50_s=_quantile(tallies, 0.5),
        wait_p90_s=_quantile(tallies, 0.9),
        wait_p99_s=_quantile(tallies, 0.99),
        max_wait_s=Figure(max((one.longest_s for one in tallies), default=None)),
    )


def _quantile(tallies: list[Tally], share: float) -> Figure:
    """Of all waits together; its interval from those of the batches."""
    found = [one.waits.quantile(share) for one in tallies]
    known = [one for one in found if one is not None]
    whole = merged(one.waits for one in tallies).quantile(share)
    return Figure(whole, mean(known).ci95 if known else None)


def _sum(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for one in tallies:
        whole.include(one)
    return whole


def _joined(batches: Sequence[Batch]) -> Batch:
    return Batch(
        {name: _sum(one.tallies[name] for one in batches) for name in batches[0].tallies},
        sum(one.working_s for one in batches),
        sum(one.present_s for one in batches),
    )
