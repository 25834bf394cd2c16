"""How a queue looks to a newcomer: how many wait, and the wait to expect, for menus to branch on.

From the committed rows, by the model of announcements (``routing.estimate``); every server node
answers its own callers, so nothing is asked of the router.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from contactcenter.core.db import Tx
from contactcenter.handling.preferred import queue_of
from contactcenter.routing.config import agent_from
from contactcenter.routing.estimate import Situation, estimate
from contactcenter.routing.floor_measures import handling, leaving_per_s
from contactcenter.routing.floor_outlook import COVERAGE
from contactcenter.routing.match import FREE
from contactcenter.routing.model import LIVE, Agent, Channel, Queue, QueueState
from contactcenter.routing.skills import at_best, meets
from contactcenter.routing.standing import room_of
from contactcenter.routing.tables import agent, agent_state, queue_state, reservation
from contactcenter.routing.tables import waiting as w

UNSURE = "unsure"
"""The value of a wait that the model does not know."""
KEPT = timedelta(seconds=5)
"""An estimate is used for so long; announcements are as old."""


def length(tx: Tx, queue: str) -> int:
    """How many wait in the queue or are being offered."""
    waits = (w.c.queue == queue, w.c.state.in_(("waiting", "offered")))
    return int(tx.scalar(select(func.count()).where(*waits)) or 0)


class Outlook:
    """Wait estimates of queues, each kept for a moment."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[datetime, dict[int, int | str]]] = {}

    def wait(self, tx: Tx, name: str, channel: Channel, position: int) -> int | str:
        """The minutes within which who comes to this place is answered (0: at once), or
        ``UNSURE``."""
        kept = self._known.get((name, channel))
        if kept is None or not timedelta(0) <= tx.now - kept[0] < KEPT:
            kept = self._known[name, channel] = (tx.now, {})
        if position not in kept[1]:
            kept[1][position] = _minutes(tx, name, channel, position)
        return kept[1][position]


def _minutes(tx: Tx, name: str, channel: Channel, position: int) -> int | str:
    queue = queue_of(tx, name)
    if queue is None:
        return UNSURE
    found = estimate(situation(tx, queue, channel, position), coverage=COVERAGE)
    return UNSURE if found is None else math.ceil(found.high_s / 60)


def situation(tx: Tx, queue: Queue, channel: Channel, position: int) -> Situation:
    """What the rows say of the wait at this place."""
    held: dict[UUID, list[Any]] = {}
    r = reservation.c
    live = select(r.agent_id, r.channel, r.accepted_at).where(r.state.in_(LIVE))
    for row in tx.all(live):
        held.setdefault(row.agent_id, []).append(row)
    free, serving = 0, []
    for one, presence in _agents(tx):
        if queue.name not in one.queues or presence != "available":
            continue
        mine = held.get(one.id, ())
        begun = [row.accepted_at for row in mine if row.accepted_at]
        channels = tuple(row.channel for row in mine)
        if room_of(one, presence, channels)[0][channel] == FREE:
            free += meets(at_best(queue.requires), one.levels(), one.facts())
        elif begun:
            serving.append(max(0.0, (tx.now - max(begun)).total_seconds()))
    found = tx.scalar(select(queue_state.c.state).where(queue_state.c.name == queue.name))
    state = QueueState(queue.name) if found is None else msgspec.convert(found, QueueState)
    return Situation(
        position=position,
        serving_s=serving,
        handling=handling(state, tx.now),
        free=free,
        leaving_per_s=leaving_per_s(state),
    )


def _agents(tx: Tx) -> list[tuple[Agent, Any]]:
    a, s = agent.c, agent_state.c
    rows = tx.all(
        select(a.id, a.version, a.name, a.site, a.config, s.presence)
        .join(agent_state, s.agent_id == a.id)
        .where(s.presence == "available")
        .order_by(a.id)
    )
    return [
        (_agent(row.id, row.version, row.name, row.site, _plain(row.config)), row.presence)
        for row in rows
    ]


def _plain(config: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(config)


@lru_cache(maxsize=16_384)
def _agent(key: UUID, version: int, name: str, site: str, config: bytes) -> Agent:
    plain: dict[str, Any] = msgspec.json.decode(config)
    return agent_from(key, version, name, plain, site)
