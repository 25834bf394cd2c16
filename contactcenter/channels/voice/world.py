"""The carrier-world protocol: what the simulated adapters say to the simulated world, and back.

Typed messages only; no behaviour and no I/O. The world itself lives outside of the product
(a stand-in); neither side imports the other, both import this module.

Commands carry an ``op_id``: the same kind of command with the same ``op_id`` acts once. ``ref``
pairs a reply with its command on one connection. Events carry a unique ``id``, the ``leg`` and a
``seq`` that grows per leg. The world keeps an event until it is acknowledged and repeats it to
the next connection, so an event may come twice, always under the same ``id``.

Input (``Digit``, ``Speech``) is not acknowledged one by one: ``Report`` hands the world the
outcome that the input led to; the world replaces the input by one ``Reported`` event, and that is
acknowledged once it is durable. So a crash at any instant neither loses a key nor takes it twice.

On a socket every message is one line of JSON (``world_port``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from contactcenter.channels.voice.steps import Role

PROTOCOL = 1
Kind = Literal["voice", "sms"]
OutcomeKind = Literal["done", "collected", "no_input"]


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="do"):
    """Asks the world for something. ``ref`` is set by the transport."""

    ref: int = 0
    op_id: str = ""


class Attach(Command, frozen=True, kw_only=True, tag="attach"):
    """This connection takes the events of ``kind`` for ``lines``; the latest one wins."""

    kind: Kind
    lines: tuple[str, ...]
    protocol: int = PROTOCOL


class Detach(Command, frozen=True, kw_only=True, tag="detach"):
    """This connection takes the events of ``kind`` no more; calls live on."""

    kind: Kind


class Ack(Command, frozen=True, kw_only=True, tag="ack"):
    """The events ``ids`` are durable (or need not be) and are never repeated. No reply."""

    ids: tuple[str, ...]


class Live(Command, frozen=True, kw_only=True, tag="live"):
    """Every leg that has not ended, as ``LegRow`` values."""


class Begin(Command, frozen=True, kw_only=True, tag="begin"):
    """``leg`` now runs the steps of ``op_id``."""

    leg: str


class Answer(Command, frozen=True, kw_only=True, tag="answer"):
    """Take an offered call. Value: true when the leg is up, false while the far end rings."""

    leg: str


class Speak(Command, frozen=True, kw_only=True, tag="speak"):
    """Speak ``text`` (or play ``media``) to the leg alone; ``PromptDone`` when it was heard."""

    leg: str
    prompt: str
    text: str = ""
    language: str = ""
    media: str = ""


class StopPrompts(Command, frozen=True, kw_only=True, tag="stop_prompts"):
    """Silence whatever is being spoken; no ``PromptDone`` follows."""

    leg: str


class Hangup(Command, frozen=True, kw_only=True, tag="hangup"):
    """End the leg."""

    leg: str
    cause: str = "normal"


class Reject(Command, frozen=True, kw_only=True, tag="reject"):
    """Refuse an offered leg. ``cause``: busy or rejected."""

    leg: str
    cause: str = "rejected"


class Originate(Command, frozen=True, kw_only=True, tag="originate"):
    """Start the leg ``leg`` to ``to``. ``memo`` comes back with ``Answered``, untouched."""

    leg: str
    to: str
    from_: str
    ring_timeout_s: float = 30.0
    memo: str = ""


class Dial(Command, frozen=True, kw_only=True, tag="dial"):
    """Connect the leg to ``target``; ``DialEnded`` with the same ``op_id`` when that is over.

    Sent again after the end (a restart), the reply's value is true: it is over already.
    """

    leg: str
    target: str
    ring_timeout_s: float = 30.0


class RoomJoin(Command, frozen=True, kw_only=True, tag="room_join"):
    """Put the leg into ``room`` (out of any other)."""

    leg: str
    room: str
    role: Role = "customer"


class RoomLeave(Command, frozen=True, kw_only=True, tag="room_leave"):
    """Take the leg out of its room, if it is in one."""

    leg: str


class Hold(Command, frozen=True, kw_only=True, tag="hold"):
    """A held leg neither hears its room nor is heard."""

    leg: str
    on: bool


class Mute(Command, frozen=True, kw_only=True, tag="mute"):
    """A muted leg is not heard."""

    leg: str
    on: bool


class Record(Command, frozen=True, kw_only=True, tag="record"):
    """Record ``room`` (``room:NAME``) or what one leg says (``leg:REFERENCE``)."""

    target: str
    action: Literal["start", "pause", "resume", "stop"]


class SpeakAs(Command, frozen=True, kw_only=True, tag="speak_as"):
    """Typed speech of the leg (an agent's) into its room."""

    leg: str
    text: str
    language: str = ""


class Report(Command, frozen=True, kw_only=True, tag="report"):
    """What the steps of ``steps_op`` came to. ``consumed`` input is replaced by one ``Reported``
    event under ``event_id``; a repetition changes nothing."""

    leg: str
    event_id: str
    outcome: OutcomeKind
    steps_op: str
    value: str = ""
    how: Literal["digits", "speech"] = "digits"
    consumed: tuple[str, ...] = ()


class Fetch(Command, frozen=True, kw_only=True, tag="fetch"):
    """The recording stored under ``media``, as JSON text."""

    media: str


class SmsSend(Command, frozen=True, kw_only=True, tag="sms_send"):
    """Hand over one text under ``key``; the same key is delivered once, for ever."""

    key: str
    from_: str
    to: str
    text: str


class SmsLookUp(Command, frozen=True, kw_only=True, tag="sms_look_up"):
    """What became of ``key``: a ``TextRow`` or null."""

    key: str


AnyCommand = (
    Attach
    | Detach
    | Ack
    | Live
    | Begin
    | Answer
    | Speak
    | StopPrompts
    | Hangup
    | Reject
    | Originate
    | Dial
    | RoomJoin
    | RoomLeave
    | Hold
    | Mute
    | Record
    | SpeakAs
    | Report
    | Fetch
    | SmsSend
    | SmsLookUp
)


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="is"):
    """Something happened in the world. ``leg`` is empty for texts; ``origin`` is the ``op_id`` of
    the ``Originate`` that started the leg, if we did."""

    id: str
    line: str
    at: datetime
    leg: str = ""
    seq: int = 0
    origin: str = ""


