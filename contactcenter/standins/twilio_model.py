"""The Twilio stand-in's things: calls, conferences, messages, recordings, queues, as Twilio shows
them in JSON. Values and their reading only; what happens to them is in the other modules."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

VERSION = "2010-04-01"
FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


def new_sid(prefix: str) -> str:
    """A random identifier of Twilio's form: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def stamp(at: datetime | None) -> str | None:
    """RFC 2822 with a numeric zone, as Twilio writes all times."""
    return format_datetime(at.astimezone(UTC).replace(microsecond=0)) if at else None


@dataclass(slots=True)
class Hooks:
    """Where reports of one thing go, and which."""

    url: str = ""
    events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Heard:
    """Something a caller heard: kind ``say``, ``play``, ``music``, ``beep`` or ``voice``."""

    kind: str
    text: str
    language: str = ""


@dataclass(slots=True, eq=False)
class Call:
    """One party's call. ``inputs`` holds (``digits``, key) and (``speech``, text)."""

    account: str
    from_: str
    to: str
    direction: str
    created: datetime
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "queued"
    parent: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    lasted: int = 0
    answered_by: str | None = None
    status_hooks: Hooks = field(default_factory=Hooks)
    reports: int = 0
    heard: list[Heard] = field(default_factory=list)
    inputs: asyncio.Queue[tuple[str, str]] = field(default_factory=asyncio.Queue)
    picked: asyncio.Event = field(default_factory=asyncio.Event)
    peer: Call | None = None
    task: asyncio.Task[None] | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def live(self) -> bool:
        return self.status not in FINAL

    def as_json(self) -> dict[str, Any]:
        uri = f"/{VERSION}/Accounts/{self.account}/Calls/{self.sid}.json"
        return {
            "sid": self.sid, "account_sid": self.account, "parent_call_sid": self.parent,
            "to": self.to, "to_formatted": self.to,
            "from": self.from_, "from_formatted": self.from_,
            "phone_number_sid": "", "status": self.status, "start_time": stamp(self.started),
            "end_time": stamp(self.ended), "duration": str(self.lasted) if self.ended else None,
            "price": None, "price_unit": "USD", "direction": self.direction,
            "answered_by": self.answered_by, "api_version": VERSION, "forwarded_from": None,
            "group_sid": None, "caller_name": None, "queue_time": "0", "trunk_sid": None,
            "date_created": stamp(self.created), "date_updated": stamp(self.ended or self.created),
            "uri": uri,
            "subresource_uris": {"recordings": uri.replace(".json", "/Recordings.json")},
        }  # fmt: skip


@dataclass(slots=True, eq=False)
class Participant:
    """A call inside a conference. ``gone`` is set with the reason when it leaves."""

    call: Call
    label: str | None
    muted: bool
    starts: bool
    ends: bool
    coach: str | None = None
    hold: bool = False
    reason: str = ""
    gone: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True, eq=False)
class Conference:
    """A room. Its reports go where its first participant said; later wishes are ignored."""

    account: str
    name: str
    created: datetime
    hooks: Hooks
    sid: str = field(default_factory=lambda: new_sid("CF"))
    status: str = "init"
    reports: int = 0
    inside: dict[str, Participant] = field(default_factory=dict)
    ended_by: str = ""

    def as_json(self) -> dict[str, Any]:
        uri = f"/{VERSION}/Accounts/{self.account}/Conferences/{self.sid}.json"
        return {
            "sid": self.sid, "account_sid": self.account, "friendly_name": self.name,
            "status": self.status, "region": "us1", "api_version": VERSION,
            "date_created": stamp(self.created), "date_updated": stamp(self.created),
            "reason_conference_ended": self.ended_by or None, "call_sid_ending_conference": None,
            "uri": uri, "subresource_uris": {},
        }  # fmt: skip

    def participant_json(self, one: Participant) -> dict[str, Any]:
        return {
            "account_sid": self.account, "call_sid": one.call.sid, "conference_sid": self.sid,
            "label": one.label, "muted": one.muted, "hold": one.hold,
            "coaching": one.coach is not None, "call_sid_to_coach": one.coach,
            "start_conference_on_enter": one.starts, "end_conference_on_exit": one.ends,
            "status": "connected", "queue_time": "0",
            "date_created": stamp(self.created), "date_updated": stamp(self.created),
            "uri": f"/{VERSION}/Accounts/{self.account}/Conferences/{self.sid}"
                   f"/Participants/{one.call.sid}.json",
        }  # fmt: skip


@dataclass(slots=True, eq=False)
class Message:
    """One text, either way."""

    account: str
    from_: str
    to: str
    body: str
    direction: str
    created: datetime
    sid: str = field(default_factory=lambda: new_sid("SM"))
    status: str = "queued"
    error: str = ""
    hook: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "sid": self.sid, "account_sid": self.account, "from": self.from_, "to": self.to,
            "body": self.body, "direction": self.direction, "status": self.status,
            "error_code": int(self.error) if self.error else None, "error_message": None,
            "num_segments": "1", "num_media": "0", "price": None, "price_unit": "USD",
            "messaging_service_sid": None, "api_version": VERSION,
            "date_created": stamp(self.created), "date_updated": stamp(self.created),
            "date_sent": None if self.status == "queued" else stamp(self.created),
            "uri": f"/{VERSION}/Accounts/{self.account}/Messages/{self.sid}.json",
            "subresource_uris": {},
        }  # fmt: skip


@dataclass(slots=True, eq=False)
class Recording:
    """What was recorded of a call. ``silent_s`` counts pauses filled with silence."""

    account: str
    call: str
    created: datetime
    source: str
    channels: int = 1
    hook: str = ""
    sid: str = field(default_factory=lambda: new_sid("RE"))
    status: str = "in-progress"
    seconds: int = 0
    words: list[str] = field(default_factory=list)

    def url(self, api: str) -> str:
        return f"{api}/{VERSION}/Accounts/{self.account}/Recordings/{self.sid}"

    def as_json(self) -> dict[str, Any]:
        return {
            "sid": self.sid, "account_sid": self.account, "call_sid": self.call,
            "conference_sid": None, "status": self.status, "source": self.source,
            "channels": self.channels, "duration": str(self.seconds), "price": None,
            "price_unit": "USD", "error_code": None, "track": "both", "api_version": VERSION,
            "start_time": stamp(self.created), "encryption_details": None,
            "date_created": stamp(self.created), "date_updated": stamp(self.created),
            "uri": f"/{VERSION}/Accounts/{self.account}/Recordings/{self.sid}.json",
        }  # fmt: skip


@dataclass(slots=True, eq=False)
class Queue:
    """Waiting calls in order of entry."""

    account: str
    name: str
    created: datetime
    sid: str = field(default_factory=lambda: new_sid("QU"))
    max_size: int = 1000
    waiting: list[Call] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "sid": self.sid, "account_sid": self.account, "friendly_name": self.name,
            "current_size": len(self.waiting), "max_size": self.max_size, "average_wait_time": 0,
            "date_created": stamp(self.created), "date_updated": stamp(self.created),
            "uri": f"/{VERSION}/Accounts/{self.account}/Queues/{self.sid}.json",
            "subresource_uris": {},
        }  # fmt: skip
