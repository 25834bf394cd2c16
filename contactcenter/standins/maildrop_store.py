"""The mail drop's own file: every mail taken, committed before anybody is told so.

``synchronous=FULL``: a mail that was answered with 250 survives the machine, so that tests which
kill processes may count what is here.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient TEXT NOT NULL,
    mail_from TEXT NOT NULL,
    message_id TEXT NOT NULL,
    raw BLOB NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ix_mail_recipient ON mail (recipient, id);
CREATE INDEX IF NOT EXISTS ix_mail_message_id ON mail (message_id);
"""


@dataclass(frozen=True, slots=True)
class Dropped:
    """One mail in one mailbox. ``message_id`` without brackets, "" when it has none."""

    id: int
    recipient: str
    mail_from: str
    message_id: str
    raw: bytes
    at: datetime


class MaildropStore:
    """Mailboxes in one SQLite file; ``path`` None keeps them in memory.

    ``add`` blocks until the commit and is meant for a thread; reading is quick.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False
        )
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def add(
        self, recipients: Iterable[str], mail_from: str, message_id: str, raw: bytes, at: datetime
    ) -> None:
        """Store one mail for all its recipients, or for none."""
        rows = [
            (recipient.lower(), mail_from, message_id, raw, at.astimezone(UTC).isoformat())
            for recipient in recipients
        ]
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._connection.executemany(
                    "INSERT INTO mail (recipient, mail_from, message_id, raw, at)"
                    " VALUES (?,?,?,?,?)",
                    rows,
                )
            except sqlite3.Error:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def mailbox(self, address: str) -> list[Dropped]:
        """Every mail to ``address``, oldest first."""
        return self._select("WHERE recipient = ? ORDER BY id", (address.lower(),))

    def one(self, mail_id: int) -> Dropped | None:
        found = self._select("WHERE id = ?", (mail_id,))
        return found[0] if found else None

    def by_message_id(self, message_id: str) -> list[Dropped]:
        return self._select("WHERE message_id = ? ORDER BY id", (message_id,))

    def counts(self) -> dict[str, int]:
        """How often each Message-ID is here. Everything must be 1 when nobody got two."""
        rows = self._rows("SELECT message_id, count(*) FROM mail GROUP BY message_id")
        return {str(message_id): int(count) for message_id, count in rows}

    def recipients(self) -> dict[str, int]:
        """How many mails each mailbox holds."""
        rows = self._rows("SELECT recipient, count(*) FROM mail GROUP BY recipient")
        return {str(recipient): int(count) for recipient, count in rows}

    def total(self) -> int:
        return int(self._rows("SELECT count(*) FROM mail")[0][0])

    def _select(self, where: str, values: tuple[object, ...]) -> list[Dropped]:
        rows = self._rows(
            f"SELECT id, recipient, mail_from, message_id, raw, at FROM mail {where}",  # noqa: S608
            values,
        )
        return [
            Dropped(mail_id, recipient, sender, message_id, raw, datetime.fromisoformat(at))
            for mail_id, recipient, sender, message_id, raw, at in rows
        ]

    def _rows(self, statement: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()
