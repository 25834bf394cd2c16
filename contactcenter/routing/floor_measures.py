"""How queues go: fading sums of what was answered, handled and abandoned, and what follows."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from contactcenter.core.measures.recent import HALF_LIFE_S, HandleSummary, summarise
from contactcenter.routing.fading import faded
from contactcenter.routing.model import Queue, QueueState

ENOUGH = 3.0
"""So many recent interactions make a share or a mean worth acting on."""

MOST_RECENT = 48
"""Handle times kept of a queue for its wait estimate."""


def answered(state: QueueState, queue: Queue, wait_s: float, now: datetime) -> QueueState:
    """The sums after one more answer."""
    in_target = 1.0 if wait_s <= queue.target_s else 0.0
    return _plus(state, now, in_target=in_target, counted=1.0, waited_s=wait_s)


def abandoned(state: QueueState, queue: Queue, wait_s: float, now: datetime) -> QueueState:
    """The sums after a customer went unanswered; one who went within the target counts not."""
    late = 1.0 if wait_s > queue.target_s else 0.0
    return _plus(state, now, counted=late, abandoned=1.0, waited_s=wait_s)


def handled(state: QueueState, seconds: float, now: datetime) -> QueueState:
    """The sums after one more interaction was handled."""
    state = _plus(state, now, handled=1.0, handle_s=seconds)
    newest = (float(int(now.timestamp())), round(seconds, 1))
    return replace(state, recent=(*state.recent[1 - MOST_RECENT :], newest))


def service_level_percent(state: QueueState) -> float | None:
    """Answered in target / (answered + abandoned after it), of the last minutes; None: too few."""
    return 100.0 * state.in_target / state.counted if state.counted >= ENOUGH else None


def mean_handle_s(state: QueueState) -> float | None:
    """The mean handle time (s) of the last minutes; None: too few."""
    return state.handle_s / state.handled if state.handled >= ENOUGH else None


def _plus(
    state: QueueState,
    now: datetime,
    in_target: float = 0.0,
    counted: float = 0.0,
    handled: float = 0.0,
    handle_s: float = 0.0,
    abandoned: float = 0.0,
    waited_s: float = 0.0,
) -> QueueState:
    left = faded(1.0, state.faded_at, now)
    return replace(
        state,
        faded_at=now,
        in_target=state.in_target * left + in_target,
        counted=state.counted * left + counted,
        handled=state.handled * left + handled,
        handle_s=state.handle_s * left + handle_s,
        handle_s2=state.handle_s2 * left + handle_s * handle_s,
        abandoned=state.abandoned * left + abandoned,
        waited_s=state.waited_s * left + waited_s,
    )


def handling(state: QueueState, now: datetime) -> HandleSummary | None:
    """The recent handle times, older ones counting less; None when there are none."""
    at_s = now.timestamp()
    weighed = [
        (0.5 ** (max(0.0, at_s - ended_s) / HALF_LIFE_S), seconds)
        for ended_s, seconds in state.recent
    ]
    return summarise(weighed)


def leaving_per_s(state: QueueState) -> float:
    """The rate (1/s) at which one who waits leaves: those who left per second waited by all."""
    return state.abandoned / state.waited_s if state.waited_s > 0 else 0.0
