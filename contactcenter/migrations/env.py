"""Alembic's entry: runs the history on the connection that ``upgrade`` gives it."""

from __future__ import annotations

from alembic import context

from contactcenter.migrations.catalogue import metadata


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
