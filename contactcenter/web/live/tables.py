"""Which agents have an open live socket, on which server node."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from contactcenter.core.db import UtcDateTime, Uuid, metadata

# ``until`` is a lease: renewed by the node while the socket is open, set to the end of the grace
# time when it was lost. A node that dies renews nothing.
presence = Table(
    "presence",
    metadata,
    Column("agent_id", Uuid, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("until", UtcDateTime, nullable=False),
    Index(None, "until"),
)
