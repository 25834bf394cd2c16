"""line emergencies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from contactcenter.core.db import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line_emergency",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("menu", sa.Text(), server_default="", nullable=False),
        sa.Column("prompt", types.Json, nullable=False),
        sa.Column("since", types.UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("channel", "line", name=op.f("pk_line_emergency")),
    )


def downgrade() -> None:
    op.drop_table("line_emergency")
