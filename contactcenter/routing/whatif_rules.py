"""Other rules for a recorded floor: a routing document, as it would be applied now.

A queue or agent that the document names is replaced, and so is a queue whose named hours it
changes; everything else stays as it was configured in the period. Where what is not named goes,
nobody enters a queue that goes any more, and an agent who goes is signed out from the beginning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid
from contactcenter.routing import actions as do
from contactcenter.routing import history
from contactcenter.routing.book import Book, BookInvalid, Fault
from contactcenter.routing.check import normal
from contactcenter.routing.rows import FloorRows
from contactcenter.routing.standing_book import by_id, names_of


@dataclass(frozen=True, slots=True)
class Rules:
    """Name of a queue, or id of an agent -> its configuration; and those who go."""

    queues: Mapping[str, Mapping[str, Any]]
    agents: Mapping[UUID, Mapping[str, Any]]
    gone_queues: frozenset[str] = frozenset()
    gone_agents: frozenset[UUID] = frozenset()

    def on(self, rows: FloorRows) -> FloorRows:
        """The floor's rows under these rules."""
        data: dict[str, Any] = msgspec.to_builtins(rows)
        known = {row["name"] for row in data["queues"]}
        for row in data["queues"]:
            row["config"] = self.queues.get(row["name"], row["config"])
        data["queues"] += [
            {"name": name, "version": 1, "config": config}
            for name, config in sorted(self.queues.items())
            if name not in known
        ]
        for row in data["agents"]:
            row["config"] = self.agents.get(UUID(row["agent"]), row["config"])
        return msgspec.convert(data, FloorRows)

    def override(self, command: do.Command) -> do.Command | None:
        """A recorded change of what these rules replace changes nothing; what was done by who is
        gone, or entered what is gone, is not done (None)."""
        if isinstance(command, do.Enqueue) and command.queue in self.gone_queues:
            return None
        if getattr(command, "agent", None) in self.gone_agents:
            return None
        if isinstance(command, do.ChangeQueue) and command.name in self.queues:
            return do.ChangeQueue(command.name, command.version, self.queues[command.name])
        if isinstance(command, do.ChangeAgent) and command.agent in self.agents:
            config = self.agents[command.agent]
            return do.ChangeAgent(
                command.agent, command.version, command.name, config, command.site
            )
        return command


def rules_of(tx: Tx, document: Any, *, remove: bool = False) -> Rules:
    """The rules of a document (plain data), checked against the configuration in force.
    ``remove``: queues and agents that its sections do not name go.
    ``BookInvalid`` with every fault, each with its place."""
    looked = history.look(tx, document, remove=remove)
    errors = [one for one in looked.faults if one.severity == "error"]
    if errors:
        raise BookInvalid(errors)
    after = looked.after or Book()
    given = normal(document)
    names = set(given.get("queues", {}))
    if "hours" in given:
        names |= {name for name, one in after.queues.items() if isinstance(one.get("hours"), str)}
    ids, _ = by_id(tx, given)
    before = history.standing(tx).book
    people = names_of(tx)
    rules = Rules(
        {name: after.resolved(name) for name in names},
        {UUID(key): config for key, config in ids.get("agents", {}).items()},
        frozenset(before.queues.keys() - after.queues.keys()),
        frozenset(UUID(key) for key, name in people.items() if _goes(name, before, after)),
    )
    if not any((rules.queues, rules.agents, rules.gone_queues, rules.gone_agents)):
        raise Invalid("rules: no queue and no agent is changed", hint="name queues or agents")
    return rules


def _goes(name: str, before: Book, after: Book) -> bool:
    return name in before.agents and name not in after.agents


def check_agents(rules: Rules, rows: FloorRows) -> None:
    """Agents who were none in the period have no comings and goings: ``BookInvalid``."""
    known = {one.agent for one in rows.agents}
    strangers = [agent for agent in rules.agents if agent not in known]
    if strangers:
        message = "was no agent in that period"
        raise BookInvalid([Fault(("agents", str(one)), message) for one in strangers])
