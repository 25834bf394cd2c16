"""Which rows a batch of commands changed, gathered in memory and written in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from contactcenter.routing.model import AgentState, QueueState, Reservation, Waiting


@dataclass(slots=True)
class Changes:
    """Final values only. ``born``: ids of rows that the store does not have yet."""

    waiting: dict[UUID, Waiting | None] = field(default_factory=dict)
    reservations: dict[UUID, Reservation] = field(default_factory=dict)
    states: dict[UUID, AgentState] = field(default_factory=dict)
    queue_states: dict[str, QueueState] = field(default_factory=dict)
    born: set[UUID] = field(default_factory=set)
    gone_queues: dict[str, int] = field(default_factory=dict)
    """Queue -> the version of it that was removed."""
    gone_agents: dict[UUID, int] = field(default_factory=dict)

    def drop_queue(self, name: str, version: int) -> None:
        """A queue is no more."""
        self.queue_states.pop(name, None)
        self.gone_queues[name] = version

    def drop_agent(self, agent: UUID, version: int) -> None:
        """Somebody is no agent any more."""
        self.states.pop(agent, None)
        self.gone_agents[agent] = version

    def add_waiting(self, item: Waiting) -> None:
        """A new item on the floor, perhaps one that left it earlier in this batch."""
        if item.interaction not in self.waiting:
            self.born.add(item.interaction)
        self.waiting[item.interaction] = item
