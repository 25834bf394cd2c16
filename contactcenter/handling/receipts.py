"""Receipts: an input is taken once; a repetition gets the reply of the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import bindparam, insert, select

from contactcenter.channels.voice.steps import Step, step_from_data, step_to_data
from contactcenter.core.db import Database, Hot, Tx
from contactcenter.handling.tables import inbound_receipt as r

_FIND = Hot(
    lambda: select(r.c.reply).where(
        r.c.provider == bindparam("provider"),
        r.c.line == bindparam("line"),
        r.c.event_id == bindparam("event_id"),
    )
)
_KEEP = Hot(
    lambda: insert(r).values(
        {name: bindparam(name) for name in ("provider", "line", "event_id", "reply", "at")}
    )
)

T = TypeVar("T")
_TAKEN_MEANWHILE = "23505"  # PostgreSQL: unique violation


async def once(db: Database, work: Callable[[Tx], T]) -> T:
    """``db.write`` for work that keeps a receipt: when the same input, taken at the same time
    elsewhere, was faster, the work runs again and finds that one's receipt."""
    try:
        return await db.write(work)
    except Exception as error:
        # a hot statement raises the driver's own error, Core wraps it
        if getattr(getattr(error, "orig", error), "sqlstate", None) != _TAKEN_MEANWHILE:
            raise
    return await db.write(work)


def found(tx: Tx, provider: str, line: str, event_id: str) -> tuple[bool, Any]:
    """``(True, reply)`` when this input was taken before."""
    rows = tx.hot(_FIND, provider=provider, line=line, event_id=event_id)
    return (True, rows[0][0]) if rows else (False, None)


def keep(tx: Tx, provider: str, line: str, event_id: str, reply: Any = None) -> None:
    """Remember the input and its reply, in the transaction of what it changed."""
    tx.hot(_KEEP, provider=provider, line=line, event_id=event_id, reply=reply, at=tx.now)


def steps_to_data(steps: Sequence[Step] | None) -> list[dict[str, Any]] | None:
    """Steps as JSON values, None staying None (leave the leg as it is)."""
    return None if steps is None else [step_to_data(step) for step in steps]


def steps_from_data(data: list[dict[str, Any]] | None) -> list[Step] | None:
    """The inverse of ``steps_to_data``."""
    return None if data is None else [step_from_data(item) for item in data]
