"""Other rules for a floor: queues and agents in the product's configuration form, laid over what is
configured. Only the keys given change.

    queues:
      care: {requires: {skill: care, level: 2}, priority: 5}
    agents:
      Ann: {skills: {care: 3}, queues: [care]}     # by name or id
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from contactcenter.core.errors import Invalid
from contactcenter.routing import actions as do
from contactcenter.routing.config import agent_from, queue_from
from contactcenter.routing.rows import FloorRows

_PARTS = ("queues", "agents")


@dataclass(frozen=True, slots=True)
class Rules:
    """Name of a queue, or id of an agent -> the keys that change."""

    queues: Mapping[str, Mapping[str, Any]]
    agents: Mapping[UUID, Mapping[str, Any]]

    def on(self, rows: FloorRows) -> FloorRows:
        """The floor's rows under these rules."""
        data: dict[str, Any] = msgspec.to_builtins(rows)
        known = {row["name"] for row in data["queues"]}
        data["queues"] = [
            row | {"config": {**row["config"], **self.queues.get(row["name"], {})}}
            for row in data["queues"]
        ] + [
            {"name": name, "version": 1, "config": dict(config)}
            for name, config in sorted(self.queues.items())
            if name not in known
        ]
        for row in data["agents"]:
            row["config"] = {**row["config"], **self.agents.get(UUID(row["agent"]), {})}
        return msgspec.convert(data, FloorRows)

    def override(self, command: do.Command) -> do.Command:
        """A recorded change of configuration, with these rules laid over it."""
        if isinstance(command, do.ChangeQueue):
            given = self.queues.get(command.name, {})
            return do.ChangeQueue(command.name, command.version, {**command.config, **given})
        if isinstance(command, do.ChangeAgent):
            given = self.agents.get(command.agent, {})
            config = {**command.config, **given}
            return do.ChangeAgent(
                command.agent, command.version, command.name, config, command.site
            )
        return command


def read_rules(file: Path) -> Any:
    """The written rules of a YAML file; ``Invalid`` names the line where it can not be read."""
    import yaml

    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{file}: not UTF-8 text") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise Invalid(f"{file}{line}: {problem}") from error


def rules_of(data: object, rows: FloorRows) -> Rules:
    """Written rules checked against the configuration they are laid over. ``Invalid`` names the
    place and what is allowed there."""
    if not isinstance(data, Mapping) or not data:
        raise Invalid("rules: a mapping of queues, agents")
    for key in data:
        if key not in _PARTS:
            raise Invalid(f"rules: unexpected {str(key)[:60]!r}; allowed: {', '.join(_PARTS)}")
    queues = {str(name): config for name, config in _mapping(data, "queues").items()}
    agents = {_agent(str(key), rows): one for key, one in _mapping(data, "agents").items()}
    rules = Rules(queues, agents)
    _check(rules.on(rows))
    return rules


def _mapping(data: Mapping[str, Any], part: str) -> Mapping[str, Mapping[str, Any]]:
    found = data.get(part) or {}
    if not isinstance(found, Mapping):
        raise Invalid(f"rules.{part}: a mapping of names")
    for name, config in found.items():
        if not isinstance(config, Mapping):
            raise Invalid(f"rules.{part}.{str(name)[:60]}: a mapping of keys")
    return found


def _agent(key: str, rows: FloorRows) -> UUID:
    found = [one.agent for one in rows.agents if key in (one.name, str(one.agent))]
    if len(found) == 1:
        return found[0]
    what = "several agents have this name" if found else "no such agent"
    raise Invalid(f"rules.agents.{key[:60]}: {what}", hint="name the agent by id")


def _check(rows: FloorRows) -> None:
    names = {one.name for one in rows.queues}
    for queue in rows.queues:
        _placed(partial(queue_from, queue.name, queue.version, queue.config))
    for agent in rows.agents:
        config = (agent.version, agent.name, agent.config)
        made = _placed(partial(agent_from, agent.agent, *config))
        for name in made.queues:
            if name not in names:
                raise Invalid(f"rules: agent {agent.name}.queues.{name}: no such queue")


def _placed(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except Invalid as error:
        raise Invalid(f"rules: {error.message}", hint=error.hint) from error
