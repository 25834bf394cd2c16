"""What the floor decided: effects, for the log and for whoever acts on them; decision records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from contactcenter.routing.model import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class OfReservation:
    """Common to what happens to a reservation."""

    reservation: UUID
    interaction: UUID
    agent: UUID
    queue: str
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered(OfReservation):
    """The agent is asked until ``expires_at``."""

    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(OfReservation):
    """The interaction is the agent's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(OfReservation):
    """The agent refused; the interaction is back in its place."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired(OfReservation):
    """Nobody answered the offer; the interaction is back in its place, the agent away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(OfReservation):
    """Taken back. ``reason``: customer_left, moved, agent_away, agent_offline, connection_lost,
    no_media (an accepted call that never got media; the interaction waits again)."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpStarted(OfReservation):
    """The exchange ended; the agent works on until ``until`` (None: no limit)."""

    mode: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedUp(OfReservation):
    """The agent's work is done. ``by``: ``agent``, ``limit`` or ``queue`` (no wrap-up there)."""

    disposition: str | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The interaction stands in another queue, with its place kept."""

    interaction: UUID
    queue: str
    from_: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dequeued:
    """Out of the queue without an agent. ``reason``: what ``Leave``/``Ended`` gave, ``abandoned``
    or ``wait_limit``."""

    interaction: UUID
    queue: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Nobody owes this interaction anything any more. ``reason``: handled, abandoned, ..."""

    interaction: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """What the agent's state shows is now this."""

    agent: UUID
    state: str
    reason: str | None
    since: datetime
    next_state: str | None


Effect = (
    Offered
    | Accepted
    | Rejected
    | Expired
    | Withdrawn
    | WrapUpStarted
    | WrappedUp
    | Moved
    | Dequeued
    | Closed
    | StateChanged
)


def kind_of(effect: Effect) -> str:
    """``WrapUpStarted`` is ``wrap_up_started``, as the log calls it."""
    return _name(type(effect))


def _name(kind: type) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


_BY_KIND: Mapping[str, type[Effect]] = {_name(one): one for one in Effect.__args__}


def to_data(effect: Effect) -> dict[str, Any]:
    """The fields as JSON-able data."""
    data: dict[str, Any] = msgspec.to_builtins(effect)
    return data


def from_data(kind: str, data: object) -> Effect:
    """The inverse of ``kind_of`` and ``to_data``."""
    return msgspec.convert(data, _BY_KIND[kind])


@dataclass(frozen=True, slots=True)
class Decision:
    """Why this agent got this interaction.

    ``cause``: ``interaction`` (it looked for an agent) or ``agent`` (who looked for work). ``key``:
    the values that decided. ``tie_break``: empty when no tie, else the key that broke it.
    ``refusals``: reason -> how many agents of the queue were refused for it.
    """

    interaction: UUID
    agent: UUID
    queue: str
    channel: Channel
    cause: str
    rule_version: int
    key: Mapping[str, Any]
    tie_break: str
    refusals: Mapping[str, int] = field(default_factory=dict)
