"""The commands of the floor: what may be asked of it, as frozen values that travel as JSON.

Each is an inbox row (``commands.submit``); ``floor`` says what it means and refuses with the errors
of ``core.errors``: a lost race is ``Conflict`` with code ``superseded``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from contactcenter.core.errors import Invalid
from contactcenter.routing.model import Channel, Presence


@dataclass(frozen=True, slots=True)
class Enqueue:
    """An interaction enters a queue, or moves to this one keeping its place. Its ``queued`` event
    is appended by the caller in the same transaction. ``requires``: its own skills expression in
    the written form of ``core.rules``; ``priority`` in minutes, may be negative."""

    interaction: UUID
    queue: str
    channel: Channel
    customer: UUID
    requires: Any = None
    priority: int = 0
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assign:
    """The agent's own outbound interaction: theirs at once if capacity allows."""

    interaction: UUID
    agent: UUID
    channel: Channel
    customer: UUID
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Leave:
    """The interaction leaves its queue: the customer went (``close``), or a menu, voicemail or
    another flow goes on with it (``close`` off). A pending offer is withdrawn. If an agent has
    it already this is as ``Ended``."""

    interaction: UUID
    reason: str = "abandoned"
    close: bool = True


@dataclass(frozen=True, slots=True)
class Accept:
    """The agent takes the offer."""

    reservation: UUID
    agent: UUID


@dataclass(frozen=True, slots=True)
class Reject:
    """The agent refuses the offer."""

    reservation: UUID
    agent: UUID
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MediaUp:
    """Both sides of an accepted call are in one room."""

    interaction: UUID


@dataclass(frozen=True, slots=True)
class MediaFailed:
    """The agent's side of an accepted call could not be reached: at once what ``Queue.media_s``
    does later (the agent is away(no_media), the interaction back in its place)."""

    interaction: UUID


@dataclass(frozen=True, slots=True)
class Ended:
    """The exchange with the customer is over. Wherever the interaction stands: it leaves the queue,
    its offer is withdrawn, or its agent goes to wrap-up. ``reason`` is used when no agent had
    been heard."""

    interaction: UUID
    reason: str = "abandoned"


@dataclass(frozen=True, slots=True)
class Complete:
    """The agent's work is done, with its outcome. Text and mail end by it directly."""

    interaction: UUID
    agent: UUID
    disposition: str | None = None


@dataclass(frozen=True, slots=True)
class SetState:
    """The agent chooses a state; with work in hand it is taken once that ends. ``reason`` is
    required for away."""

    agent: UUID
    state: Presence
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """The agent's desk is there: offline becomes away(signed_in), away(connection_lost) what it
    was before; any other state stays."""

    agent: UUID


@dataclass(frozen=True, slots=True)
class SignOut:
    """The agent leaves: pending offers are withdrawn; work in hand stays until it ends."""

    agent: UUID


@dataclass(frozen=True, slots=True)
class LoseConnection:
    """The agent's desk is gone beyond the grace time: pending offers are withdrawn and the state
    becomes away(connection_lost)."""

    agent: UUID


@dataclass(frozen=True, slots=True)
class ChangeQueue:
    """A queue's configuration is now this (an older ``version`` is ignored)."""

    name: str
    version: int
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeAgent:
    """An agent's configuration is now this (an older ``version`` is ignored)."""

    agent: UUID
    version: int
    name: str
    config: Mapping[str, Any]
    site: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed: whatever is due by ``now``. Recorded so that a replay sees the same."""

    now: datetime


@dataclass(frozen=True, slots=True)
class Settle:
    """Match whatever can be matched; the first command after the floor was rebuilt."""


Command = (
    Enqueue
    | Assign
    | Leave
    | Accept
    | Reject
    | MediaUp
    | MediaFailed
    | Ended
    | Complete
    | SetState
    | SignIn
    | SignOut
    | LoseConnection
    | ChangeQueue
    | ChangeAgent
    | Tick
    | Settle
)


def kind_of(value: object) -> str:
    """``SetState`` is stored as ``set_state``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(value).__name__).lower()


_BY_KIND: Mapping[str, type[Command]] = {
    re.sub(r"(?<=[a-z])(?=[A-Z])", "_", one.__name__).lower(): one for one in Command.__args__
}


def to_data(command: Command) -> dict[str, Any]:
    """The fields as JSON-able data."""
    data: dict[str, Any] = msgspec.to_builtins(command)
    return data


def from_data(kind: str, data: object) -> Command:
    """The inverse of ``kind_of`` and ``to_data``. ``Invalid`` names what is wrong."""
    wanted = _BY_KIND.get(kind)
    if wanted is None:
        raise Invalid(f"the floor knows no command {kind}")
    try:
        return msgspec.convert(data, wanted)
    except msgspec.ValidationError as error:
        raise Invalid(f"command {kind}: {error}") from error
