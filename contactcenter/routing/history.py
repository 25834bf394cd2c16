"""Versions of the routing configuration: each change is one, whatever way it came.

A version is the whole document. Rolling back makes a new version that equals an old one. What was
written into the rows without a version (a seed, an older program) becomes one, ``found``, before
the next change, so that nothing is lost to a rollback.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.core.access.audit import note as note_audit
from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict, Invalid, NotFound
from contactcenter.routing import removal
from contactcenter.routing.book import SECTIONS, Book, BookInvalid, Fault, Sections
from contactcenter.routing.book_changes import Change, changes
from contactcenter.routing.check import check, normal
from contactcenter.routing.check_shape import is_name
from contactcenter.routing.setup import save_agent, save_queue
from contactcenter.routing.standing_book import (
    NO_BOOK,
    book_of_rows,
    by_id,
    by_name,
    display_name,
    names_of,
)
from contactcenter.routing.tables import agent, routing_queue, routing_version

_LONGEST_NOTE = 500
_v = routing_version.c


@dataclass(frozen=True, slots=True)
class Version:
    """Who changed the configuration when and why. ``action``: apply, edit, rollback, found."""

    number: int
    at: datetime
    actor: str
    action: str
    note: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The document in force, agents by name; the number of the newest version (0: none yet)."""

    version: int
    book: Book


@dataclass(frozen=True, slots=True)
class Looked:
    """What a document would do: its faults, and what it changes when it has no errors."""

    faults: list[Fault]
    changes: list[Change]
    after: Book | None
    """The whole as it would be, agents by name."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A change that was made; ``version`` stays as it was when nothing differs. ``removals``: the
    commands by which the floor lets go of queues and agents."""

    version: int
    changes: list[Change]
    removals: Sequence[UUID] = ()


def standing(tx: Tx) -> Standing:
    """The configuration in force."""
    number, kept = _newest(tx)
    return Standing(number, by_name(book_of_rows(tx, kept), names_of(tx)))


def look(tx: Tx, given: Any, *, remove: bool = False) -> Looked:
    """Check a document (sections as plain data) and say what it would change. ``remove``: queues
    and agents that its sections do not name go."""
    return _look(tx, given, standing(tx).book, names_of(tx), whole_sections(given, remove))


def whole_sections(given: Any, remove: bool) -> frozenset[str]:
    """The sections of which nothing stays that ``given`` does not name."""
    known = given if remove and isinstance(given, Mapping) else {}
    return frozenset(name for name in ("queues", "agents") if name in known)


def _look(tx: Tx, given: Any, now: Book, names: Mapping[str, str], whole: frozenset[str]) -> Looked:
    onto = replace(now, **{name: {} for name in whole})
    faults = check(given, onto)
    agents = given.get("agents") if isinstance(given, Mapping) else None
    ids: Sections = {}
    if isinstance(agents, Mapping):
        named = {name: one for name, one in agents.items() if is_name(name)}
        ids, strangers = by_id(tx, {"agents": named}, names)
        faults = [*strangers, *faults]
    if any(one.severity == "error" for one in faults):
        return Looked(faults, [], None)
    given = dict(normal(given))
    if ids:
        given["agents"] = {names.get(key, key): one for key, one in ids["agents"].items()}
    after = onto.with_sections(given).tidy(given)
    return Looked(faults, changes(now, after), after)


