"""The small parts of a scenario file: numbers, times of day, distributions, arrivals."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from contactcenter.core.located_reader import Reader, suggestion
from contactcenter.core.located_yaml import FileFault, FileInvalid, Located
from contactcenter.routing.simulator.distributions import (
    Deterministic,
    Distribution,
    Empirical,
    Exponential,
    Gamma,
    LogNormal,
)
from contactcenter.routing.simulator.scenario import Arrivals, PoissonArrivals, TraceArrivals
from contactcenter.routing.simulator.traces import Trace, clock_s, read_seconds, read_trace

T = TypeVar("T")
_LAWS = ("exponential_s", "deterministic_s", "lognormal_s", "gamma_s", "empirical_csv")
_ARRIVALS = ("poisson_per_min", "csv")
LONGEST_S = 366 * 86_400.0


@dataclass(slots=True)
class Source:
    """The file read, what was found wrong in it, and the time of day (s) at its second 0."""

    file: str
    folder: Path
    faults: list[FileFault] = field(default_factory=list)
    starts_at_s: float = 0.0

    def fault(self, line: int, message: str, hint: str = "") -> None:
        """Remember one."""
        self.faults.append(FileFault(self.file, line, message, hint))

    def reader(self, located: Located, what: str) -> Reader:
        """Of a mapping in this file."""
        return Reader(located, self.file, self.faults, what)

    # -- numbers and times -------------------------------------------------------------------

    def number(self, located: Located, what: str, low: float, high: float) -> float:
        """A number from ``low`` to ``high``; ``low`` when it is none."""
        value = located.data
        taken = -1.0 if isinstance(value, bool) or not isinstance(value, int | Decimal) else value
        if low <= taken <= high:  # ``low`` is never below 0
            return float(taken)
        self.fault(located.line, f"{what} must be a number from {low:g} to {high:g}")
        return low

    def optional(
        self, reader: Reader, key: str, default: float, low: float = 0.0, high: float = LONGEST_S
    ) -> float:
        """The number under ``key``."""
        found = reader.take(key)
        return default if found is None else self.number(found, f"{reader.what}: {key}", low, high)

    def time(self, located: Located, what: str) -> float:
        """Seconds from the start, or a time of day ``HH:MM[:SS]`` (``26:00`` is two o'clock of
        the next day)."""
        clock = clock_s(located.data) if isinstance(located.data, str) else None
        if clock is not None:
            if clock < self.starts_at_s:
                self.fault(located.line, f"{what} is before the scenario starts")
            return max(0.0, clock - self.starts_at_s)
        return self.number(located, f"{what} (seconds from the start, or HH:MM)", 0, LONGEST_S)

    # -- distributions -----------------------------------------------------------------------

    def law(self, located: Located, what: str) -> Distribution:
        """A distribution, or a plain number of seconds."""
        if not isinstance(located.data, dict):
            return Deterministic(self.number(located, what, 0, LONGEST_S))
        reader = self.reader(located, what)
        given = [name for name in _LAWS if reader.take(name) is not None]
        reader.finish()
        if len(given) != 1:
            if not (set(located.data) - set(_LAWS)):
                self.fault(located.line, f"{what}: one distribution", suggestion("", _LAWS))
            return Deterministic(0.0)
        return self._law(given[0], located.data[given[0]], f"{what}: {given[0]}")

    def _law(self, name: str, located: Located, what: str) -> Distribution:
        if name == "empirical_csv":
            return Empirical(self._seconds(located, what) or (0.0,))
        if name == "deterministic_s":
            return Deterministic(self.number(located, what, 0, LONGEST_S))
        if name == "exponential_s":
            return Exponential(self.number(located, what, 0.001, LONGEST_S))
        reader = self.reader(located, what)
        mean_s, sd_s = (self._positive(reader, key) for key in ("mean", "sd"))
        reader.finish()
        return LogNormal(mean_s, sd_s) if name == "lognormal_s" else Gamma(mean_s, sd_s)

    def _positive(self, reader: Reader, key: str) -> float:
        if reader.take(key, required=True) is None:
            return 1.0
        return self.optional(reader, key, 1.0, 0.001)

    # -- arrivals ----------------------------------------------------------------------------

    def arrivals(self, located: Located, what: str) -> Arrivals | None:
        """Poisson by rate (a minute), plain or in steps, or a trace."""
        reader = self.reader(located, what)
        rate, trace = reader.take("poisson_per_min"), reader.take("csv")
        reader.finish()
        if rate is not None and trace is None:
            return self._poisson(rate, f"{what}: poisson_per_min")
        if trace is not None and rate is None:
            return self._trace(trace, what)
        if isinstance(located.data, dict) and not (set(located.data) - set(_ARRIVALS)):
            self.fault(located.line, f"{what}: one of {', '.join(_ARRIVALS)}")
        return None

    def _poisson(self, located: Located, what: str) -> PoissonArrivals:
        if not isinstance(located.data, list):
            return PoissonArrivals(((0.0, self.number(located, what, 0, 1e6) / 60),))
        steps: list[tuple[float, float]] = []
        for part in located.data:
            reader = self.reader(part, what)
            start, rate = reader.take("from", required=True), reader.take("rate", required=True)
            reader.finish()
            if start is None or rate is None:
                continue
            at = self.time(start, f"{what}: from")
            if steps and at <= steps[-1][0]:
                self.fault(part.line, f"{what}: steps stand in order of time")
            steps.append((at, self.number(rate, f"{what}: rate", 0, 1e6) / 60))
        return PoissonArrivals(tuple(steps))

    def _trace(self, located: Located, what: str) -> TraceArrivals:
        by_queue = self.trace(located, what)
        if set(by_queue) - {""}:
            hint = "name it once, as the scenario's own arrivals"
            self.fault(located.line, f"{what}: this trace has a column queue", hint)
        return TraceArrivals(tuple(by_queue.get("", ())))

    def trace(self, located: Located, what: str) -> Trace:
        """A CSV of customers, by queue."""
        path = self.folder / str(located.data)
        return self._read(located, what, lambda: read_trace(path, self.starts_at_s), {})

    def _seconds(self, located: Located, what: str) -> tuple[float, ...]:
        path = self.folder / str(located.data)
        return self._read(located, what, lambda: read_seconds(path), ())

    def _read(self, located: Located, what: str, read: Callable[[], T], default: T) -> T:
        try:
            return read()
        except FileInvalid as error:
            self.faults += error.faults
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            why = error.strerror if isinstance(error, OSError) else "not a CSV in UTF-8"
            self.fault(located.line, f"{what}: {located.data} can not be read: {why}")
        return default
