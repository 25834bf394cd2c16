"""Rows of the system of record: customers, addresses, the interaction log, consent."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from contactcenter.core.db import Json, UtcDateTime, Uuid, metadata
from contactcenter.core.db.types import current_xid

BigId = BigInteger().with_variant(Integer, "sqlite")

customer = Table(
    "customer",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("external_id", Text, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("language", Text, nullable=False, server_default="en"),
    Column("time_zone", Text),
    Column("is_new", Boolean, nullable=False, server_default=false()),
    Column("tags", Json, nullable=False),
    Column("attributes", Json, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# Several customers may share an address (a household's phone). ``rank`` 0 is the one an inbound
# contact finds; insert-or-ignore on it makes create-or-find safe against races.
customer_address = Table(
    "customer_address",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, ForeignKey("customer.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("rank", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("kind", "value", "rank"),
    Index(None, "customer_id"),
)

interaction = Table(
    "interaction",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("customer_id", Uuid, ForeignKey("customer.id"), nullable=False),
    Column("address_id", Uuid, ForeignKey("customer_address.id")),
    Column("thread_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("queue", Text),
    Column("agent_id", Uuid),
    Column("disposition", Text),
    Column("on_hold", Boolean, nullable=False, server_default=false()),
    Column("muted", Boolean, nullable=False, server_default=false()),
    Column("connected", Boolean, nullable=False, server_default=false()),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("queued_at", UtcDateTime),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("close_reason", Text),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Index(None, "customer_id", "opened_at"),
    Index(None, "thread_id"),
    Index(
        "ix_interaction_open",
        "state",
        "line",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

# Partitioned by month on PostgreSQL one day, so nothing may reference an event by foreign key.
# ``xid`` lets consumers see positions only once no older transaction can still commit before them.
interaction_event = Table(
    "interaction_event",
    metadata,
    Column("position", BigId, primary_key=True, autoincrement=True),
    Column("xid", BigInteger, nullable=False, server_default=current_xid()),
    Column("interaction_id", Uuid, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("data", Json, nullable=False),
    Index(None, "interaction_id", "seq"),
    Index(None, "xid", "position"),
    sqlite_autoincrement=True,
)

# Personal values stand here, never in ``interaction_event.data``; erasure deletes these rows.
event_content = Table(
    "event_content",
    metadata,
    Column("interaction_id", Uuid, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("content", Json, nullable=False),
)

# One row per address, channel and purpose; purpose "all" covers every non-transactional one.
# ``state``: granted, revoked (the customer said so) or suppressed (we or a carrier did).
consent = Table(
    "consent",
    metadata,
    Column("address_kind", Text, primary_key=True),
    Column("address_value", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("proof", Text, nullable=False, server_default=""),
    Column("at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
)

# What follows the log keeps its place here.
log_consumer = Table(
    "log_consumer",
    metadata,
    Column("name", Text, primary_key=True),
    Column("xid", BigInteger, nullable=False, server_default="0"),
    Column("position", BigInteger, nullable=False, server_default="0"),
)
