"""Voice webhooks: report to the core, answer with its steps.

Two kinds of request. *Documents* (``voice``, ``wait``, ``fallback``) must be answered with what the
leg does next; *reports* (``status``, ``room``, ``recording``, ``machine``) are acknowledged, and if
the core answers one with steps they are sent to the leg as a command afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from contactcenter.channels.receiver import WebReply
from contactcenter.channels.voice import twilio_events as events
from contactcenter.channels.voice.base import (
    Joined,
    Left,
    LegEnded,
    LegOffered,
    VoiceEvent,
    VoiceSink,
)
from contactcenter.channels.voice.steps import Park, Play, Say, Step
from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.channels.voice.twilio_book import Book
from contactcenter.channels.voice.twilio_packing import unpacked
from contactcenter.channels.voice.twilio_receiver import Hook, TwilioReceiver, twiml
from contactcenter.channels.voice.twilio_twiml import (
    FALLBACK,
    Script,
    bounce_document,
    hold_document,
    render,
    wait_document,
)
from contactcenter.core.clock import Clock
from contactcenter.core.errors import Invalid, TransportError

FollowUp = Callable[[str, str, Sequence[Step]], None]
"""(op_id, leg, steps): run these later, outside the webhook."""


class VoiceHooks:
    """Translates the voice webhooks of one account. ``sink`` is set while the adapter runs."""

    def __init__(
        self, account: TwilioAccount, clock: Clock, book: Book, follow_up: FollowUp
    ) -> None:
        self._account = account
        self._clock = clock
        self._book = book
        self._follow_up = follow_up
        self.sink: VoiceSink | None = None

    def register(self, receiver: TwilioReceiver) -> None:
        receiver.register("voice", self.document)
        receiver.register("wait", self.wait)
        receiver.register("fallback", self.fallback)
        receiver.register("status", self.status)
        receiver.register("room", self.room)
        receiver.register("recording", self.recording)
        receiver.register("machine", self.machine)

    async def document(self, hook: Hook) -> WebReply:
        """What the leg does next, by the ``do`` of the address (see ``twilio_twiml``)."""
        now = self._clock.now()
        script = Script(self._account, hook.line, hook.query.get("op", ""))
        match hook.query.get("do", ""):
            case "":
                return await self._answer(events.offered(hook, now), hook)
            case "next":
                return await self._answer(events.step_done(hook, now), hook)
            case "collected":
                return await self._answer(events.collected(hook, now), hook)
            case "bounce":
                return twiml(bounce_document(script))
            case "after":
                return twiml(render(unpacked(hook.query.get("steps", "")), script))
        raise Invalid("The address asks for something we do not do.", code="malformed_query")

    async def wait(self, hook: Hook) -> WebReply:
        """One round of announcements for a parked leg; no core event."""
        spoken = unpacked(hook.query.get("steps", ""))
        every = hook.query.get("every", "30")
        if not every.isdigit():
            raise Invalid("every must be a number of seconds.", code="malformed_query")
        announcements = tuple(s for s in spoken if isinstance(s, Say | Play))
        return twiml(wait_document(Park("", announcements, float(every)), self._account))

    async def fallback(self, hook: Hook) -> WebReply:
        """What a caller hears when the core failed: no core event, no database."""
        return twiml(FALLBACK)

    async def status(self, hook: Hook) -> WebReply:
        event = events.progress(hook, self._clock.now())
        if hook.query.get("op"):
            self._book.started(hook.query["op"], hook.needed("CallSid"))
        return await self._report(event, hook)

    async def room(self, hook: Hook) -> WebReply:
        event = events.room_change(hook, self._clock.now())
        conference = hook.needed("ConferenceSid")
        if isinstance(event, Joined):
            self._book.joined(event.leg, event.room, conference)
        elif isinstance(event, Left):
            self._book.left(event.leg)
        elif hook.form.get("StatusCallbackEvent") == "conference-end":
            self._book.room_ended(hook.form.get("FriendlyName", ""), conference)
        return await self._report(event, hook)

    async def recording(self, hook: Hook) -> WebReply:
        return await self._report(events.recording_ready(hook, self._clock.now()), hook)

    async def machine(self, hook: Hook) -> WebReply:
        return await self._report(events.machine_result(hook, self._clock.now()), hook)

    async def _answer(self, event: VoiceEvent, hook: Hook) -> WebReply:
        """The core's steps as a document; when it has none yet, the leg is kept for a while."""
        self._book.met(event.leg, event.line)
        steps = await self._deliver(event, hook)
        offered = isinstance(event, LegOffered)
        script = Script(self._account, hook.line, event.event_id, answered=not offered)
        return twiml(hold_document(script) if steps is None else render(steps, script))

    async def _report(self, event: VoiceEvent | None, hook: Hook) -> WebReply:
        if event is None:
            return twiml()
        if isinstance(event, LegEnded):
            self._book.ended(event.leg)
        steps = await self._deliver(event, hook)
        if steps is not None and not isinstance(event, LegEnded):
            self._follow_up(event.event_id, event.leg, steps)
        return twiml()

    async def _deliver(self, event: VoiceEvent, hook: Hook) -> Sequence[Step] | None:
        if self.sink is None:
            raise TransportError("The Twilio adapter is not running.", permanent=False)
        return await self.sink(replace(event, origin=self._origin(event.leg, hook)))

    def _origin(self, leg: str, hook: Hook) -> str:
        """The op that started this leg: remembered, else as the address or the label has it.

        After a restart the label of a leg that was moved names the op of the move; no leg was
        started by that one, so it leads nowhere instead of astray.
        """
        if hook.form.get("Direction", "").startswith("inbound"):
            return ""
        label = hook.form.get("ParticipantLabel", "").partition(":")[2]
        return self._book.ops.get(leg) or label or hook.query.get("op", "")
