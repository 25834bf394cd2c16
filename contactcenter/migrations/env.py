"""Alembic's entry: runs the history on the connection that ``upgrade`` gives it."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from contactcenter.core.db import types
from contactcenter.migrations.catalogue import metadata


def render(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Our types and defaults by their names, so that a revision reads the same on both stores."""
    if kind == "type":
        if isinstance(item, types.Uuid | types.UtcDateTime):
            return f"types.{type(item).__name__}()"
        if isinstance(item, sa.JSON):
            return "types.Json"
        if isinstance(item, sa.BigInteger) and item._variant_mapping:  # no public face
            return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    if kind == "server_default" and item is not None:
        argument = item.arg
        if isinstance(argument, types.current_xid):
            return "types.current_xid()"
        if str(argument) in ("true", "false"):
            return f"sa.{argument}()"
    return False


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
