"""What a customer does with a simulated telephone: call, press, say, answer, hang up."""

from __future__ import annotations

from contactcenter.channels.voice import world as protocol
from contactcenter.core.errors import Conflict, Invalid
from contactcenter.core.ids import new_id
from contactcenter.standins.world_calls import Calls
from contactcenter.standins.world_outbox import Outbox
from contactcenter.standins.world_rooms import Rooms
from contactcenter.standins.world_state import Leg, Phone, is_dialled, is_keys

LONGEST_SPEECH = 2_000


class Phones:
    """The customers' side of the calls. Faults are ``ContactCenterError`` with what is allowed."""

    def __init__(self, calls: Calls, rooms: Rooms, outbox: Outbox) -> None:
        self._calls = calls
        self._rooms = rooms
        self._outbox = outbox

    def phone(self, address: str) -> Phone:
        return self._calls.phone(address)

    def call(self, address: str, number: str) -> str:
        """Dial ``number``; returns the leg's reference."""
        phone = self.phone(address)
        if phone.leg is not None:
            raise Conflict("a call is under way", code="in_a_call", hint="hang up first")
        if not is_dialled(number):
            raise Invalid(f"{number!r} can not be dialled", hint="digits, with + and country code")
        lines = self._outbox.lines("voice")
        if number not in lines:
            allowed = ", ".join(lines) or "none yet: no server has connected"
            raise Invalid(f"no line has the number {number}", hint=f"lines: {allowed}")
        leg = Leg(str(new_id()), "inbound", number, address, number, "offered", phone)
        phone.begin(leg)
        self._calls.offer(leg)
        return leg.id

    def answer(self, address: str) -> None:
        leg = self._leg(address)
        if leg.direction == "inbound" or leg.state != "ringing":
            raise Conflict("no call is coming in", code="not_ringing")
        self._calls.take(leg)

    def press(self, address: str, digits: str) -> None:
        """Press keys one after the other."""
        if not is_keys(digits):
            raise Invalid("only the keys 0-9, * and # can be pressed", hint="1 to 64 keys")
        leg = self._talking(address)
        for digit in digits:
            if leg.parent is None:
                self._calls.emit(leg, protocol.Digit, digit=digit)

    def say(self, address: str, text: str, language: str = "") -> None:
        """Say ``text``: into the room, into a recording, or to the menu."""
        if not text or len(text) > LONGEST_SPEECH:
            raise Invalid(f"speech has 1 to {LONGEST_SPEECH} characters")
        leg = self._talking(address)
        self.phone(address).show("caption", **{"from": "customer", "text": text})
        if leg.room is not None:
            self._rooms.speak(leg, text, language)
        elif leg.recording is not None:
            leg.recording.take(self._calls.now(), "customer", text)
            self._calls.emit(leg, protocol.Caption, text=text, language=language)
        else:
            self._calls.emit(leg, protocol.Speech, text=text)

    def hang_up(self, address: str) -> None:
        leg = self._leg(address)
        before_answer = "cancelled" if leg.direction == "inbound" else "rejected"
        self._calls.end(leg, "normal" if leg.is_up else before_answer)

    def _leg(self, address: str) -> Leg:
        leg = self.phone(address).leg
        if leg is None:
            raise Conflict("no call is under way", code="no_call", hint="call a line first")
        return leg

    def _talking(self, address: str) -> Leg:
        leg = self._leg(address)
        if not leg.is_up:
            raise Conflict("the call is not answered yet", code="not_answered")
        return leg
