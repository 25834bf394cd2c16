"""Today's counts by one query: what ``Today`` would hold after every event of the day so far.

A follower that starts at noon has a morning to catch up with; reading it event by event into the
process would take the longer the busier the day was. The rules are those of the fold; a test holds
the two against each other on random days.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    extract,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.types import TIMESTAMP, BigInteger

from contactcenter.analytics.today import ABANDONED, DEFAULT_TARGET_S, Today
from contactcenter.core.db import Tx
from contactcenter.core.measures import SHORT_ABANDON_S
from contactcenter.crm.follow import Place
from contactcenter.crm.tables import interaction_event

_ENTRIES = ("queued", "moved")
_ENDS = ("dequeued", "connected", "closed")


def today_so_far(
    tx: Tx, since: datetime, after: Place, until: Place, targets: Mapping[str, float]
) -> Today:
    """The fold of the events after one place up to another; ``targets`` in seconds by queue."""
    today = Today(since, targets)
    for row in tx.all(_statement(tx.store, since, after, until, targets)):
        counts = today.counts(row.queue)
        counts.offered += row.entries
        counts.moved_in += row.moved_in
        if row.interaction_id is not None:
            today.enter(row.interaction_id, row.queue, row.entered_at)
        elif row.outcome == "answered":
            counts.answered += row.entries
            counts.answered_in_target += row.in_target
            counts.waited_s += float(row.waited_s)
        elif row.outcome == "abandoned":
            counts.abandoned += row.entries
            counts.abandoned_short += row.short
            counts.abandoned_after_target += row.entries - row.in_target
        else:
            counts.flowed_out += row.entries
    return today


def _statement(
    store: str, since: datetime, after: Place, until: Place, targets: Mapping[str, float]
) -> Select[Any]:
    """One row per queue and outcome, and one per interaction that still waits."""
    spells = _spells(since, after, until)
    s = spells.c
    waited = _seconds(store, s.at, s.next_at)
    target: Any = literal(DEFAULT_TARGET_S)
    if targets:
        target = case(dict(targets), value=s.queue, else_=DEFAULT_TARGET_S)
    outcome = case(
        (s.next_kind.is_(None), "waits"),
        (s.next_kind.in_(("connected", "message_queued")), "answered"),
        (and_(s.next_kind == "dequeued", s.next_reason == ABANDONED), "abandoned"),
        else_="flowed_out",
    )
    waiting = case((s.next_kind.is_(None), s.interaction_id))
    return select(
        s.queue,
        outcome.label("outcome"),
        type_coerce(waiting, s.interaction_id.type).label("interaction_id"),
        func.min(s.at, type_=s.at.type).label("entered_at"),
        func.count().label("entries"),
        func.sum(s.moved_in).label("moved_in"),
        func.sum(case((waited <= target, 1), else_=0)).label("in_target"),
        func.sum(case((waited < SHORT_ABANDON_S, 1), else_=0)).label("short"),
        func.sum(waited).label("waited_s"),
    ).group_by(s.queue, outcome, waiting)


def _spells(since: datetime, after: Place, until: Place) -> Any:
    """One row per entry into a queue, with what ended it: nothing, a way out, or another queue."""
    e = interaction_event.c
    wanted = or_(
        e.kind.in_(_ENTRIES + _ENDS),
        and_(e.kind == "message_queued", e.actor.startswith("agent:")),
    )
    queue = e.data["queue"].as_string()
    is_entry = e.kind.in_(_ENTRIES)
    entered = case((is_entry, queue))
    marked = (
        select(
            e.interaction_id,
            e.seq,
            e.kind,
            e.at,
            entered.label("queue"),
            e.data["reason"].as_string().label("reason"),
            func.lag(entered).over(partition_by=e.interaction_id, order_by=e.seq).label("before"),
        )
        .where(_after(after), _until(until), e.at >= since, wanted)
        .subquery()
    )
    m = marked.c
    # to enter the queue one is in already is no entry
    again = and_(m.queue.is_not(None), m.before.is_not(None), m.queue == m.before)
    moves = (
        select(
            m.interaction_id,
            m.queue,
            case((m.before.is_not(None), 1), else_=0).label("moved_in"),
            m.at,
            _next(m, m.kind).label("next_kind"),
            _next(m, m.at).label("next_at"),
            _next(m, m.reason).label("next_reason"),
        )
        .where(~again)
        .subquery()
    )
    return select(moves).where(moves.c.queue.is_not(None)).subquery()


def _next(rows: Any, column: Any) -> ColumnElement[Any]:
    """The column's value in the next row of the same interaction."""
    following: Any = func.lead(column, type_=column.type)
    return following.over(partition_by=rows.interaction_id, order_by=rows.seq)  # type: ignore[no-any-return]


def _after(place: Place) -> ColumnElement[bool]:
    e = interaction_event.c
    return or_(e.xid > place.xid, and_(e.xid == place.xid, e.position > place.position))


def _until(place: Place) -> ColumnElement[bool]:
    e = interaction_event.c
    return or_(e.xid < place.xid, and_(e.xid == place.xid, e.position <= place.position))


def _seconds(store: str, first: Any, last: Any) -> ColumnElement[Any]:
    """From one time to another, never below 0; NULL when there is no other."""
    if store == "postgresql":
        kind = TIMESTAMP(timezone=True)
        span: Any = extract("epoch", type_coerce(last, kind) - type_coerce(first, kind))
    else:
        span = (type_coerce(last, BigInteger) - type_coerce(first, BigInteger)) / 1e6
    return case((span < 0, literal(0.0)), else_=span)
