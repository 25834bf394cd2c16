"""versions of the routing configuration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from contactcenter.core.db import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "routing_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", types.UtcDateTime, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("document", types.Json, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_routing_version")),
    )


def downgrade() -> None:
    op.drop_table("routing_version")
