"""Steps as TwiML. Pure text work: no request, no state, so the same steps give the same bytes.

What asks us again carries the ``op_id`` of its step list and what for (``do``) in its address:

==========  ==================================================================================
next        the list came to ``Next``: a core event (``StepDone``)
collected   a ``Collect`` ended: a core event (``Collected`` or ``NoInput``)
bounce      a ``Park``, ``Bridge`` or ``Dial`` ended. Twilio asks this also when a REST update cut
            the step short, and then throws the answer away; so the answer is only a redirect to
            ``next``, and the core hears of it just when the redirect is really taken
after       a ``Record`` ended: the steps that follow it, no core event
==========  ==================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from contactcenter.channels.voice import twilio_languages as languages
from contactcenter.channels.voice.steps import (
    Bridge,
    Collect,
    Dial,
    Hangup,
    Next,
    Park,
    Pause,
    Play,
    Record,
    Reject,
    Say,
    Step,
    checked,
)
from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.channels.voice.twilio_packing import packed
from contactcenter.channels.voice.twilio_verbs import clean, element, text

XML = '<?xml version="1.0" encoding="UTF-8"?>'
ROOM_EVENTS = "start end join leave mute hold"
MAX_SAY = 4096
"""Characters of one ``<Say>`` (Twilio error 13521 beyond)."""

EMPTY = f"{XML}<Response/>"
FALLBACK = (
    f"{XML}<Response><Say>We are sorry, we can not take your call right now. "
    "Please call again in a few minutes.</Say>"
    '<Say language="cmn-CN">非常抱歉，暂时无法接听您的来电，请稍后再拨。</Say><Hangup/></Response>'
)
"""The static document for a number's fallback address (see docs/providers/twilio.md)."""


@dataclass(frozen=True, slots=True)
class Script:
    """Where a document belongs: account, line, and the ``op_id`` of its steps.

    ``coach`` is the call a whispering supervisor speaks to; ``answered`` is False only for the
    document that answers an offered call, the one place where Twilio allows ``<Reject>``.
    """

    account: TwilioAccount
    line: str
    op_id: str
    answered: bool = True
    coach: str | None = None

    def ask(self, do: str, **query: str) -> str:
        return self.account.webhook("voice", self.line, op=self.op_id, do=do, **query)


def render(steps: Sequence[Step], script: Script) -> str:
    """The document that makes a leg do ``steps``; ends as ``checked`` demands."""
    steps = checked(steps)
    body = "".join(_step(step, steps[i + 1 :], script) for i, step in enumerate(steps))
    return f"{XML}<Response>{body}</Response>"


def hold_document(script: Script, seconds: int = 20) -> str:
    """Keep the leg for a while, then ask the core again: what is said when it has no answer yet."""
    body = element("Pause", {"length": str(seconds)}) + _redirect(script.ask("next"))
    return f"{XML}<Response>{body}</Response>"


def bounce_document(script: Script) -> str:
    """Go and ask the core what comes next (see the module's table)."""
    return f"{XML}<Response>{_redirect(script.ask('next'))}</Response>"


def wait_document(park: Park, account: TwilioAccount) -> str:
    """One round of what a parked caller hears; Twilio asks again at its end."""
    body = "".join(_spoken(step, account) for step in park.announcements)
    if account.hold_music_url:
        body += element("Play", {}, text(account.hold_music_url))
    else:
        body += element("Pause", {"length": _seconds(park.repeat_s)})
    return f"{XML}<Response>{body}</Response>"


def as_carried(step: Step) -> Step:
    """``step`` as TwiML can carry it: whole seconds, canonical languages, no cause on a hang-up."""
    match step:
        case Say(words, language, voice):
            return Say(clean(words)[:MAX_SAY], languages.canonical(language), voice)
        case Pause(seconds):
            return Pause(float(_seconds(seconds)))
        case Collect():
            prompts = tuple(as_carried(p) for p in step.prompts)
            spoken = tuple(p for p in prompts if isinstance(p, Say | Play | Pause))
            return replace(
                step,
                prompts=spoken,
                digits=step.digits or not step.speech,
                first_timeout_s=float(_seconds(step.first_timeout_s)),
                gap_timeout_s=float(_seconds(step.gap_timeout_s)),
                hints=_hints(step.hints),
                language=languages.canonical(step.language),
            )
        case Park():
            return replace(step, repeat_s=float(_seconds(step.repeat_s)))
        case Dial(target, ring):
            return Dial(target, float(_seconds(ring)))
        case Record(longest, key):
            return Record(float(_seconds(longest)), key)
        case Hangup():
            return Hangup()
    return step


def _step(step: Step, rest: Sequence[Step], script: Script) -> str:
    account = script.account
    match step:
        case Say() | Play() | Pause():
            return _spoken(step, account)
        case Collect():
            return _gather(step, script)
        case Park():
            return _enqueue(step, script)
        case Bridge(room, role):
            return _conference(room, role, script)
        case Dial():
            return _dial(step, script)
        case Record():
            return _record(step, rest, script)
        case Next():
            return _redirect(script.ask("next"))
        case Reject(cause) if not script.answered:
            return element("Reject", {"reason": cause})
        case Reject() | Hangup():
            return element("Hangup", {})


