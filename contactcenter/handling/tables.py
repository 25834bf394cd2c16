"""Rows of the life of an interaction: receipts, legs, menu runs, voice commands, messages."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from contactcenter.core.db import Json, UtcDateTime, Uuid, metadata
from contactcenter.crm.tables import BigId

# What came in from outside, with the reply it got: a repetition gets the same and changes nothing.
inbound_receipt = Table(
    "inbound_receipt",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("line", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("reply", Json),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "at"),
)

# One party's connection in a call. ``op_id`` is the step list the leg is running, so that an
# input to an older one is known as superseded. ``room_order`` and ``control_order`` are the
# carrier's rank of the last change of room, and of hold or mute: an older one changes nothing.
leg = Table(
    "leg",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("interaction_id", Uuid, ForeignKey("interaction.id"), nullable=False),
    Column("provider", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("agent_id", Uuid),
    Column("state", Text, nullable=False),
    Column("room", Text),
    Column("op_id", Text, nullable=False, server_default=""),
    Column("room_order", BigInteger, nullable=False, server_default="-1"),
    Column("control_order", BigInteger, nullable=False, server_default="-1"),
    Column("started_at", UtcDateTime, nullable=False),
    Column("answered_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    UniqueConstraint("provider", "ref"),
    Index(None, "interaction_id"),
)

menu_run = Table(
    "menu_run",
    metadata,
    Column("interaction_id", Uuid, ForeignKey("interaction.id"), primary_key=True),
    Column("menu", Text, nullable=False),
    Column("state", Json, nullable=False),
    Column("op_id", Text, nullable=False),
    Column("done", Integer, nullable=False, server_default="0"),
)

# What a carrier is to do, written with the decision, executed after its commit, idempotent by
# ``op_id`` at the carrier.
voice_command = Table(
    "voice_command",
    metadata,
    Column("position", BigId, primary_key=True, autoincrement=True),
    Column("op_id", Text, nullable=False, unique=True),
    Column("interaction_id", Uuid, nullable=False),
    Column("provider", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("leg_id", Uuid, ForeignKey("leg.id"), nullable=False),
    Column("data", Json, nullable=False),
    Column("state", Text, nullable=False, server_default="queued"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("due_at", UtcDateTime, nullable=False),
    Column("owner", Text),
    Column("lease_until", UtcDateTime),
    Column("fault", Text),
    Index(
        "ix_voice_command_due",
        "due_at",
        sqlite_where=text("state IN ('queued', 'claimed')"),
        postgresql_where=text("state IN ('queued', 'claimed')"),
    ),
)

# The one outbound path: agents' replies, confirmations and campaigns alike. ``id`` is the message
# key that appears in Message-ID, return path and callback URLs. The words stand in the content of
# the event (interaction_id, seq).
outbound_message = Table(
    "outbound_message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("interaction_id", Uuid, ForeignKey("interaction.id"), nullable=False),
    Column("customer_id", Uuid, nullable=False),
    Column("channel", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("campaign_id", Uuid),
    Column("state", Text, nullable=False),
    Column("reply_code", Text),
    Column("provider_ref", Text),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("due_at", UtcDateTime, nullable=False),
    Column("owner", Text),
    Column("lease_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("handed_at", UtcDateTime),
    Column("extra", Json, nullable=False),
    Index(
        "ix_outbound_message_due",
        "due_at",
        sqlite_where=text("state IN ('queued', 'claimed', 'handing_over', 'deferred')"),
        postgresql_where=text("state IN ('queued', 'claimed', 'handing_over', 'deferred')"),
    ),
    Index(None, "campaign_id", "state"),
    Index(None, "provider_ref"),
    Index(None, "interaction_id"),
)

# Lines on which an emergency is in force: another menu, or words before all others.
line_emergency = Table(
    "line_emergency",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("line", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("menu", Text, nullable=False, server_default=""),
    Column("prompt", Json, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("account_id", Uuid),  # who switched it on
)

# Every Message-ID we sent or took, for threading.
mail_reference = Table(
    "mail_reference",
    metadata,
    Column("message_id", Text, primary_key=True),
    Column("interaction_id", Uuid, ForeignKey("interaction.id"), nullable=False),
)
