"""The CSV of intervals to staff: ``start,per_min,service_s[,patience_s][,places]``."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping

from contactcenter.core.located_yaml import FileFault, FileInvalid
from contactcenter.core.measures.staffing import Interval

COLUMNS = ("start", "per_min", "service_s", "patience_s", "places")
_NEEDED = ("start", "per_min")
MOST_INTERVALS = 100_000


def read_intervals(
    lines: Iterable[str], file: str, defaults: Mapping[str, float | None] | None = None
) -> list[Interval]:
    """The intervals in order; ``defaults`` fill absent columns and empty cells.

    Raises ``FileInvalid`` with every fault and its line.
    """
    reader = csv.DictReader(lines, restkey="", restval="")
    given = dict(defaults or {})
    _check_header(reader.fieldnames or [], file, given)
    found, faults = [], []
    for row in reader:
        try:
            found.append(_interval(row, given))
        except ValueError as error:
            faults.append(FileFault(file, reader.line_num, str(error)))
        if len(found) > MOST_INTERVALS:
            raise FileInvalid([FileFault(file, reader.line_num, f"over {MOST_INTERVALS:,} rows")])
    if not found and not faults:
        faults.append(FileFault(file, 1, "no interval stands below the header"))
    if faults:
        raise FileInvalid(faults)
    return found


def _check_header(names: Iterable[str], file: str, given: Mapping[str, float | None]) -> None:
    names = list(names)
    allowed = f"columns are {', '.join(COLUMNS)}"
    unknown = [f"unknown column {name!r}" for name in names if name not in COLUMNS]
    twice = [f"column {name!r} twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    needed = _NEEDED if given.get("service_s") else (*_NEEDED, "service_s")
    missing = [f"column {name!r} is missing" for name in needed if name not in names]
    faults = [FileFault(file, 1, words, allowed) for words in (*unknown, *twice, *missing)]
    if faults:
        raise FileInvalid(faults)


def _interval(row: Mapping[str, str], given: Mapping[str, float | None]) -> Interval:
    if row.get(""):
        raise ValueError("more cells than the header has columns")
    start = (row["start"] or "").strip()
    if not start:
        raise ValueError("start is empty")
    service = _number(row, "service_s", given)
    if service is None:
        raise ValueError("service_s is empty, and no default is given")
    per_min = _number(row, "per_min", {}, least=0.0)
    if per_min is None:
        raise ValueError("per_min is empty: write 0 where nobody comes")
    places = _number(row, "places", given, least=0.0)
    if places is not None and places != int(places):
        raise ValueError(f"places is {places:g}: it must be a whole number")
    return Interval(
        start,
        per_min,
        service,
        _number(row, "patience_s", given),
        None if places is None else int(places),
    )


def _number(
    row: Mapping[str, str],
    name: str,
    given: Mapping[str, float | None],
    least: float | None = None,
) -> float | None:
    """The cell's number; above 0, or at least ``least`` where that is stated."""
    text = (row.get(name) or "").strip()
    if not text:
        return given.get(name)
    allowed = "a number above 0" if least is None else f"a number of at least {least:g}"
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}: it must be {allowed}") from None
    if not math.isfinite(value) or value < (least or 0) or (least is None and value == 0):
        raise ValueError(f"{name} is {text}: it must be {allowed}")
    return value
