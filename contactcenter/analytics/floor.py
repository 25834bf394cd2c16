"""The live floor: what waits, who works, and today's counts.

``FloorFollower`` begins with one query over the day so far and follows the log from there; ``read``
adds what stands in the rows.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from contactcenter.analytics.today import KINDS, Today
from contactcenter.analytics.today_query import today_so_far
from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Tx
from contactcenter.core.measures import QueueCounts
from contactcenter.crm import follow, interactions
from contactcenter.crm.follow import Place
from contactcenter.crm.log import LOG, Event
from contactcenter.crm.tables import customer, interaction_event
from contactcenter.handling import emergencies
from contactcenter.handling.emergencies import Emergency
from contactcenter.routing import queries
from contactcenter.routing.model import Queue, QueueState
from contactcenter.routing.queries import AgentView

POLL_S = 0.5
MOST_WAITING = 200
"""Rows of waiting interactions shown; the counts are of all."""

OUT_OF_ORDER = 2000
"""Events later in time may stand this many positions earlier: they waited for their transaction."""

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """One waiting interaction."""

    interaction: UUID
    queue: str
    channel: str
    customer: UUID
    customer_name: str
    waited_s: float
    state: str
    callback: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class QueueNow:
    """One queue now."""

    queue: Queue
    waiting: int
    longest_wait_s: float
    agents_available: int
    counts: QueueCounts
    state: QueueState


@dataclass(frozen=True, slots=True)
class FloorNow:
    """The floor at an instant."""

    at: datetime
    queues: Sequence[QueueNow]
    agents: Sequence[AgentView]
    waiting: Sequence[WaitingItem]
    calls_in_menu: int
    emergencies: Sequence[Emergency] = ()


def read(tx: Tx, counts: Mapping[str, QueueCounts]) -> FloorNow:
    """The floor as committed, with ``counts`` of today by queue."""
    agents = queries.agents(tx)
    states = queries.queue_states(tx)
    waiting = queries.waiting(tx)
    names = _names(tx, {one.customer for one in waiting[:MOST_WAITING]})
    available = Counter(queue for one in agents if one.state == "available" for queue in one.queues)
    sizes = Counter(one.queue for one in waiting)
    longest: dict[str, float] = {}
    for one in waiting:
        waited = one.waited(tx.now).total_seconds()
        longest[one.queue] = max(longest.get(one.queue, 0.0), waited)
    return FloorNow(
        at=tx.now,
        queues=[
            QueueNow(
                queue,
                sizes[queue.name],
                longest.get(queue.name, 0.0),
                available[queue.name],
                counts.get(queue.name) or QueueCounts(),
                states.get(queue.name) or QueueState(queue.name),
            )
            for queue in queries.queues(tx)
        ],
        agents=agents,
        waiting=[
            WaitingItem(
                one.interaction,
                one.queue,
                one.channel,
                one.customer,
                names.get(one.customer, ""),
                max(0.0, one.waited(tx.now).total_seconds()),
                one.state,
                one.callback is not None,
                one.callback.due_at if one.callback else None,
            )
            for one in waiting[:MOST_WAITING]
        ],
        calls_in_menu=interactions.count_in_menu(tx),
        emergencies=emergencies.in_force(tx),
    )


def _names(tx: Tx, ids: set[UUID]) -> dict[UUID, str]:
    c = customer.c
    return {row.id: row.name for row in tx.all(select(c.id, c.name).where(c.id.in_(ids)))}


def midnight(now: datetime, zone: str) -> datetime:
    """The beginning of the site's day; where that hour does not exist, the first instant after."""
    local = now.astimezone(ZoneInfo(zone))
    start = datetime.combine(local.date(), time(), local.tzinfo)
    return start.astimezone(UTC)


def first_place(tx: Tx, at: datetime) -> Place:
    """A place before the first event at or after ``at``.

    Times grow with positions but for events that wait for their transaction, so it steps back a
    little; earlier events do no harm to a fold that knows its beginning.
    """
    e = interaction_event.c
    back = max(0, position_before(tx, at) - OUT_OF_ORDER)
    row = tx.first(select(e.xid).where(e.position > back).order_by(e.position).limit(1))
    return Place(row.xid, 0) if row and row.xid else Place(0, back)


def position_before(tx: Tx, at: datetime) -> int:
    """The position before the first event at or after ``at``, but for ``OUT_OF_ORDER``: bisection
    over the positions."""
    e = interaction_event.c
    low = 0
    high = tx.scalar(select(e.position).order_by(e.position.desc()).limit(1)) or 0
    while low < high:
        middle = (low + high) // 2
        row = tx.first(
            select(e.position, e.at).where(e.position > middle).order_by(e.position).limit(1)
        )
        if row is None or row.at >= at:
            high = middle
        else:
            low = row.position
    return low


def _begun(tx: Tx, since: datetime) -> tuple[Today, Place]:
    """The day as the log has it now, and where to go on. Nothing of it is read twice or left out:
    the end is asked for first."""
    end = follow.end(tx)
    return today_so_far(tx, since, first_place(tx, since), end, _targets(tx)), end


def _targets(tx: Tx) -> dict[str, float]:
    return {each.name: float(each.target_s) for each in queries.queues(tx)}


class FloorFollower:
    """Keeps today's counts; one per server node."""

    def __init__(self, db: Database, bus: Bus, zone: str) -> None:
        self._db = db
        self._bus = bus
        self._zone = zone
        self._today: Today | None = None
        self._place = Place(0, 0)

    @property
    def counts(self) -> Mapping[str, QueueCounts]:
        """Today's counts by queue, as far as the log was followed."""
        return self._today.queues if self._today else {}

    async def run(self) -> None:
        """Until cancelled."""
        async with self._bus.waiter(LOG) as waiter:
            while True:
                if not await self.step():
                    await waiter.wait(POLL_S)

    async def step(self) -> bool:
        """Take the next events; False when there were none."""
        since = midnight(self._db.clock.now(), self._zone)
        today = self._today
        if today is None or today.since != since:
            begun = await self._db.read(lambda tx: _begun(tx, since))
            today = self._today = begun[0]
            self._place = begun[1]
        place = self._place

        def work(tx: Tx) -> tuple[dict[str, float], list[tuple[Place, Event]]]:
            return _targets(tx), follow.follow(tx, place, _BATCH)

        today.targets, batch = await self._db.read(work)
        for seen, event in batch:
            if event.kind in KINDS:
                today.apply(event)
            self._place = seen
            if event.position % 200 == 0:
                await asyncio.sleep(0)  # a long catch-up must not hold the loop
        return bool(batch)
