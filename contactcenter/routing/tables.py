"""Rows of the distributor: configuration, the floor as it stands, its inbox, its decisions.

The router is the only writer of agent states, waiting interactions, reservations and decisions.
``agent.id`` is an account's; accounts are a concern of ``core.access``.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from contactcenter.core.db import Json, UtcDateTime, Uuid, metadata
from contactcenter.crm.tables import BigId

routing_queue = Table(
    "routing_queue",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("config", Json, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

agent = Table(
    "agent",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("site", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False),
    Column("config", Json, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

agent_state = Table(
    "agent_state",
    metadata,
    Column("agent_id", Uuid, ForeignKey("agent.id"), primary_key=True),
    Column("presence", Text, nullable=False),
    Column("presence_reason", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("since", UtcDateTime),
    Column("idle_since", UtcDateTime),
    Column("next_state", Text),
    Column("next_reason", Text),
    Column("resume", Json),
    Column("more", Json),  # fading sums and the last offer: what orders of agents look at
)

# How a queue goes, besides what waits in it (``model.QueueState``).
queue_state = Table(
    "queue_state",
    metadata,
    Column("name", Text, ForeignKey("routing_queue.name"), primary_key=True),
    Column("state", Json, nullable=False),
)

# Every change of a state shown, for occupancy and adherence: a metric opens down to these.
agent_state_change = Table(
    "agent_state_change",
    metadata,
    Column("applied", BigInteger, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("agent_id", Uuid, ForeignKey("agent.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Index(None, "agent_id", "at"),
)

# One row per interaction on the floor; gone when no agent owes it an exchange any more.
waiting = Table(
    "waiting",
    metadata,
    Column("interaction_id", Uuid, ForeignKey("interaction.id"), primary_key=True),
    Column("channel", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("customer_id", Uuid, ForeignKey("customer.id"), nullable=False),
    Column("requires", Json),
    Column("priority", Integer, nullable=False),
    Column("entered_first", UtcDateTime, nullable=False),
    Column("entered_queue", UtcDateTime, nullable=False),
    Column("attributes", Json, nullable=False),
    Column("excluded", Json, nullable=False),
    Column("offers", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("more", Json),  # what most have at its default: steps, circle, preferred, callback
)

_LIVE = text("state IN ('pending', 'accepted', 'wrapping')")

reservation = Table(
    "reservation",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("interaction_id", Uuid, ForeignKey("interaction.id"), nullable=False),
    Column("agent_id", Uuid, ForeignKey("agent.id"), nullable=False),
    Column("queue", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("offered_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("media_at", UtcDateTime),
    Column("wrapping_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("wrap_up", Text, nullable=False),
    Column("disposition", Text),
    Column("reason", Text),
    Column("direction", Text, nullable=False, server_default="inbound"),
    Index(None, "interaction_id"),
    Index("ix_reservation_live", "agent_id", sqlite_where=_LIVE, postgresql_where=_LIVE),
)

_NEW = text("applied IS NULL")

# The inbox, then the command log: ``applied`` is the order in which the router took them (the
# order of commits is not that of positions), ``at`` when the cause happened, ``applied_at`` the
# floor's time, which a replay uses. ``hash`` chains commands and decisions.
floor_command = Table(
    "floor_command",
    metadata,
    Column("position", BigId, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("data", Json, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("applied", BigInteger, unique=True),
    Column("applied_at", UtcDateTime),
    Column("result", Json),
    Column("hash", LargeBinary),
    Index("ix_floor_command_new", "position", sqlite_where=_NEW, postgresql_where=_NEW),
    sqlite_autoincrement=True,
)

decision = Table(
    "decision",
    metadata,
    Column("applied", BigInteger, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("interaction_id", Uuid, nullable=False),
    Column("agent_id", Uuid, nullable=False),
    Column("queue", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("key", Json, nullable=False),
    Column("tie_break", Text, nullable=False),
    Column("refusals", Json, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index(None, "interaction_id"),
)

# What still has to be told after the commit; a row goes once it was told.
floor_outcome = Table(
    "floor_outcome",
    metadata,
    Column("applied", BigInteger, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", Json, nullable=False),
)

# The whole floor after command ``applied``, where a replay may begin.
floor_snapshot = Table(
    "floor_snapshot",
    metadata,
    Column("applied", BigInteger, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("floor", Json, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

# Every version of the whole configuration (``book.Book``, agents by id), with who and why.
routing_version = Table(
    "routing_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("document", Json, nullable=False),
)

# Comparisons that people asked for. Who works on one that runs holds the lease ``whatif`` as its
# id; ``running`` without that lease was interrupted.
routing_whatif = Table(
    "routing_whatif",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("note", Text, nullable=False),
    Column("rules", Json, nullable=False),
    Column("remove", Boolean, nullable=False),
    Column("start", UtcDateTime, nullable=False),
    Column("end", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("share", Float, nullable=False),
    Column("result", Json),
    Column("problem", Text),
    Column("hint", Text),
)
