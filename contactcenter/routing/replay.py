"""Replaying the record: the same commands at the same times must give the same bytes.

From a snapshot on, every recorded command is applied again; its result, its decisions and the hash
chain over both are computed anew and compared with the rows. The first difference ends it.
What other rules decided (``floor_rules``) is not decided again; of it only the hashes are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec

from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import ContactCenterError, NotFound
from contactcenter.routing import actions, recorded
from contactcenter.routing import effects as fx
from contactcenter.routing.chain import link
from contactcenter.routing.commands import refusal_data
from contactcenter.routing.floor import Floor
from contactcenter.routing.floor_rules import are_others
from contactcenter.routing.floor_state import Applied
from contactcenter.routing.rebase import differing_part, is_fault, is_takeover, rules_of
from contactcenter.routing.recorded import Base, RecordedCommand, RecordedDecision
from contactcenter.routing.rows import floor_of, rows_of

Progress = Callable[[int, int], None]
"""Called now and then with (commands done, commands in all)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the record and its recomputation part. ``what``: command (one is missing), time,
    result, decision, hash, snapshot."""

    applied: int
    command: UUID | None
    kind: str
    what: str
    stored: str
    recomputed: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Commands ``first`` to ``last``, decided by other ``rules`` than this program's."""

    first: int
    last: int
    rules: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was replayed: commands ``first`` to ``last``, from the snapshot after ``snapshot``.
    ``commands`` and ``decisions`` were decided again and compared; ``others`` were not."""

    snapshot: int
    first: int
    last: int
    commands: int
    decisions: int
    until: datetime | None
    hash: bytes
    difference: Difference | None = None
    others: Sequence[Stretch] = ()

    @property
    def is_equal(self) -> bool:
        """Whether something was compared and nothing differs."""
        return self.difference is None and self.commands > 0


class _Differs(Exception):
    """Ends the replay; not a fault of this program."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.what)
        self.difference = difference


async def replay(
    db: Database,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    progress: Progress | None = None,
    at_once: int = recorded.PAGE,
) -> Replayed:
    """Replay from the last snapshot at or before ``start`` (None: the first there is) through the
    last command at or before ``end`` (None: all), ``at_once`` commands in memory. ``NotFound``
    where nothing was recorded."""
    base, until = await db.read(partial(_bounds, start=start, end=end))
    before = await db.read(partial(recorded.takeover_before, applied=base.rows.seq))
    work = Replay(base, None if before is None else rules_of(before))
    first = base.rows.seq + 1
    try:
        after = base.rows.seq
        while after < until:
            page = await db.read(partial(_page, after=after, until=until, limit=at_once))
            await work.take(db, page)
            after = page.commands[-1].applied
            if progress is not None:
                progress(after - base.rows.seq, until - base.rows.seq)
        work.ends_where_the_next_begins(await db.read(partial(_next_after, applied=until)))
    except _Differs as found:
        return work.told(first, found.difference)
    return work.told(first, None)


@dataclass(frozen=True, slots=True)
class _Page:
    commands: Sequence[RecordedCommand]
    decisions: Sequence[RecordedDecision]
    snapshots: set[int]


def _bounds(tx: Tx, start: datetime | None, end: datetime | None) -> tuple[Base, int]:
    until = recorded.last_applied(tx) if end is None else recorded.applied_until(tx, end)
    before = 0 if start is None else recorded.applied_until(tx, start)
    if start is None and until:
        (first,) = recorded.commands(tx, 0, until, 1)
        before = first.applied - 1
    base = recorded.base_before(tx, before)
    if until <= base.rows.seq:
        raise NotFound("no command was recorded in that time", code="nothing_recorded")
    return base, until


def _page(tx: Tx, after: int, until: int, limit: int) -> _Page:
    commands = recorded.commands(tx, after, until, limit)
    if not commands:
        raise _Differs(Difference(after + 1, None, "", "command", "missing", "a command"))
    last = commands[-1].applied
    return _Page(
        commands, recorded.decisions(tx, after, last), recorded.snapshots(tx, after - 1, last)
    )


def _next_after(tx: Tx, applied: int) -> RecordedCommand | None:
    found = recorded.commands(tx, applied, recorded.last_applied(tx), 1)
    return found[0] if found else None


