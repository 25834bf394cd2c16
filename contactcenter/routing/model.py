"""Queues, agents, what waits, reservations: values and their rules, no input or output.

Priorities of interactions are minutes: an interaction that waited ``w`` minutes at priority ``p``
scores ``w + p``, whichever queue it stands in. Durations are whole seconds (``_s``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from contactcenter.core.rules import ALWAYS, Rule
from contactcenter.routing.policies import (
    AgentOrder,
    Announcements,
    Blending,
    CallbackPolicy,
    CallerOrder,
    Consequence,
    Limits,
    Overflow,
    SomeSeconds,
    Sticky,
    Widening,
)

Channel = Literal["voice", "sms", "email"]
CHANNELS: tuple[Channel, ...] = ("voice", "sms", "email")
Presence = Literal["offline", "available", "away"]
AgentStateName = Literal["offline", "available", "reserved", "busy", "wrap_up", "away"]
ReservationState = Literal[
    "pending", "accepted", "wrapping", "completed", "rejected", "expired", "withdrawn"
]
LIVE: frozenset[str] = frozenset({"pending", "accepted", "wrapping"})
"""States in which a reservation takes a place of the agent's capacity."""
WaitingState = Literal["waiting", "offered", "assigned", "calling", "later"]
"""``calling``: the customer of a callback is being called. ``later``: a callback's time has not
come."""
Direction = Literal["inbound", "outbound", "callback"]
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

INTERRUPTS: Mapping[str, tuple[str, ...]] = {
    "voice": ("sms", "email"),
    "sms": ("sms", "email"),
    "email": ("sms", "email"),
}
"""What an agent may hold while offered this channel, unless configured otherwise: a call interrupts
writing, never the reverse, and a call excludes a second call."""

NOTHING: Mapping[str, Any] = {}
"""The mapping that a hundred thousand waiting interactions share; nobody writes into it."""

WRAP_UP_TIMEOUT = "wrap_up_timeout"
"""The disposition filled in when the limit of a wrap-up passes."""


class Queue(msgspec.Struct, frozen=True):
    """How one queue treats what waits in it.

    ``offer_s``: how long an offer stands. ``offer_to``: how many agents are asked at once.
    ``max_offers``: after so many, ``escalate`` is done. ``exclude_s``: how long an agent who
    refused or missed an interaction is not offered it again. ``media_s``: how long an accepted
    call may be without media before it returns. ``max_wait_s``: the longest wait before it is taken
    out (None: none). ``anyone_after_s``: from then on any agent of the
    queue, whatever their skills. ``hours``: written form of ``routing.hours`` (None: always open).
    ``target_s``/``target_percent``: the service level aimed at.
    """

    name: str
    requires: Rule = ALWAYS
    caller_order: CallerOrder = "score"
    agent_order: tuple[AgentOrder, ...] = ("longest_idle",)
    offer_s: Mapping[str, int] = msgspec.field(
        default_factory=lambda: {"voice": 20, "sms": 60, "email": 120}
    )
    offer_to: int = 1
    max_offers: int | None = None
    escalate: Consequence | None = None
    wrap_up: WrapUpMode = "mandatory_limit"
    wrap_up_s: int = 60
    exclude_s: int = 60
    media_s: int = 30
    max_wait_s: int | None = None
    rings: tuple[Widening, ...] = ()
    anyone_after_s: int | None = None
    overflow: tuple[Overflow, ...] = ()
    limits: Limits = Limits()
    hours: Mapping[str, Any] | None = None
    announcements: Announcements | None = None
    callback: CallbackPolicy = CallbackPolicy()
    sticky: Sticky | None = None
    blending: Blending | None = None
    target_s: int = 20
    target_percent: int = 80
    priority: int = 0
    version: int = 1


class Skill(msgspec.Struct, frozen=True):
    """A level 1-5; ``active`` off keeps the level and takes the skill out of matching."""

    level: int
    active: bool = True


class Membership(msgspec.Struct, frozen=True):
    """An agent's place in a queue: higher ``priority`` is served first; ``delay_s`` is how long an
    interaction must have waited before this agent is asked."""

    priority: int = 0
    delay_s: int = 0


class Shared(msgspec.Struct, frozen=True):
    """Channels that share one capacity: together at most ``most``."""

    channels: tuple[Channel, ...]
    most: int


class Agent(msgspec.Struct, frozen=True):
    """What is configured of an agent; ``id`` is the account's.

    ``capacity``: how many of each channel; ``shared``: at most so many of several together.
    ``interrupts``: offered this channel, the agent may hold these. ``idle_clock``: idle since the
    last interaction (``any``) or since the last inbound one. ``weight``: the share of offers under
    the order ``weighted``. ``attributes``: what skills expressions may ask for as ``agent.NAME``;
    ``site`` is asked for as ``agent.site``.
    """

    id: UUID
    name: str
    skills: Mapping[str, Skill] = msgspec.field(default_factory=dict)
    queues: Mapping[str, Membership] = msgspec.field(default_factory=dict)
    capacity: Mapping[str, int] = msgspec.field(
        default_factory=lambda: {"voice": 1, "sms": 3, "email": 5}
    )
    shared: tuple[Shared, ...] = ()
    interrupts: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=lambda: INTERRUPTS)
    idle_clock: Literal["any", "inbound"] = "any"
    weight: int = 1
    site: str = ""
    attributes: Mapping[str, Any] = msgspec.field(default_factory=lambda: NOTHING)
    version: int = 1

    def facts(self) -> Mapping[str, object]:
        """Attributes and site as the facts of rules."""
        if not self.attributes and not self.site:
            return NOTHING
        return {f"agent.{name}": one for name, one in self.attributes.items()} | {
            "agent.site": self.site
        }

    def levels(self) -> dict[str, int]:
        """Skill -> level, of those switched on."""
        return {name: skill.level for name, skill in self.skills.items() if skill.active}


