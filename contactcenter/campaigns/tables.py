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
    ForeignKeyConstraint,
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
    Column("needs_answer", Boolean, nullable=False, server_default=false()),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_by", Uuid),
    Column("created_at", UtcDateTime, nullable=False),
    Index(None, "state"),
)

# Each occurrence of a schedule is one row: whoever stamps ``started_at`` runs it, nobody runs it
# twice. What the run froze stands in ``rule`` and ``ways``; ``cursor`` and ``counts`` say how far
# its audience has been written, so that a crash goes on and does not begin again.
campaign_occurrence = Table(
    "campaign_occurrence",
    metadata,
    Column("campaign_id", Uuid, ForeignKey("campaign.id"), primary_key=True),
    Column("run", Text, primary_key=True),
    Column("due_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("rule", Json),
    Column("ways", Json),
    Column("cursor", Uuid),
    Column("counts", Json),
    Column("planned_at", UtcDateTime),
    Column("paced_until", UtcDateTime),
)

# The one row for (campaign, run, step, customer, channel). ``state`` is planning's: queued,
# waiting_until, claimed, skipped, held_out, handed. ``outcome`` is what people read: planning's
# word, and once handed the message's. ``due_at`` orders the claims, ``until`` is what is shown.
delivery = Table(
    "delivery",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("campaign_id", Uuid, nullable=False),
    Column("run", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address_id", Uuid),
    Column("address", Text),
    Column("template_id", Uuid, nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("variant", Text, nullable=False, server_default=""),
    Column("provider", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("until", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("message_id", Uuid),
    Column("interaction_id", Uuid),
    Column("owner", Text),
    Column("lease_until", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(
        ["campaign_id", "run"], ["campaign_occurrence.campaign_id", "campaign_occurrence.run"]
    ),
    UniqueConstraint("campaign_id", "run", "step", "customer_id", "channel"),
    UniqueConstraint("campaign_id", "run", "step", "address"),
    Index(
        "ix_delivery_due",
        "campaign_id",
        "due_at",
        "id",
        sqlite_where=text("state IN ('queued', 'waiting_until')"),
        postgresql_where=text("state IN ('queued', 'waiting_until')"),
    ),
    Index(
        "ix_delivery_lease",
        "lease_until",
        sqlite_where=text("state = 'claimed'"),
        postgresql_where=text("state = 'claimed'"),
    ),
    Index(None, "campaign_id", "outcome"),
    Index(None, "message_id"),
    Index(None, "customer_id"),
)
