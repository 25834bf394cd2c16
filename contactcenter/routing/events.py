"""Effects as events of the interaction log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from contactcenter.crm.model import NewEvent
from contactcenter.routing import effects as fx


def event_of(effect: fx.Effect, at: datetime) -> tuple[UUID, NewEvent] | None:
    """``(interaction, event)``; None for what concerns an agent only."""
    if isinstance(effect, fx.StateChanged | fx.QueueClosed):
        return None
    by_agent = isinstance(effect, (fx.Accepted, fx.Rejected)) or (
        isinstance(effect, fx.WrappedUp) and effect.by == "agent"
    )
    actor = f"agent:{effect.agent}" if by_agent and isinstance(effect, fx.OfReservation) else ""
    event = NewEvent(fx.kind_of(effect), actor or "router", _data(effect), at=at)
    return effect.interaction, event


def _data(effect: fx.Effect) -> Mapping[str, Any]:
    match effect:
        case fx.Offered():
            return _of(effect) | {
                "queue": effect.queue,
                "expires_at": effect.expires_at.isoformat(),
            }
        case fx.Rejected() | fx.Withdrawn():
            return _of(effect) | {"reason": effect.reason}
        case fx.WrapUpStarted():
            until = effect.until.isoformat() if effect.until else None
            return {"agent": str(effect.agent), "mode": effect.mode, "until": until}
        case fx.WrappedUp():
            return {
                "agent": str(effect.agent),
                "disposition": effect.disposition,
                "by": effect.by,
            }
        case fx.Moved():
            return {"queue": effect.queue, "from": effect.from_}
        case fx.Dequeued():
            return {"queue": effect.queue, "reason": effect.reason}
        case fx.Widened():
            return {"queue": effect.queue, "added": list(effect.added)}
        case fx.Announced():
            return _told(effect)
        case fx.CallbackPlanned() | fx.CallbackDue():
            return _callback(effect)
        case fx.Closed():
            return {"reason": effect.reason}
        case fx.OfReservation():
            return _of(effect)
    raise TypeError(f"no event for {effect}")


def _of(effect: fx.OfReservation) -> dict[str, Any]:
    return {"reservation": str(effect.reservation), "agent": str(effect.agent)}


def _told(effect: fx.Announced) -> dict[str, Any]:
    told: dict[str, Any] = {
        "queue": effect.queue,
        "position": effect.position,
        "low_s": effect.low_s,
        "high_s": effect.high_s,
        "prompt": effect.prompt or None,
        "callback": effect.callback or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _callback(effect: fx.CallbackPlanned | fx.CallbackDue) -> dict[str, Any]:
    if isinstance(effect, fx.CallbackDue):
        agent = str(effect.agent) if effect.agent else None
        return {"queue": effect.queue, "attempt": effect.attempt, "agent": agent}
    due = effect.due_at.isoformat() if effect.due_at else None
    return {"queue": effect.queue, "due_at": due, "attempts": effect.attempts}
