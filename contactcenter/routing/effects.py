"""What the floor decided: effects, for the log and for whoever acts on them; decision records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from contactcenter.routing.model import Channel


class OfReservation(msgspec.Struct, frozen=True, kw_only=True):
    """Common to what happens to a reservation."""

    reservation: UUID
    interaction: UUID
    agent: UUID
    queue: str
    channel: Channel


class Offered(OfReservation, frozen=True, kw_only=True):
    """The agent is asked until ``expires_at``."""

    expires_at: datetime


class Accepted(OfReservation, frozen=True, kw_only=True):
    """The interaction is the agent's."""


class Rejected(OfReservation, frozen=True, kw_only=True):
    """The agent refused; the interaction is back in its place."""

    reason: str


class Expired(OfReservation, frozen=True, kw_only=True):
    """Nobody answered the offer; the interaction is back in its place, the agent away."""


class Withdrawn(OfReservation, frozen=True, kw_only=True):
    """Taken back. ``reason``: customer_left, moved, another_won, pulled, escalated, callback,
    agent_away, agent_offline, connection_lost, callback_failed, no_media (an accepted call that
    never got media; the interaction waits again)."""

    reason: str


class WrapUpStarted(OfReservation, frozen=True, kw_only=True):
    """The exchange ended; the agent works on until ``until`` (None: no limit)."""

    mode: str
    until: datetime | None


class WrappedUp(OfReservation, frozen=True, kw_only=True):
    """The agent's work is done. ``by``: ``agent``, ``limit`` or ``queue`` (no wrap-up there)."""

    disposition: str | None
    by: str


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """The interaction stands in another queue, with its place kept."""

    interaction: UUID
    queue: str
    from_: str


class Dequeued(msgspec.Struct, frozen=True, kw_only=True):
    """Out of the queue without an agent. ``reason``: what ``Leave``/``Ended`` gave or
    ``abandoned``; ``wait_limit``, ``queue_full``, ``queue_closed``, ``nobody``,
    ``callback_offered``, ``callback_failed``, ``refused_by_all``; or the ``leave`` of
    a rule (``voicemail``, ...)."""

    interaction: UUID
    queue: str
    reason: str


class Widened(msgspec.Struct, frozen=True, kw_only=True):
    """Agents of these queues are asked too, for this interaction alone."""

    interaction: UUID
    queue: str
    added: tuple[str, ...]


class Announced(msgspec.Struct, frozen=True, kw_only=True):
    """The customer who waits is to be told: their ``position`` (1: next), the wait as a band (s)
    when the estimate is sure enough, a ``prompt``, or that they may have a ``callback``."""

    interaction: UUID
    queue: str
    position: int | None = None
    low_s: int | None = None
    high_s: int | None = None
    prompt: str = ""
    callback: bool = False


class CallbackPlanned(msgspec.Struct, frozen=True, kw_only=True):
    """The customer need not stay on the line: ``due_at`` None means when the turn comes."""

    interaction: UUID
    queue: str
    due_at: datetime | None
    attempts: int


class CallbackDue(msgspec.Struct, frozen=True, kw_only=True):
    """The customer is to be called now; ``agent`` who waits on the line, when agents come first.
    To be answered by ``CallbackAnswered`` or ``CallbackFailed``."""

    interaction: UUID
    queue: str
    address: str
    attempt: int
    agent: UUID | None = None


class QueueClosed(msgspec.Struct, frozen=True, kw_only=True):
    """A supervisor closed the queue for newcomers, or opened it again (``closed`` off)."""

    queue: str
    closed: bool
    reason: str | None


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody owes this interaction anything any more. ``reason``: handled, abandoned, ..."""

    interaction: UUID
    reason: str


class StateChanged(msgspec.Struct, frozen=True, kw_only=True):
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
    | Widened
    | Announced
    | CallbackPlanned
    | CallbackDue
    | QueueClosed
    | Closed
    | StateChanged
)


def _name(kind: type) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


_BY_KIND: Mapping[str, type[Effect]] = {_name(one): one for one in Effect.__args__}
_KINDS: Mapping[type, str] = {one: name for name, one in _BY_KIND.items()}


def kind_of(effect: Effect) -> str:
    """``WrapUpStarted`` is ``wrap_up_started``, as the log calls it."""
    return _KINDS[type(effect)]


def to_data(effect: Effect) -> dict[str, Any]:
    """The fields as JSON-able data."""
    data: dict[str, Any] = msgspec.to_builtins(effect)
    return data


def from_data(kind: str, data: object) -> Effect:
    """The inverse of ``kind_of`` and ``to_data``."""
    return msgspec.convert(data, _BY_KIND[kind])


class Decision(msgspec.Struct, frozen=True):
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
    refusals: Mapping[str, int] = msgspec.field(default_factory=dict)
