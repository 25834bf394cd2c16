"""A crowd, a campaign over it, and the parts that carry it out, driven step by step."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from contactcenter.campaigns import lifecycle, segments, templates
from contactcenter.campaigns.lifecycle import CampaignRow, Wanted
from contactcenter.campaigns.model import Way
from contactcenter.campaigns.planner import Planner
from contactcenter.campaigns.rendering import Site
from contactcenter.campaigns.runtime import Campaigns
from contactcenter.campaigns.tables import delivery
from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.core.secrets import Secrets
from contactcenter.core.templating import TemplateBody, TemplateWorkers, Variable
from contactcenter.crm import permission
from contactcenter.crm.tables import customer, customer_address
from contactcenter.handling import outbound
from contactcenter.handling.lines import Line, Lines
from contactcenter.handling.outbound import Message

SMS, MAIL = "+447700900999", "care@nordwind.test"
LINES = Lines([Line(SMS, "sms", "simulated", "Nordwind"), Line(MAIL, "email", "smtp", "Nordwind")])
BODIES = {
    "sms": (
        TemplateBody("en", "", "{{ name }}, come back. Reply STOP to end."),
        TemplateBody("zh-CN", "", "{{ name }}，欢迎回来。退订回T"),
    ),
    "email": (
        TemplateBody("en", "Come back, {{ name }}", "Dear {{ name }},\nthree months are free."),
        TemplateBody("zh-CN", "{{ name }}，欢迎回来", "尊敬的{{ name }}：前三个月免费。"),
    ),
}
OWNER = "planner-1"
AT_ONCE = 10
"""Hand-overs under way, as in the pump."""


class Killed(Exception):
    """The process died here."""


class Stage:
    """One site with two lines. ``drop`` holds what providers took: (address, text, key)."""

    def __init__(
        self, db: Database, clock: VirtualClock, workers: TemplateWorkers, bus: Bus | None = None
    ) -> None:
        self.db = db
        self.clock = clock
        self.bus = bus or Bus(db)
        self.workers = workers
        self.site = Site("Nordwind", "https://cc.test", "UTC", Secrets(["t" * 40]))
        self.campaigns = Campaigns(db, self.bus, clock, LINES, workers, self.site, OWNER)
        self.drop: list[tuple[str, str, UUID]] = []
        self.provider: dict[UUID, Message] = {}

    def planner(self, owner: str = OWNER) -> Planner:
        return Planner(self.db, self.bus, self.workers, self.site, owner)

    # -- people ------------------------------------------------------------------------------

    async def crowd(self, count: int, **attributes: Any) -> list[UUID]:
        """Customers with a phone and a mailbox each; every third speaks Chinese."""
        people = [
            {
                "name": f"Customer {n}",
                "language": "zh-CN" if n % 3 == 2 else "en",
                "phone": f"+4477{n:08d}",
                "email": f"c{n}@mail.test",
                "attributes": {"Churn": "Yes", **attributes},
            }
            for n in range(count)
        ]
        return await self.people(people)

    async def people(self, people: Sequence[Mapping[str, Any]]) -> list[UUID]:
        """Customers as given: name, language, time_zone, phone, email, attributes, external_id."""
        keys = [new_id() for _ in people]
        a = customer_address.c

        def work(tx: Tx) -> None:
            rows: list[dict[str, Any]] = []
            addresses: list[dict[str, Any]] = []
            for key, one in zip(keys, people, strict=True):
                rows.append(
                    {
                        "id": key,
                        "external_id": one.get("external_id"),
                        "name": one.get("name", "Somebody"),
                        "language": one.get("language", "en"),
                        "time_zone": one.get("time_zone"),
                        "tags": [],
                        "attributes": one.get("attributes", {"Churn": "Yes"}),
                        "is_new": False,
                        "created_at": tx.now,
                        "updated_at": tx.now,
                    }
                )
                for kind in ("phone", "email"):
                    if one.get(kind):
                        found = a.kind == kind, a.value == one[kind]
                        known = tx.scalar(select(func.count()).where(*found))
                        known += sum(each["value"] == one[kind] for each in addresses)
                        addresses.append(_address(tx, key, kind, one[kind], known))
            tx.execute(insert(customer), rows)
            if addresses:
                tx.execute(insert(customer_address), addresses)

        await self.db.write(work)
        return keys

    async def stop_word(self, channel: str, address: str) -> None:
        """The customer writes STOP."""
        stop = partial(permission.opt_out, channel=channel, address=address, source="stop_word")
        await self.db.write(stop)

    # -- campaigns ---------------------------------------------------------------------------

    async def template(
        self, channel: str, bodies: Sequence[TemplateBody] = (), variables: Sequence[str] = ()
    ) -> UUID:
        names = dict.fromkeys(variables or ("name",), Variable())
        row = await self.db.write(
            lambda tx: templates.create(
                tx, f"{channel} {new_id()}", channel, bodies or BODIES[channel], names, new_id()
            )
        )
        return row.id

    async def draft(
        self,
        shares: Mapping[str, float] | None = None,
        rule: Mapping[str, Any] | None = None,
        template: Mapping[str, UUID] | None = None,
        **wanted: Any,
    ) -> UUID:
        """A campaign by SMS alone unless ``shares`` says else."""
        shares = shares or {"sms": 1.0}
        made = {channel: await self.template(channel) for channel in shares}
        made |= dict(template or {})
        line = {"sms": SMS, "email": MAIL}
        ways = tuple(Way(each, made[each], line[each], share) for each, share in shares.items())
        rule = rule or {"field": "attributes.Churn", "equals": "Yes"}

        def work(tx: Tx) -> UUID:
            segment = segments.save(tx, f"segment {new_id()}", rule)
            values = {"name": "Win back", **wanted}
            draft = Wanted(segment=segment.id, ways=ways, **values)
            return lifecycle.create(tx, draft, LINES, new_id()).id

        return await self.db.write(work)

    async def schedule(self, campaign: UUID, at: datetime | None = None) -> None:
        await self.db.write(lambda tx: lifecycle.schedule(tx, campaign, at, LINES, "account:x"))

    async def launch(self, shares: Mapping[str, float] | None = None, **wanted: Any) -> UUID:
        """A campaign that has begun, its audience not yet written."""
        campaign = await self.draft(shares, **wanted)
        await self.schedule(campaign)
        await self.tick()
        return campaign

    async def tick(self, *, is_first: bool = False) -> None:
        """The scheduler's turn; the first of a process that began now, or a later one."""
        (starter,) = self.campaigns.jobs._ticks
        began = self.clock.now() if is_first else None
        await self.db.write(lambda tx: starter(tx, began))

    async def say(self, campaign: UUID, verb: str, *more: Any) -> CampaignRow:
        """pause, resume, cancel, answer."""
        act = getattr(lifecycle, verb)
        return await self.db.write(lambda tx: act(tx, campaign, *more, "account:x"))

    async def campaign(self, campaign: UUID) -> CampaignRow:
        return await self.db.read(lambda tx: lifecycle.get(tx, campaign))

    # -- carrying out ------------------------------------------------------------------------

    async def plan(self, planner: Planner | None = None, turns: int = 1000) -> None:
        """Until nothing is due."""
        planner = planner or self.planner()
        for _ in range(turns):
            if not await planner.step():
                return

    async def follow(self) -> None:
        """Outcomes, to the end of the log."""
        while await self.db.write(self.campaigns.outcomes.step):
            pass

    async def deliver(self, owner: str = "pump-1", limit: int = 1_000_000) -> int:
        """Hand over what is due, as the pump does; how many left."""
        left = 0
        while left < limit:
            messages = await self.db.write(partial(outbound.claim, owner=owner))
            if not messages:
                break
            for start in range(0, len(messages), AT_ONCE):
                some = messages[start : start + AT_ONCE]
                ends = await asyncio.gather(
                    *(self.hand_over(one, owner) for one in some), return_exceptions=True
                )
                for end in ends:  # the dead have nothing under way
                    if isinstance(end, BaseException):
                        raise end
                    left += end
        return left

    async def hand_over(self, message: Message, owner: str = "pump-1") -> bool:
        if not await self.begin(message, owner):
            return False
        await self.take(message)
        await self.db.write(
            partial(outbound.settle, message=message, state="sent", provider_ref=str(message.id))
        )
        return True

    async def begin(self, message: Message, owner: str = "pump-1") -> bool:
        gates = (self.campaigns.gate,)
        return await self.db.write(
            partial(outbound.begin, message=message, owner=owner, gates=gates)
        )

    async def take(self, message: Message) -> None:
        """The provider takes it."""
        self.drop.append((message.address, message.channel, message.id))

    async def run(self) -> None:
        """Everything, until it rests."""
        while True:
            await self.plan()
            left = await self.deliver()
            await self.follow()
            if not left:
                await self.plan()
                return

    async def restart(self) -> None:
        """What a process does first after the one before was killed."""
        doubt = partial(outbound.doubt_abandoned, owner="pump-2", alone=True)
        await self.db.write(doubt)
        await self.planner("planner-2").sweep(alone=True)

    async def wait(self, **time: float) -> None:
        await self.clock.advance(timedelta(**time).total_seconds())

    # -- looking -----------------------------------------------------------------------------

    async def rows(self, campaign: UUID) -> list[Any]:
        d = delivery.c
        statement = select(delivery).where(d.campaign_id == campaign).order_by(d.id)
        return await self.db.read(lambda tx: tx.all(statement))

    async def counts(self, campaign: UUID) -> Counter[str]:
        """Rows by outcome, and ``outcome:reason`` where there is one."""
        return Counter(
            f"{row.outcome}:{row.reason}" if row.reason else row.outcome
            for row in await self.rows(campaign)
        )

    def sent_to(self) -> Counter[str]:
        return Counter(address for address, _, _ in self.drop)


def _address(tx: Tx, key: UUID, kind: str, value: str, rank: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "customer_id": key,
        "kind": kind,
        "value": value,
        "raw": value,
        # several customers of a test may share one
        "rank": rank,
        "created_at": tx.now,
    }


__all__ = ["LINES", "MAIL", "OWNER", "SMS", "Killed", "Stage"]
