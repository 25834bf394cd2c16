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

    def add_waiting(self, item: Waiting) -> None:
        """A new item on the floor, perhaps one that left it earlier in this batch."""
        if item.interaction not in self.waiting:
            self.born.add(item.interaction)
        self.waiting[item.interaction] = item