class Offered(Event, frozen=True, kw_only=True, tag="leg_offered"):
    from_: str
    to: str


class Ringing(Event, frozen=True, kw_only=True, tag="ringing"):
    """The far end of a leg we started rings."""


class Answered(Event, frozen=True, kw_only=True, tag="answered"):
    """The far end took the call; ``memo`` as given to ``Originate``."""

    memo: str = ""


class Ended(Event, frozen=True, kw_only=True, tag="ended"):
    cause: str


class PromptDone(Event, frozen=True, kw_only=True, tag="prompt_done"):
    prompt: str


class Digit(Event, frozen=True, kw_only=True, tag="digit"):
    digit: str


class Speech(Event, frozen=True, kw_only=True, tag="speech"):
    """The caller said something outside of any room."""

    text: str


class Reported(Event, frozen=True, kw_only=True, tag="reported"):
    outcome: OutcomeKind
    steps_op: str
    value: str = ""
    how: Literal["digits", "speech"] = "digits"


class DialEnded(Event, frozen=True, kw_only=True, tag="dial_ended"):
    op_id: str
    cause: str


class RoomJoined(Event, frozen=True, kw_only=True, tag="joined"):
    room: str


class RoomLeft(Event, frozen=True, kw_only=True, tag="left"):
    room: str
    reason: str


class HoldSet(Event, frozen=True, kw_only=True, tag="hold_changed"):
    on: bool


class MuteSet(Event, frozen=True, kw_only=True, tag="mute_changed"):
    on: bool


class Caption(Event, frozen=True, kw_only=True, tag="captioned"):
    """Speech of the leg that somebody in its room heard."""

    text: str
    language: str = ""


class Recorded(Event, frozen=True, kw_only=True, tag="recording_ready"):
    recording: str
    media: str
    seconds: float


class TextReceived(Event, frozen=True, kw_only=True, tag="sms_received"):
    from_: str
    text: str


class TextState(Event, frozen=True, kw_only=True, tag="sms_state"):
    key: str
    ref: str
    state: str
    code: str = ""


AnyEvent = (
    Offered
    | Ringing
    | Answered
    | Ended
    | PromptDone
    | Digit
    | Speech
    | Reported
    | DialEnded
    | RoomJoined
    | RoomLeft
    | HoldSet
    | MuteSet
    | Caption
    | Recorded
    | TextReceived
    | TextState
)


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="reply"):
    """Answers the command ``ref``: a ``value``, or a fault (``code`` not empty)."""

    ref: int
    value: object = None
    code: str = ""
    message: str = ""


class CaughtUp(msgspec.Struct, frozen=True, kw_only=True, tag_field="is", tag="caught_up"):
    """Every kept event of ``kind`` was repeated; from here on they are new. A changed
    ``world_id`` means another world: its predecessor's legs are gone."""

    kind: Kind
    world_id: str


class LegRow(msgspec.Struct, frozen=True, kw_only=True):
    """A leg that exists now (reply to ``Live``). ``op_id``: of the ``Originate`` of a leg that we
    started, else of the steps that the leg runs."""

    leg: str
    line: str
    from_: str
    to: str
    state: Literal["offered", "ringing", "up"]
    direction: Literal["inbound", "outbound"]
    room: str | None = None
    op_id: str = ""


class TextRow(msgspec.Struct, frozen=True, kw_only=True):
    """A text the world took (reply to ``SmsSend`` and ``SmsLookUp``)."""

    ref: str
    state: str
    code: str = ""
