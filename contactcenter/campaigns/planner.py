"""The planner: writes audiences, claims due deliveries, renders them and queues their messages.

Several may run: rows are claimed under a lease and every step is one transaction, so a planner
that dies anywhere leaves work that another finds, and nothing that is done twice.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import exists, or_, select

from contactcenter.campaigns import audience, claims, outcomes, templates
from contactcenter.campaigns.claims import Claim, Delivery
from contactcenter.campaigns.hand_off import CHUNK, Ready, hand_off
from contactcenter.campaigns.lifecycle import CAMPAIGNS
from contactcenter.campaigns.model import OPEN_OUTCOMES, message_key
from contactcenter.campaigns.rendering import Letter, Site, render
from contactcenter.campaigns.tables import campaign as c
from contactcenter.campaigns.tables import campaign_occurrence as o
from contactcenter.campaigns.tables import delivery as d
from contactcenter.campaigns.templates import TemplateRow
from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Tx
from contactcenter.core.templating import Rendered, TemplateFault, TemplateWorkers
from contactcenter.handling.outbound import OUTBOUND

_POLL_S = 0.5
_SWEEP_S = 5.0
_KEPT = 50
_AGAIN = frozenset({"worker_lost", "too_slow"})
"""Faults of a whole round trip: each of its customers gets another, alone."""
_log = structlog.get_logger(__name__)


class Planner:
    """One per server node."""

    def __init__(
        self, db: Database, bus: Bus, workers: TemplateWorkers, site: Site, owner: str
    ) -> None:
        self._db = db
        self._bus = bus
        self._workers = workers
        self._site = site
        self._owner = owner
        self._templates: OrderedDict[tuple[UUID, int], TemplateRow] = OrderedDict()

    async def run(self) -> None:
        """Until cancelled."""
        await self.sweep(alone=self._db.store == "sqlite")
        swept = time.monotonic()
        async with self._bus.waiter(CAMPAIGNS, OUTBOUND) as waiter:
            while True:
                is_busy = await self.step()
                if time.monotonic() - swept > _SWEEP_S:
                    await self.sweep(alone=False)
                    swept = time.monotonic()
                if not is_busy:
                    await waiter.wait(_POLL_S)

    async def sweep(self, *, alone: bool) -> None:
        """Take back what died with its planner."""
        found = await self._db.write(partial(claims.release, owner=self._owner, alone=alone))
        if found:
            _log.info("deliveries_released", count=found)

    async def step(self) -> bool:
        """One turn for every campaign, so that none waits for another; False when all rest."""
        turns = [await self._turn(run) for run in await self._db.read(_runs)]
        return any(turns)

    async def _turn(self, run: Any) -> bool:
        if run.state == "cancelled":
            skip = partial(outcomes.skip_cancelled, campaign=run.campaign_id)
            return bool(await self._db.write(skip))
        key = {"campaign": run.campaign_id, "run": run.run}
        if run.planned_at is None:
            await self._db.write(partial(audience.write_page, **key))
            return True
        if not run.has_open:
            return await self._db.write(partial(outcomes.finish, campaign=run.campaign_id))
        if not run.has_due:
            return False
        take = partial(claims.claim, **key, owner=self._owner, site=self._site)
        claimed = await self._db.write(take)
        await self._send(claimed)
        return claimed.taken > 0

    async def _send(self, claimed: Claim) -> None:
        groups: dict[tuple[UUID, int], list[Delivery]] = {}
        for each in claimed.deliveries:
            groups.setdefault((each.template_id, each.template_version), []).append(each)
        for key, deliveries in groups.items():
            template = await self._template(*key)
            ready = await self._rendered(template, deliveries, claimed)
            for start in range(0, len(ready), CHUNK):
                chunk = ready[start : start + CHUNK]
                hand = partial(hand_off, ready=chunk, purpose=claimed.purpose, owner=self._owner)
                await self._db.write(hand)

    async def _template(self, template: UUID, version: int) -> TemplateRow:
        found = self._templates.get((template, version))
        if found is None:
            found = await self._db.read(
                partial(templates.get, template_id=template, version=version)
            )
            self._templates[template, version] = found
            if len(self._templates) > _KEPT:
                self._templates.popitem(last=False)
        return found

    async def _rendered(
        self, template: TemplateRow, deliveries: Sequence[Delivery], claimed: Claim
    ) -> list[Ready]:
        letters = [_letter(each, claimed) for each in deliveries]
        outs = await render(self._workers, self._site, template, letters)
        ready: list[Ready] = []
        failed: list[tuple[Delivery, TemplateFault]] = []
        for each, letter, (_, out) in zip(deliveries, letters, outs, strict=True):
            if isinstance(out, TemplateFault) and out.code in _AGAIN and len(letters) > 1:
                ((_, out),) = await render(self._workers, self._site, template, [letter])
            if isinstance(out, Rendered):
                ready.append(Ready(each, out))
            else:
                failed.append((each, out))
        if failed:
            await self._db.write(partial(_skip_failed, failed=failed))
        return ready


def _letter(each: Delivery, claimed: Claim) -> Letter:
    key = message_key(each.campaign_id, each.run, each.step, each.customer_id, each.channel)
    return Letter(key, claimed.customers[each.customer_id], claimed.purpose == "marketing")


def _skip_failed(tx: Tx, failed: Sequence[tuple[Delivery, TemplateFault]]) -> None:
    for each, fault in failed:
        _log.warning("delivery_not_rendered", delivery=str(each.id), code=fault.code)
        reason = "no_body" if fault.code == "no_body" else "render_failed"
        claims.set_aside(tx, each.id, "skipped", reason)
    tx.wake(CAMPAIGNS)


def _runs(tx: Tx) -> Sequence[Any]:
    """Runs with something to do, oldest first."""
    of_run = (d.c.campaign_id == o.c.campaign_id, d.c.run == o.c.run)
    planned = d.c.state.in_(("queued", "waiting_until"))
    unhanded = exists(select(d.c.id).where(*of_run, or_(planned, d.c.state == "claimed")))
    has_due = exists(select(d.c.id).where(*of_run, planned, d.c.due_at <= tx.now))
    still_open = d.c.outcome.in_(OPEN_OUTCOMES)
    has_open = exists(select(d.c.id).where(d.c.campaign_id == o.c.campaign_id, still_open))
    return tx.all(
        select(
            o.c.campaign_id,
            o.c.run,
            o.c.planned_at,
            c.c.state,
            has_open.label("has_open"),
            has_due.label("has_due"),
        )
        .join(c, c.c.id == o.c.campaign_id)
        .where(
            o.c.started_at.is_not(None),
            or_(c.c.state == "running", (c.c.state == "cancelled") & unhanded),
        )
        .order_by(o.c.started_at, o.c.campaign_id)
    )
