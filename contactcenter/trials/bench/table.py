"""Rows as a table for people."""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.trials.bench.model import Figure, Row, Spread

_HEADS = ("row", "store", "ours", "reference", "ratio", "goal", "verdict")


def lines(rows: Sequence[Row]) -> list[str]:
    """The table, then the plain figures of each row."""
    cells = [_HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(_HEADS))]
    drawn = [_padded(line, widths) for line in cells]
    drawn.insert(1, "  ".join("-" * width for width in widths))
    figures = [
        f"{row.row}{f' on {row.store}' if row.store else ''}: "
        + ", ".join(figure_words(figure) for figure in row.figures)
        for row in rows
        if row.figures
    ]
    return [*drawn, "", *figures] if figures else drawn


def _padded(line: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.row,
        row.store or "-",
        _value(row.ours, f" {row.unit}"),
        _value(row.reference, f" {row.unit}"),
        _value(row.ratio, "", spread=True),
        row.goal.words() if row.goal else "-",
        "-" if row.verdict == "none" else row.verdict,
    )


def _value(found: Spread | None, unit: str, *, spread: bool = False) -> str:
    if found is None:
        return "-"
    around = f" ({number(found.low)}-{number(found.high)})" if spread else ""
    return f"{number(found.median)}{unit}{around}"


def number(value: float) -> str:
    """Three digits that say something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 1 else f"{value:.2f}"


def figure_words(figure: Figure) -> str:
    """``p99 12 ms (aim <= 20 ms)``."""
    said = f"{figure.name} {number(figure.value)} {figure.unit}"
    if figure.aim is None:
        return said
    state = "met" if figure.aim.holds(figure.value) else "missed"
    return f"{said} (aim {figure.aim.words(' ' + figure.unit)}: {state})"
