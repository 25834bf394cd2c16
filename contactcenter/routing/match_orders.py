"""The orders in which agents are asked, as keys: the lowest is asked first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import inf
from typing import Any
from uuid import UUID

import msgspec

from contactcenter.core.rules import Rule, skills_of
from contactcenter.routing.circles import Circle
from contactcenter.routing.fading import order_key
from contactcenter.routing.model import Agent, Channel, Membership
from contactcenter.routing.ordered import Ordered
from contactcenter.routing.policies import AgentOrder

GroupKey = tuple[str, Channel, str, int, Circle]
"""(queue, channel, requirement as ``circles.text_of`` has it, priority, circle)."""
PLAIN: tuple[AgentOrder, ...] = ("longest_idle",)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Standing(msgspec.Struct, frozen=True):
    """An agent as the matcher needs to know them: per channel ``free`` or why not and how many
    more, and what the orders look at (sums that fade, as of ``faded_at``)."""

    on: dict[Channel, str]
    idle_since: datetime
    room: dict[str, int]
    occupied_s: float = 0.0
    offers: float = 0.0
    faded_at: datetime | None = None
    offered_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Group:
    """All that waits for the same, and all who could serve it."""

    key: GroupKey
    rule: Rule
    order: tuple[AgentOrder, ...] = PLAIN
    is_strict: bool = False
    """Whether priority comes before age."""
    waiting: Ordered = field(default_factory=Ordered)
    members: dict[UUID, Membership] = field(default_factory=dict)
    free: dict[int, Ordered] = field(default_factory=dict)
    """By the delay (s) of the member."""
    counts: dict[str, int] = field(default_factory=dict)
    """Standing on this channel -> how many members."""
    is_plain: bool = field(init=False)
    channel: Channel = field(init=False)

    def __post_init__(self) -> None:
        self.is_plain = self.order == PLAIN
        self.channel = self.key[1]

    def free_seats(self) -> int:
        """How many members are free."""
        return sum(map(len, self.free.values()))

    def key_of(self, agent: Agent, standing: Standing) -> Any:
        """Where the agent stands in this group's order."""
        if self.is_plain:
            return standing.idle_since
        parts = [_KEYS[one](self, agent, standing) for one in self.order]
        return (*parts, standing.idle_since)

    def told(self, key: Any) -> dict[str, Any]:
        """A key in the words of a decision record."""
        if self.is_plain:
            return {"longest_idle": key.isoformat()}
        names = dict.fromkeys((*self.order, "longest_idle"))
        return {name: _plain(value) for name, value in zip(names, key, strict=False)}

    def level(self, agent: Agent) -> int:
        """The sum of the agent's levels in the skills that are required."""
        return sum(
            skill.level
            for name in set(skills_of(self.rule))
            if (skill := agent.skills.get(name)) is not None and skill.active
        )


@dataclass(slots=True, eq=False)
class Seat:
    """An agent's place in a group: under which membership, and among whom when free."""

    group: Group
    member: Membership
    free: Ordered


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return None if value == -inf else value


_KEYS: Mapping[AgentOrder, Callable[[Group, Agent, Standing], Any]] = {
    "longest_idle": lambda group, agent, standing: standing.idle_since,
    "least_occupied": lambda group, agent, standing: order_key(
        standing.occupied_s, standing.faded_at or _NEVER
    ),
    "round_robin": lambda group, agent, standing: standing.offered_at or _NEVER,
    "highest_level": lambda group, agent, standing: -group.level(agent),
    "lowest_level": lambda group, agent, standing: group.level(agent),
    "most_capacity": lambda group, agent, standing: -standing.room[group.key[1]],
    "weighted": lambda group, agent, standing: order_key(
        standing.offers, standing.faded_at or _NEVER
    ),
}
"""``weighted``: offers by weight; the division by the weight is in the sum that fades."""
