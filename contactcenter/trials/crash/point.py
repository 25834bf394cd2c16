"""The crash point: SIGKILL to this very process just before or just after an event's commit.

Lives in trials only. It watches the log's one insert and the database's ``write``; product code
knows nothing of it.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec

from contactcenter.core.db import Database, Tx
from contactcenter.crm import log
from contactcenter.crm.model import NewEvent

When = Literal["before", "after"]


class CrashAt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to die: at the first event of one of ``kinds``, or at the ``nth`` event of any kind
    that this process appends (from 1).

    ``spares_first``: not before this process has committed an event; from the ``nth`` on, the next
    one will do. A server that takes up many calls at once commits them together: killed before
    that commit each time, it would never get anywhere.
    """

    when: When
    kinds: tuple[str, ...] = ()
    nth: int = 0
    spares_first: bool = False


class CrashPoint:
    """Install once, before the database is opened."""

    def __init__(self, at: CrashAt, die: Callable[[list[str]], None] | None = None) -> None:
        self._at = at
        self._die = die or _kill
        self._count = 0
        self._kinds: list[str] = []
        """The wanted kinds in the armed transaction: they are committed together."""
        self._armed: Tx | None = None
        """The transaction that holds the event, once it was appended."""
        self._is_spared = at.spares_first

    def install(self) -> Callable[[], None]:
        """Watch from now on; the returned function ends it (tests)."""
        insert, write, committed = log._inserted, Database.write, Database._committed

        def watched_insert(tx: Tx, new: Iterable[tuple[UUID, int, Sequence[NewEvent]]]) -> None:
            entries = list(new)
            insert(tx, entries)
            self._appended(tx, [event.kind for _, _, events in entries for event in events])

        async def watched_write(db: Database, work: Callable[[Tx], Any]) -> Any:
            mine: Tx | None = None

            def run(tx: Tx) -> Any:
                nonlocal mine
                mine = tx
                try:
                    return work(tx)
                except BaseException:
                    self._undone(tx)
                    raise

            result = await write(db, run)
            if mine is not None and log.LOG in mine.woken:
                self._is_spared = False
            if mine is not None and mine is self._armed:
                self._die(self._kinds)
            return result

        def watched_commit(db: Database, topics: set[str]) -> None:
            # SQLite: called by the writer's thread between the COMMIT and everything that follows
            if self._armed is not None:
                self._die(self._kinds)
            committed(db, topics)

        def uninstall() -> None:
            log._inserted = insert
            Database.write = write  # type: ignore[method-assign]  # put back
            Database._committed = committed  # type: ignore[method-assign]  # put back

        log._inserted = watched_insert
        Database.write = watched_write  # type: ignore[method-assign, assignment]  # the trial's point
        Database._committed = watched_commit  # type: ignore[method-assign, assignment]  # as above
        return uninstall

    def _appended(self, tx: Tx, kinds: Sequence[str]) -> None:
        for kind in kinds:
            self._count += 1
            if kind not in self._at.kinds and not self._is_nth():
                continue
            if self._at.when == "before":
                self._die([kind])
            if self._armed in (None, tx):
                self._armed = tx
                self._kinds.append(kind)

    def _is_nth(self) -> bool:
        if self._at.spares_first:
            return not self._is_spared and self._count >= self._at.nth
        return self._count == self._at.nth

    def _undone(self, tx: Tx) -> None:
        if self._armed is tx:
            self._armed = None
            self._kinds = []


def _kill(kinds: list[str]) -> None:
    """Say which events it was (one short write is atomic on a pipe), then end without a trace."""
    os.write(1, json.dumps({"crash": kinds}).encode() + b"\n")
    os.kill(os.getpid(), signal.SIGKILL)
