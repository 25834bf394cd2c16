"""Texts in the simulated world: per-address inboxes, hand-over by key, delivery reports.

Everything is in the store before it is answered or reported, so it survives the world's own death.
"""

from __future__ import annotations

from collections.abc import Callable

from contactcenter.channels.voice import world as protocol
from contactcenter.core.clock import Clock
from contactcenter.core.errors import Invalid
from contactcenter.core.ids import new_id
from contactcenter.standins.world_outbox import Outbox
from contactcenter.standins.world_state import Phone, is_dialled, is_number
from contactcenter.standins.world_store import Text, WorldStore
from contactcenter.standins.world_timers import Timers

LONGEST_TEXT = 1_600
"""Characters: ten concatenated segments, where carriers commonly stop."""


class Texts:
    """Takes texts from both sides and reports to the server."""

    def __init__(
        self,
        clock: Clock,
        timers: Timers,
        outbox: Outbox,
        store: WorldStore,
        phone: Callable[[str], Phone],
        delivery_s: float,
    ) -> None:
        self._clock = clock
        self._timers = timers
        self._outbox = outbox
        self._store = store
        self._phone = phone
        self._delivery_s = delivery_s
        self.unreachable: dict[str, str] = {}
        """Addresses whose texts fail, with the carrier's code (a landline: ``30006``)."""

    def resume(self) -> None:
        """Take up what a former process had not finished: unacknowledged texts and reports."""
        for text in self._store.unreported():
            if text.direction == "from_customer":
                self._report_received(text)
            else:
                self._deliver_soon(text)

    def send(self, command: protocol.SmsSend) -> protocol.TextRow:
        """The server hands a text over; a known key changes nothing."""
        if not is_number(command.to):
            raise Invalid(f"{command.to!r} can not be texted", hint="E.164 (+15550100)")
        if not command.text or len(command.text) > LONGEST_TEXT:
            raise Invalid(f"a text has 1 to {LONGEST_TEXT} characters")
        text_id = str(new_id())
        text = self._store.add_text(
            Text(
                text_id,
                command.key,
                "to_customer",
                command.from_,
                command.to,
                command.text,
                self._clock.now(),
                "sent",
                event_id=f"{text_id}.state",
            )
        )
        if text.id == text_id:
            self._deliver_soon(text)
        return protocol.TextRow(ref=text.id, state="sent")

    def look_up(self, command: protocol.SmsLookUp) -> protocol.TextRow | None:
        text = self._store.text_by_key(command.key)
        if text is None:
            return None
        return protocol.TextRow(ref=text.id, state=text.state, code=text.code)

    def from_customer(self, address: str, number: str, body: str) -> str:
        """A customer texts ``number``; returns the text's id."""
        if not is_dialled(number):
            raise Invalid(f"{number!r} can not be texted", hint="digits, with + and country code")
        lines = self._outbox.lines("sms")
        if number not in lines:
            allowed = ", ".join(lines) or "none yet: no server has connected"
            raise Invalid(f"no line takes texts under {number}", hint=f"lines: {allowed}")
        if not body or len(body) > LONGEST_TEXT:
            raise Invalid(f"a text has 1 to {LONGEST_TEXT} characters")
        text_id = str(new_id())
        text = Text(
            text_id,
            None,
            "from_customer",
            address,
            number,
            body,
            self._clock.now(),
            "received",
            event_id=f"{text_id}.received",
        )
        self._store.add_text(text)
        self._report_received(text)
        return text_id

    def of(self, address: str) -> list[Text]:
        """What ``address`` sent and got, oldest first."""
        return self._store.texts_of(address)

    def _report_received(self, text: Text) -> None:
        self._outbox.put(
            protocol.TextReceived(
                id=text.event_id or text.id,
                line=text.recipient,
                at=text.at,
                from_=text.sender,
                text=text.body,
            )
        )

    def _deliver_soon(self, text: Text) -> None:
        self._timers.after(self._delivery_s, lambda: self._deliver(text))

    def _deliver(self, text: Text) -> None:
        """``text.state`` is the one it was loaded with: delivered again it is only reported."""
        code = self.unreachable.get(text.recipient, "")
        state = "failed" if code else "delivered"
        if text.state == "sent":
            self._store.set_state(text.id, state, code)
            if not code:
                self._phone(text.recipient).show("sms", **{"from": text.sender, "text": text.body})
        else:
            state, code = text.state, text.code
        self._outbox.put(
            protocol.TextState(
                id=text.event_id or text.id,
                line=text.sender,
                at=self._clock.now(),
                key=text.message_key or "",
                ref=text.id,
                state=state,
                code=code,
            )
        )
