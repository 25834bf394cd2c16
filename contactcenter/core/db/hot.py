"""Hot statements: compiled once from the Core tables, run on the driver.

Core's own execution costs three to five times the statement (``docs/why/hot-statements.md``), so
the menu turn, the log, the claims and the router use these. Types are converted by the same
processors that Core would use, so a hot statement and a Core one agree on every value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

_Processor = Callable[[Any], Any] | None


class Compiled:
    """One statement for one dialect."""

    __slots__ = ("binds", "fixed", "has_rows", "results", "sql")

    def __init__(self, element: ClauseElement, dialect: Dialect) -> None:
        compiled = element.compile(dialect=dialect)
        if not isinstance(compiled, SQLCompiler) or compiled.positiontup is None:
            raise TypeError("a hot statement needs a positional driver")
        self.sql = str(compiled)
        self.binds: list[tuple[str, _Processor]] = []
        self.fixed: dict[str, Any] = {}
        for name in compiled.positiontup:
            bind = compiled.binds[name]
            process = bind.type.dialect_impl(dialect).bind_processor(dialect)
            self.binds.append((name, process))
            if not bind.required:
                self.fixed[name] = bind.effective_value
        columns = compiled._result_columns  # the public face of these is Core's execution
        self.has_rows = bool(columns)
        self.results: list[tuple[int, Callable[[Any], Any]]] = []
        for at, entry in enumerate(columns):
            process = entry.type.dialect_impl(dialect).result_processor(dialect, None)
            if process is not None:
                self.results.append((at, process))

    def arguments(self, params: Mapping[str, Any]) -> tuple[Any, ...]:
        values = []
        for name, process in self.binds:
            value = params[name] if name in params else self.fixed[name]
            values.append(value if process is None else process(value))
        return tuple(values)

    def rows(self, raw: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        if not self.results:
            return [tuple(row) for row in raw]
        done = []
        for row in raw:
            values = list(row)
            for at, process in self.results:
                values[at] = process(values[at])
            done.append(tuple(values))
        return done


class Hot:
    """A statement built on first use and kept per dialect."""

    def __init__(self, build: Callable[[], ClauseElement]) -> None:
        self._build = build
        self._compiled: dict[str, Compiled] = {}

    def on(self, dialect: Dialect) -> Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            found = self._compiled[dialect.name] = Compiled(self._build(), dialect)
        return found


def hot(build: Callable[[], ClauseElement]) -> Hot:
    """Decorator: ``@hot def CLAIM(): return update(...)``; parameters are ``bindparam`` names."""
    return Hot(build)
