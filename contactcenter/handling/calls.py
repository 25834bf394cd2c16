"""Calls: a carrier's event, taken once, and what the leg does next.

One transaction per event: receipt, leg, log, menu, queue. The reply is given only after it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import structlog

from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Hangup, Reject, Step
from contactcenter.core.addresses import parse_address
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import ContactCenterError, Invalid
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import legs, queue_keys, receipts, waiting
from contactcenter.handling.call_ends import ended
from contactcenter.handling.call_reports import REPORTS, append, hang_up
from contactcenter.handling.call_resume import resume
from contactcenter.handling.legs import Leg
from contactcenter.handling.lines import Line, Lines
from contactcenter.handling.menus import Menus
from contactcenter.handling.words import FAULT_GOODBYE, SYSTEM_FAULT, Words

_Answer = Sequence[Step] | None
_log = structlog.get_logger(__name__)


class Calls:
    """The sink of every voice adapter."""

    def __init__(
        self, db: Database, lines: Lines, menus: Menus, words: Words | None = None
    ) -> None:
        self._db = db
        self._lines = lines
        self._menus = menus
        self._words = words or Words()
        self._instructed: set[str] = set()

    def has_instructed(self, ref: str) -> bool:
        """Whether this process gave the leg steps: then the carrier's runner is at them."""
        return ref in self._instructed

    async def receive(self, event: voice.VoiceEvent) -> Sequence[Step] | None:
        """Take one event, durably and once; the steps the leg is to run, or None."""
        try:
            steps = await self._once(event, self._apply)
        except ContactCenterError as error:
            # asking again can not mend it: the caller hears so instead of silence
            _log.error("event_failed", kind=type(event).__name__, code=error.code)
            steps = await self._rescued(event)
        if isinstance(event, voice.LegEnded):
            self._instructed.discard(event.leg)
        elif steps is not None:
            self._instructed.add(event.leg)
        return steps

    async def _rescued(self, event: voice.VoiceEvent) -> _Answer:
        try:
            return await self._once(event, self._to_a_person)
        except ContactCenterError as error:
            _log.error("rescue_failed", kind=type(event).__name__, code=error.code)
            return await self._once(event, self._give_up)

    async def _once(
        self, event: voice.VoiceEvent, what: Callable[[Tx, voice.VoiceEvent], _Answer]
    ) -> _Answer:
        def work(tx: Tx) -> _Answer:
            seen, reply = receipts.found(tx, event.provider, event.line, event.event_id)
            if seen:
                return receipts.steps_from_data(reply)
            steps = what(tx, event)
            reply = receipts.steps_to_data(steps)
            receipts.keep(tx, event.provider, event.line, event.event_id, reply)
            return steps

        return await receipts.once(self._db, work)

    def _apply(self, tx: Tx, event: voice.VoiceEvent) -> _Answer:
        leg = legs.find(tx, event.provider, event.leg, event.origin)
        if isinstance(event, voice.LegOffered):
            return self._offered(tx, event) if leg is None else None
        if leg is None:
            final = isinstance(event, voice.LegEnded)
            return None if final else [Hangup("unknown_leg")]
        if leg.state == "ended" and not isinstance(event, voice.RecordingReady):
            if isinstance(event, voice.LegAnswered):  # given up before it was answered
                hang_up(tx, leg, "too_late")
            return None  # nothing after the end: a late or reordered report
        if isinstance(event, (voice.Collected, voice.NoInput, voice.StepDone)):
            return self._input(tx, event, leg)
        if isinstance(event, voice.LegEnded):
            ended(tx, event, leg, self._menus, self._words)
        elif report := REPORTS.get(type(event)):
            report(tx, event, leg)
        return None

    def _offered(self, tx: Tx, event: voice.LegOffered) -> _Answer:
        line = self._lines.find("voice", event.line)
        if line is None:
            return [Reject("rejected")]
        state, customer_language, _ = _begin(tx, event, line)
        return self._menus.start_call(tx, state, line, customer_language, event.event_id)

    def _input(
        self, tx: Tx, event: voice.Collected | voice.NoInput | voice.StepDone, leg: Leg
    ) -> _Answer:
        if leg.op_id and event.op_id and leg.op_id != event.op_id:
            return None  # input to a step list that was replaced
        state = log.lock(tx, leg.interaction_id)
        line = self._lines.get("voice", state.line)
        steps = self._menus.input(tx, state, line, event)
        if steps is None:
            steps = queue_keys.pressed(tx, state, line, event, self._words)
        if steps is not None:
            legs.change(tx, leg.id, op_id=event.event_id)
        return steps

    def _to_a_person(self, tx: Tx, event: voice.VoiceEvent) -> _Answer:
        """For an event that can not be handled: logged; the caller goes to the line's queue."""
        leg = legs.find(tx, event.provider, event.leg, event.origin)
        line = self._lines.find("voice", event.line)
        if leg is None and isinstance(event, voice.LegOffered) and line is not None:
            _, _, leg = _begin(tx, event, line)
        if leg is None:
            return self._give_up(tx, event)
        state = append(tx, leg, NewEvent("fault", "system", {"place": type(event).__name__}))
        if not _asks(event):
            return None
        legs.change(tx, leg.id, op_id=event.event_id)
        language = customers.get(tx, state.customer_id).language
        if line is None or line.queue is None or state.state not in ("open", "in_menu"):
            return [self._words.say(FAULT_GOODBYE, language), Hangup("fault")]
        self._menus.abandon(tx, state)
        waiting.enqueue(tx, state, line.queue, actor="system")
        sorry = self._words.say(SYSTEM_FAULT, language)
        return [sorry, *waiting.park(self._words, line.queue, language)]

    def _give_up(self, tx: Tx, event: voice.VoiceEvent) -> _Answer:
        """Not even that: the caller is told, nothing is written but the receipt."""
        sorry = self._words.say(FAULT_GOODBYE, "en")
        return [sorry, Hangup("fault")] if _asks(event) else None

    def resume(self, tx: Tx, leg: Leg) -> Sequence[Step] | None:
        """What a living leg should be doing now, after a restart (reconciliation)."""
        return resume(tx, leg, self._lines, self._menus, self._words)