def apply(
    tx: Tx,
    given: Any,
    *,
    actor: str,
    note: str = "",
    version: int | None = None,
    action: str = "apply",
    remove: frozenset[str] = frozenset(),
    move_to: str | None = None,
) -> Applied:
    """Make ``given`` (sections as plain data) the configuration: one new version. Of the sections
    in ``remove`` what is not named goes; what waits in a queue that goes moves to ``move_to``.

    ``BookInvalid`` with every error; ``Conflict`` when ``version`` is no longer the newest, or
    as ``removal.remove`` says.
    """
    number = _lock(tx)
    if version is not None and version != number:
        raise Conflict("the routing configuration was changed meanwhile", hint="load it again")
    if len(note) > _LONGEST_NOTE:
        raise Invalid(f"note: at most {_LONGEST_NOTE} characters")
    names, (_, kept) = names_of(tx), _newest(tx)
    rows = book_of_rows(tx, kept)
    looked = _look(tx, given, by_name(rows, names), names, remove)
    errors = [one for one in looked.faults if one.severity == "error"]
    if errors or looked.after is None:
        raise BookInvalid(errors)
    number = _catch_up(tx, number, kept, rows)
    if not looked.changes:
        return Applied(number, [])
    whole = by_name(looked.after, {name: key for key, name in names.items()})
    _write_rows(tx, rows, whole)
    told = removal.remove(tx, rows, whole, move_to)
    _add(tx, number + 1, actor, action, note, whole)
    note_audit(tx, actor, f"routing.{action}", f"routing:{number + 1}", parts=len(looked.changes))
    return Applied(number + 1, looked.changes, told)


def rollback(
    tx: Tx, number: int, *, actor: str, note: str = "", version: int | None = None
) -> Applied:
    """A new version equal to an old one; queues and agents that came later go. ``NotFound``;
    ``BookInvalid`` when it no longer fits; ``Conflict`` while one that would go is at work."""
    return apply(
        tx,
        document(tx, number).sections(),
        actor=actor,
        note=note or f"back to version {number}",
        version=version,
        action="rollback",
        remove=frozenset(("queues", "agents")),
    )


def remove_queue(
    tx: Tx, name: str, *, actor: str, note: str, version: int | None, move_to: str | None = None
) -> Applied:
    """A new version without this queue, agents' places in it included; ``version`` is its row's.
    ``NotFound``; ``BookInvalid`` while rules speak of it; ``Conflict`` as ``apply`` says."""
    q = routing_queue.c
    book = standing(tx).book
    if name not in book.queues or (move_to is not None and move_to not in book.queues):
        raise NotFound(f"no queue {move_to if name in book.queues else name}", code="unknown_queue")
    if move_to == name:
        raise Invalid("move_to: another queue")
    _expect(tx, select(q.version).where(q.name == name), version, f"queue {name}")
    people = {
        key: {**one, "queues": {k: v for k, v in one["queues"].items() if k != name}}
        for key, one in book.agents.items()
        if name in one.get("queues", {})
    }
    queues = {key: one for key, one in book.queues.items() if key != name}
    return apply(
        tx,
        {"queues": queues, "agents": people},
        actor=actor,
        note=note,
        action="edit",
        remove=frozenset(("queues",)),
        move_to=move_to,
    )


def remove_agent(tx: Tx, agent_id: UUID, *, actor: str, note: str, version: int | None) -> Applied:
    """A new version in which this account is no agent, as ``remove_queue``."""
    name = names_of(tx).get(str(agent_id))
    people = dict(standing(tx).book.agents)
    if name is None or people.pop(name, None) is None:
        raise NotFound(f"no agent {agent_id}", code="unknown_agent")
    a = agent.c
    _expect(tx, select(a.version).where(a.id == agent_id), version, "the agent")
    return apply(
        tx,
        {"agents": people},
        actor=actor,
        note=note,
        action="edit",
        remove=frozenset(("agents",)),
    )


def edit_queue(
    tx: Tx, name: str, config: Mapping[str, Any], *, actor: str, note: str, version: int | None
) -> int:
    """One queue alone, ``version`` being its row's; the row's new version."""
    q = routing_queue.c
    _expect(tx, select(q.version).where(q.name == name), version, f"queue {name}")
    apply(tx, {"queues": {name: config}}, actor=actor, note=note, action="edit")
    found: int = tx.scalar(select(q.version).where(q.name == name))
    return found


