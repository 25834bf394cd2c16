"""Column types and naming shared by every table, the same in meaning on both stores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Dialect, LargeBinary, MetaData
from sqlalchemy import types as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""The one catalogue of tables; every ``tables`` module registers here."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcDateTime(sa.TypeDecorator[datetime]):
    """Aware UTC time: BIGINT microseconds on SQLite, ``timestamptz`` on PostgreSQL."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"a naive datetime can not be stored: {value!r}")
        if dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        if dialect.name == "postgresql":
            return None  # the driver gives aware times in UTC
        return super().result_processor(dialect, coltype)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        microseconds: int = value
        return _EPOCH + microseconds * _MICROSECOND


class Uuid(sa.TypeDecorator[UUID]):
    """``BLOB(16)`` on SQLite, ``uuid`` on PostgreSQL; ``uuid.UUID`` in Python."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.UUID(as_uuid=True))
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return value.bytes

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        if dialect.name == "postgresql":
            return None  # the driver gives them as they are
        return super().result_processor(dialect, coltype)

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return None if value is None else UUID(bytes=bytes(value))


Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
"""Any JSON value; NULL for None."""


def dump_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def load_json(text: str | bytes) -> object:
    return msgspec.json.decode(text)


class now_us(FunctionElement[datetime]):  # noqa: N801  # an SQL function is named like one
    """The database's own clock, as ``UtcDateTime``: leases are compared by it alone."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(now_us, "sqlite")
def _now_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    # ``unixepoch('subsec')`` needs SQLite 3.42; Debian 12 has 3.40
    return "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


@compiles(now_us, "postgresql")
def _now_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return "clock_timestamp()"


class current_xid(FunctionElement[int]):  # noqa: N801  # as above
    """The writing transaction's id on PostgreSQL, 0 on SQLite (which has one writer)."""

    type = BigInteger()
    inherit_cache = True


@compiles(current_xid, "sqlite")
def _xid_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return "0"


@compiles(current_xid, "postgresql")
def _xid_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return "(pg_current_xact_id()::text::bigint)"


class oldest_running_xid(FunctionElement[int]):  # noqa: N801  # as above
    """Transactions of *this database* at or above this id may still commit; on SQLite none can.

    To be asked in a statement **before** the one it bounds: what is below it now has ended, and a
    later statement sees it. ``pg_snapshot_xmin`` alone would wait for every database of the server.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(oldest_running_xid, "sqlite")
def _oldest_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return "1"


# Sessions show 32 bits of their transaction's id; the distance to the newest one gives the rest.
_OLDEST = """(
    SELECT newest.id - coalesce(max(distance.behind), 0)
    FROM (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS id) AS newest
    LEFT JOIN LATERAL (
        SELECT (newest.id - own.xid::text::bigint) & 4294967295 AS behind
        FROM (
            SELECT s.backend_xid AS xid FROM pg_stat_get_activity(NULL) AS s
            WHERE s.datid = (SELECT oid FROM pg_database WHERE datname = current_database())
            UNION ALL
            SELECT p.transaction FROM pg_prepared_xacts AS p
            WHERE p.database = current_database()
        ) AS own
        WHERE own.xid IS NOT NULL
    ) AS distance ON distance.behind < 2147483648
    GROUP BY newest.id
)"""


@compiles(oldest_running_xid, "postgresql")
def _oldest_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    return _OLDEST
