"""The state of the Twilio stand-in and the few acts all its parts share: hear, speak, ring, end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from contactcenter.core.clock import Clock
from contactcenter.standins.twilio_model import (
    VERSION,
    Call,
    Conference,
    Heard,
    Message,
    Queue,
    Recording,
    stamp,
)
from contactcenter.standins.twilio_webhooks import Webhooks

T = TypeVar("T")
_EVENT_OF = {"queued": "initiated", "ringing": "ringing", "in-progress": "answered"}


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the account and where its webhooks go."""

    voice_url: str = ""
    status_url: str = ""
    sms_url: str = ""
    fallback_url: str = ""


@dataclass(frozen=True, slots=True)
class Phone:
    """How a called party behaves.

    ``answers_after_s`` None waits for a script to answer. ``outcome``: answer, busy or failed.
    ``answered_by`` is what machine detection finds. ``text_error`` makes texts end undelivered
    with that code.
    """

    answers_after_s: float | None = None
    outcome: str = "answer"
    answered_by: str = "human"
    text_error: str = ""


@dataclass(slots=True, eq=False)
class World:
    """Everything of one account. ``pace`` scales all waiting: 0.05 makes a second last 50 ms."""

    account: str
    clock: Clock
    hooks: Webhooks
    pace: float = 1.0
    numbers: dict[str, Number] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    conferences: dict[str, Conference] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    alerts: list[str] = field(default_factory=list)
    api_url: str = ""
    _waiters: set[asyncio.Future[None]] = field(default_factory=set)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.pace)

    def poke(self) -> None:
        """Something changed: let those who wait look again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, what: Callable[[], T | None], timeout: float = 5.0) -> T:
        """Wait until ``what`` gives something. Raises ``TimeoutError``."""
        async with asyncio.timeout(timeout):
            while not (found := what()):
                waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiters.add(waiter)
                try:
                    await waiter
                finally:
                    self._waiters.discard(waiter)
            return found

    def params(self, call: Call) -> dict[str, str]:
        """What every voice webhook carries."""
        return {
            "AccountSid": self.account,
            "ApiVersion": VERSION,
            "CallSid": call.sid,
            "CallStatus": call.status,
            "Called": call.to,
            "Caller": call.from_,
            "Direction": call.direction,
            "From": call.from_,
            "To": call.to,
        }

    def now_stamp(self) -> str:
        return stamp(self.clock.now()) or ""

    def hear(self, call: Call, kind: str, text: str, language: str = "") -> None:
        call.heard.append(Heard(kind, text, language))
        self.poke()

    def room_of(self, call: Call) -> Conference | None:
        """The conference the call is in."""
        return next((c for c in self.conferences.values() if call.sid in c.inside), None)

    def speak(self, call: Call, text: str) -> None:
        """Say ``text`` into the call: to the room, to the bridged party, or to the menu."""
        for recording in self.running(call.sid):
            if recording.status == "in-progress":
                recording.words.append(text)
        room = self.room_of(call)
        if room is not None:
            me = room.inside[call.sid]
            for other in room.inside.values():
                if other is me or me.muted or me.hold or other.hold:
                    continue
                if me.coach is None or me.coach == other.call.sid:
                    self.hear(other.call, "voice", text)
        elif call.peer is not None:
            self.hear(call.peer, "voice", text)
        else:
            call.inputs.put_nowait(("speech", text))

    def running(self, sid: str) -> list[Recording]:
        """Recordings of this call that have not ended, newest last."""
        return [
            r
            for r in self.recordings.values()
            if r.call == sid and r.status in ("in-progress", "paused")
        ]

    def progress(self, call: Call) -> None:
        """Report a change of state to whom asked for it. ``completed`` stands for every end."""
        hooks = call.status_hooks
        event = _EVENT_OF.get(call.status, "completed")
        number, call.reports = call.reports, call.reports + 1
        if not hooks.url or event not in (hooks.events or {"completed"}):
            return
        params = self.params(call) | {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
            "Timestamp": self.now_stamp(),
        }
        if call.status == "queued":
            params["CallStatus"] = "initiated"
        if event == "completed":
            params |= {"CallDuration": str(call.lasted), "Duration": "1"}
        self.hooks.report(hooks.url, params)

    def lasted(self, began: datetime) -> int:
        """Whole seconds of this world's time since ``began``, at least one."""
        passed = (self.clock.now() - began).total_seconds()
        return max(1, round(passed / self.pace))

    def set_status(self, call: Call, status: str) -> None:
        call.status = status
        if status == "in-progress":
            call.started = self.clock.now()
        self.progress(call)
        self.poke()

    def end(self, call: Call, status: str) -> None:
        """Final; a second end is ignored. Whatever the call was doing stops."""
        if not call.live:
            return
        call.ended = self.clock.now()
        call.lasted = self.lasted(call.started) if call.started else 0
        for recording in self.running(call.sid):
            self.finish_recording(recording)
        call.status = status
        call.over.set()
        task = call.task
        if task is not None and task is not asyncio.current_task():
            task.cancel()
        self.progress(call)
        self.poke()

    async def ring(self, call: Call, timeout_s: float) -> bool:
        """Ring the called party. True when it answers; else the call has ended."""
        phone = self.phones.get(call.to, Phone())
        self.set_status(call, "ringing")
        if phone.outcome in ("busy", "failed"):
            self.end(call, phone.outcome)
            return False
        wait = timeout_s if phone.answers_after_s is None else phone.answers_after_s
        picked = await self._picked(call, min(wait, timeout_s))
        if not call.live:
            return False
        if not picked and (phone.answers_after_s is None or wait > timeout_s):
            self.end(call, "no-answer")
            return False
        call.picked.set()
        self.set_status(call, "in-progress")
        return True

    async def _picked(self, call: Call, wait_s: float) -> bool:
        try:
            async with asyncio.timeout(wait_s * self.pace):
                await call.picked.wait()
        except TimeoutError:
            return False
        return True

    def finish_recording(self, recording: Recording) -> None:
        """Complete a recording and report it."""
        recording.status = "completed"
        began = recording.created
        recording.seconds = self.lasted(began)
        self.hooks.report(
            recording.hook,
            {
                "AccountSid": self.account,
                "CallSid": recording.call,
                "RecordingSid": recording.sid,
                "RecordingUrl": recording.url(self.api_url),
                "RecordingStatus": "completed",
                "RecordingDuration": str(recording.seconds),
                "RecordingChannels": str(recording.channels),
                "RecordingStartTime": stamp(began) or "",
                "RecordingSource": recording.source,
            },
        )
        self.poke()
