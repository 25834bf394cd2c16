"""who switched an emergency on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from contactcenter.core.db import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("line_emergency", schema=None) as batch_op:
        batch_op.add_column(sa.Column("account_id", types.Uuid(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("line_emergency", schema=None) as batch_op:
        batch_op.drop_column("account_id")
