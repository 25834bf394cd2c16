"""The services as a node runs them: scheduler, planner, pump and outcomes side by side."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contactcenter.campaigns.lifecycle import CAMPAIGNS
from contactcenter.core.clock import SystemClock
from contactcenter.core.db import Database, Tx
from contactcenter.core.templating import TemplateWorkers
from contactcenter.crm import log
from contactcenter.handling import unsubscribe
from contactcenter.handling.outbound import Message
from contactcenter.handling.pump import HandedOver, Pump
from tests.campaigns.stage import Stage

MONDAY_NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Provider:
    """Takes every message, after a while."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.takes_s = takes_s
        self.began: list[tuple[float, str]] = []
        self.is_busy = asyncio.Event()

    async def send(self, message: Message, content: Mapping[str, Any]) -> str:
        self.began.append((time.monotonic(), message.address))
        if len(self.began) == 20:
            self.is_busy.set()
        await asyncio.sleep(self.takes_s)
        return str(message.id)

    async def look_up(self, key: UUID, handed: HandedOver) -> str | None:
        return None


@asynccontextmanager
async def node(url: str, workers: TemplateWorkers, provider: Provider) -> AsyncIterator[Stage]:
    """A node's services, at a Monday's noon that goes on."""
    clock = SystemClock(MONDAY_NOON - datetime.now(UTC))
    db = await Database.open(url, clock=clock)
    stage = Stage(db, clock, workers)  # type: ignore[arg-type]  # nothing here moves the clock
    senders = {("sms", "simulated"): provider, ("email", "smtp"): provider}
    pump = Pump(db, stage.bus, senders, "node-1", gates=[stage.campaigns.gate])
    services = [*stage.campaigns.services().values(), pump.run]
    tasks = [asyncio.create_task(service()) for service in services]
    try:
        yield stage
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await db.close()


async def until(stage: Stage, campaign: UUID, state: str, within_s: float = 20) -> None:
    async with asyncio.timeout(within_s), stage.bus.waiter(CAMPAIGNS) as waiter:
        while (await stage.campaign(campaign)).state != state:
            await waiter.wait(0.25)


async def test_it_starts_by_itself_and_finishes(store_url: str, workers: TemplateWorkers) -> None:
    provider = Provider()
    async with node(store_url, workers, provider) as stage:
        await stage.crowd(25)
        campaign = await stage.draft({"email": 0.5, "sms": 0.5})
        await stage.schedule(campaign, stage.db.clock.now() + timedelta(seconds=1))
        await until(stage, campaign, "finished")
        assert await stage.counts(campaign) == {"sent": 25}
        assert len({address for _, address in provider.began}) == len(provider.began) == 25


async def test_a_pause_holds_within_a_second(store_url: str, workers: TemplateWorkers) -> None:
    provider = Provider(takes_s=0.1)
    async with node(store_url, workers, provider) as stage:
        await stage.crowd(120)
        campaign = await stage.draft()
        await stage.schedule(campaign)
        await asyncio.wait_for(provider.is_busy.wait(), 20)
        await stage.say(campaign, "pause")
        paused = time.monotonic()
        await asyncio.sleep(1.5)
        assert max(at for at, _ in provider.began) < paused + 1.0
        assert len(provider.began) < 120
        await stage.say(campaign, "resume")
        await until(stage, campaign, "finished")
        assert await stage.counts(campaign) == {"sent": 120}
        assert len({address for _, address in provider.began}) == len(provider.began) == 120


async def press(stage: Stage, campaign: UUID) -> None:
    """The button on the page behind the link in the mail."""
    (row,) = await stage.rows(campaign)
    events = await stage.db.read(lambda tx: log.events_of(tx, row.interaction_id))
    content = next(each.content for each in events if each.kind == "message_queued")
    assert content is not None
    (token,) = re.findall(r"https://cc\.test/unsubscribe/(\S+)", content["text"])

    def work(tx: Tx) -> None:
        to = unsubscribe.recipient(tx, stage.site.secrets, token)
        assert to.address == row.address
        unsubscribe.opt_out(tx, to, "page")

    await stage.db.write(work)


async def test_the_link_in_a_mail_ends_marketing(store_url: str, workers: TemplateWorkers) -> None:
    async with node(store_url, workers, Provider()) as stage:
        await stage.people([{"name": "Ada", "email": "ada@mail.test"}])
        first = await stage.draft({"email": 1.0})
        await stage.schedule(first)
        await until(stage, first, "finished")
        await press(stage, first)
        second = await stage.draft({"email": 1.0})
        await stage.schedule(second)
        await until(stage, second, "finished")
        assert await stage.counts(first) == {"sent": 1}
        assert await stage.counts(second) == {"skipped:opted_out": 1}
