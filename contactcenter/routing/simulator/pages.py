"""A result for people to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from contactcenter.routing.simulator.intervals import Figure
from contactcenter.routing.simulator.result import Measures, Result

_SHARES = frozenset(
    {"p_delayed", "p_blocked", "p_abandoned", "service_level", "occupancy", "primary_skill_share"}
)
_COUNTS = frozenset({"offered", "blocked", "abandoned", "answered", "flowed_out"})
_WORDS = {
    "asa_s": "speed of answer (s)",
    "wait_s": "wait of all (s)",
    "wait_if_delayed_s": "wait of the delayed (s)",
    "p_delayed": "delayed",
    "p_blocked": "blocked share",
    "p_abandoned": "abandoned share",
    "service_level": "service level",
    "primary_skill_share": "in primary skill",
    "wait_p50_s": "half wait up to (s)",
    "wait_p90_s": "90% wait up to (s)",
    "wait_p99_s": "99% wait up to (s)",
    "max_wait_s": "longest wait (s)",
    "flowed_out": "flowed out",
}


def page(result: Result) -> str:
    """A table: a row per figure, a column for the whole and one per queue."""
    columns = {"overall": result.overall}
    if len(result.queues) > 1:
        columns |= result.queues
    rows = [["", *columns], *_rows(list(columns.values()))]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", _footer(result)])


def _rows(columns: list[Measures]) -> Iterator[list[str]]:
    for each in fields(Measures):
        figures = [getattr(column, each.name) for column in columns]
        if any(figure.value is not None for figure in figures):
            words = _WORDS.get(each.name, each.name)
            yield [words, *(_cell(each.name, figure) for figure in figures)]


def _cell(name: str, figure: Figure) -> str:
    if figure.value is None:
        return "-"
    scale, places = (100, 2) if name in _SHARES else (1, 0 if name in _COUNTS else 2)
    unit = "%" if name in _SHARES else ""
    value = f"{figure.value * scale:,.{places}f}{unit}"
    if figure.ci95 is None:
        return value
    return f"{value} ± {figure.ci95 * scale:,.{max(places, 1) if name in _COUNTS else places}f}"


def _footer(result: Result) -> str:
    runs = f"{result.runs} runs" if result.runs > 1 else "1 run"
    return (
        f"{runs}, seed {result.seed}; counts are per run; ± is half of a 95% interval\n"
        f"{result.decisions:,} decisions in {result.wall_s:.1f} s: "
        f"{result.decisions_per_s:,.0f} a second; at most {result.peak_memory_bytes / 2**20:.0f} "
        "MiB in memory"
    )
