"""The whole routing configuration as one document: skills, named hours, queues, agents.

    skills: {german: Speaks German, refunds: May grant refunds}
    hours:
      office: {zone: Europe/Berlin, weekly: {mon-fri: ["09:00-17:00"]}}
    queues:
      care: {requires: {skill: german, level: 2}, hours: office}
    agents:
      Ann: {skills: {german: 4}, queues: [care]}

Plain data in the written form of ``config``; a queue names its hours or holds them. ``check`` says
what is wrong with one, ``history`` keeps its versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from contactcenter.core.errors import Invalid
from contactcenter.core.rules_tree import path_text
from contactcenter.routing.config import agent_data, agent_from, queue_data, queue_from
from contactcenter.routing.model import Agent, Queue

SECTIONS = ("skills", "hours", "queues", "agents")
MOST_NAMED = 20_000
"""Entries of a section: a bound on what one document may make the checker do."""

Path = tuple[str | int, ...]
Sections = Mapping[str, Mapping[str, Any]]
"""Some or all of the sections, as plain data."""

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where in the document, what, and what is allowed there. Only an
    ``error`` refuses the document."""

    path: Path
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    @property
    def where(self) -> str:
        """The place as text: ``queues.care.overflow[0].then.move``."""
        return path_text(self.path)

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


class BookInvalid(Invalid):
    """A document that can not be taken, with all its faults."""

    code = "routing_invalid"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        super().__init__(
            f"{first}{more}",
            hint=first.hint or None,
            details={
                "errors": [
                    {"where": one.where, "what": " ".join(filter(None, (one.message, one.hint)))}
                    for one in faults
                ]
            },
        )


@dataclass(frozen=True, slots=True)
class Book:
    """Skills: name -> description. Hours: name -> ``routing.hours_read``'s form. Queues and agents:
    name -> the keys of ``config`` (agents: by name, or by id where that is not one agent's)."""

    skills: Mapping[str, str] = field(default_factory=dict)
    hours: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    queues: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    agents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def sections(self) -> dict[str, Mapping[str, Any]]:
        """As plain data."""
        return {name: getattr(self, name) for name in SECTIONS}

    def with_sections(self, given: Sections) -> Book:
        """This book with what is given laid over it. Skills and hours given are all there are;
        a queue or agent given is replaced, one left out stays as it is."""
        return replace(
            self,
            skills=given.get("skills", self.skills),
            hours=given.get("hours", self.hours),
            queues={**self.queues, **given.get("queues", {})},
            agents={**self.agents, **given.get("agents", {})},
        )

    def queue(self, name: str, version: int = 1) -> Queue:
        """One queue, its hours looked up. ``Invalid`` as ``config.queue_from`` says."""
        return queue_from(name, version, self.resolved(name))

    def resolved(self, name: str) -> dict[str, Any]:
        """A queue's data with hours in place of their name."""
        data = dict(self.queues[name])
        if isinstance(data.get("hours"), str):
            data["hours"] = self.hours.get(data["hours"])
        return data

    def agent(self, name: str) -> Agent:
        """One agent. ``Invalid`` as ``config.agent_from`` says."""
        return agent_from(_NOBODY, 1, name, self.agents[name])

    def tidy(self, given: Sections | None = None) -> Book:
        """The same, each entry in its shortest written form, so that two books compare; with
        ``given`` only the entries named there, the others being so already. Only for a book that
        ``check`` found no error in."""
        sections = self.sections() if given is None else given
        queues, agents = sections.get("queues", {}), sections.get("agents", {})
        return replace(
            self,
            queues={**self.queues, **{name: self._short_queue(name) for name in queues}},
            agents={**self.agents, **{name: short_agent(self.agent(name)) for name in agents}},
        )

    def _short_queue(self, name: str) -> dict[str, Any]:
        named = self.queues[name].get("hours")
        data = short_queue(self.queue(name))
        return data | {"hours": named} if isinstance(named, str) else data


_PLAIN_QUEUE = queue_data(Queue("plain"))
_PLAIN_AGENT = agent_data(Agent(_NOBODY, "plain"))


def short_queue(queue: Queue) -> dict[str, Any]:
    """The written form without what has its default, what it requires first."""
    data = queue_data(queue)
    return {
        key: _whole_numbers(data[key])
        for key in dict.fromkeys(("requires", *data))
        if key not in _PLAIN_QUEUE or data[key] != _PLAIN_QUEUE[key]
    }


def _whole_numbers(value: Any) -> Any:
    """Bounds are decimals: 120.0 is written 120."""
    if isinstance(value, Mapping):
        return {key: _whole_numbers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def short_agent(agent: Agent) -> dict[str, Any]:
    """The written form without what has its default."""
    data = {
        key: value for key, value in agent_data(agent).items() if value != _PLAIN_AGENT.get(key)
    }
    if agent.skills:
        data["skills"] = {
            name: one.level if one.active else {"level": one.level, "active": False}
            for name, one in sorted(agent.skills.items())
        }
    if agent.queues:
        data["queues"] = {
            name: {key: value for key, value in place.items() if value}
            for name, place in sorted(data["queues"].items())
        }
    return data
