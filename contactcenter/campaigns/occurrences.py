"""Starts that are due: begun by the scheduler, or asked about when nobody was there in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, update

from contactcenter.campaigns import segments, templates
from contactcenter.campaigns.lifecycle import CAMPAIGNS
from contactcenter.campaigns.model import Way, way_from_data
from contactcenter.campaigns.tables import campaign as c
from contactcenter.campaigns.tables import campaign_occurrence as o
from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid
from contactcenter.handling.lines import Lines

GRACE = timedelta(minutes=10)
"""A restart around the planned minute is no reason to ask; a night without a server is."""
_log = structlog.get_logger(__name__)


class Starter:
    """The scheduler's tick for campaigns."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def tick(self, tx: Tx, began: datetime | None) -> None:
        """Start what is due. What came due more than ``GRACE`` before this process ``began`` (told
        on its first tick) is asked about: a campaign does not fire late by itself."""
        for row in _due(tx):
            if began is not None and row.due_at < began - GRACE:
                tx.execute(update(c).where(c.c.id == row.campaign_id).values(needs_answer=True))
                _log.warning("campaign_overdue", campaign=str(row.campaign_id))
            else:
                self._start(tx, row)
            tx.wake(CAMPAIGNS)

    def _start(self, tx: Tx, row: Any) -> None:
        try:
            ways = [self._frozen(tx, way_from_data(data)) for data in row.channels]
        except Invalid as error:  # a line was taken out of the settings: somebody must look
            _log.error("campaign_not_started", campaign=str(row.campaign_id), fault=error.message)
            tx.execute(update(c).where(c.c.id == row.campaign_id).values(state="paused"))
            return
        begun = tx.execute(
            update(o)
            .where(o.c.campaign_id == row.campaign_id, o.c.run == row.run, o.c.started_at.is_(None))
            .values(
                started_at=tx.now,
                rule=dict(segments.get(tx, row.segment_id).rule),
                ways=[way.to_data() for way in ways],
            )
        )
        if begun.rowcount:
            tx.execute(
                update(c)
                .where(c.c.id == row.campaign_id)
                .values(state="running", started_at=tx.now, version=c.c.version + 1)
            )

    def _frozen(self, tx: Tx, way: Way) -> Way:
        provider = self._lines.get(way.channel, way.line).provider
        return replace(way, provider=provider, version=templates.get(tx, way.template).version)


def _due(tx: Tx) -> list[Any]:
    return tx.all(
        select(o.c.campaign_id, o.c.run, o.c.due_at, c.c.segment_id, c.c.channels)
        .join(c, c.c.id == o.c.campaign_id)
        .where(
            c.c.state == "scheduled",
            c.c.needs_answer.is_(False),
            o.c.started_at.is_(None),
            o.c.due_at <= tx.now,
        )
        .order_by(o.c.due_at, o.c.campaign_id)
        .with_for_update()
    )
