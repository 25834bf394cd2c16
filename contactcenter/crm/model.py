"""The interaction as a pure fold of its events. Kinds, their data keys, and the projection.

``data`` may carry ids and codes only; texts, addresses, digits and speech are ``content``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contactcenter.core.errors import Invalid

KINDS: Mapping[str, frozenset[str]] = {
    kind: frozenset(keys.split())
    for kind, keys in {
        "opened": "channel direction provider line customer address thread reason campaign purpose",
        "customer_linked": "customer reason",
        "leg_started": "leg party direction agent",
        "leg_ringing": "leg",
        "leg_answered": "leg",
        "leg_ended": "leg cause party",
        "joined": "leg room party",
        "left": "leg room reason party",
        "connected": "room agent",
        "menu_entered": "menu version language",
        "menu_step": "node code kind",
        "menu_left": "menu reason solved",
        "emergency_began": "",
        "emergency_over": "",
        "queued": "queue requires priority attributes",
        "moved": "queue from reason",
        "dequeued": "queue reason",
        "widened": "queue added",
        "announced": "queue position low_s high_s prompt callback",
        "callback_planned": "queue due_at attempts",
        "callback_due": "queue attempt agent",
        "offered": "reservation agent queue expires_at",
        "accepted": "reservation agent",
        "rejected": "reservation agent reason",
        "expired": "reservation agent",
        "withdrawn": "reservation agent reason",
        "held": "leg agent by",
        "resumed": "leg agent",
        "muted": "leg agent",
        "unmuted": "leg agent",
        "caption": "leg party language",
        "message_received": "message",
        "message_queued": "message purpose channel campaign",
        "message_state": "message state code",
        "voicemail_asked": "queue",
        "recording_ready": "recording seconds",
        "opted_out": "channel scope how",
        "opted_in": "channel scope how",
        "hang_up_asked": "agent",
        "wrap_up_started": "agent mode until",
        "wrapped_up": "agent disposition by",
        "closed": "reason",
        "note_added": "agent",
        "fault": "code place",
        "erased": "certificate",
    }.items()
}
"""Every kind of event and the keys its data may have."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append. ``at`` None means the transaction's time.

    ``actor``: ``customer``, ``menu``, ``router``, ``system``, ``carrier`` or ``agent:<uuid>``.
    """

    kind: str
    actor: str
    data: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] | None = None
    at: datetime | None = None

    def checked(self) -> NewEvent:
        """Itself, or ``Invalid`` naming the unknown kind or key."""
        allowed = KINDS.get(self.kind)
        if allowed is None:
            raise Invalid(f"unknown kind of event: {self.kind}")
        unknown = self.data.keys() - allowed
        if unknown:
            raise Invalid(f"event {self.kind} has no data key {', '.join(sorted(unknown))}")
        return self


@dataclass(frozen=True, slots=True)
class Interaction:
    """The projection; one per row of ``interaction``, and nothing in it that events do not give."""

    id: UUID
    customer_id: UUID
    address_id: UUID | None
    thread_id: UUID
    channel: str
    direction: str
    provider: str
    line: str
    state: str
    opened_at: datetime
    queue: str | None = None
    agent_id: UUID | None = None
    disposition: str | None = None
    on_hold: bool = False
    muted: bool = False
    connected: bool = False
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None
    last_seq: int = 0


def _uuid(value: object) -> UUID | None:
    return UUID(str(value)) if value else None


def opened(interaction_id: UUID, data: Mapping[str, Any], at: datetime) -> Interaction:
    """The projection after the first event, ``opened``."""
    return Interaction(
        id=interaction_id,
        customer_id=UUID(data["customer"]),
        address_id=_uuid(data.get("address")),
        thread_id=_uuid(data.get("thread")) or interaction_id,
        channel=data["channel"],
        direction=data["direction"],
        provider=data["provider"],
        line=data["line"],
        state="open",
        opened_at=at,
    )


def apply(
    state: Interaction, kind: str, data: Mapping[str, Any], actor: str, at: datetime
) -> Interaction:
    """The projection after one more event. A closed interaction changes no more its state."""
    change = _CHANGES.get(kind)
    return state if change is None else replace(state, **change(state, data, actor, at))


Change = dict[str, Any]


def _queued(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    if s.closed_at:
        return {}
    return {
        "state": "waiting",
        "queue": data["queue"],
        "agent_id": None,
        "queued_at": s.queued_at or at,
        "on_hold": s.on_hold and s.channel == "voice",  # writing is on hold for its agent alone
    }


def _offered(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    return {"state": "offered"} if s.state in ("waiting", "open") else {}


def _accepted(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    if s.closed_at:
        return {}
    change: Change = {"state": "assigned", "agent_id": _uuid(data["agent"])}
    if s.direction == "outbound" and s.answered_at is None:
        change["ended_at"] = None  # an earlier try to reach the customer may have ended
    return change


def _back_to_queue(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    return {"state": "waiting"} if s.state == "offered" else {}


def _withdrawn(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    # an accepted call that never got media waits again, as if it had not been accepted
    if s.state == "assigned" and s.answered_at is None and s.agent_id == _uuid(data["agent"]):
        return {"state": "waiting", "agent_id": None}
    return _back_to_queue(s, data, actor, at)


def _dequeued(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    return {"state": "open"} if s.state in ("waiting", "offered") else {}


def _connected(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    return {"connected": True, "answered_at": s.answered_at or at}


def _left(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    return {"connected": False, "on_hold": False, "muted": False} if s.connected else {}


def _leg_ended(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    change: Change = {"connected": False, "on_hold": False, "muted": False}
    if data.get("party") == "customer":
        change["ended_at"] = s.ended_at or at
    return change


def _message(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    human = actor.startswith("agent:") and s.direction == "inbound"
    return {"answered_at": at} if human and s.answered_at is None else {}


def _wrap_up(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    return {} if s.closed_at else {"state": "wrap_up", "ended_at": s.ended_at or at}


def _closed(s: Interaction, data: Mapping[str, Any], actor: str, at: datetime) -> Change:
    if s.closed_at:
        return {}
    ended: Change = {"connected": False, "on_hold": False, "muted": False}
    return ended | {
        "state": "closed",
        "closed_at": at,
        "ended_at": s.ended_at or at,
        "close_reason": data.get("reason"),
    }


_CHANGES: Mapping[str, Any] = {
    "customer_linked": lambda s, d, a, t: {"customer_id": UUID(d["customer"])},
    "menu_entered": lambda s, d, a, t: {} if s.closed_at else {"state": "in_menu"},
    "menu_left": lambda s, d, a, t: {"state": "open"} if s.state == "in_menu" else {},
    "queued": _queued,
    "moved": lambda s, d, a, t: {"queue": d["queue"]},
    # the customer who hung up to be called back is called: the exchange goes on
    "callback_due": lambda s, d, a, t: {} if s.closed_at else {"ended_at": None},
    "dequeued": _dequeued,
    "offered": _offered,
    "accepted": _accepted,
    "rejected": _back_to_queue,
    "expired": _back_to_queue,
    "withdrawn": _withdrawn,
    "connected": _connected,
    "left": _left,
    "leg_ended": _leg_ended,
    "held": lambda s, d, a, t: {"on_hold": True},
    "resumed": lambda s, d, a, t: {"on_hold": False},
    "muted": lambda s, d, a, t: {"muted": True},
    "unmuted": lambda s, d, a, t: {"muted": False},
    "message_queued": _message,
    "wrap_up_started": _wrap_up,
    "wrapped_up": lambda s, d, a, t: {"disposition": d.get("disposition")},
    "closed": _closed,
}
