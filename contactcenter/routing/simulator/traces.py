"""CSV files of a scenario: who came when, and durations observed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from contactcenter.core.located_yaml import FileFault, FileInvalid
from contactcenter.core.rules import RuleInvalid
from contactcenter.routing.simulator.scenario import Arriving
from contactcenter.routing.skills import requirement

_COLUMNS = ("at_s", "at", "queue", "service_s", "patience_s", "requires", "priority")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")

Trace = dict[str, list[Arriving]]
"""By queue; ``""`` when the file has no such column."""


def clock_s(text: str) -> float | None:
    """Seconds since midnight of ``HH:MM[:SS]``; None when it is no such time."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds or 0)


def read_trace(path: Path, starts_at_s: float) -> Trace:
    """The customers of a file.

    Columns: ``at_s`` (seconds from the start) or ``at`` (the same, or ``HH:MM:SS``, or an ISO
    instant, counted from midnight of its first day); if wanted ``queue``, ``service_s``,
    ``patience_s``, ``requires`` (a skill, or an expression as JSON), ``priority``.

    Raises ``FileInvalid`` with the lines that can not be read.
    """
    file, faults = str(path), list[FileFault]()
    trace: Trace = {}
    reader = _Lines(starts_at_s)
    for line, row in _rows(path):
        try:
            queue, arriving = reader.arriving(row)
        except _Unreadable as fault:
            faults.append(FileFault(file, line, str(fault)))
            if len(faults) == 20:
                break
            continue
        trace.setdefault(queue, []).append(arriving)
    if faults:
        raise FileInvalid(faults)
    for each in trace.values():
        each.sort(key=lambda one: one.at_s)
    return trace


def read_seconds(path: Path) -> tuple[float, ...]:
    """The numbers of the first column, a heading allowed. Raises ``FileInvalid``."""
    values, faults = [], []
    with path.open(newline="", encoding="utf-8-sig") as lines:
        for number, row in enumerate(csv.reader(lines), 1):
            if not row or not row[0].strip():
                continue
            try:
                values.append(_number(row[0], "a duration"))
            except _Unreadable as fault:
                if number > 1:
                    faults.append(FileFault(str(path), number, str(fault)))
    if not values and not faults:
        faults.append(FileFault(str(path), 1, "no durations"))
    if faults:
        raise FileInvalid(faults[:20])
    return tuple(values)


class _Unreadable(ValueError):
    """What is wrong with a line."""


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        names = reader.fieldnames or ()
        unknown = [name for name in names if name not in _COLUMNS]
        if unknown or not {"at", "at_s"} & set(names):
            what = f"unexpected column {unknown[0]!r}" if unknown else "no column at or at_s"
            allowed = f"allowed: {', '.join(_COLUMNS)}"
            raise FileInvalid([FileFault(str(path), 1, what, allowed)])
        for row in reader:
            yield reader.line_num, {name: (text or "").strip() for name, text in row.items()}


class _Lines:
    """Reads one line after the other; the first instant says which midnight is meant."""

    def __init__(self, starts_at_s: float) -> None:
        self.starts_at_s = starts_at_s
        self._midnight: datetime | None = None

    def arriving(self, row: dict[str, str]) -> tuple[str, Arriving]:
        """The queue and the customer of a line. Raises ``_Unreadable``."""
        service, patience = row.get("service_s"), row.get("patience_s")
        priority = row.get("priority") or "0"
        if not re.fullmatch(r"-?\d{1,6}", priority):
            raise _Unreadable(f"priority {priority!r} is not a whole number of minutes")
        return row.get("queue", ""), Arriving(
            self._at(row),
            _number(service, "service_s") if service else None,
            _number(patience, "patience_s") if patience else None,
            _requires(row.get("requires", "")),
            int(priority),
        )

    def _at(self, row: dict[str, str]) -> float:
        if row.get("at_s"):
            return _number(row["at_s"], "at_s")
        text = row.get("at", "")
        if _NUMBER.fullmatch(text):
            return _number(text, "at")
        at = clock_s(text)
        if at is None:
            at = self._instant(text)
        if at < self.starts_at_s:
            raise _Unreadable(f"{text} is before the scenario starts")
        return at - self.starts_at_s

    def _instant(self, text: str) -> float:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise _Unreadable(f"{text!r} is neither HH:MM:SS nor an instant") from None
        if self._midnight is None:
            self._midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
        if (at.tzinfo is None) != (self._midnight.tzinfo is None):
            raise _Unreadable("some instants have an offset and some have none")
        return (at - self._midnight).total_seconds()


def _requires(text: str) -> Any:
    if not text:
        return None
    try:
        data = msgspec.json.decode(text) if text[0] in "{[" else text
        requirement(data)
    except (msgspec.DecodeError, RuleInvalid) as fault:
        raise _Unreadable(f"requires: {fault}") from None
    return data


def _number(text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _Unreadable(f"{what} {text[:40]!r} is not a number of seconds") from None
    if not 0 <= value < float("inf"):
        raise _Unreadable(f"{what} {text[:40]!r} is not a number of seconds")
    return value