class Replay:
    """The floor going through its commands a second time. ``rules``: that the commands after
    ``base`` were decided by, until another router takes over."""

    def __init__(self, base: Base, rules: int | None = None) -> None:
        self.rules = rules
        self.others: list[Stretch] = []
        self.snapshot = base.rows.seq
        self.floor: Floor = floor_of(base.rows)
        self.hash = base.hash
        self.commands = 0
        self.decisions = 0
        self._command_hash = base.command_hash

    async def take(self, db: Database, page: _Page) -> None:
        """Apply and compare one page."""
        stored = deque(page.decisions)
        for one in page.commands:
            if one.applied != self.floor.seq + 1:
                _differ(one, "command", f"number {one.applied}", f"number {self.floor.seq + 1}")
            found = None
            if self.floor.seq in page.snapshots:
                found = await db.read(partial(recorded.snapshot_at, applied=self.floor.seq))
            if found is not None:
                self._compare_snapshot(one, found)
            if is_takeover(one):
                self._take_over(one, found)
            decisions = list(_of(stored, one.applied))
            if are_others(self.rules):
                self._follow(one, decisions)
            else:
                self._apply(one, decisions)
        if stored:
            extra = stored[0]
            raise _Differs(
                Difference(extra.applied, None, "", "decision", _text(extra.data), "none")
            )

    def _take_over(self, one: RecordedCommand, found: Base | None) -> None:
        """A router began here from the rows: its snapshot, or else what the commands led to."""
        self.hash = self._command_hash
        if found is None and are_others(self.rules) and not are_others(rules_of(one)):
            _differ(one, "snapshot", "missing", "where other rules end")
        self.rules = rules_of(one)
        if are_others(self.rules):  # whose rows need not make sense to this program
            seq, now = self.floor.seq, self.floor.now
            self.floor = Floor()
            self.floor.seq, self.floor.now = seq, now
        else:
            self.floor = floor_of(found.rows if found else rows_of(self.floor))

    def _follow(self, one: RecordedCommand, stored: list[RecordedDecision]) -> None:
        """Other rules decided this: the hashes over what is stored, and nothing decided anew."""
        last = self.others[-1] if self.others else None
        assert self.rules is not None  # noqa: S101  # they are others
        if last is not None and (last.last, last.rules) == (self.floor.seq, self.rules):
            self.others[-1] = Stretch(last.first, one.applied, self.rules)
        else:
            self.others.append(Stretch(one.applied, one.applied, self.rules))
        self.floor.skip(one.applied_at)
        if is_fault(one):
            record: list[Any] = [one.applied, one.applied_at, str(one.id), "fault"]
            self._compare_hash(one, link(self._command_hash, record))
        else:
            record = [one.applied, one.applied_at, str(one.id), one.kind, one.data, one.result]
            self._compare_hash(one, link(self.hash, record))
        for row in stored:
            self.hash = link(self.hash, row.data)
            if row.hash != self.hash:
                _differ(one, "hash", row.hash.hex(), self.hash.hex())

    def _compare_snapshot(self, one: RecordedCommand, found: Base) -> None:
        if not are_others(self.rules):
            part = differing_part(self.floor, found.rows, may_be_ahead=is_takeover(one))
            if part is not None:
                _differ(one, "snapshot", *part)
        if found.hash not in (self.hash, self._command_hash):
            _differ(one, "snapshot", found.hash.hex(), self.hash.hex())

    def _apply(self, one: RecordedCommand, stored: list[RecordedDecision]) -> None:
        self.commands += 1
        if is_fault(one):
            self.floor.skip(one.applied_at)
            record: list[Any] = [one.applied, one.applied_at, str(one.id), "fault"]
            self._compare_hash(one, link(self._command_hash, record))
            self._compare_decisions(one, stored, [])
            return
        out, result = apply_recorded(self.floor, one)
        if self.floor.now != one.applied_at:
            _differ(one, "time", one.applied_at.isoformat(), str(self.floor.now))
        if _json(result) != _json(one.result):
            _differ(one, "result", _text(one.result), _text(result))
        record = [one.applied, self.floor.now, str(one.id), one.kind, one.data, result]
        self._compare_hash(one, link(self.hash, record))
        self._compare_decisions(one, stored, out.decisions)

    def _compare_hash(self, one: RecordedCommand, computed: bytes) -> None:
        if computed != one.hash:
            _differ(one, "hash", one.hash.hex(), computed.hex())
        self.hash = self._command_hash = computed

    def _compare_decisions(
        self, one: RecordedCommand, stored: list[RecordedDecision], made: list[fx.Decision]
    ) -> None:
        if len(stored) != len(made):
            _differ(one, "decision", f"{len(stored)} decisions", f"{len(made)} decisions")
        for place, (row, decision) in enumerate(zip(stored, made, strict=True)):
            self.hash = link(self.hash, decision)
            self.decisions += 1
            plain = msgspec.to_builtins(decision)
            if (row.place, row.at, _json(row.data)) != (place, self.floor.now, _json(plain)):
                _differ(one, "decision", _text(row.data), _text(plain))
            if row.hash != self.hash:
                _differ(one, "hash", row.hash.hex(), self.hash.hex())

    def ends_where_the_next_begins(self, following: RecordedCommand | None) -> None:
        """The command after the last one replayed is the next number: none was taken out."""
        if following is not None and following.applied != self.floor.seq + 1:
            _differ(
                following, "command", f"number {following.applied}", f"number {self.floor.seq + 1}"
            )

    def told(self, first: int, difference: Difference | None) -> Replayed:
        floor = self.floor
        return Replayed(
            self.snapshot,
            first,
            floor.seq,
            self.commands,
            self.decisions,
            floor.now,
            self.hash,
            difference,
            tuple(self.others),
        )


def apply_recorded(floor: Floor, one: RecordedCommand) -> tuple[Applied, dict[str, Any]]:
    """Apply a command as the router did: what came of it, and the result as it is stored."""
    before = floor.seq
    try:
        out = floor.apply(actions.from_data(one.kind, one.data), one.applied_at)
    except ContactCenterError as error:
        if floor.seq == before:  # it could not even be read
            floor.skip(one.applied_at)
        return Applied(), refusal_data(error)
    told = [{"kind": fx.kind_of(each)} | fx.to_data(each) for each in out.effects]
    return out, {"effects": told}


def _of(stored: deque[RecordedDecision], applied: int) -> Iterator[RecordedDecision]:
    while stored and stored[0].applied <= applied:
        yield stored.popleft()


def _differ(one: RecordedCommand, what: str, stored: str, recomputed: str) -> None:
    raise _Differs(Difference(one.applied, one.id, one.kind, what, stored, recomputed))


def _json(value: object) -> bytes:
    return msgspec.json.encode(value, order="sorted")


def _text(value: object) -> str:
    return _json(value).decode()
