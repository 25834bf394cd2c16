"""What a carrier reports of a leg: it changes the log and the leg, never what the leg runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Bridge
from contactcenter.core.db import Tx
from contactcenter.core.ids import derived_id
from contactcenter.crm import log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import (
    callbacks,
    conversations,
    legs,
    outbound_work,
    voicemails,
    waiting,
)
from contactcenter.handling.dialling import ring_customer
from contactcenter.handling.legs import Leg, room_of
from contactcenter.handling.voice_commands import queue_command

NOT_ALLOWED = "not_allowed"
_STAGES = ("starting", "ringing", "up")


def append(tx: Tx, leg: Leg, *events: NewEvent) -> Interaction:
    """Log what happened to a leg."""
    return log.append(tx, leg.interaction_id, *events)


def hang_up(tx: Tx, leg: Leg, cause: str) -> None:
    """Ask the carrier to end a leg; once per cause."""
    queue_command(tx, derived_id("hangup", leg.id, cause), "hangup", leg, cause=cause)


def _ringing(tx: Tx, event: voice.LegRinging, leg: Leg) -> None:
    caught_up(tx, event, leg, "ringing")  # once answered, a late ringing says nothing


def _answered(tx: Tx, event: voice.VoiceEvent, leg: Leg) -> None:
    if leg.state == "up":
        return
    caught_up(tx, event, leg, "up")
    if leg.party == "agent":
        _bring_together(tx, leg, log.load(tx, leg.interaction_id))
    else:
        callbacks.answered(tx, leg)


def caught_up(tx: Tx, event: voice.VoiceEvent, leg: Leg, reached: voice.Reached) -> None:
    """Log how far the leg has come, with the stages whose own reports were overtaken: what is
    answered has rung."""
    come = _STAGES.index(leg.state)
    for stage in _STAGES[come + 1 : _STAGES.index(reached) + 1] if reached else ():
        answered = {"answered_at": event.at} if stage == "up" else {}
        legs.change(tx, leg.id, state=stage, **answered)
        kind = "leg_answered" if stage == "up" else "leg_ringing"
        append(tx, leg, NewEvent(kind, "carrier", {"leg": str(leg.id)}, at=event.at))


def _bring_together(tx: Tx, leg: Leg, state: Interaction) -> None:
    """An agent's leg is up: the customer leaves the queue's music for the room."""
    if state.state != "assigned" or state.agent_id != leg.agent_id:
        hang_up(tx, leg, "too_late")  # the call was given to somebody else meanwhile
        return
    customer = legs.customer_leg(tx, leg.interaction_id)
    room = room_of(leg.interaction_id)
    if customer is not None:
        op_id = derived_id("join", leg.id)
        queue_command(tx, op_id, "join", customer, room=room, role="customer")
    elif callbacks.call_into_room(tx, state):
        return
    elif state.direction == "outbound" and state.ended_at is None:
        _call_customer(tx, state, leg)


def _call_customer(tx: Tx, state: Interaction, agent: Leg) -> None:
    """The agent of an outgoing call is there: now the customer is called, into the same room,
    unless they have said meanwhile that we may not."""
    address = conversations.address_of(tx, state)
    if not outbound_work.may_still_be_called(tx, state, address):
        hang_up(tx, agent, NOT_ALLOWED)
        waiting.customer_left(tx, state, NOT_ALLOWED)
        return
    op_id = derived_id("customer-leg", state.id, agent.id)
    ring_customer(tx, state, op_id, address, [Bridge(room_of(state.id), "customer")])


def _overtaken(event: voice.VoiceEvent, last: int) -> bool:
    return event.order is not None and event.order <= last


def _joined(tx: Tx, event: voice.Joined, leg: Leg) -> None:
    if leg.room == event.room or _overtaken(event, leg.room_order):
        return
    _put_into_room(tx, leg, event, event.room)


def _put_into_room(tx: Tx, leg: Leg, event: voice.VoiceEvent, room: str) -> None:
    _answered(tx, event, leg)  # who is in a room has answered, whatever report comes first
    legs.change(tx, leg.id, room=room, room_order=_latest(event, leg.room_order))
    data = {"leg": str(leg.id), "room": room, "party": leg.party}
    state = append(tx, leg, NewEvent("joined", "carrier", data, at=event.at))
    others = [one for one in legs.living(tx, leg.interaction_id) if one.id != leg.id]
    if state.connected or not any(one.room == room and one.party != leg.party for one in others):
        return
    agent = leg.agent_id or next((one.agent_id for one in others if one.agent_id), None)
    connected = {"room": room, "agent": str(agent)}
    append(tx, leg, NewEvent("connected", "carrier", connected, at=event.at))
    waiting.connected(tx, leg.interaction_id)


def _left(tx: Tx, event: voice.Left, leg: Leg) -> None:
    if leg.room != event.room:
        if leg.room is not None or event.order is None or _overtaken(event, leg.room_order):
            return
        _put_into_room(tx, leg, event, event.room)  # its joining is reported later: not any more
    legs.change(tx, leg.id, room=None, room_order=_latest(event, leg.room_order))
    left(tx, leg, event.room, event.reason, event)


def left(tx: Tx, leg: Leg, room: str, reason: str, event: voice.VoiceEvent) -> None:
    """Log that a leg is out of a room."""
    data = {"leg": str(leg.id), "room": room, "reason": reason, "party": leg.party}
    append(tx, leg, NewEvent("left", "carrier", data, at=event.at))


def _latest(event: voice.VoiceEvent, last: int) -> int:
    return last if event.order is None else max(last, event.order)


def _hold_or_mute(tx: Tx, event: voice.HoldChanged | voice.MuteChanged, leg: Leg) -> None:
    if _overtaken(event, leg.control_order):
        return
    if event.order is not None:
        legs.change(tx, leg.id, control_order=event.order)
    state = log.lock(tx, leg.interaction_id)
    holds = isinstance(event, voice.HoldChanged)
    if event.on == (state.on_hold if holds else state.muted):
        return
    kind = ("held" if event.on else "resumed") if holds else ("muted" if event.on else "unmuted")
    actor = f"agent:{state.agent_id}" if state.agent_id else "carrier"
    append(tx, leg, NewEvent(kind, actor, {"leg": str(leg.id)}, at=event.at))


def _captioned(tx: Tx, event: voice.Captioned, leg: Leg) -> None:
    actor = f"agent:{leg.agent_id}" if leg.agent_id else "customer"
    data = {"leg": str(leg.id), "party": leg.party, "language": event.language}
    append(tx, leg, NewEvent("caption", actor, data, {"text": event.text}, event.at))


def _recorded(tx: Tx, event: voice.RecordingReady, leg: Leg) -> None:
    data = {"recording": event.recording, "seconds": event.seconds}
    ready = NewEvent("recording_ready", "carrier", data, {"media": event.media}, event.at)
    voicemails.taken(tx, append(tx, leg, ready), event.recording, event.seconds)


REPORTS: Mapping[type[voice.VoiceEvent], Callable[[Tx, Any, Leg], None]] = {
    voice.LegRinging: _ringing,
    voice.LegAnswered: _answered,
    voice.Joined: _joined,
    voice.Left: _left,
    voice.HoldChanged: _hold_or_mute,
    voice.MuteChanged: _hold_or_mute,
    voice.Captioned: _captioned,
    voice.RecordingReady: _recorded,
}
"""What each report does. Machine detection and transfers asked by the far end are not acted on."""
