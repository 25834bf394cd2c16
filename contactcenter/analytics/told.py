"""What became of those who were told a wait: a pure fold of one interaction's events.

An announcement is answered when its customer is: voice when both sides are connected, text and
mail at the first human reply (as ``today``). It is cut short when the customer leaves the queue it
spoke of in any other way; then the wait would have been longer than was seen, and nobody knows by
how much.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contactcenter.crm.log import Event

KINDS = (
    "announced", "queued", "moved", "dequeued", "connected", "message_queued", "callback_planned",
    "closed",
)  # fmt: skip
"""What the fold looks at; other kinds may be left out."""

Outcome = Literal["answered", "left", "waiting"]
"""``left``: gave up, took a callback, was moved to another queue, sent away; ``waiting``: still."""


@dataclass(frozen=True, slots=True)
class Told:
    """One announcement and what came after it."""

    log_position: int
    queue: str
    at: datetime
    position: int | None
    """The place in the line; None when it was not told."""
    band: tuple[float, float] | None
    """The wait told, s; None: the estimate was unsure."""
    stay: int
    """Which of the interaction's stays in queues it was, from 0."""
    outcome: Outcome
    waited_s: float
    """From the announcement on, until answered, left or now."""


def told(events: Iterable[Event], now: datetime) -> list[Told]:
    """Every announcement of place or wait to one interaction, in order; ``events`` in order too."""
    found: list[Told] = []
    open_: list[Event] = []
    queue: str | None = None
    stay = 0

    def end(outcome: Outcome, at: datetime) -> None:
        nonlocal stay
        found.extend(_told(each, stay, outcome, at) for each in open_)
        open_.clear()
        stay += 1

    for event in events:
        if event.kind in ("queued", "moved"):
            if event.data["queue"] != queue:
                end("left", event.at)
            queue = event.data["queue"]
        elif event.kind == "announced":
            if not event.data.get("callback"):
                open_.append(event)
        elif event.kind == "connected" or _is_human_reply(event):
            end("answered", event.at)
        elif event.kind in ("dequeued", "callback_planned", "closed"):
            end("left", event.at)
            queue = None
    end("waiting", now)
    return found


def _told(event: Event, stay: int, outcome: Outcome, at: datetime) -> Told:
    data = event.data
    low, high = data.get("low_s"), data.get("high_s")
    return Told(
        log_position=event.position,
        queue=str(data["queue"]),
        at=event.at,
        position=data.get("position"),
        band=None if low is None or high is None else (float(low), float(high)),
        stay=stay,
        outcome=outcome,
        waited_s=max(0.0, (at - event.at).total_seconds()),
    )


def _is_human_reply(event: Event) -> bool:
    return event.kind == "message_queued" and event.actor.startswith("agent:")
