"""The world's events in the words of the voice port."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from contactcenter.channels.voice import base, world


class _Common(TypedDict):
    provider: str
    line: str
    event_id: str
    leg: str
    at: datetime
    order: int | None
    origin: str


def to_port(provider: str, event: world.AnyEvent) -> base.VoiceEvent | None:
    """The port's event; None for what concerns only the runner (keys, prompts) or texts."""
    common = _Common(
        provider=provider,
        line=event.line,
        event_id=event.id,
        leg=event.leg,
        at=event.at,
        order=event.seq or None,
        origin=event.origin,
    )
    match event:
        case world.Offered():
            return base.LegOffered(from_=event.from_, to=event.to, **common)
        case world.Ringing():
            return base.LegRinging(**common)
        case world.Answered():
            return base.LegAnswered(**common)
        case world.Ended():
            return base.LegEnded(cause=event.cause, **common)
        case world.Reported():
            return _outcome(event, common)
        case world.RoomJoined():
            return base.Joined(room=event.room, **common)
        case world.RoomLeft():
            return base.Left(room=event.room, reason=event.reason, **common)
        case world.HoldSet():
            return base.HoldChanged(on=event.on, **common)
        case world.MuteSet():
            return base.MuteChanged(on=event.on, **common)
        case world.Caption():
            return base.Captioned(text=event.text, language=event.language, **common)
        case world.Recorded():
            return base.RecordingReady(
                recording=event.recording, media=event.media, seconds=event.seconds, **common
            )
    return None


def _outcome(event: world.Reported, common: _Common) -> base.VoiceEvent:
    if event.outcome == "collected":
        return base.Collected(op_id=event.steps_op, value=event.value, how=event.how, **common)
    if event.outcome == "no_input":
        return base.NoInput(op_id=event.steps_op, **common)
    return base.StepDone(op_id=event.steps_op, **common)
