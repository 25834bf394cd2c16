"""What a launch would do now: counted by the very functions that do it, nothing written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from contactcenter.campaigns import segments, templates
from contactcenter.campaigns.audience import Planned, assign, customers_page
from contactcenter.campaigns.facts import parse_rule
from contactcenter.campaigns.lifecycle import CampaignRow, Wanted, check
from contactcenter.campaigns.model import Split, Way, message_key
from contactcenter.campaigns.rendering import Letter, Site, customer_rows, render
from contactcenter.campaigns.templates import TemplateRow
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.core.rules import Rule
from contactcenter.core.sms_text import segments as sms_segments
from contactcenter.core.templating import Rendered, TemplateWorkers
from contactcenter.crm.customers import addresses_of
from contactcenter.crm.permission import refusals
from contactcenter.handling.lines import Lines

RENDERED = 1000
"""So many of the audience are rendered, to count what fails and what a text costs."""


@dataclass(slots=True)
class Plan:
    """Counts before a launch. ``segments_per_sms``: mean over the texts rendered."""

    audience: int = 0
    by_channel: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    held_out: int = 0
    by_language: Counter[str] = field(default_factory=Counter)
    segments_per_sms: float | None = None
    problems: list[str] = field(default_factory=list)


async def make(
    db: Database, workers: TemplateWorkers, site: Site, lines: Lines, campaign: CampaignRow
) -> Plan:
    """The plan of a campaign as it stands."""
    plan = Plan(problems=await db.read(partial(_problems, campaign=campaign, lines=lines)))
    rule = await db.read(lambda tx: parse_rule(segments.get(tx, campaign.segment_id).rule))
    split, taken = Split.of(campaign.ways), set[str]()
    after: UUID | None = None
    chosen: list[Planned] = []
    while True:  # a page a transaction, so that other reads go in between
        read = partial(_page, campaign=campaign, rule=rule, after=after, split=split, taken=taken)
        page = await db.read(read)
        if not page:
            break
        after = page[-1].customer
        _count(plan, page)
        chosen += [one for one in page if one.outcome == "queued"][: RENDERED - len(chosen)]
    if not plan.audience:
        plan.problems.append("the segment selects nobody")
    await _render(db, workers, site, campaign, chosen, plan)
    return plan


def _problems(tx: Tx, campaign: CampaignRow, lines: Lines) -> list[str]:
    """What forbids a launch."""
    wanted = Wanted(
        name=campaign.name,
        segment=campaign.segment_id,
        ways=campaign.ways,
        purpose=campaign.purpose,
        ignore_quiet_hours=campaign.ignore_quiet_hours,
    )
    try:
        check(tx, wanted, lines)
    except (Invalid, NotFound) as error:
        return [error.message]
    return []


def _page(
    tx: Tx,
    campaign: CampaignRow,
    rule: Rule,
    after: UUID | None,
    split: Split,
    taken: set[str],
) -> list[Planned]:
    rows = customers_page(tx, rule, after)
    addresses = addresses_of(tx, [row.id for row in rows])
    planned = list(
        assign(rows, addresses, campaign.ways, split, campaign.id, campaign.holdout, taken)
    )
    return list(_without_refused(tx, planned, campaign.purpose))


def _without_refused(tx: Tx, page: Sequence[Planned], purpose: str) -> Iterable[Planned]:
    """Those who said STOP, as planning will find them."""
    queued = [one.address.value for one in page if one.address and one.outcome == "queued"]
    refused = refusals(tx, queued) if purpose != "transactional" else {}
    for one in page:
        closed = {f"{one.way.channel}:all", f"{one.way.channel}:{purpose}"}
        said = refused.get(one.address.value, []) if one.address else []
        if one.outcome == "queued" and closed & set(said):
            yield Planned(one.customer, one.language, one.way, one.address, "skipped", "opted_out")
        else:
            yield one


def _count(plan: Plan, page: Sequence[Planned]) -> None:
    for one in page:
        plan.audience += 1
        plan.by_language[one.language] += 1
        if one.outcome == "held_out":
            plan.held_out += 1
        elif one.reason:
            plan.skipped[one.reason] += 1
        else:
            plan.by_channel[one.way.channel] += 1


async def _render(
    db: Database,
    workers: TemplateWorkers,
    site: Site,
    campaign: CampaignRow,
    chosen: Sequence[Planned],
    plan: Plan,
) -> None:
    costs: list[int] = []
    for way in campaign.ways:
        mine = [one for one in chosen if one.way == way]
        if not mine:
            continue
        template = await db.read(partial(templates.get, template_id=way.template))
        for fault, words in await _words(db, workers, site, campaign, template, way, mine):
            if words is None:
                plan.by_channel[way.channel] -= 1
                plan.skipped[fault] += 1
            elif way.channel == "sms":
                costs.append(sms_segments(words.text).count)
    plan.segments_per_sms = sum(costs) / len(costs) if costs else None


async def _words(
    db: Database,
    workers: TemplateWorkers,
    site: Site,
    campaign: CampaignRow,
    template: TemplateRow,
    way: Way,
    chosen: Sequence[Planned],
) -> list[tuple[str, Rendered | None]]:
    rows: dict[UUID, Any] = {}
    for start in range(0, len(chosen), 500):
        ids = [one.customer for one in chosen[start : start + 500]]
        rows |= await db.read(partial(customer_rows, ids=ids))
    letters = [
        Letter(
            message_key(campaign.id, "plan", "1", one.customer, way.channel),
            rows[one.customer],
            campaign.purpose == "marketing",
        )
        for one in chosen
        if one.customer in rows
    ]
    outs = await render(workers, site, template, letters)
    return [("", out) if isinstance(out, Rendered) else ("render_failed", None) for _, out in outs]
