"""Rows of accounts, tokens and the audit trail."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    false,
    true,
)

from contactcenter.core.db import Json, UtcDateTime, Uuid, metadata

account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("language", Text, nullable=False, server_default="en"),
    Column("password_hash", Text, nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", UtcDateTime, nullable=False),
)

# Only the SHA-256 of a token is kept. ``account_id`` is absent for a program of its own.
access_token = Table(
    "access_token",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("digest", LargeBinary(32), nullable=False, unique=True),
    Column("account_id", Uuid, ForeignKey("account.id")),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("is_program", Boolean, nullable=False, server_default=false()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Index(None, "account_id"),
)

# What accounts and programs did that is not in the interaction log. ``data`` holds ids and codes.
audit = Table(
    "audit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("data", Json, nullable=False),
    Index(None, "object", "at"),
    Index(None, "at"),
)
