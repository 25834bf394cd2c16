"""Plays a TwiML document to one call, as Twilio does.

Two habits of Twilio worth keeping: a REST update that cuts an ``<Enqueue>`` or ``<Dial>`` short
still asks for that verb's ``action`` and throws the answer away; and a document that ends hangs up.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from contactcenter.standins import twilio_conferences as conferences
from contactcenter.standins.twilio_model import Call, Queue, Recording
from contactcenter.standins.twilio_reader import NOUNS, WAITING, TwimlError, Verb, read
from contactcenter.standins.twilio_webhooks import HookFailed
from contactcenter.standins.twilio_world import World

SILENCE_S = 5.0
"""Twilio's default patience of ``<Gather>`` and ``<Record>``."""


@dataclass(frozen=True, slots=True)
class Goto:
    """Go on with the document at ``url``, asked for with these parameters besides the usual."""

    url: str
    params: dict[str, str] = field(default_factory=dict)


SPEECH_CHARS_PER_S = 15.0


class Left(Exception):
    """``<Leave>`` inside a wait document."""


class Player:
    """Plays to one call until it is over or the documents end."""

    def __init__(self, world: World, call: Call) -> None:
        self._world = world
        self._call = call
        self._url = ""

    async def play(self, start: Goto | str, fallback: str = "") -> None:
        """``start``: where to ask, or a document given outright."""
        world, call = self._world, self._call
        try:
            await self._follow(start, fallback)
        except (HookFailed, TwimlError) as exc:
            # The caller hears Twilio's "an application error has occurred".
            world.alerts.append(str(exc))
            world.hear(call, "say", "application error")
        if call.live:
            world.end(call, "completed")

    async def _follow(self, start: Goto | str, fallback: str) -> None:
        todo: Goto | None = start if isinstance(start, Goto) else None
        verbs = () if isinstance(start, Goto) else read(start)
        while True:
            if todo is not None:
                verbs = await self._fetch(todo, fallback)
            if not self._answer(verbs):
                return
            todo = await self._verbs(verbs)
            if todo is None:
                return

    async def _fetch(self, goto: Goto, fallback: str = "") -> tuple[Verb, ...]:
        params = self._world.params(self._call) | goto.params
        self._url = goto.url
        try:
            return read(await self._world.hooks.document(goto.url, params), goto.url)
        except HookFailed as exc:
            if not fallback:
                raise
            self._world.alerts.append(str(exc))
            return read(await self._world.hooks.document(fallback, params), fallback)

    def _answer(self, verbs: tuple[Verb, ...]) -> bool:
        """A call that comes in is answered by its first document, unless that rejects it."""
        call = self._call
        if call.status == "ringing":
            if verbs and verbs[0].name == "Reject":
                reason = verbs[0].get("reason", "rejected")
                self._world.end(call, "busy" if reason == "busy" else "no-answer")
                return False
            self._world.set_status(call, "in-progress")
        return call.live

    async def _verbs(self, verbs: tuple[Verb, ...]) -> Goto | None:
        for verb in verbs:
            goto = await self._verb(verb)
            if goto is not None:
                return goto
            if not self._call.live:
                return None
        return None

    async def _verb(self, verb: Verb) -> Goto | None:
        match verb.name:
            case "Say" | "Play" | "Pause":
                await self._spoken(verb)
            case "Gather":
                return await self._gather(verb)
            case "Record":
                return await self._record(verb)
            case "Enqueue":
                return await self._enqueue(verb)
            case "Dial":
                return await self._dial(verb)
            case "Redirect":
                return Goto(verb.text)
            case "Hangup":
                self._world.end(self._call, "completed")
            case "Leave":
                raise Left
            case _:  # Reject after the call was answered: Twilio goes on
                self._world.alerts.append(f"{verb.name} came too late")
        return None

    async def _spoken(self, verb: Verb) -> None:
        if verb.name == "Pause":
            await self._world.sleep(verb.whole("length", 1))
        else:
            kind = verb.name.lower()
            self._world.hear(self._call, kind, verb.text, verb.get("language", "en-US"))
            if kind == "say":
                await self._world.sleep(len(verb.text) / SPEECH_CHARS_PER_S)

    async def _prompts(self, verbs: tuple[Verb, ...]) -> None:
        for verb in verbs:
            await self._spoken(verb)

    async def _gather(self, verb: Verb) -> Goto | None:
        prompts = asyncio.ensure_future(self._prompts(verb.inside))
        try:
            digits, words = await self._take(verb, prompts)
        finally:
            prompts.cancel()
        action = verb.get("action", self._url)
        if digits is not None or words:
            got = (
                {"SpeechResult": words, "Confidence": "0.9"} if words else {"Digits": digits or ""}
            )
            return Goto(action, got)
        if verb.yes("actionOnEmptyResult"):
            return Goto(action, {"Digits": ""})
        return None

    async def _take(self, verb: Verb, prompts: asyncio.Future[None]) -> tuple[str | None, str]:
        """(digits, words); digits is None when no key came at all."""
        kinds = verb.get("input", "dtmf").split()
        patience = verb.whole("timeout", int(SILENCE_S))
        most = verb.whole("numDigits", 0)
        ends = verb.get("finishOnKey", "#")
        digits: str | None = None
        while True:
            got = await self._input(patience, prompts if digits is None else None)
            if got is None:
                return digits, ""
            kind, value = got
            if kind == "speech":
                if "speech" in kinds and digits is None:
                    return None, value
            elif "dtmf" in kinds:
                if value and value in ends:
                    return digits or "", ""
                digits = (digits or "") + value
                if most and len(digits) >= most:
                    return digits, ""

    async def _input(
        self, patience_s: float, prompts: asyncio.Future[None] | None
    ) -> tuple[str, str] | None:
        """The next key or words, or None after ``patience_s`` from the end of the prompts.

        Keys pressed before the document came are kept: Twilio would drop them, but a script that
        presses when it hears the prompt must not race our own speed.
        """
        getter = asyncio.ensure_future(self._call.inputs.get())
        try:
            if prompts is not None:
                both: set[asyncio.Future[Any]] = {getter, prompts}
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not getter.done():
                await asyncio.wait({getter}, timeout=patience_s * self._world.pace)
            return getter.result() if getter.done() else None
        finally:
            getter.cancel()

    async def _record(self, verb: Verb) -> Goto | None:
        world, call = self._world, self._call
        world.hear(call, "beep", "")
        recording = Recording(world.account, call.sid, world.clock.now(), "RecordVerb")
        recording.hook = verb.get("recordingStatusCallback")
        ends = verb.get("finishOnKey", "1234567890*#")
        key = ""
        while not key:
            got = await self._input(verb.whole("timeout", int(SILENCE_S)), None)
            if got is None:
                break
            if got[0] == "speech":
                recording.words.append(got[1])
            elif got[1] in ends:
                key = got[1]
        if not recording.words:
            return None  # nothing but silence: the next verb
        world.recordings[recording.sid] = recording
        world.finish_recording(recording)
        return Goto(
            verb.get("action", self._url),
            {
                "RecordingSid": recording.sid,
                "RecordingUrl": recording.url(world.api_url),
                "RecordingDuration": str(recording.seconds),
                "Digits": key,
            },
        )

    async def _enqueue(self, verb: Verb) -> Goto | None:
        world, call = self._world, self._call
        queue = world.queues.setdefault(
            verb.text, Queue(world.account, verb.text, world.clock.now())
        )
        action = verb.get("action")
        if len(queue.waiting) >= queue.max_size:
            return Goto(action, {"QueueResult": "queue-full"}) if action else None
        queue.waiting.append(call)
        world.poke()
        result = "leave"
        try:
            await self._wait(verb.get("waitUrl"), queue)
        except Left:
            pass
        except asyncio.CancelledError:
            result = "redirected" if call.live else "hangup"
            world.hooks.later(action, world.params(call) | {"QueueResult": result})
            raise
        finally:
            queue.waiting.remove(call)
            world.poke()
        return Goto(action, {"QueueResult": result, "QueueSid": queue.sid}) if action else None

    async def _wait(self, url: str, queue: Queue) -> None:
        """What a waiting caller hears, over and over, until something ends it."""
        call, here = self._call, self._url
        if not url:
            self._world.hear(call, "music", "")
            await asyncio.Event().wait()
        goto: Goto | None = None
        while call.live:
            place = {
                "QueueSid": queue.sid,
                "QueuePosition": str(queue.waiting.index(call) + 1),
                "CurrentQueueSize": str(len(queue.waiting)),
            }
            verbs = await self._fetch(goto or Goto(url, place))
            wrong = [verb.name for verb in verbs if verb.name not in WAITING]
            if wrong:
                raise TwimlError(14209, f"Verbs not allowed while waiting: {', '.join(wrong)}")
            goto = await self._verbs(verbs)
            self._url = here
            await self._world.sleep(1)

    async def _dial(self, verb: Verb) -> Goto | None:
        noun = verb.inside[0] if verb.inside else Verb("Number", {}, verb.text)
        if noun.name not in NOUNS:
            raise TwimlError(12200, f"<{noun.name}> can not be dialled")
        if noun.name == "Conference":
            status = await self._conference(verb, noun)
        else:
            status = await self._party(verb, noun)
        action = verb.get("action")
        return Goto(action, {"DialCallStatus": status}) if action else None

    async def _conference(self, verb: Verb, noun: Verb) -> str:
        world, call = self._world, self._call
        one = conferences.join(world, call, noun)
        try:
            await one.gone.wait()
        except asyncio.CancelledError:
            reason = "participant_updated_via_api" if call.live else "participant_hung_up"
            conferences.leave(world, call, reason)
            interrupted = world.params(call) | {"DialCallStatus": "completed"}
            world.hooks.later(verb.get("action"), interrupted)
            raise
        return "completed"

    async def _party(self, verb: Verb, noun: Verb) -> str:
        world, call = self._world, self._call
        to = f"client:{noun.text}" if noun.name == "Client" else noun.text
        shown = verb.get("callerId", call.from_)
        child = Call(world.account, shown, to, "outbound-dial", world.clock.now(), parent=call.sid)
        world.calls[child.sid] = child
        try:
            if not await world.ring(child, verb.whole("timeout", 30)):
                return child.status
            call.peer, child.peer = child, call
            await child.over.wait()
        except asyncio.CancelledError:
            interrupted = world.params(call) | {"DialCallStatus": "completed"}
            world.hooks.later(verb.get("action"), interrupted)
            raise
        finally:
            call.peer = None
            world.end(child, "completed")
        return "completed"
