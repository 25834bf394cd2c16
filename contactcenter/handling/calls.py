"""Calls: what a carrier's event means for the interaction, and what the leg does next.

One transaction per event: receipt, leg, log, menu, queue. The reply is given only after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Bridge, Hangup, Reject, Say, Step
from contactcenter.core.addresses import parse_address
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import ContactCenterError, Invalid
from contactcenter.core.ids import derived_id, new_id
from contactcenter.crm import customers, log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import conversations, legs, receipts, waiting
from contactcenter.handling.legs import Leg
from contactcenter.handling.lines import Line, Lines
from contactcenter.handling.menus import Menus
from contactcenter.handling.voice_commands import queue_command

_SORRY = "We are sorry: something failed on our side. Please call again in a moment."
RING_CUSTOMER_S = 40.0
"""How long an outgoing call rings."""
_log = structlog.get_logger(__name__)


def _asks(event: voice.VoiceEvent) -> bool:
    return isinstance(event, (voice.LegOffered, voice.Collected, voice.NoInput, voice.StepDone))


class Calls:
    """The sink of every voice adapter."""

    def __init__(self, db: Database, lines: Lines, menus: Menus) -> None:
        self._db = db
        self._lines = lines
        self._menus = menus
        self._seen: set[str] = set()

    def has_seen(self, ref: str) -> bool:
        """Whether this process took an event of this leg: then the carrier runs its steps."""
        return ref in self._seen

    async def receive(self, event: voice.VoiceEvent) -> Sequence[Step] | None:
        """Take one event, durably and once; the steps the leg is to run, or None."""
        try:
            steps = await self._db.write(lambda tx: self._take(tx, event))
        except ContactCenterError as error:
            # asking again can not mend it: the caller hears so instead of silence
            _log.error("event_failed", kind=type(event).__name__, code=error.code)
            steps = await self._db.write(lambda tx: self._give_up(tx, event))
        if isinstance(event, voice.LegEnded):
            self._seen.discard(event.leg)
        else:
            self._seen.add(event.leg)
        return steps

    def _take(self, tx: Tx, event: voice.VoiceEvent) -> Sequence[Step] | None:
        seen, reply = receipts.found(tx, event.provider, event.line, event.event_id)
        if seen:
            return receipts.steps_from_data(reply)
        steps = self._apply(tx, event)
        receipts.keep(tx, event.provider, event.line, event.event_id, receipts.steps_to_data(steps))
        return steps

    def _give_up(self, tx: Tx, event: voice.VoiceEvent) -> Sequence[Step] | None:
        """Receipt and fallback for an event that can not be handled."""
        leg = legs.find(tx, event.provider, event.leg)
        if leg is not None:
            _append(tx, leg, NewEvent("fault", "system", {"place": type(event).__name__}))
        fallback: Sequence[Step] = [Say(_SORRY, "en"), Hangup("fault")]
        steps = fallback if _asks(event) else None
        reply = receipts.steps_to_data(steps)
        receipts.keep(tx, event.provider, event.line, event.event_id, reply)
        return steps

    def _apply(self, tx: Tx, event: voice.VoiceEvent) -> Sequence[Step] | None:
        leg = legs.find(tx, event.provider, event.leg, event.origin)
        if isinstance(event, voice.LegOffered):
            return self._offered(tx, event) if leg is None else None
        if leg is None:
            final = isinstance(event, voice.LegEnded)
            return None if final else [Hangup("unknown_leg")]
        if leg.state == "ended" and not isinstance(event, voice.RecordingReady):
            return None  # nothing after the end: a late or reordered report
        if isinstance(event, (voice.Collected, voice.NoInput, voice.StepDone)):
            return self._input(tx, event, leg)
        if isinstance(event, voice.LegEnded):
            self._ended(tx, event, leg)
            return None
        report = _REPORTS.get(type(event))
        if report is not None:
            report(tx, event, leg)
        return None

    def _offered(self, tx: Tx, event: voice.LegOffered) -> Sequence[Step] | None:
        line = self._lines.find("voice", event.line)
        if line is None:
            return [Reject("rejected")]
        state, customer_language = open_call(tx, event, line)
        leg = legs.add(
            tx,
            state.id,
            provider=event.provider,
            line=event.line,
            ref=event.leg,
            party="customer",
            state="up",
            op_id=event.event_id,
        )
        started = {"leg": str(leg.id), "party": "customer", "direction": "inbound"}
        _append(tx, leg, NewEvent("leg_started", "carrier", started))
        return self._menus.start_call(tx, state, line, customer_language, event.event_id)

    def _input(
        self, tx: Tx, event: voice.Collected | voice.NoInput | voice.StepDone, leg: Leg
    ) -> Sequence[Step] | None:
        if leg.op_id and event.op_id and leg.op_id != event.op_id:
            return None  # input to a step list that was replaced
        state = log.lock(tx, leg.interaction_id)
        line = self._lines.get("voice", state.line)
        steps = self._menus.input(tx, state, line, leg, event)
        if steps is not None:
            legs.change(tx, leg.id, op_id=event.event_id)
        return steps

    def _ended(self, tx: Tx, event: voice.LegEnded, leg: Leg) -> None:
        legs.change(tx, leg.id, state="ended", ended_at=event.at, room=None)
        data = {"leg": str(leg.id), "cause": event.cause, "party": leg.party}
        actor = "customer" if leg.party == "customer" else "carrier"
        state = _append(tx, leg, NewEvent("leg_ended", actor, data, at=event.at))
        if leg.party == "customer":
            if state.state == "in_menu":
                self._menus.hung_up(tx, state)
            for other in legs.living(tx, leg.interaction_id):
                _hang_up(tx, other, "customer_left")
            waiting.customer_left(tx, state)
        elif state.state == "assigned":
            customer = legs.customer_leg(tx, leg.interaction_id)
            if customer is not None:  # the agent's side is gone: nobody is left in silence
                _hang_up(tx, customer, "agent_left")

    def resume(self, tx: Tx, leg: Leg) -> Sequence[Step] | None:
        """What a living customer leg should be doing now, after a restart (reconciliation)."""
        state = log.load(tx, leg.interaction_id)
        if state.closed_at or state.state == "wrap_up":
            return [Hangup("resumed_after_end")]
        if state.state in ("waiting", "offered") or (state.state == "assigned" and not leg.room):
            return waiting.park(str(state.queue), customers.get(tx, state.customer_id).language)
        if state.state == "in_menu":
            return self._menus.again(tx, state, self._lines.get("voice", state.line), leg)
        return None


def open_call(tx: Tx, event: voice.LegOffered, line: Line) -> tuple[Interaction, str]:
    """The customer (found or made) and the new interaction; anonymous callers get a record too."""
    try:
        address = parse_address(event.from_, line.region)
        kind, value = address.kind, address.value
    except Invalid:  # anonymous, or no number at all: a customer of this call alone
        kind, value = "phone", f"anonymous:{event.leg}"
    customer_id, address_id, _ = customers.create_or_find(
        tx, kind, value, event.from_, language=line.languages[0]
    )
    found = customers.get(tx, customer_id)
    data = {
        "channel": "voice",
        "direction": "inbound",
        "provider": event.provider,
        "line": line.address,
        "customer": str(customer_id),
        "address": str(address_id),
    }
    first = NewEvent("opened", "customer", data, {"from": event.from_}, event.at)
    state = log.open_interaction(tx, new_id(), first)
    return state, "" if found.is_new else found.language


def _append(tx: Tx, leg: Leg, *events: NewEvent) -> Interaction:
    return log.append(tx, leg.interaction_id, *events)


def _ringing(tx: Tx, event: voice.LegRinging, leg: Leg) -> None:
    if leg.state == "starting":  # once answered, a late ringing says nothing
        legs.change(tx, leg.id, state="ringing")
        _append(tx, leg, NewEvent("leg_ringing", "carrier", {"leg": str(leg.id)}, at=event.at))


def _answered(tx: Tx, event: voice.LegAnswered, leg: Leg) -> None:
    if leg.state == "up":
        return
    if leg.state == "starting":  # reports overtook each other: what is answered has rung
        _append(tx, leg, NewEvent("leg_ringing", "carrier", {"leg": str(leg.id)}, at=event.at))
    legs.change(tx, leg.id, state="up", answered_at=event.at)
    _append(tx, leg, NewEvent("leg_answered", "carrier", {"leg": str(leg.id)}, at=event.at))
    _bring_together(tx, leg)


def room_of(interaction_id: object) -> str:
    """The one room of an interaction."""
    return f"room-{interaction_id}"


def _bring_together(tx: Tx, leg: Leg) -> None:
    """An agent's leg is up: the customer leaves the queue's music for the room."""
    if leg.party != "agent":
        return
    customer = legs.customer_leg(tx, leg.interaction_id)
    room = room_of(leg.interaction_id)
    if customer is not None:
        op_id = derived_id("join", leg.id)
        queue_command(tx, op_id, "join", customer, room=room, role="customer")
    elif log.load(tx, leg.interaction_id).direction == "outbound":
        _call_customer(tx, leg, room)


def _call_customer(tx: Tx, agent: Leg, room: str) -> None:
    """The agent of an outgoing call is there: now the customer is called, into the same room."""
    state = log.load(tx, agent.interaction_id)
    op_id = derived_id("customer-leg", state.id)
    leg = legs.add(
        tx,
        state.id,
        provider=state.provider,
        line=state.line,
        ref=f"{legs.AWAITED}{op_id}",
        party="customer",
        state="starting",
        op_id=str(op_id),
    )
    data = {"leg": str(leg.id), "party": "customer", "direction": "outbound"}
    _append(tx, leg, NewEvent("leg_started", "system", data))
    queue_command(
        tx,
        op_id,
        "originate",
        leg,
        steps=[Bridge(room, "customer")],
        to=conversations.address_of(tx, state),
        from_=state.line,
        ring_timeout_s=RING_CUSTOMER_S,
    )


def _joined(tx: Tx, event: voice.Joined, leg: Leg) -> None:
    if leg.room == event.room:
        return
    legs.change(tx, leg.id, room=event.room)
    data = {"leg": str(leg.id), "room": event.room, "party": leg.party}
    state = _append(tx, leg, NewEvent("joined", "carrier", data, at=event.at))
    others = [one for one in legs.living(tx, leg.interaction_id) if one.id != leg.id]
    if state.connected or not any(
        one.room == event.room and one.party != leg.party for one in others
    ):
        return
    agent = leg.agent_id or next((one.agent_id for one in others if one.agent_id), None)
    connected = {"room": event.room, "agent": str(agent)}
    _append(tx, leg, NewEvent("connected", "carrier", connected, at=event.at))
    waiting.connected(tx, leg.interaction_id)


def _left(tx: Tx, event: voice.Left, leg: Leg) -> None:
    if leg.room != event.room:
        return
    legs.change(tx, leg.id, room=None)
    data = {"leg": str(leg.id), "room": event.room, "reason": event.reason, "party": leg.party}
    _append(tx, leg, NewEvent("left", "carrier", data, at=event.at))


def _hold_or_mute(tx: Tx, event: voice.HoldChanged | voice.MuteChanged, leg: Leg) -> None:
    state = log.lock(tx, leg.interaction_id)
    holds = isinstance(event, voice.HoldChanged)
    if event.on == (state.on_hold if holds else state.muted):
        return
    kind = ("held" if event.on else "resumed") if holds else ("muted" if event.on else "unmuted")
    actor = f"agent:{state.agent_id}" if state.agent_id else "carrier"
    _append(tx, leg, NewEvent(kind, actor, {"leg": str(leg.id)}, at=event.at))


def _captioned(tx: Tx, event: voice.Captioned, leg: Leg) -> None:
    actor = f"agent:{leg.agent_id}" if leg.agent_id else "customer"
    data = {"leg": str(leg.id), "party": leg.party, "language": event.language}
    _append(tx, leg, NewEvent("caption", actor, data, {"text": event.text}, event.at))


def _hang_up(tx: Tx, leg: Leg, cause: str) -> None:
    queue_command(tx, derived_id("hangup", leg.id, cause), "hangup", leg, cause=cause)


def _recorded(tx: Tx, event: voice.RecordingReady, leg: Leg) -> None:
    data = {"recording": event.recording, "seconds": event.seconds}
    _append(tx, leg, NewEvent("recording_ready", "carrier", data, {"media": event.media}, event.at))


_REPORTS: Mapping[type[voice.VoiceEvent], Callable[[Tx, Any, Leg], None]] = {
    voice.LegRinging: _ringing,
    voice.LegAnswered: _answered,
    voice.Joined: _joined,
    voice.Left: _left,
    voice.HoldChanged: _hold_or_mute,
    voice.MuteChanged: _hold_or_mute,
    voice.Captioned: _captioned,
    voice.RecordingReady: _recorded,
}
"""Reports change the log and the leg; they never change what the leg runs."""
