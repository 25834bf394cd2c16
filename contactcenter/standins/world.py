"""The simulated carrier's world: customers with phones, legs, rooms and texts, in memory, with what
must outlive the process in a file. Implements ``channels.voice.world_port.CarrierWorld``."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from contactcenter.channels.voice import world as protocol
from contactcenter.channels.voice.world_port import Receive
from contactcenter.core.clock import Clock
from contactcenter.core.errors import Invalid
from contactcenter.core.ids import new_id
from contactcenter.standins.world_calls import Calls
from contactcenter.standins.world_outbox import Outbox
from contactcenter.standins.world_phones import Phones
from contactcenter.standins.world_rooms import Rooms
from contactcenter.standins.world_store import WorldStore
from contactcenter.standins.world_texts import Texts
from contactcenter.standins.world_timers import Timers

REMEMBERED_COMMANDS = 100_000
HUMAN_CHARS_PER_S = 12.0
"""Speed of spoken prompts as people hear them; 0 speaks in no time."""

_ONCE = (
    protocol.Hold,
    protocol.Mute,
    protocol.Hangup,
    protocol.Reject,
    protocol.Originate,
    protocol.Record,
    protocol.SpeakAs,
    protocol.RoomJoin,
    protocol.RoomLeave,
    protocol.Speak,
)
"""Commands that a second copy could do again; the others answer alike by their nature."""


class World:
    """One world. ``path`` None keeps texts in memory; ``chars_per_s`` is the speed of prompts."""

    def __init__(
        self,
        clock: Clock,
        *,
        path: Path | None = None,
        chars_per_s: float = HUMAN_CHARS_PER_S,
        text_delivery_s: float = 0.5,
    ) -> None:
        self.world_id = str(new_id())
        self.clock = clock
        self.store = WorldStore(path)
        self.outbox = Outbox()
        self._timers = Timers(clock)
        self.rooms = Rooms(clock, self.store)
        self.calls = Calls(clock, self._timers, self.outbox, self.rooms, chars_per_s)
        self.phones = Phones(self.calls, self.rooms, self.outbox)
        self.texts = Texts(
            clock, self._timers, self.outbox, self.store, self.calls.phone, text_delivery_s
        )
        self._done: OrderedDict[tuple[type, str], object] = OrderedDict()
        self._handlers = self._table()

    def start(self) -> None:
        """Take up what a former process left unfinished; needs a running loop."""
        self.texts.resume()

    async def close(self) -> None:
        await self._timers.close()
        self.store.close()

    def attach(
        self, kind: protocol.Kind, lines: Sequence[str], receive: Receive
    ) -> Callable[[], None]:
        return self.outbox.attach(kind, lines, receive)

    def ack(self, ids: Sequence[str]) -> None:
        self.outbox.ack(ids)
        self.store.ack(ids)

    def handle(self, command: protocol.AnyCommand) -> object:
        handler = self._handlers.get(type(command))
        if handler is None:
            raise Invalid(f"{type(command).__name__} is not a command to the world")
        if not isinstance(command, _ONCE) or not command.op_id:
            return handler(command)
        key = (type(command), command.op_id)
        if key not in self._done:
            value = handler(command)
            self._done[key] = value
            if len(self._done) > REMEMBERED_COMMANDS:
                self._done.popitem(last=False)
        return self._done[key]

    def _table(self) -> dict[type, Callable[[Any], object]]:
        calls, rooms = self.calls, self.rooms
        return {
            protocol.Live: calls.live,
            protocol.Begin: calls.begin,
            protocol.Answer: calls.answer,
            protocol.Speak: calls.speak,
            protocol.StopPrompts: calls.stop_prompts,
            protocol.Hangup: calls.hangup,
            protocol.Reject: calls.reject,
            protocol.Originate: calls.originate,
            protocol.Dial: calls.dial,
            protocol.RoomJoin: calls.join,
            protocol.RoomLeave: calls.leave,
            protocol.Hold: lambda c: rooms.hold(calls.leg(c.leg), c.on),
            protocol.Mute: lambda c: rooms.mute(calls.leg(c.leg), c.on),
            protocol.SpeakAs: lambda c: rooms.speak(calls.leg(c.leg), c.text, c.language),
            protocol.Record: self._record,
            protocol.Report: self._report,
            protocol.Fetch: lambda c: rooms.fetch(c.media),
            protocol.SmsSend: self.texts.send,
            protocol.SmsLookUp: self.texts.look_up,
        }

    def _record(self, command: protocol.Record) -> None:
        what, _, name = command.target.partition(":")
        if what == "room":
            self.rooms.record_room(command.op_id, name, command.action)
        elif what == "leg":
            self.rooms.record_leg(command.op_id, self.calls.leg(name), command.action)
        else:
            raise Invalid(f"{command.target!r} can not be recorded", hint="room:NAME or leg:ID")

    def _report(self, command: protocol.Report) -> None:
        """Swap the input for its outcome, in one step: a crash sees the one or the other."""
        self.outbox.ack(command.consumed)
        self.calls.report(command)
