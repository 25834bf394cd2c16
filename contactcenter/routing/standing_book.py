"""The routing configuration in force as a document, made from the rows it is kept in.

Queues and agents are what their rows say. What rows do not keep (descriptions of skills, named
hours and which queue uses them) comes from the newest version, as far as it still fits the rows:
rows may have been written without a version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contactcenter.core.access import accounts
from contactcenter.core.access.tables import account
from contactcenter.core.db import Tx
from contactcenter.core.errors import NotFound
from contactcenter.core.rules import skills_of
from contactcenter.routing.book import Book, Fault, Sections, short_agent, short_queue
from contactcenter.routing.config import agent_from, queue_data, queue_from
from contactcenter.routing.removal import pending
from contactcenter.routing.tables import agent, agent_state, routing_queue

NO_BOOK = Book()
_IS_AGENT = agent_state.c.agent_id == agent.c.id
"""An agent has a state; a row without one is a name in records."""


def book_of_rows(tx: Tx, kept: Book = NO_BOOK) -> Book:
    """The document in force, agents by id. ``kept``: the newest version's."""
    q, a = routing_queue.c, agent.c
    queues: dict[str, Any] = {}
    skills = dict(kept.skills)
    no_queues, nobodies = pending(tx)
    for row in tx.all(select(q.name, q.version, q.config).order_by(q.name)):
        if row.name in no_queues:
            continue
        queue = queue_from(row.name, row.version, row.config)
        queues[row.name] = _as_kept(kept, row.name, queue_data(queue)) or short_queue(queue)
        dropped = {skill for ring in queue.rings for skill in ring.drop}
        for skill in sorted(skills_of(queue.requires) | dropped):
            skills.setdefault(skill, "")
    people: dict[str, Any] = {}
    found = select(a.id, a.version, a.name, a.config).join(agent_state, _IS_AGENT)
    for row in tx.all(found.order_by(a.name, a.id)):
        if row.id in nobodies:
            continue
        one = agent_from(row.id, row.version, row.name, row.config)
        people[str(row.id)] = short_agent(one)
        for skill in sorted(one.skills):
            skills.setdefault(skill, "")
    return Book(skills, kept.hours, queues, people)


def _as_kept(kept: Book, name: str, data: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The kept form of a queue that names its hours, if it still says what the row says."""
    found = kept.queues.get(name)
    if found is None or not isinstance(found.get("hours"), str):
        return None
    return found if queue_data(kept.queue(name)) == data else None


def names_of(tx: Tx) -> dict[str, str]:
    """Agent's id -> the key a document shows for them: the name where it is one agent's alone."""
    rows = tx.all(select(agent.c.id, agent.c.name).join(agent_state, _IS_AGENT))
    often = Counter(row.name.strip().casefold() for row in rows)
    return {
        str(row.id): row.name if often[row.name.strip().casefold()] == 1 else str(row.id)
        for row in rows
    }


def by_name(book: Book, names: Mapping[str, str]) -> Book:
    """The document with agents by name, as people read and write it."""
    return replace(book, agents={names.get(key, key): one for key, one in book.agents.items()})


def by_id(
    tx: Tx, given: Sections, names: Mapping[str, str] | None = None
) -> tuple[dict[str, Mapping[str, Any]], list[Fault]]:
    """Sections with agents by id, and the names that are nobody's. ``names``: ``names_of``, where
    it is known already. A name may be an agent's, or
    an account's sign-in or display name: that account becomes an agent."""
    found = dict(given)
    if "agents" not in given:
        return found, []
    known = {name: key for key, name in (names or names_of(tx)).items()}
    faults: list[Fault] = []
    people: dict[str, Any] = {}
    keys: dict[str, str] = {}
    for name, config in given["agents"].items():
        key = known.get(name) or _account(tx, name)
        if key is None:
            faults.append(Fault(("agents", name), "no agent and no account has this name"))
        elif key in people:
            faults.append(Fault(("agents", name), f"the same agent as {keys[key]!r}"))
        else:
            people[key], keys[key] = config, name
    found["agents"] = people
    return found, faults


def _account(tx: Tx, name: str) -> str | None:
    """The id of the account with this id, sign-in name or (only one) display name."""
    try:
        key = UUID(name)
        if tx.first(select(account.c.id).where(account.c.id == key)):
            return str(key)
        if tx.first(select(agent.c.id).where(agent.c.id == key)):  # was one
            return str(key)
    except ValueError:
        pass
    rows = tx.all(
        select(account.c.id).where((account.c.name == name) | (account.c.display_name == name))
    )
    if not rows:
        rows = tx.all(select(agent.c.id).where(agent.c.name == name))
    return str(rows[0].id) if len(rows) == 1 else None


def display_name(tx: Tx, agent_id: UUID) -> str:
    """What an agent is called: as their row says, else their account; ``NotFound``."""
    found: str | None = tx.scalar(select(agent.c.name).where(agent.c.id == agent_id))
    if found is not None:
        return found
    try:
        return accounts.get(tx, agent_id).display_name
    except NotFound:
        raise NotFound(f"no agent {agent_id}", code="unknown_agent") from None