class AgentState(msgspec.Struct, frozen=True):
    """Where an agent stands.

    ``presence`` is what the agent chose or fell into; ``state`` what is shown, following from
    presence and load. ``next_state`` is taken once the load is gone. ``idle_since`` is the end of
    the last interaction (or the sign-in). ``resume`` is the presence before a lost connection.
    ``occupied_s`` and ``offers`` are sums that fade (``routing.fading``), as of ``faded_at``;
    ``offered_at`` is the last offer's time.
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
    occupied_s: float = 0.0
    offers: float = 0.0
    faded_at: datetime | None = None
    offered_at: datetime | None = None


class QueueState(msgspec.Struct, frozen=True):
    """How a queue goes, besides what waits in it: whether a supervisor closed it, and fading sums
    (``routing.fading``) as of ``faded_at``: answered in target, answered or abandoned late,
    handled, their seconds and the squares of these, abandoned, seconds waited by all who left.
    ``look_at``: when its measures are looked at next. ``recent``: the newest interactions handled,
    oldest first, each when it ended (s since 1970) and how long it took (s): what the wait estimate
    is made of."""

    name: str
    closed: bool = False
    closed_reason: str | None = None
    in_target: float = 0.0
    counted: float = 0.0
    handled: float = 0.0
    handle_s: float = 0.0
    handle_s2: float = 0.0
    abandoned: float = 0.0
    waited_s: float = 0.0
    faded_at: datetime | None = None
    look_at: datetime | None = None
    recent: tuple[tuple[float, float], ...] = ()


class Step(msgspec.Struct, frozen=True):
    """A routing step: for ``for_s`` of waiting the interaction requires this (None: nothing of its
    own); then comes the next step, at last the interaction's own ``requires``."""

    requires: Any
    for_s: SomeSeconds


class Callback(msgspec.Struct, frozen=True):
    """The customer is called back on ``address``, the customer or an agent first. ``due_at``: when
    it may be tried next, or, while calling, by when that must have led somewhere. ``attempts``
    made; ``reached``: the customer is on the line. ``agent``: for whom the customer is being
    called, while that is so; no second customer is called for the same agent."""

    address: str
    first: Literal["customer", "agent"] = "customer"
    due_at: datetime | None = None
    attempts: int = 0
    reached: bool = False
    agent: UUID | None = None


class Waiting(msgspec.Struct, frozen=True):
    """An interaction on the floor, from entering a queue until no agent owes it anything.

    The place (``entered_first``) is kept, so one that returns stands where it stood; ``age_s``
    moves the place without changing the wait told. ``requires`` is its own skills expression as
    data (None: the queue's alone), ``steps`` what it requires before that. ``preferred`` agents
    have it to themselves until ``preferred_until``. ``excluded``: agent -> until when. ``offers``
    counts them. ``added``: queues whose agents an overflow rule added; ``fired``: the places of
    the rules that were carried out in this queue. ``told_at``, ``told``: the last announcement and
    how many there were. How far the circle was widened when it was last looked at: ``ring``,
    ``anyone``, ``step`` and whether it is
    ``held`` for the preferred (``routing.circles``); kept, so that a floor rebuilt goes on alike.
    """

    interaction: UUID
    channel: Channel
    queue: str
    customer: UUID
    requires: Any
    priority: int
    entered_first: datetime
    entered_queue: datetime
    attributes: Mapping[str, Any] = msgspec.field(default_factory=lambda: NOTHING)
    excluded: Mapping[str, datetime] = msgspec.field(default_factory=lambda: NOTHING)
    offers: int = 0
    state: WaitingState = "waiting"
    direction: Direction = "inbound"
    steps: tuple[Step, ...] = ()
    preferred: tuple[UUID, ...] = ()
    preferred_until: datetime | None = None
    age_s: int = 0
    added: tuple[str, ...] = ()
    fired: tuple[int, ...] = ()
    told_at: datetime | None = None
    told: int = 0
    callback: Callback | None = None
    ring: int = 0
    anyone: bool = False
    step: int = 0
    held: bool = False

    def excludes(self, agent: UUID, now: datetime) -> bool:
        """Whether this agent is not to be asked now."""
        if not self.excluded:
            return False
        until = self.excluded.get(str(agent))
        return until is not None and until > now

    def is_away(self) -> bool:
        """Whether the customer need not be on the line: a callback that has not reached them."""
        return self.callback is not None and not self.callback.reached

    def is_to_be_called(self) -> bool:
        """Whether the customer is called before any agent is asked."""
        callback = self.callback
        return callback is not None and not callback.reached and callback.first == "customer"

    def waited(self, now: datetime) -> timedelta:
        """Since the first entry into any queue."""
        return now - self.entered_first

    def age_from(self) -> datetime:
        """The moment from which its place is reckoned."""
        return (
            self.entered_first - timedelta(seconds=self.age_s)
            if self.age_s
            else (self.entered_first)
        )


class Reservation(msgspec.Struct, frozen=True):
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
    direction: Direction = "inbound"
