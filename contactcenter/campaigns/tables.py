"""Rows of campaigns: segments, versioned templates, campaigns, runs and deliveries.

Counters are counts over ``delivery``; an outcome is read from its message. References upward and to
messages are plain ids.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
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

segment = Table(
    "segment",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("rule", Json, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", UtcDateTime, nullable=False),
)

# A template's versions are rows of their own, never changed: a delivery names the one it froze.
message_template = Table(
    "message_template",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("channel", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

message_template_version = Table(
    "message_template_version",
    metadata,
    Column("template_id", Uuid, ForeignKey("message_template.id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("bodies", Json, nullable=False),
    Column("variables", Json, nullable=False),
    Column("created_by", Uuid),
    Column("created_at", UtcDateTime, nullable=False),
)

campaign = Table(
    "campaign",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("segment_id", Uuid, ForeignKey("segment.id"), nullable=False),
    Column("channels", Json, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("holdout", Float, nullable=False, server_default="0"),
    Column("rate_per_min", Integer),
    Column("ignore_quiet_hours", Boolean, nullable=False, server_default=false()),
    Column("starts_at", UtcDateTime),
    Column("started_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("planned", Boolean, nullable=False, server_default=false()),
    Column("needs_answer", Boolean, nullable=False, server_default=false()),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_by", Uuid),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "state"),
)

# Each occurrence of a schedule is one row: whoever inserts it runs it, nobody runs it twice.
campaign_occurrence = Table(
    "campaign_occurrence",
    metadata,
    Column("campaign_id", Uuid, ForeignKey("campaign.id"), primary_key=True),
    Column("run", Text, primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
)

# The one row for (campaign, run, step, customer, channel). ``state``: queued, waiting_until,
# skipped, held_out, or handed (then the outcome is the message's).
delivery = Table(
    "delivery",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("campaign_id", Uuid, ForeignKey("campaign.id"), nullable=False),
    Column("run", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address_id", Uuid),
    Column("address", Text),
    Column("template_id", Uuid, nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("variant", Text, nullable=False, server_default=""),
    Column("line", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("until", UtcDateTime),
    Column("message_id", Uuid),
    Column("interaction_id", Uuid),
    Column("owner", Text),
    Column("lease_until", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
    UniqueConstraint("campaign_id", "run", "step", "customer_id", "channel"),
    UniqueConstraint("campaign_id", "run", "step", "address"),
    Index(
        "ix_delivery_due",
        "campaign_id",
        "id",
        sqlite_where=text("state IN ('queued', 'waiting_until', 'claimed')"),
        postgresql_where=text("state IN ('queued', 'waiting_until', 'claimed')"),
    ),
    Index(None, "campaign_id", "outcome"),
    Index(None, "message_id"),
    Index(None, "customer_id"),
)
