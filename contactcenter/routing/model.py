"""Queues, agents, what waits, reservations: values and their rules, no input or output.

Priorities of interactions are minutes: an interaction that waited ``w`` minutes at priority ``p``
scores ``w + p``, whichever queue it stands in. Durations are whole seconds (``_s``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from contactcenter.core.rules import ALWAYS, Rule

Channel = Literal["voice", "sms", "email"]
CHANNELS: tuple[Channel, ...] = ("voice", "sms", "email")
Presence = Literal["offline", "available", "away"]
AgentStateName = Literal["offline", "available", "reserved", "busy", "wrap_up", "away"]
ReservationState = Literal[
    "pending", "accepted", "wrapping", "completed", "rejected", "expired", "withdrawn"
]
LIVE: frozenset[str] = frozenset({"pending", "accepted", "wrapping"})
"""States in which a reservation takes a place of the agent's capacity."""
WaitingState = Literal["waiting", "offered", "assigned"]
WrapUpMode = Literal["none", "optional", "mandatory", "mandatory_limit", "fixed"]
WRAP_UP_MODES: tuple[WrapUpMode, ...] = (
    "none",
    "optional",
    "mandatory",
    "mandatory_limit",
    "fixed",
)
"""``optional`` may be ended without a disposition; ``mandatory`` has no limit; ``mandatory_limit``
ends by itself; ``fixed`` ends only at its limit, whatever the agent does."""

MAY_JOIN: Mapping[Channel, frozenset[Channel]] = {
    "voice": frozenset({"sms", "email"}),
    "sms": frozenset({"sms", "email"}),
    "email": frozenset({"sms", "email"}),
}
"""What an agent may hold while offered this channel: a call interrupts writing, never the reverse,
and a call excludes a second call."""

WRAP_UP_TIMEOUT = "wrap_up_timeout"
"""The disposition filled in when the limit of a wrap-up passes."""


@dataclass(frozen=True, slots=True)
class Queue:
    """How one queue treats what waits in it.

    ``offer_s``: how long an offer stands. ``exclude_s``: how long an agent who refused or missed an
    interaction is not offered it again. ``media_s``: how long an accepted call may be without
    media before it returns. ``max_wait_s``: the longest wait before it is taken out (None: none).
    ``target_s``/``target_percent``: the service level aimed at.
    """

    name: str
    requires: Rule = ALWAYS
    offer_s: Mapping[str, int] = field(
        default_factory=lambda: {"voice": 20, "sms": 60, "email": 120}
    )
    wrap_up: WrapUpMode = "mandatory_limit"
    wrap_up_s: int = 60
    exclude_s: int = 60
    media_s: int = 30
    max_wait_s: int | None = None
    target_s: int = 20
    target_percent: int = 80
    priority: int = 0
    version: int = 1


@dataclass(frozen=True, slots=True)
class Skill:
    """A level 1-5; ``active`` off keeps the level and takes the skill out of matching."""

    level: int
    active: bool = True


@dataclass(frozen=True, slots=True)
class Membership:
    """An agent's place in a queue: higher ``priority`` is served first; ``delay_s`` is how long an
    interaction must have waited before this agent is asked."""

    priority: int = 0
    delay_s: int = 0


@dataclass(frozen=True, slots=True)
class Agent:
    """What is configured of an agent; ``id`` is the account's."""

    id: UUID
    name: str
    skills: Mapping[str, Skill] = field(default_factory=dict)
    queues: Mapping[str, Membership] = field(default_factory=dict)
    capacity: Mapping[str, int] = field(default_factory=lambda: {"voice": 1, "sms": 3, "email": 5})
    site: str = ""
    version: int = 1

    def levels(self) -> dict[str, int]:
        """Skill -> level, of those switched on."""
        return {name: skill.level for name, skill in self.skills.items() if skill.active}


@dataclass(frozen=True, slots=True)
class AgentState:
    """Where an agent stands.

    ``presence`` is what the agent chose or fell into; ``state`` what is shown, following from
    presence and load. ``next_state`` is taken once the load is gone. ``idle_since`` is the end of
    the last interaction (or the sign-in). ``resume`` is the presence before a lost connection.
    """

    agent: UUID
    presence: Presence = "offline"
    presence_reason: str | None = None
    state: AgentStateName = "offline"
    reason: str | None = None
    since: datetime | None = None
    idle_since: datetime | None = None
    next_state: str | None = None
    next_reason: str | None = None
    resume: tuple[str, str | None] | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An interaction on the floor, from entering a queue until no agent owes it anything.

    ``state``: ``waiting``, ``offered`` or ``assigned``; the place (``entered_first``) is kept, so
    one that returns stands where it stood. ``requires`` is its own skills expression as data (None:
    the queue's alone). ``excluded``: agent -> until when. ``offers`` counts them.
    """

    interaction: UUID
    channel: Channel
    queue: str
    customer: UUID
    requires: Any
    priority: int
    entered_first: datetime
    entered_queue: datetime
    attributes: Mapping[str, Any] = field(default_factory=dict)
    excluded: Mapping[str, datetime] = field(default_factory=dict)
    offers: int = 0
    state: WaitingState = "waiting"

    def excludes(self, agent: UUID, now: datetime) -> bool:
        """Whether this agent is not to be asked now."""
        if not self.excluded:
            return False
        until = self.excluded.get(str(agent))
        return until is not None and until > now

    def waited(self, now: datetime) -> timedelta:
        """Since the first entry into any queue."""
        return now - self.entered_first


@dataclass(frozen=True, slots=True)
class Reservation:
    """An interaction held for one agent. ``due_at`` is the deadline of its present state."""

    id: UUID
    interaction: UUID
    agent: UUID
    queue: str
    channel: Channel
    state: ReservationState
    offered_at: datetime
    expires_at: datetime
    due_at: datetime | None = None
    accepted_at: datetime | None = None
    media_at: datetime | None = None
    wrapping_at: datetime | None = None
    ended_at: datetime | None = None
    wrap_up: WrapUpMode = "none"
    disposition: str | None = None
    reason: str | None = None