def _asks(event: voice.VoiceEvent) -> bool:
    return isinstance(event, (voice.LegOffered, voice.Collected, voice.NoInput, voice.StepDone))


def _begin(tx: Tx, event: voice.LegOffered, line: Line) -> tuple[Interaction, str, Leg]:
    """The interaction of a call that comes in, its customer's language, its first leg."""
    leg_id = new_id()
    state, language = open_call(tx, event, line, leg_id)
    leg = legs.add(
        tx,
        state.id,
        provider=event.provider,
        line=event.line,
        ref=event.leg,
        party="customer",
        state="up",
        op_id=event.event_id,
        leg_id=leg_id,
    )
    return state, language, leg


def open_call(tx: Tx, event: voice.LegOffered, line: Line, leg_id: UUID) -> tuple[Interaction, str]:
    """The customer (found or made) and the new interaction with its first leg's event; anonymous
    callers get a record too."""
    try:
        address = parse_address(event.from_, line.region)
        kind, value = address.kind, address.value
    except Invalid:  # anonymous, or no number at all: a customer of this call alone
        kind, value = "phone", f"anonymous:{event.leg}"
    customer_id, address_id, _ = customers.create_or_find(
        tx, kind, value, event.from_, language=line.languages[0]
    )
    language, is_new = customers.language_of(tx, customer_id)
    data = {
        "channel": "voice",
        "direction": "inbound",
        "provider": event.provider,
        "line": line.address,
        "customer": str(customer_id),
        "address": str(address_id),
    }
    first = NewEvent("opened", "customer", data, {"from": event.from_}, event.at)
    data = {"leg": str(leg_id), "party": "customer", "direction": "inbound"}
    started = NewEvent("leg_started", "carrier", data)
    state = log.open_interaction(tx, new_id(), first, started)
    return state, "" if is_new else language
