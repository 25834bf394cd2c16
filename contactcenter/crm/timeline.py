"""A customer's history over all channels, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, or_

from contactcenter.core.db import Tx
from contactcenter.crm import interactions
from contactcenter.crm.log import Event
from contactcenter.crm.model import Interaction
from contactcenter.crm.tables import interaction

SHOWN = (*interactions.MESSAGES, "caption", "note_added")
"""What a timeline shows of an interaction."""

PER_INTERACTION = 20
_SUMMARY = 160


class Before(NamedTuple):
    """A place in a timeline: the next page begins before it."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Entry:
    """One interaction and its last messages, spoken words and note."""

    interaction: Interaction
    events: Sequence[Event]

    @property
    def summary(self) -> str:
        """One line of what was said last; empty after erasure."""
        for event in reversed(self.events):
            content = event.content or {}
            text = str(content.get("new_text") or content.get("text") or "")
            if text.strip():
                line = " ".join(text.split())
                return line if len(line) <= _SUMMARY else line[: _SUMMARY - 1] + "…"
        return ""


def timeline(
    tx: Tx, customer_id: UUID, before: Before | None = None, limit: int = 20
) -> list[Entry]:
    """Up to ``limit`` interactions of the customer that opened before ``before``."""
    i = interaction.c
    statement = interactions.columns().where(i.customer_id == customer_id)
    if before is not None:
        same_instant = and_(i.opened_at == before.at, i.id < before.id)
        statement = statement.where(or_(i.opened_at < before.at, same_instant))
    rows = tx.all(statement.order_by(i.opened_at.desc(), i.id.desc()).limit(limit))
    found = [Interaction(*row) for row in rows]
    events: dict[UUID, list[Event]] = {}
    ids = [each.id for each in found]
    for event in interactions.latest(tx, ids, SHOWN, PER_INTERACTION):
        events.setdefault(event.interaction_id, []).append(event)
    return [Entry(each, events.get(each.id, [])) for each in found]


def place_of(entry: Entry) -> Before:
    """Where the page after this entry begins."""
    return Before(entry.interaction.opened_at, entry.interaction.id)
