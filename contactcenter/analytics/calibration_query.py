"""Read the calibration of a period from the log: page by page, in short transactions.

The log's order bounds what is scanned (times grow with positions), the index on an interaction's
events gives what became of those who were told, however much later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from contactcenter.analytics.calibration import Report
from contactcenter.analytics.floor import OUT_OF_ORDER, position_before
from contactcenter.analytics.told import KINDS, Told, told
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.crm.log import Event
from contactcenter.crm.tables import interaction_event
from contactcenter.routing import queries
from contactcenter.routing.floor_outlook import COVERAGE

_PAGE = 20_000
"""Positions of the log looked at in one transaction."""
_LIVES = 400
"""Interactions whose events are read at once."""

_e = interaction_event.c


class _Begun(NamedTuple):
    report: Report
    first: int
    last: int


async def calibration(
    db: Database,
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
    *,
    queue: str | None = None,
    most_events: int | None = None,
) -> Report:
    """What was told in the period ``start`` to before ``end``, and how true it was, hours in
    ``zone``. ``most_events``: no more of the log is read; the report then ends sooner and says so.
    ``Invalid`` for a period that ends before it begins; ``NotFound`` for a queue that never was.
    """
    if start >= end:
        raise Invalid("the period ends before it begins")
    made = partial(Report, start, end, zone, COVERAGE, queue=queue)
    report, position, last = await db.read(partial(_begin, made=made, most=most_events))
    while position < last:
        page = range(position + 1, min(position + _PAGE, last) + 1)
        whom = await db.read(partial(_whom, page=page, report=report))
        for some in _portions(whom):
            for life in await db.read(partial(_lives, whom=some)):
                report.add(life, page)
        position = page[-1]
    if queue is not None and not report.by_queue and not await db.read(partial(_is, name=queue)):
        raise NotFound(f"no queue {queue}", code="unknown_queue")
    return report


def _begin(tx: Tx, made: partial[Report], most: int | None) -> _Begun:
    telling = {
        each.name
        for each in queries.queues(tx)
        if each.announcements is not None and each.announcements.wait
    }
    report = made(telling=telling)
    first = max(0, position_before(tx, report.start) - OUT_OF_ORDER)
    last = position_before(tx, report.end) + OUT_OF_ORDER
    newest = tx.scalar(select(_e.position).order_by(_e.position.desc()).limit(1)) or 0
    last = min(last, newest)
    if most is not None and last - first > most:
        last = first + most
        report.is_whole = False
        at = tx.scalar(select(_e.at).where(_e.position > last).order_by(_e.position).limit(1))
        report.end = max(report.start, min(report.end, at))
    return _Begun(report, first, last)


def _whom(tx: Tx, page: range, report: Report) -> list[UUID]:
    """Who was told something in this part of the log, each once."""
    rows = tx.all(
        select(_e.interaction_id)
        .where(
            _e.position >= page[0],
            _e.position <= page[-1],
            _e.kind == "announced",
            _e.at >= report.start,
            _e.at < report.end,
        )
        .distinct()
    )
    return [row.interaction_id for row in rows]


def _portions(whom: list[UUID]) -> Iterator[list[UUID]]:
    for begin in range(0, len(whom), _LIVES):
        yield whom[begin : begin + _LIVES]


def _lives(tx: Tx, whom: list[UUID]) -> list[list[Told]]:
    """What became of these, each in a list of its own."""
    wanted = or_(
        _e.kind.in_([kind for kind in KINDS if kind != "message_queued"]),
        and_(_e.kind == "message_queued", _e.actor.startswith("agent:")),
    )
    columns = (_e.position, _e.interaction_id, _e.seq, _e.kind, _e.at, _e.actor, _e.data)
    rows = tx.all(
        select(*columns)
        .where(_e.interaction_id.in_(whom), wanted)
        .order_by(_e.interaction_id, _e.seq)
    )
    events = (Event(*row) for row in rows)
    return [told(life, tx.now) for _, life in groupby(events, lambda one: one.interaction_id)]


def _is(tx: Tx, name: str) -> bool:
    return any(each.name == name for each in queries.queues(tx))
