"""What a unit of work sees: statements in, rows out, and wake-ups that wait for the commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, CursorResult, Executable

from contactcenter.core.db.hot import Hot

T = TypeVar("T")


class Tx:
    """One transaction. ``now`` is the injected clock's time when the work began.

    Not to be kept after the work has returned.
    """

    __slots__ = ("_conn", "_cursor", "now", "store", "woken")

    def __init__(self, conn: Connection, now: datetime, cursor: Any = None) -> None:
        self._conn = conn
        self._cursor = cursor
        self.now = now
        self.store = conn.dialect.name
        self.woken: set[str] = set()

    def execute(
        self, statement: Executable, params: Mapping[str, Any] | Sequence[Mapping[str, Any]] = ()
    ) -> CursorResult[Any]:
        """Run a Core statement."""
        return cast("CursorResult[Any]", self._conn.execute(statement, params or None))

    def all(self, statement: Executable, params: Mapping[str, Any] | None = None) -> list[Any]:
        """Every row of a Core select."""
        return list(self._conn.execute(statement, params).all())

    def first(self, statement: Executable, params: Mapping[str, Any] | None = None) -> Any:
        """The first row of a Core select, or None."""
        return self._conn.execute(statement, params).first()

    def scalar(self, statement: Executable, params: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, or None."""
        return self._conn.scalar(statement, params)

    def hot(self, statement: Hot, **params: Any) -> list[tuple[Any, ...]]:
        """Run a hot statement; its rows, or an empty list."""
        compiled = statement.on(self._conn.dialect)
        cursor = self._driver_cursor()
        cursor.execute(compiled.sql, compiled.arguments(params))
        return compiled.rows(cursor.fetchall()) if compiled.has_rows else []

    def hot_many(self, statement: Hot, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run a hot statement once per row, in one driver call; returns nothing."""
        compiled = statement.on(self._conn.dialect)
        arguments = [compiled.arguments(row) for row in rows]
        if arguments:
            self._driver_cursor().executemany(compiled.sql, arguments)

    def wake(self, topic: str) -> None:
        """Tell the bus about ``topic`` once this transaction has committed."""
        self.woken.add(topic)

    def _driver_cursor(self) -> Any:
        if self._cursor is None:
            self._cursor = self._conn.connection.cursor()
        return self._cursor

    def close(self) -> None:
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None


def run(work: Callable[[Tx], T], tx: Tx) -> T:
    """``work(tx)``, with its driver cursor closed; not when cancelled: the driver's connection is
    gone then, and the fault of closing on it would take the cancellation's place."""
    try:
        done = work(tx)
    except Exception:
        tx.close()
        raise
    tx.close()
    return done
