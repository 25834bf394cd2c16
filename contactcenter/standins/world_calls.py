"""Calls in the simulated world: legs from the first ring to their end, prompts, dialling on.

Commands come from the server's side (``world.handle``), actions from the phones
(``world_phones``). Rooms are ``world_rooms``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from contactcenter.channels.voice import world as protocol
from contactcenter.core.clock import Clock
from contactcenter.core.errors import Conflict, Invalid
from contactcenter.standins.world_outbox import Outbox
from contactcenter.standins.world_rooms import Rooms
from contactcenter.standins.world_state import Leg, Phone, is_number
from contactcenter.standins.world_timers import Timers

INBOUND_RING_S = 60.0
"""How long a caller lets an unanswered line ring."""


class Calls:
    """Every leg that has not ended, and the customers' phones."""

    def __init__(
        self, clock: Clock, timers: Timers, outbox: Outbox, rooms: Rooms, chars_per_s: float
    ) -> None:
        self._clock = clock
        self._timers = timers
        self._outbox = outbox
        self._rooms = rooms
        self._chars_per_s = chars_per_s
        self.legs: dict[str, Leg] = {}
        self.phones: dict[str, Phone] = {}
        rooms.emit = self.emit

    def phone(self, address: str) -> Phone:
        return self.phones.setdefault(address, Phone(address))

    def leg(self, reference: str) -> Leg:
        """The leg ``reference``; raises ``Conflict`` with code ``leg_gone``."""
        leg = self.legs.get(reference)
        if leg is None:
            raise Conflict(
                f"the leg {reference} has ended or never was",
                code="leg_gone",
                hint="list the legs that exist with `live`",
            )
        return leg

    def now(self) -> datetime:
        return self._clock.now()

    def emit(self, leg: Leg, kind: Callable[..., Any], **values: object) -> None:
        """Report something of ``leg`` to the server; the far end of a ``Dial`` is not reported."""
        if leg.parent is not None:
            return
        leg.seq += 1
        identity = {
            "id": f"{leg.id}.{leg.seq}",
            "leg": leg.id,
            "line": leg.line,
            "seq": leg.seq,
            "origin": leg.origin,
        }
        self._outbox.put(kind(at=self._clock.now(), **(identity | values)))

    # -- from the phone ------------------------------------------------------------------------

    def offer(self, leg: Leg) -> None:
        """A customer calls a line."""
        self.legs[leg.id] = leg
        self.emit(leg, protocol.Offered, from_=leg.from_, to=leg.to)
        self._end_unless_up(leg, INBOUND_RING_S)

    def take(self, leg: Leg) -> None:
        """The far end of an outbound leg answers."""
        leg.state = "up"
        if leg.phone is not None:
            leg.phone.show("answered", to=leg.from_)
        if leg.parent is not None:
            self._rooms.connect_privately(leg.parent, leg)
        else:
            self.emit(leg, protocol.Answered, memo=leg.memo)

    # -- commands ------------------------------------------------------------------------------

    def begin(self, command: protocol.Begin) -> None:
        """Other steps end a recording that the former ones left running."""
        leg = self.leg(command.leg)
        if leg.steps_op != command.op_id:
            self._rooms.stop_leg_recording(leg)
        leg.steps_op = command.op_id

    def answer(self, command: protocol.Answer) -> bool:
        leg = self.leg(command.leg)
        if leg.state == "offered":
            leg.state = "up"
            if leg.phone is not None:
                leg.phone.show("answered", **{"from": leg.from_, "to": leg.to})
        return leg.is_up

    def originate(self, command: protocol.Originate) -> str:
        if command.leg not in self.legs:
            leg = Leg(command.leg, "outbound", command.from_, command.from_, command.to, "ringing")
            leg.origin, leg.memo = command.op_id, command.memo
            self._start(leg, command.ring_timeout_s)
        return command.leg

    def dial(self, command: protocol.Dial) -> bool:
        leg = self.leg(command.leg)
        if command.op_id in leg.dials_over:
            return True
        if leg.dial_op != command.op_id:
            self._drop_child(leg)
            self._rooms.leave(leg)
            reference = f"{leg.id}.dial.{len(leg.dials_over)}"
            child = Leg(reference, "outbound", leg.line, leg.line, command.target, "ringing")
            child.parent = leg
            self._start(child, command.ring_timeout_s)
            leg.dial_op, leg.child = command.op_id, child
        return False

    def join(self, command: protocol.RoomJoin) -> None:
        leg = self.leg(command.leg)
        self._drop_child(leg)
        self._rooms.join(leg, command.room, command.role)

    def leave(self, command: protocol.RoomLeave) -> None:
        leg = self.leg(command.leg)
        self._drop_child(leg)
        self._rooms.leave(leg)

    def speak(self, command: protocol.Speak) -> None:
        leg = self._up(command.leg)
        leg.prompt = command.prompt
        if leg.phone is not None:
            media = {"media": command.media} if command.media else {}
            leg.phone.show("prompt", text=command.text, language=command.language, **media)
        text = command.text or "x" * 30
        self._timers.after(self.spoken_s(text), lambda: self._spoken(leg, command.prompt))

    def stop_prompts(self, command: protocol.StopPrompts) -> None:
        self.leg(command.leg).prompt = ""

    def hangup(self, command: protocol.Hangup) -> None:
        self.end(self.leg(command.leg), command.cause)

    def reject(self, command: protocol.Reject) -> None:
        leg = self.leg(command.leg)
        if leg.state != "offered":
            raise Conflict(
                "only an offered leg can be rejected", code="leg_up", hint="hang it up instead"
            )
        self.end(leg, command.cause)

    def live(self, command: protocol.Live) -> list[protocol.LegRow]:
        return [self._row(leg) for leg in self.legs.values() if leg.parent is None]

    def report(self, command: protocol.Report) -> None:
        """Keep the outcome of a step list until the server has it for good; once per event id."""
        leg = self.leg(command.leg)
        if command.event_id in leg.reported:
            return
        leg.reported.add(command.event_id)
        self.emit(
            leg,
            protocol.Reported,
            id=command.event_id,
            outcome=command.outcome,
            steps_op=command.steps_op,
            value=command.value,
            how=command.how,
        )

    # -- endings -------------------------------------------------------------------------------

    def end(self, leg: Leg, cause: str) -> None:
        """End ``leg`` and what hangs on it; a leg that has ended is left alone."""
        if self.legs.pop(leg.id, None) is None:
            return
        self._drop_child(leg)
        self._rooms.stop_leg_recording(leg)
        self._rooms.leave(leg, "ended")
        leg.state = "ended"
        leg.prompt = ""
        self._outbox.forget_input(leg.id)
        self.emit(leg, protocol.Ended, cause=cause)
        if leg.phone is not None and leg.phone.leg is leg:
            leg.phone.leg = None
            leg.phone.show("ended", cause=cause)
        if leg.parent is not None:
            self._dial_over(leg.parent, leg, cause)

    def spoken_s(self, text: str) -> float:
        """Seconds that speaking ``text`` takes; a Chinese character counts as three Latin."""
        if self._chars_per_s <= 0:
            return 0.0
        weight = sum(3 if char >= "\u2e80" else 1 for char in text)
        return weight / self._chars_per_s

    # -- inside --------------------------------------------------------------------------------

    def _start(self, leg: Leg, ring_timeout_s: float) -> None:
        if not leg.is_agent and not is_number(leg.to):
            raise Invalid(f"{leg.to!r} can not be called", hint="E.164 (+15550100) or agent:<id>")
        phone = leg.phone = None if leg.is_agent else self.phone(leg.to)
        self.legs[leg.id] = leg
        if phone is not None and phone.leg is not None:
            leg.phone = None
            self._timers.after(0, lambda: self.end(leg, "busy"))
            return
        self.emit(leg, protocol.Ringing)
        if phone is None:
            self._timers.after(0, lambda: self._take_if_ringing(leg))
            return
        phone.begin(leg)
        phone.show("ringing", **{"from": leg.from_, "to": leg.to})
        self._end_unless_up(leg, ring_timeout_s)

    def _take_if_ringing(self, leg: Leg) -> None:
        if leg.state == "ringing":
            self.take(leg)

    def _end_unless_up(self, leg: Leg, seconds: float) -> None:
        def give_up() -> None:
            if not leg.is_up:
                self.end(leg, "no_answer")

        self._timers.after(seconds, give_up)

    def _spoken(self, leg: Leg, prompt: str) -> None:
        if leg.prompt == prompt and leg.is_up:
            leg.prompt = ""
            self.emit(leg, protocol.PromptDone, prompt=prompt)

    def _drop_child(self, leg: Leg) -> None:
        if leg.child is not None:
            self.end(leg.child, "cancelled" if leg.child.state == "ringing" else "normal")

    def _dial_over(self, parent: Leg, child: Leg, cause: str) -> None:
        if parent.child is not child:
            return
        op_id, parent.child, parent.dial_op = parent.dial_op, None, ""
        parent.dials_over.add(op_id)
        if parent.state != "ended" and parent.id in self.legs:
            self._rooms.leave(parent)
            self.emit(parent, protocol.DialEnded, op_id=op_id, cause=cause)

    def _up(self, reference: str) -> Leg:
        leg = self.leg(reference)
        if not leg.is_up:
            raise Conflict(f"the leg {reference} is not up yet", code="leg_not_up")
        return leg

    @staticmethod
    def _row(leg: Leg) -> protocol.LegRow:
        assert leg.state != "ended"  # noqa: S101 - ended legs are not in the table
        return protocol.LegRow(
            leg=leg.id,
            line=leg.line,
            from_=leg.from_,
            to=leg.to,
            state=leg.state,
            direction=leg.direction,
            room=None if leg.room is None or leg.room.private else leg.room.name,
            op_id=leg.origin or leg.steps_op,
        )
