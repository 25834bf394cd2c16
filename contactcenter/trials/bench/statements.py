"""What a unit of work says to the driver, written down: the references repeat exactly that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event

from contactcenter.core.db import Database, Tx


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the driver. ``is_many``: ``arguments`` are rows of one ``executemany``."""

    sql: str
    arguments: Sequence[Any]
    is_many: bool


async def recorded(db: Database, work: Callable[[], Awaitable[Any]]) -> list[Call]:
    """Every statement that ``work`` runs, in order; nothing else may use ``db`` meanwhile."""
    with recording(db) as calls:
        await work()
    return calls


@contextmanager
def recording(db: Database) -> Iterator[list[Call]]:
    """Statements of Core are told by SQLAlchemy's event, hot ones by their cursor."""
    calls: list[Call] = []
    engine = db.engine.sync_engine if db.store == "postgresql" else db._writer_engine
    driver_cursor = Tx._driver_cursor

    def core(
        conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
    ) -> None:
        calls.append(Call(statement, parameters, executemany))

    def watched(self: Tx) -> Any:
        return _Watched(driver_cursor(self), calls)

    event.listen(engine, "before_cursor_execute", core)
    Tx._driver_cursor = watched  # type: ignore[method-assign]  # put back below
    try:
        yield calls
    finally:
        Tx._driver_cursor = driver_cursor  # type: ignore[method-assign]  # put back
        event.remove(engine, "before_cursor_execute", core)


class _Watched:
    """A driver's cursor that notes what it is asked."""

    def __init__(self, cursor: Any, calls: list[Call]) -> None:
        self._cursor = cursor
        self._calls = calls

    def execute(self, sql: str, arguments: Sequence[Any] = ()) -> Any:
        self._calls.append(Call(sql, tuple(arguments), False))
        return self._cursor.execute(sql, arguments)

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> Any:
        self._calls.append(Call(sql, tuple(tuple(row) for row in rows), True))
        return self._cursor.executemany(sql, rows)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)
