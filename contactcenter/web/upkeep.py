"""Forgetting what has served its time: replies of repeated requests, ended tokens."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from contactcenter.core.access import tokens
from contactcenter.core.db import Database, Tx
from contactcenter.web import idempotency

EVERY_S = 600.0
TOKENS_KEPT = timedelta(days=30)
"""How long an ended token can still be looked up, for questions about who did what."""


def sweep(tx: Tx) -> tuple[int, int]:
    """Delete what is past its time: (replies, tokens). Any server node may, at any time."""
    return idempotency.sweep(tx), tokens.sweep(tx, tx.now - TOKENS_KEPT)


async def run(db: Database) -> None:
    """Until cancelled."""
    while True:
        await asyncio.sleep(EVERY_S)
        await db.write(sweep)
