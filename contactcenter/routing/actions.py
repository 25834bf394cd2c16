"""The commands of the floor: what may be asked of it, as frozen values that travel as JSON.

Each is an inbox row (``commands.submit``); ``floor`` says what it means and refuses with the errors
of ``core.errors``: a lost race is ``Conflict`` with code ``superseded``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from contactcenter.core.errors import Invalid
from contactcenter.routing.model import Channel, Direction, Presence, Step
from contactcenter.routing.policies import LONGEST_S, Seconds

Minutes = Annotated[int, msgspec.Meta(ge=-100_000, le=100_000)]
Age = Annotated[int, msgspec.Meta(ge=-LONGEST_S, le=LONGEST_S)]


class Enqueue(msgspec.Struct, frozen=True, omit_defaults=True):
    """An interaction enters a queue, or moves to this one keeping its place. Its ``queued`` event
    is appended by the caller in the same transaction. ``requires``: its own skills expression in
    the written form of ``core.rules``; ``steps`` what it requires before that; ``priority`` in
    minutes, may be negative; ``age_s`` moves its place without changing the wait. ``preferred``
    agents have it to themselves for ``hold_s``. A ``manual`` entry or move meets no limits
    of the queue."""

    interaction: UUID
    queue: str
    channel: Channel
    customer: UUID
    requires: Any = None
    priority: Minutes = 0
    attributes: Mapping[str, Any] = msgspec.field(default_factory=dict)
    direction: Direction = "inbound"
    steps: tuple[Step, ...] = ()
    preferred: tuple[UUID, ...] = ()
    hold_s: Seconds = 0
    age_s: Age = 0
    manual: bool = False

    def requirements(self) -> Iterator[Any]:
        """Its own skills expressions as data, the one it ends with first."""
        yield self.requires
        for step in self.steps:
            yield step.requires


class Assign(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent's own outbound interaction: theirs at once if capacity allows."""

    interaction: UUID
    agent: UUID
    channel: Channel
    customer: UUID
    queue: str = ""


class Leave(msgspec.Struct, frozen=True, omit_defaults=True):
    """The interaction leaves its queue: the customer went (``close``), or a menu, voicemail or
    another flow goes on with it (``close`` off). A pending offer is withdrawn. If an agent has
    it already this is as ``Ended``."""

    interaction: UUID
    reason: str = "abandoned"
    close: bool = True


class Accept(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent takes the offer."""

    reservation: UUID
    agent: UUID


class Reject(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent refuses the offer."""

    reservation: UUID
    agent: UUID
    reason: str = ""


class MediaUp(msgspec.Struct, frozen=True, omit_defaults=True):
    """Both sides of an accepted call are in one room."""

    interaction: UUID


class MediaFailed(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent's side of an accepted call could not be reached: at once what ``Queue.media_s``
    does later (the agent is away(no_media), the interaction back in its place)."""

    interaction: UUID


class Ended(msgspec.Struct, frozen=True, omit_defaults=True):
    """The exchange with the customer is over. Wherever the interaction stands: it leaves the queue,
    its offer is withdrawn, or its agent goes to wrap-up. ``reason`` is used when no agent had
    been heard."""

    interaction: UUID
    reason: str = "abandoned"


class Complete(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent's work is done, with its outcome. Text and mail end by it directly."""

    interaction: UUID
    agent: UUID
    disposition: str | None = None


class SetState(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent chooses a state; with work in hand it is taken once that ends. ``reason`` is
    required for away."""

    agent: UUID
    state: Presence
    reason: str | None = None


class SignIn(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent's desk is there: offline becomes away(signed_in), away(connection_lost) what it
    was before; any other state stays."""

    agent: UUID


class SignOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent leaves: pending offers are withdrawn; work in hand stays until it ends."""

    agent: UUID


class LoseConnection(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent's desk is gone beyond the grace time: pending offers are withdrawn and the state
    becomes away(connection_lost)."""

    agent: UUID


class ChangeQueue(msgspec.Struct, frozen=True, omit_defaults=True):
    """A queue's configuration is now this (an older ``version`` is ignored)."""

    name: str
    version: int
    config: Mapping[str, Any]


class ChangeAgent(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent's configuration is now this (an older ``version`` is ignored)."""

    agent: UUID
    version: int
    name: str
    config: Mapping[str, Any]
    site: str = ""


class RemoveQueue(msgspec.Struct, frozen=True, omit_defaults=True):
    """The queue is no more; what waits in it moves to ``move_to`` (None: nothing may). ``version``:
    of its configuration as it was looked at; a later one is not removed."""

    name: str
    version: int
    move_to: str | None = None


class RemoveAgent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody is no agent any more; ``version`` as for ``RemoveQueue``."""

    agent: UUID
    version: int


class Pull(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent takes an interaction that waits, out of turn: theirs at once if capacity allows."""

    interaction: UUID
    agent: UUID


class ExtendWrapUp(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent asks for more time for a wrap-up that has a limit."""

    interaction: UUID
    agent: UUID
    seconds: int


class CloseQueue(msgspec.Struct, frozen=True, omit_defaults=True):
    """A supervisor closes the queue for newcomers, or opens it again (``closed`` off)."""

    queue: str
    closed: bool = True
    reason: str | None = None


class AskCallback(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer who waits would rather be called, on ``address``, keeping the place; at an
    agreed time if ``at`` is given. ``first``: whom first (None: as the queue says)."""

    interaction: UUID
    address: str
    first: Literal["customer", "agent"] | None = None
    at: datetime | None = None


class CallbackAnswered(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer called back is on the line."""

    interaction: UUID


class CallbackFailed(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer called back was not reached."""

    interaction: UUID
    reason: str = "no_answer"


class Tick(msgspec.Struct, frozen=True, omit_defaults=True):
    """Time passed: whatever is due by ``now``. Recorded so that a replay sees the same."""

    now: datetime


class Settle(msgspec.Struct, frozen=True, omit_defaults=True):
    """Match whatever can be matched; the first command after the floor was rebuilt. ``rules``: by
    which of the floor's rules (``floor_rules``) decisions are made from here on."""

    rules: int | None = None


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
    | RemoveQueue
    | RemoveAgent
    | Pull
    | ExtendWrapUp
    | CloseQueue
    | AskCallback
    | CallbackAnswered
    | CallbackFailed
    | Tick
    | Settle
)


def _name(kind: type) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


_BY_KIND: Mapping[str, type[Command]] = {_name(one): one for one in Command.__args__}
_KINDS: Mapping[type, str] = {one: name for name, one in _BY_KIND.items()}


def kind_of(command: Command) -> str:
    """``SetState`` is stored as ``set_state``."""
    return _KINDS[type(command)]


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
