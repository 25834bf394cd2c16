"""What exists in the simulated world: legs, phones, rooms, recordings. State and small rules on it,
no timers and no I/O."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contactcenter.channels.voice.steps import Role

LegState = Literal["offered", "ringing", "up", "ended"]
PhoneEvent = dict[str, object]
"""One line of a handset's event log: ``event`` and ``n`` always, the rest by kind."""

KEPT_PHONE_EVENTS = 5_000
AGENT_PREFIX = "agent:"

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_DIALLED = re.compile(r"\+?\d{2,15}")
_KEYS = re.compile(r"[0-9*#]{1,64}")


def is_number(text: str) -> bool:
    """Whether ``text`` is an E.164 number (ITU-T E.164: at most 15 digits)."""
    return bool(_E164.fullmatch(text))


def is_dialled(text: str) -> bool:
    """Whether a phone can dial ``text``: E.164, or a short or national number."""
    return bool(_DIALLED.fullmatch(text))


def is_keys(text: str) -> bool:
    """Whether ``text`` is a run of keys of a dial pad."""
    return bool(_KEYS.fullmatch(text))


@dataclass(slots=True, eq=False)
class Leg:
    """One party's connection. ``phone`` is set for a customer's leg, not for an agent's.

    ``parent`` marks the far end of a ``Dial``: it belongs to its parent and is not reported.
    """

    id: str
    direction: Literal["inbound", "outbound"]
    line: str
    from_: str
    to: str
    state: LegState
    phone: Phone | None = None
    seq: int = 0
    steps_op: str = ""
    origin: str = ""
    memo: str = ""
    room: Room | None = None
    role: Role = "customer"
    held: bool = False
    muted: bool = False
    prompt: str = ""
    recording: Recording | None = None
    parent: Leg | None = None
    child: Leg | None = None
    dial_op: str = ""
    dials_over: set[str] = field(default_factory=set)
    reported: set[str] = field(default_factory=set)

    @property
    def is_agent(self) -> bool:
        return self.to.startswith(AGENT_PREFIX)

    @property
    def is_up(self) -> bool:
        return self.state == "up"

    @property
    def party(self) -> str:
        """Who speaks here, as a handset names it."""
        return "agent" if self.is_agent or self.role != "customer" else "customer"


@dataclass(slots=True, eq=False)
class Room:
    """Where legs hear each other. It exists while a leg is in it. The room of a ``Dial`` is
    ``private``: the carrier made it, so the server is not told of it."""

    name: str
    private: bool = False
    legs: list[Leg] = field(default_factory=list)
    recording: Recording | None = None


@dataclass(slots=True, eq=False)
class Recording:
    """Captions with offsets in seconds; a pause leaves a gap, so that the timeline stays true."""

    id: str
    started_at: datetime
    paused: bool = False
    lines: list[dict[str, object]] = field(default_factory=list)

    def take(self, now: datetime, speaker: str, text: str) -> None:
        if not self.paused:
            offset = (now - self.started_at).total_seconds()
            self.lines.append({"at_s": offset, "speaker": speaker, "text": text})


@dataclass(slots=True, eq=False)
class Phone:
    """A customer's telephone: at most one call, and a numbered log of what it showed."""

    address: str
    leg: Leg | None = None
    connected: bool = False
    call_began_n: int = 0
    last_n: int = 0
    log: deque[PhoneEvent] = field(default_factory=lambda: deque(maxlen=KEPT_PHONE_EVENTS))
    watchers: list[Callable[[PhoneEvent], None]] = field(default_factory=list)

    def show(self, event: str, **values: object) -> None:
        """Append to the log and tell whoever holds this phone."""
        self.last_n += 1
        entry: PhoneEvent = {"event": event, "n": self.last_n, **values}
        self.log.append(entry)
        for watcher in tuple(self.watchers):
            watcher(entry)

    def begin(self, leg: Leg) -> None:
        """A call begins, in or out."""
        self.leg, self.connected, self.call_began_n = leg, False, self.last_n

    def after(self, n: int) -> list[PhoneEvent]:
        """The kept entries with a number above ``n``, oldest first."""
        return [entry for entry in self.log if int(str(entry["n"])) > n]


def hears(listener: Leg, speaker: Leg) -> bool:
    """Whether ``listener`` hears ``speaker`` in their common room.

    A monitor is never heard, a whisper only by agents, a barge by all.
    """
    if listener is speaker or listener.held or speaker.held or speaker.muted:
        return False
    if speaker.role == "monitor":
        return False
    return speaker.role != "whisper" or listener.role == "agent"
