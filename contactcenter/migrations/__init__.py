"""Alembic: one history for both stores."""
