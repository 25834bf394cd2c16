"""Twilio's reports as our events. Pure: the same report gives the same event, also when repeated.

Sources: Twilio docs, "Call resource" (call progress events), "TwiML: Conference" (status callback
parameters), "TwiML: Gather", "Recording status callback", "Answering machine detection".
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contactcenter.channels.voice.base import (
    Collected,
    HoldChanged,
    Joined,
    Left,
    LegAnswered,
    LegEnded,
    LegOffered,
    LegRinging,
    MachineResult,
    MuteChanged,
    NoInput,
    Reached,
    RecordingReady,
    StepDone,
    VoiceEvent,
)
from contactcenter.channels.voice.twilio_account import PROVIDER
from contactcenter.channels.voice.twilio_receiver import Hook
from contactcenter.core.errors import Invalid
from contactcenter.core.ids import derived_id

CAUSES = {
    "completed": "normal",
    "busy": "busy",
    "no-answer": "no_answer",
    "failed": "failed",
    "canceled": "cancelled",
}
LEFT = {
    "participant_hung_up": "ended",
    "participant_add_failed": "ended",
    "participant_updated_via_api": "taken_out",
    "moderator_ended_conference": "room_ended",
    "conference_ended_via_api": "room_ended",
}
_PROGRESS, _ROOM, _END = 0, 1, 2


def offered(hook: Hook, now: datetime) -> LegOffered:
    """The first request of a call that comes in."""
    return LegOffered(
        **_base(hook, now, f"{hook.needed('CallSid')}:offered"),
        from_=hook.form.get("From", ""),
        to=hook.form.get("To", hook.line),
    )


def step_done(hook: Hook, now: datetime) -> StepDone:
    op = _op(hook)
    return StepDone(**_base(hook, now, _event_id(hook, "next", op)), op_id=op)


def collected(hook: Hook, now: datetime) -> Collected | NoInput:
    """What a ``<Gather>`` took; digits go before speech, and neither is ``NoInput``."""
    op = _op(hook)
    base = _base(hook, now, _event_id(hook, "collected", op))
    digits, words = hook.form.get("Digits", ""), hook.form.get("SpeechResult", "").strip()
    if digits:
        return Collected(**base, op_id=op, value=digits, how="digits")
    if words:
        return Collected(**base, op_id=op, value=words, how="speech")
    return NoInput(**base, op_id=op)


def progress(hook: Hook, now: datetime) -> VoiceEvent | None:
    """A call progress report; None for the states that mean nothing to us.

    Legs that come in are answered by our own document, so of those only the end is an event.
    """
    call, status = hook.needed("CallSid"), hook.needed("CallStatus")
    cause = CAUSES.get(status)
    rank = _END if cause else _PROGRESS
    base = _base(hook, now, f"{call}:{status}", rank)
    if cause:
        return LegEnded(**base, cause=cause, reached=_reached(hook))
    if hook.form.get("Direction", "").startswith("inbound"):
        return None
    if status == "ringing":
        return LegRinging(**base)
    if status in ("in-progress", "answered"):
        return LegAnswered(**{**base, "event_id": f"{call}:in-progress"})
    return None


def _reached(hook: Hook) -> Reached:
    """From the number of the last report: we ask for initiated, ringing, answered and completed,
    numbered from 0 in the order they happened (Twilio docs, "Call resource")."""
    if hook.form.get("Direction", "").startswith("inbound"):
        return ""
    before = _number(hook.form.get("SequenceNumber", "0"))
    return "up" if before >= 3 else "ringing" if before == 2 else ""


def room_change(hook: Hook, now: datetime) -> VoiceEvent | None:
    """A conference report about one participant; None for those about the whole room."""
    what, conference = hook.needed("StatusCallbackEvent"), hook.needed("ConferenceSid")
    if not what.startswith("participant-"):
        return None
    leg, room = hook.needed("CallSid"), hook.form.get("FriendlyName", conference)
    number = hook.form.get("SequenceNumber")
    event_id = f"{conference}:{number or ':'.join((leg, what, hook.form.get('Timestamp', '')))}"
    base = _base(hook, now, event_id, _ROOM)
    match what.removeprefix("participant-"):
        case "join":
            return Joined(**base, room=room)
        case "leave":
            why = hook.form.get("ReasonParticipantLeft", "")
            return Left(**base, room=room, reason=LEFT.get(why, "ended"))
        case "hold" | "unhold" as change:
            return HoldChanged(**base, on=change == "hold")
        case "mute" | "unmute" as change:
            return MuteChanged(**base, on=change == "mute")
    return None


def recording_ready(hook: Hook, now: datetime) -> RecordingReady | None:
    """A recording report; None until it is complete."""
    sid, status = hook.needed("RecordingSid"), hook.needed("RecordingStatus")
    if status != "completed":
        return None
    return RecordingReady(
        **_base(hook, now, f"{sid}:{status}"),
        recording=sid,
        media=hook.form.get("RecordingUrl", ""),
        seconds=float(_number(hook.form.get("RecordingDuration", "0"))),
    )


def machine_result(hook: Hook, now: datetime) -> MachineResult:
    """``AnsweredBy``: human, machine_start, machine_end_*, fax or unknown."""
    said = hook.needed("AnsweredBy")
    if said.startswith("machine") or said == "fax":
        result = "machine"
    else:
        result = "human" if said == "human" else "unknown"
    return MachineResult(**_base(hook, now, f"{hook.needed('CallSid')}:machine"), result=result)


def _base(hook: Hook, now: datetime, event_id: str, rank: int | None = None) -> dict[str, Any]:
    at = hook.at(now)
    return {
        "provider": PROVIDER,
        "line": hook.line,
        "event_id": event_id,
        "leg": hook.needed("CallSid"),
        "at": at,
        "order": None if rank is None else _order(hook, at, rank),
    }


def _order(hook: Hook, at: datetime, rank: int) -> int | None:
    """One rank over both of Twilio's counters, which number calls and conferences apart.

    Second, then stream (progress, room, end), then Twilio's own number; under 2**53.
    """
    if "Timestamp" not in hook.form:
        return None
    number = _number(hook.form.get("SequenceNumber", "0"))
    return int(at.timestamp()) * 1_000_000 + rank * 100_000 + min(number, 99_999)


def _event_id(hook: Hook, what: str, op: str) -> str:
    return str(derived_id(PROVIDER, hook.needed("CallSid"), what, op))


def _op(hook: Hook) -> str:
    op = hook.query.get("op", "")
    if not op:
        raise Invalid("The address names no op.", code="malformed_query")
    return op


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise Invalid("A number was expected.", code="malformed_body")
    return int(text)
