"""what-if runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from contactcenter.core.db import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "routing_whatif",
        sa.Column("id", types.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("rules", types.Json, nullable=False),
        sa.Column("remove", sa.Boolean(), nullable=False),
        sa.Column("start", types.UtcDateTime(), nullable=False),
        sa.Column("end", types.UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.Column("result", types.Json, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("hint", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_whatif")),
    )


def downgrade() -> None:
    op.drop_table("routing_whatif")
