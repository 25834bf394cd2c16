"""queue states, and what waiting interactions ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from contactcenter.core.db import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    state = op.create_table(
        "queue_state",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", types.Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["name"], ["routing_queue.name"], name=op.f("fk_queue_state_name_routing_queue")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_queue_state")),
    )
    op.add_column("agent_state", sa.Column("more", types.Json, nullable=True))
    op.add_column("waiting", sa.Column("more", types.Json, nullable=True))
    op.add_column(
        "reservation",
        sa.Column("direction", sa.Text(), server_default="inbound", nullable=False),
    )
    queue = sa.table("routing_queue", sa.column("name"))
    names = op.get_bind().scalars(sa.select(queue.c.name)).all()
    op.bulk_insert(state, [{"name": name, "state": {"name": name}} for name in names])


def downgrade() -> None:
    op.drop_column("reservation", "direction")
    op.drop_column("waiting", "more")
    op.drop_column("agent_state", "more")
    op.drop_table("queue_state")
