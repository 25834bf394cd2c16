"""The simulated agents: who they are, when they are there, how they answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf
from uuid import UUID

from contactcenter.core.rules import skills_of
from contactcenter.routing import actions as do
from contactcenter.routing.config import agent_from
from contactcenter.routing.model import Queue
from contactcenter.routing.simulator.clock import id_of
from contactcenter.routing.simulator.distributions import Draw
from contactcenter.routing.simulator.lanes import delay
from contactcenter.routing.simulator.scenario import AgentGroup, Scenario, Shift
from contactcenter.routing.skills import at_best, meets

FIRST_AGENT = 1 << 40
FIRST_RESERVATION = 1 << 41
"""Ids of agents and of reservations count from here, those of interactions from 1."""


@dataclass(slots=True)
class Desk:
    """An agent of a run. ``serves``: their queues; ``own``: those of their primary skill."""

    id: UUID
    group: AgentGroup
    serves: tuple[str, ...]
    own: frozenset[str]
    answer: Draw | None = None
    present: bool = False
    working: bool = False
    due: do.Command | None = None
    """What their roster last had them do."""


def hire(
    scenario: Scenario, queues: Mapping[str, Queue], seed: int, run: int
) -> Iterator[tuple[Desk, do.ChangeAgent]]:
    """Everybody, each with the command that makes the floor know them."""
    number = FIRST_AGENT
    for group in scenario.agents:
        config = agent_config(group, queues)
        found = agent_from(id_of(number), 1, group.name, config)
        serves = tuple(name for name in found.queues if name in queues)
        own = own_queues(group, queues) & set(serves)
        answer = None
        if group.answer is not None:
            answer = delay(group.answer, seed, run, "answer of", group.name)
        for index in range(group.count):
            desk = Desk(id_of(number), group, serves, own, answer)
            name = f"{group.name} {index + 1}" if group.count > 1 else group.name
            yield desk, do.ChangeAgent(desk.id, 1, name, config)
            number += 1


def agent_config(group: AgentGroup, queues: Mapping[str, Queue]) -> dict[str, object]:
    """The product's form, with the queues that the scenario left out."""
    if "queues" in group.config:
        return dict(group.config)
    agent = agent_from(id_of(FIRST_AGENT), 1, group.name, group.config)
    levels, facts = agent.levels(), agent.facts()
    first = own_queues(group, queues) if group.serves_first == "primary" else frozenset()
    serves = {
        name: {"priority": 1} if name in first else {}
        for name, queue in queues.items()
        if meets(at_best(queue.requires), levels, facts)
    }
    return {**group.config, "queues": serves}


def own_queues(group: AgentGroup, queues: Mapping[str, Queue]) -> frozenset[str]:
    """The queues that require the group's primary skill."""
    if group.primary is None:
        return frozenset()
    return frozenset(n for n, queue in queues.items() if group.primary in skills_of(queue.requires))


def roster(desk: Desk) -> Iterator[tuple[float, do.Command]]:
    """``(at, command)`` of the agent's working time."""
    available = do.SetState(desk.id, "available")
    for shift in desk.group.shifts or (Shift(0.0, inf),):
        yield shift.start_s, available
        for start, end in shift.breaks:
            yield start, do.SetState(desk.id, "away", "break")
            yield end, available
        if shift.end_s != inf:
            yield shift.end_s, do.SignOut(desk.id)
