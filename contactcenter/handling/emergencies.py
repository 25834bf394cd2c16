"""The emergency flag of a line: another menu answers, or other words come first, from now on.

Read with every new interaction, so it takes effect at once on every server node. Whoever is on the
line already is told through the log (``tell_those_on``, ``emergency_calls``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ClauseElement, bindparam, delete, func, insert, select

from contactcenter.channels.voice.steps import Say
from contactcenter.core.access.tables import account
from contactcenter.core.db import Hot, Tx
from contactcenter.core.templating_values import primary
from contactcenter.crm import log
from contactcenter.crm.model import NewEvent
from contactcenter.crm.tables import interaction
from contactcenter.handling.tables import line_emergency as e


@dataclass(frozen=True, slots=True)
class Emergency:
    """``menu`` answers instead of the line's own ("": its own stays); ``prompt`` (language ->
    words) is spoken or written first."""

    line: str
    channel: str
    reason: str
    menu: str = ""
    prompt: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
    by: UUID | None = None
    """The account that switched it on."""
    by_name: str = ""
    """What they are called, where ``in_force`` tells of it."""

    @property
    def key(self) -> str:
        """Names this emergency, so that a texter reads its words once."""
        return f"emergency:{self.since.isoformat() if self.since else self.reason}"

    def words(self, language: str) -> tuple[str, str]:
        """``(language, words)`` nearest to ``language``; empty words when there are none."""
        for tag, words in self.prompt.items():
            if tag.lower() == language.lower():
                return tag, words
        for tag, words in self.prompt.items():
            if primary(tag) == primary(language):
                return tag, words
        return next(iter(self.prompt.items()), ("", ""))

    def say(self, language: str) -> Sequence[Say]:
        """The words as steps: in the customer's language, or in each when that is not known."""
        if not language:
            return [Say(words, tag) for tag, words in self.prompt.items()]
        tag, words = self.words(language)
        return [Say(words, tag)] if words else []


def _columns() -> list[Any]:
    return [e.c.line, e.c.channel, e.c.reason, e.c.menu, e.c.prompt, e.c.since, e.c.account_id]


def _find() -> ClauseElement:
    return select(*_columns()).where(
        e.c.channel == bindparam("b_channel"), e.c.line == bindparam("b_line")
    )


_FIND = Hot(_find)


def of_line(tx: Tx, channel: str, line: str) -> Emergency | None:
    """The emergency in force on this line; None for none."""
    rows = tx.hot(_FIND, b_channel=channel, b_line=line)
    return Emergency(*rows[0]) if rows else None


def in_force(tx: Tx) -> list[Emergency]:
    """Every line's, by line."""
    found = (
        select(*_columns(), func.coalesce(account.c.display_name, ""))
        .outerjoin_from(e, account, account.c.id == e.c.account_id)
        .order_by(e.c.line, e.c.channel)
    )
    return [Emergency(*row) for row in tx.all(found)]


def set_flag(tx: Tx, emergency: Emergency) -> None:
    """Put it in force, in place of an earlier one."""
    clear_flag(tx, emergency.channel, emergency.line)
    tx.execute(
        insert(e).values(
            line=emergency.line,
            channel=emergency.channel,
            reason=emergency.reason,
            menu=emergency.menu,
            prompt=dict(emergency.prompt),
            since=tx.now,
            account_id=emergency.by,
        )
    )


def clear_flag(tx: Tx, channel: str, line: str) -> bool:
    """Back to normal; whether one was in force."""
    before = of_line(tx, channel, line)
    tx.execute(delete(e).where(e.c.channel == channel, e.c.line == line))
    return before is not None


def tell_those_on(tx: Tx, channel: str, line: str, *, on: bool) -> int:
    """Log that the emergency began or is over for each caller in a menu or queue of this line; what
    they hear follows from the log, on whichever server node follows it. How many there are."""
    if channel != "voice":
        return 0  # a text is answered when the customer writes again
    i = interaction.c
    statement = select(i.id).where(
        i.closed_at.is_(None),
        i.state.in_(("in_menu", "waiting", "offered")),
        i.line == line,
        i.channel == channel,
    )
    kind = "emergency_began" if on else "emergency_over"
    found = [row.id for row in tx.all(statement.order_by(i.id))]
    for one in found:
        log.append(tx, one, NewEvent(kind, "system"))
    return len(found)
