"""Sums that fade: what happened ``t`` seconds ago counts ``exp(-t / window)``.

A fading sum needs two numbers, where a window that slides needs every event. Between two events all
sums of one window shrink by the same factor, so their order does not change with time: that is what
lets an index be ordered by them (``order_key``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import exp, inf, log

WINDOW_S = 1800.0
"""Of an agent's occupancy and share of offers, and of a queue's service level and handle times."""
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def faded(value: float, since: datetime | None, now: datetime, window_s: float = WINDOW_S) -> float:
    """What is left at ``now`` of a sum as of ``since`` (None: it is as of now)."""
    if not value or since is None or since >= now:
        return value
    return value * exp(-(now - since).total_seconds() / window_s)


def gained(since: datetime, until: datetime, window_s: float = WINDOW_S) -> float:
    """What a steady gain of 1 per second from ``since`` to ``until`` adds to a sum, faded (s)."""
    return window_s * (1.0 - exp(-(until - since).total_seconds() / window_s))


def order_key(value: float, at: datetime, window_s: float = WINDOW_S) -> float:
    """A number that orders sums as of different times: it does not change while they only fade."""
    if value <= 0:
        return -inf
    return log(value) + (at - _EPOCH).total_seconds() / window_s
