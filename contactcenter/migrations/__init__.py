"""Alembic: one history of the schema for both stores."""
