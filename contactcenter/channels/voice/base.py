"""The voice port: legs, rooms, and what a carrier reports. No provider's type passes through here.

Every command carries an ``op_id`` and is idempotent: the same id twice acts once. A command for a
leg that has ended is a ``Conflict`` with code ``leg_gone``; an undeclared capability is
``Unsupported``; a carrier that does not answer is a ``TransportError``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from contactcenter.channels.voice.steps import Role, Step

Capability = Literal[
    "originate", "hold", "mute", "transfer", "record", "supervise", "captions", "agent_media"
]
Reached = Literal["", "ringing", "up"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceEvent:
    """What the carrier says of one leg.

    ``event_id`` is unique per provider and line and the same on every repetition; ``order`` ranks
    events of one leg (higher is later) where the carrier gives it, else None. ``origin`` is the
    ``op_id`` of the ``originate`` that started the leg, where we started it.
    """

    provider: str
    line: str
    event_id: str
    leg: str
    at: datetime
    order: int | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegOffered(VoiceEvent):
    """A call comes in on ``line``. ``from_`` is E.164 or raw ("anonymous")."""

    from_: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging(VoiceEvent):
    """A leg we started rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered(VoiceEvent):
    """A leg we started was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(VoiceEvent):
    """Final. ``cause``: normal, busy, no_answer, failed, cancelled, rejected, carrier_lost.

    ``reached``: how far the leg had come, where the carrier's last word tells; its reports of that
    may still be on their way.
    """

    cause: str
    reached: Reached = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone(VoiceEvent):
    """The running step list reached ``Next`` (or its ``Dial`` ended): what now?"""

    op_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected(VoiceEvent):
    """The customer's input to the ``Collect`` of ``op_id``."""

    op_id: str
    value: str
    how: Literal["digits", "speech"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoInput(VoiceEvent):
    """The ``Collect`` of ``op_id`` ran out of time with nothing."""

    op_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(VoiceEvent):
    """The leg is in ``room`` and hears it."""

    room: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(VoiceEvent):
    """The leg left ``room``. ``reason``: ended, taken_out, room_ended."""

    room: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldChanged(VoiceEvent):
    """The leg is on hold (``on``) or back."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteChanged(VoiceEvent):
    """The leg is muted (``on``) or heard again."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Captioned(VoiceEvent):
    """Speech of this leg as text, already filtered by mute and hold."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingReady(VoiceEvent):
    """A recording can be fetched under ``media``; ``seconds`` long."""

    recording: str
    media: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineResult(VoiceEvent):
    """Answering-machine detection finished: ``human``, ``machine`` or ``unknown``."""

    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked(VoiceEvent):
    """The far end asks to be transferred to ``target`` (SIP REFER)."""

    target: str


VoiceSink = Callable[[VoiceEvent], Awaitable[Sequence[Step] | None]]
"""The core's entry. Returns only after the event is durable. A result replaces what the leg does;
None leaves it as it is. The steps belong to op_id ``event.event_id``."""


@dataclass(frozen=True, slots=True)
class LiveLeg:
    """A leg that exists on the carrier now, for reconciliation after a restart."""

    leg: str
    line: str
    from_: str
    to: str
    state: Literal["offered", "ringing", "up"]
    direction: Literal["inbound", "outbound"]
    room: str | None = None
    op_id: str = ""


@dataclass(frozen=True, slots=True)
class AgentMedia:
    """How an agent's browser gets audio: ``captions``, ``twilio`` or ``frames``, and its token."""

    kind: str
    token: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier try of an ``originate`` by somebody whose memory of it is lost: a process that
    was killed. It began ``since``; ``others`` are legs known to belong to other commands."""

    since: datetime
    others: frozenset[str] = frozenset()


class Legs(Protocol):
    """Start, instruct and end legs."""

    async def originate(
        self,
        op_id: str,
        *,
        to: str,
        from_: str,
        steps: Sequence[Step],
        ring_timeout_s: float = 30.0,
        machine_detection: bool = False,
        earlier: Earlier | None = None,
    ) -> str:
        """Start a leg to ``to`` (an address, or ``agent:<uuid>``) and return its reference.

        ``steps`` run when it answers. The same ``op_id`` returns the same leg. With ``earlier``
        a carrier that does not keep our ``op_id`` looks for that try's leg before it starts one;
        while it can not tell, ``TransportError(unknown=True)``.
        """
        ...

    async def run(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        """Replace what the leg does."""
        ...

    async def hangup(self, op_id: str, leg: str, cause: str = "normal") -> None: ...

    async def transfer(self, op_id: str, leg: str, target: str) -> None: ...

    async def live(self) -> Sequence[LiveLeg]:
        """Every leg of this carrier account that has not ended. Where events are pushed, those
        from before the answer are durable when it returns."""
        ...


class Rooms(Protocol):
    """Where legs hear each other. A room exists while a leg is in it."""

    async def join(self, op_id: str, leg: str, room: str, role: Role) -> None: ...

    async def leave(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        """Take the leg out and run ``steps`` on it."""
        ...

    async def hold(self, op_id: str, leg: str, on: bool) -> None: ...

    async def mute(self, op_id: str, leg: str, on: bool) -> None: ...


class Recording(Protocol):
    """Room recording; a pause leaves silence so that the timeline stays true."""

    async def record(
        self, op_id: str, room: str, action: Literal["start", "pause", "resume", "stop"]
    ) -> None: ...


class AgentSide(Protocol):
    """What an agent's desk needs of the carrier."""

    async def agent_media(self, agent: str) -> AgentMedia: ...

    async def speak(self, op_id: str, leg: str, text: str, language: str = "") -> None:
        """Typed speech into the leg's room (capability ``captions``)."""
        ...


class VoiceAdapter(Protocol):
    """One configured carrier account."""

    @property
    def provider(self) -> str: ...

    @property
    def lines(self) -> Sequence[str]: ...

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    @property
    def legs(self) -> Legs: ...

    @property
    def rooms(self) -> Rooms: ...

    @property
    def recording(self) -> Recording: ...

    @property
    def agent_side(self) -> AgentSide: ...

    async def start(self, sink: VoiceSink, carrier: Callable[[bool], Awaitable[None]]) -> None:
        """Begin to deliver events to ``sink``. ``carrier(up)`` is called when the carrier's
        connection comes up (then reconcile with ``legs.live()``) or goes down."""
        ...

    async def stop(self) -> None:
        """Stop delivering. Calls on the carrier live on."""
        ...


@dataclass(frozen=True, slots=True)
class NoRecording:
    """Stands where a carrier can not record."""

    provider: str
    reason: str = field(default="this carrier does not declare the capability record")

    async def record(
        self, op_id: str, room: str, action: Literal["start", "pause", "resume", "stop"]
    ) -> None:
        from contactcenter.core.errors import Unsupported

        raise Unsupported(f"{self.provider}: {self.reason}")
