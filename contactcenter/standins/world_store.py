"""What must outlive the world's own process: texts, the keys they were handed over under, and
recordings. One SQLite file (or memory), committed before anything is acknowledged.

``synchronous=NORMAL`` in WAL mode: a commit survives the death of the process, which is what the
world promises; it is a stand-in, not a bank.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS text (
    id TEXT PRIMARY KEY,
    message_key TEXT UNIQUE,
    direction TEXT NOT NULL CHECK (direction IN ('from_customer', 'to_customer')),
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL,
    state TEXT NOT NULL,
    code TEXT NOT NULL DEFAULT '',
    event_id TEXT UNIQUE,
    acked INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS ix_text_recipient ON text (recipient, at);
CREATE INDEX IF NOT EXISTS ix_text_sender ON text (sender, at);
CREATE INDEX IF NOT EXISTS ix_text_open ON text (acked) WHERE acked = 0;
CREATE TABLE IF NOT EXISTS recording (media TEXT PRIMARY KEY, body TEXT NOT NULL);
"""
_COLUMNS = "id, message_key, direction, sender, recipient, body, at, state, code, event_id"


@dataclass(frozen=True, slots=True)
class Text:
    """One SMS in the world. ``event_id`` is the report the server has to acknowledge."""

    id: str
    message_key: str | None
    direction: str
    sender: str
    recipient: str
    body: str
    at: datetime
    state: str
    code: str = ""
    event_id: str | None = None


class WorldStore:
    """The world's file; ``path`` None keeps everything in memory (tests, direct transport)."""

    def __init__(self, path: Path | None = None) -> None:
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def add_text(self, text: Text) -> Text:
        """Store ``text``; a known ``message_key`` gives back the text stored under it before."""
        self._connection.execute(
            f"INSERT OR IGNORE INTO text ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)",  # noqa: S608
            (
                text.id,
                text.message_key,
                text.direction,
                text.sender,
                text.recipient,
                text.body,
                text.at.isoformat(),
                text.state,
                text.code,
                text.event_id,
            ),
        )
        if text.message_key is None:
            return text
        return self.text_by_key(text.message_key) or text

    def text_by_key(self, message_key: str) -> Text | None:
        rows = self._texts("message_key = ?", message_key)
        return rows[0] if rows else None

    def set_state(self, text_id: str, state: str, code: str = "") -> None:
        self._connection.execute(
            "UPDATE text SET state = ?, code = ? WHERE id = ?", (state, code, text_id)
        )

    def ack(self, event_ids: Iterable[str]) -> None:
        self._connection.executemany(
            "UPDATE text SET acked = 1 WHERE event_id = ?", [(each,) for each in event_ids]
        )

    def unreported(self) -> list[Text]:
        """Texts whose last event no server has acknowledged, oldest first."""
        return self._texts("acked = 0")

    def texts_of(self, address: str, limit: int = 200) -> list[Text]:
        """What ``address`` sent and got, the latest ``limit``, oldest first."""
        rows = self._texts("sender = ? OR recipient = ?", address, address)
        return rows[-limit:]

    def add_recording(self, media: str, body: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO recording VALUES (?, ?)", (media, body))

    def recording(self, media: str) -> str | None:
        row = self._connection.execute(
            "SELECT body FROM recording WHERE media = ?", (media,)
        ).fetchone()
        return None if row is None else str(row[0])

    def _texts(self, where: str, *values: object) -> list[Text]:
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM text WHERE {where} ORDER BY at, id",  # noqa: S608
            values,
        )
        return [_text(row) for row in rows.fetchall()]


def _text(row: tuple[str, ...]) -> Text:
    at = datetime.fromisoformat(row[6]).astimezone(UTC)
    key, event_id = row[1] or None, row[9] or None
    return Text(row[0], key, row[2], row[3], row[4], row[5], at, row[7], row[8], event_id)
