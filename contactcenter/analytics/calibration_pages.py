"""A calibration as data and as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contactcenter.analytics.calibration import FEW, POSITION_NAMES, Held, Report
from contactcenter.core.measures.calibration import width_names

_HEAD = (
    f"{'told':>8}{'unsure':>8}{'answered':>10}{'inside':>8}{'95 % interval':>16}"
    f"{'left':>8}{'all told':>14}{'width':>8}{'error':>8}"
)
_VERDICTS = {
    "none": "Nothing to judge: nobody was told a wait in this period.",
    "few": "Too few to judge: {waits} answered waits; below " + str(FEW) + " chance decides.",
    "true": "The bands hold as often as they say.",
    "narrow": "The bands hold less often than they say: they are too narrow, or beside.",
    "wide": "The bands hold more often than they say: they could be narrower.",
}


def data_of(report: Report) -> dict[str, Any]:
    """JSON-able. Times in seconds, shares 0 to 1; null where there is nothing to share."""
    nominal = report.nominal
    return {
        "from": report.start.isoformat(),
        "to": report.end.isoformat(),
        "is_whole": report.is_whole,
        "zone": report.zone.key,
        "queue": report.queue,
        "nominal": nominal,
        "few": FEW,
        "whole": _data("", report.whole, nominal),
        "by_queue": [_data(*row, nominal) for row in sorted(report.by_queue.items())],
        "by_position": [
            _data(*row, nominal) for row in _ordered(report.by_position, POSITION_NAMES)
        ],
        "by_hour": [_data(*row, nominal) for row in sorted(report.by_hour.items())],
        "by_width": [_data(*row, nominal) for row in _ordered(report.by_width, width_names())],
    }


def _data(name: str, held: Held, nominal: float) -> dict[str, Any]:
    interval = held.interval or (None, None)
    at_least, at_most = held.bounds
    return {
        "name": name,
        "told": held.told,
        "silent": held.silent,
        "silent_share": held.silent_share,
        "answered": held.answered.answered,
        "waits": held.waits,
        "inside": held.answered.inside,
        "sooner": held.answered.below,
        "later": held.answered.above,
        "left": held.left,
        "waiting": held.waiting,
        "late": held.late,
        "coverage": held.answered.coverage,
        "coverage_low": interval[0],
        "coverage_high": interval[1],
        "at_least": at_least,
        "at_most": at_most,
        "mean_width_s": held.mean_width_s,
        "mean_error_s": held.mean_error_s,
        "verdict": held.verdict(nominal),
    }


def _ordered(table: Mapping[str, Held], names: Iterable[str]) -> list[tuple[str, Held]]:
    return [(name, table[name]) for name in names if name in table]


def page(report: Report) -> str:
    """The tables, the judgement first."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    whole = report.whole
    verdict = whole.verdict(report.nominal)
    yield _VERDICTS[verdict].format(waits=whole.waits)
    yield (
        f"A band should hold the wait {_percent(report.nominal)} of the time. "
        f"{report.start.isoformat()} to {report.end.isoformat()}"
        + ("." if report.is_whole else ": as much of the log as is read at once.")
    )
    if verdict == "none":
        if whole.silent:
            yield f"{whole.silent} announcements were made without a wait: the estimate was unsure."
        else:
            yield "A queue tells the wait with announcements: {wait: true} in its configuration."
        return
    yield from ("", f"{'':14}{_HEAD}", _row("all", whole))
    yield from _table("queue", sorted(report.by_queue.items()))
    places = _ordered(report.by_position, POSITION_NAMES)
    yield from _table("place", [(name or "not told", held) for name, held in places])
    yield from _table(f"hour, {report.zone.key}", sorted(report.by_hour.items()))
    yield from ("", f"{'width of band':14}{'answered':>10}{'sooner':>9}{'inside':>9}{'later':>9}")
    for name, held in _ordered(report.by_width, width_names()):
        yield _reliability(name + " s", held)
    yield from _notes()


def _table(title: str, rows: list[tuple[str, Held]]) -> Iterator[str]:
    yield from ("", title)
    for name, held in rows:
        yield _row(name, held)


def _row(name: str, held: Held) -> str:
    low, high = held.interval or (None, None)
    least, most = held.bounds
    few = " few" if held.told and held.waits < FEW else ""
    return (
        f"  {name:12}{held.told:>8}{_percent(held.silent_share):>8}{held.answered.answered:>10}"
        f"{_percent(held.answered.coverage):>8}{_span(low, high):>16}{held.left:>8}"
        f"{_span(least, most):>14}{_seconds(held.mean_width_s):>8}{_seconds(held.mean_error_s):>8}"
        f"{few}"
    )


def _reliability(name: str, held: Held) -> str:
    tally = held.answered
    parts = (tally.below, tally.inside, tally.above)
    cells = "".join(f"{_percent(n / tally.answered if tally.answered else None):>9}" for n in parts)
    return f"  {name:12}{tally.answered:>10}{cells}"


def _notes() -> Iterator[str]:
    yield ""
    yield "inside: of the answered. Each announcement counts; the interval is by waits."
    yield "all told: with those who left or still wait, whose band is known to have failed only"
    yield "when they waited beyond it: at least, and at most. few: too few to judge."


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _span(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"{100 * low:.0f}-{100 * high:.0f} %"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} s"
