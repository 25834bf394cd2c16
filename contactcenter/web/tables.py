"""Rows of the web layer: replies kept for repeated requests."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from contactcenter.core.db import UtcDateTime, Uuid, metadata

# ``status`` is absent while the first request is still in work.
idempotent_reply = Table(
    "idempotent_reply",
    metadata,
    Column("principal_id", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("status", Integer),
    Column("body", LargeBinary),
    Column("etag", Integer),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)