def edit_agent(
    tx: Tx, agent_id: UUID, config: Mapping[str, Any], *, actor: str, note: str, version: int | None
) -> int:
    """One agent alone, as ``edit_queue``. An account becomes an agent by it."""
    display_name(tx, agent_id)
    a = agent.c
    _expect(tx, select(a.version).where(a.id == agent_id), version, "the agent")
    name = names_of(tx).get(str(agent_id), str(agent_id))
    apply(tx, {"agents": {name: config}}, actor=actor, note=note, action="edit")
    found: int = tx.scalar(select(a.version).where(a.id == agent_id))
    return found


def versions(tx: Tx, *, before: int | None = None, limit: int = 50) -> list[Version]:
    """The newest first; ``before`` a number, to go on."""
    statement = select(_v.version, _v.at, _v.actor, _v.action, _v.note)
    if before is not None:
        statement = statement.where(_v.version < before)
    rows = tx.all(statement.order_by(_v.version.desc()).limit(limit))
    return [Version(*row) for row in rows]


def version(tx: Tx, number: int) -> Version:
    """One version; ``NotFound``."""
    found = versions(tx, before=number + 1, limit=1)
    if not found or found[0].number != number:
        raise NotFound(f"no version {number} of the routing configuration")
    return found[0]


def document(tx: Tx, number: int) -> Book:
    """A version's document, agents by the names they have now; ``NotFound``."""
    version(tx, number)
    return by_name(_stored(tx, number), names_of(tx))


def diff(tx: Tx, number: int, against: int | None = None) -> list[Change]:
    """What a version changed: against the one before, or against another."""
    other = number - 1 if against is None else against
    before = NO_BOOK if other <= 0 else document(tx, other)
    return changes(before, document(tx, number))


def _newest(tx: Tx) -> tuple[int, Book]:
    number = tx.scalar(select(_v.version).order_by(_v.version.desc()).limit(1))
    return (0, NO_BOOK) if number is None else (number, _stored(tx, number))


def _stored(tx: Tx, number: int) -> Book:
    data = tx.scalar(select(_v.document).where(_v.version == number))
    return msgspec.convert(data, Book)


def _lock(tx: Tx) -> int:
    """The newest version's number, held until this transaction ends."""
    newest = select(_v.version).order_by(_v.version.desc()).limit(1).with_for_update()
    return tx.scalar(newest) or 0


def _catch_up(tx: Tx, number: int, kept: Book, rows: Book) -> int:
    """Write what the rows say as a version when no version says it."""
    if number and not changes(kept, rows):
        return number
    if not number and not (rows.queues or rows.agents):
        return number
    _add(tx, number + 1, "system", "found", "", rows)
    return number + 1


def _add(tx: Tx, number: int, actor: str, action: str, note: str, book: Book) -> None:
    dialect_insert = pg_insert if tx.store == "postgresql" else sqlite_insert
    made = tx.execute(
        dialect_insert(routing_version)
        .values(
            version=number,
            at=tx.now,
            actor=actor,
            action=action,
            note=note,
            document={name: getattr(book, name) for name in SECTIONS},
        )
        .on_conflict_do_nothing()
    )
    if made.rowcount != 1:  # another node was faster
        raise Conflict("the routing configuration was changed meanwhile", hint="load it again")


def _expect(tx: Tx, stored: Any, version: int | None, what: str) -> None:
    if version is not None and version != (tx.scalar(stored) or 0):
        raise Conflict(f"{what} was changed meanwhile", hint="load it again")


def _write_rows(tx: Tx, rows: Book, book: Book) -> None:
    """Queues and agents that differ from their rows, queues first: agents name them."""
    for name in book.queues:
        resolved = book.resolved(name)
        if name not in rows.queues or rows.resolved(name) != resolved:
            save_queue(tx, name, resolved)
    for key, config in book.agents.items():
        if config != rows.agents.get(key):
            row = tx.first(select(agent.c.name, agent.c.site).where(agent.c.id == UUID(key)))
            name = row.name if row else display_name(tx, UUID(key))
            save_agent(tx, UUID(key), name, config, site=row.site if row else "")