def _spoken(step: Say | Play | Pause, account: TwilioAccount) -> str:
    if isinstance(step, Say):
        return _said(step)
    if isinstance(step, Play):
        return element("Play", {}, text(account.media_url(step.media)))
    return element("Pause", {"length": _seconds(step.seconds)})


@lru_cache(maxsize=1024)
def _said(step: Say) -> str:
    """Kept: a menu says the same to every caller."""
    words = text(clean(step.text)[:MAX_SAY])
    attributes = {"language": languages.for_say(step.language), "voice": step.voice}
    return element("Say", attributes, words)


def _gather(step: Collect, script: Script) -> str:
    prompts = "".join(_spoken(prompt, script.account) for prompt in step.prompts)
    kinds = [name for name, on in (("dtmf", step.digits), ("speech", step.speech)) if on]
    # Twilio knows one timeout for the first key and for those after it; ours for the gap, and how
    # many verbs before the Gather are its uninterruptible prompt, travel in the address.
    before = "" if step.barge_in else str(len(step.prompts))
    attributes = {
        "input": " ".join(kinds) or "dtmf",
        "action": script.ask("collected", gap=_seconds(step.gap_timeout_s), before=before),
        "method": "POST",
        "numDigits": str(step.max_digits),
        "finishOnKey": step.finish_key,
        "timeout": _seconds(step.first_timeout_s),
        "speechTimeout": "auto" if step.speech else None,
        "hints": ",".join(_hints(step.hints)) or None,
        "language": languages.for_speech(step.language),
        # Without this an empty input falls through to the next verb and the core hears nothing.
        "actionOnEmptyResult": "true",
    }
    if step.barge_in:
        return element("Gather", attributes, prompts)
    return prompts + element("Gather", attributes)


def _enqueue(step: Park, script: Script) -> str:
    account, line = script.account, script.line
    wait = None
    if step.announcements or account.hold_music_url:
        spoken = packed(step.announcements)
        seconds = _seconds(step.repeat_s)
        wait = account.webhook("wait", line, op=script.op_id, steps=spoken, every=seconds)
    attributes = {
        "action": script.ask("bounce", every=_seconds(step.repeat_s)),
        "method": "POST",
        "waitUrl": wait,  # None: Twilio's own music
        "waitUrlMethod": "POST" if wait else None,
    }
    return element("Enqueue", attributes, text(step.queue))


def _conference(room: str, role: str, script: Script) -> str:
    heard = role in ("customer", "agent", "barge")
    attributes = {
        "beep": "false",
        "muted": None if heard or script.coach else "true",
        # Supervisors must not start or end what customer and agent share.
        "startConferenceOnEnter": "true" if role in ("customer", "agent") else "false",
        "endConferenceOnExit": "false",
        "participantLabel": f"{role}:{script.op_id}"[:128],
        "coach": script.coach if role == "whisper" else None,
        # Twilio takes these from the first leg to enter and ignores the rest, so they name no leg.
        "statusCallback": script.account.webhook("room", script.line),
        "statusCallbackMethod": "POST",
        "statusCallbackEvent": ROOM_EVENTS,
    }
    inner = element("Conference", attributes, text(room))
    return element("Dial", {"action": script.ask("bounce"), "method": "POST"}, inner)


def _dial(step: Dial, script: Script) -> str:
    target = script.account.agent_target(step.target)
    if target.startswith("client:"):
        noun = element("Client", {}, text(target.removeprefix("client:")))
    elif target.startswith("sip:"):
        noun = element("Sip", {}, text(target))
    else:
        noun = element("Number", {}, text(target))
    attributes: dict[str, str | None] = {
        "action": script.ask("bounce", to=step.target),
        "method": "POST",
        "timeout": _seconds(step.ring_timeout_s),
        "callerId": script.line,
    }
    return element("Dial", attributes, noun)


def _record(step: Record, rest: Sequence[Step], script: Script) -> str:
    account, line = script.account, script.line
    attributes: dict[str, str | None] = {
        # Without an action Twilio would ask for the whole document again.
        "action": script.ask("after", steps=packed(rest)),
        "method": "POST",
        "maxLength": _seconds(step.max_s),
        "finishOnKey": step.finish_key,
        "recordingStatusCallback": account.webhook("recording", line, op=script.op_id),
        "recordingStatusCallbackMethod": "POST",
        "recordingStatusCallbackEvent": "completed",
    }
    return element("Record", attributes)


def _redirect(url: str) -> str:
    return element("Redirect", {"method": "POST"}, text(url))


def _seconds(value: float) -> str:
    """Twilio counts whole seconds, at least one."""
    return str(max(1, round(value)))


@lru_cache(maxsize=1024)
def _hints(hints: tuple[str, ...]) -> tuple[str, ...]:
    """Hints are joined by commas, so none may hold one."""
    plain = (" ".join(clean(hint).replace(",", " ").split()) for hint in hints)
    return tuple(hint for hint in plain if hint)
