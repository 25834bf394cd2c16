"""Other rules for a recorded floor: a routing document, as it would be applied now.

A queue or agent that the document names is replaced, and so is a queue whose named hours it
changes; everything else stays as it was configured in the period.
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
from contactcenter.routing.standing_book import by_id


@dataclass(frozen=True, slots=True)
class Rules:
    """Name of a queue, or id of an agent -> its configuration."""

    queues: Mapping[str, Mapping[str, Any]]
    agents: Mapping[UUID, Mapping[str, Any]]

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

    def override(self, command: do.Command) -> do.Command:
        """A recorded change of what these rules replace changes nothing."""
        if isinstance(command, do.ChangeQueue) and command.name in self.queues:
            return do.ChangeQueue(command.name, command.version, self.queues[command.name])
        if isinstance(command, do.ChangeAgent) and command.agent in self.agents:
            config = self.agents[command.agent]
            return do.ChangeAgent(
                command.agent, command.version, command.name, config, command.site
            )
        return command


def rules_of(tx: Tx, document: Any) -> Rules:
    """The rules of a document (plain data), checked against the configuration in force.
    ``BookInvalid`` with every fault, each with its place."""
    looked = history.look(tx, document)
    errors = [one for one in looked.faults if one.severity == "error"]
    if errors:
        raise BookInvalid(errors)
    after = looked.after or Book()
    given = normal(document)
    names = set(given.get("queues", {}))
    if "hours" in given:
        names |= {name for name, one in after.queues.items() if isinstance(one.get("hours"), str)}
    ids, _ = by_id(tx, given)
    rules = Rules(
        {name: after.resolved(name) for name in names},
        {UUID(key): config for key, config in ids.get("agents", {}).items()},
    )
    if not rules.queues and not rules.agents:
        raise Invalid("rules: no queue and no agent is changed", hint="name queues or agents")
    return rules


def check_agents(rules: Rules, rows: FloorRows) -> None:
    """Agents who were none in the period have no comings and goings: ``BookInvalid``."""
    known = {one.agent for one in rows.agents}
    strangers = [agent for agent in rules.agents if agent not in known]
    if strangers:
        message = "was no agent in that period"
        raise BookInvalid([Fault(("agents", str(one)), message) for one in strangers])
