"""A campaign's words before anybody gets them: on real customers, and to a test address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from contactcenter.campaigns import segments, templates
from contactcenter.campaigns.facts import parse_rule
from contactcenter.campaigns.lifecycle import CampaignRow
from contactcenter.campaigns.model import Way
from contactcenter.campaigns.rendering import Letter, Site, customer_rows, render
from contactcenter.campaigns.segments import Sampled
from contactcenter.core.addresses import parse_address
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid
from contactcenter.core.ids import derived_id
from contactcenter.core.templating import Rendered, TemplateFault, TemplateWorkers
from contactcenter.crm import customers, log
from contactcenter.crm.model import NewEvent
from contactcenter.crm.permission import kind_of
from contactcenter.handling import conversations
from contactcenter.handling.lines import Lines
from contactcenter.handling.outbound import Draft, queue_message

PEOPLE = 3
_TEST = "[Test] "


@dataclass(frozen=True, slots=True)
class Previewed:
    """One message as a customer would get it; ``fault`` says why there is none."""

    customer: Sampled
    channel: str
    language: str
    words: Rendered
    fault: str | None = None


async def previews(
    db: Database,
    workers: TemplateWorkers,
    site: Site,
    campaign: CampaignRow,
    customer: UUID | None = None,
) -> list[Previewed]:
    """Every way's message for one customer, else for a few of the audience."""

    def people(tx: Tx) -> list[Sampled]:
        if customer is not None:
            return [segments.sampled(tx, customer)]
        rule = parse_rule(segments.get(tx, campaign.segment_id).rule)
        return segments.sample(tx, rule, PEOPLE)

    chosen = await db.read(people)
    found: list[Previewed] = []
    for way in campaign.ways:
        found += await _of_way(db, workers, site, campaign, way, chosen)
    place = {each.id: number for number, each in enumerate(chosen)}
    return sorted(found, key=lambda each: place[each.customer.id])


async def _of_way(
    db: Database,
    workers: TemplateWorkers,
    site: Site,
    campaign: CampaignRow,
    way: Way,
    chosen: Sequence[Sampled],
) -> list[Previewed]:
    template = await db.read(partial(templates.get, template_id=way.template))
    rows = await db.read(partial(customer_rows, ids=[each.id for each in chosen]))
    letters = [
        Letter(
            derived_id("preview", campaign.id, each.id, way.channel),
            rows[each.id],
            campaign.purpose == "marketing",
        )
        for each in chosen
    ]
    outs = await render(workers, site, template, letters)
    return [
        Previewed(each, way.channel, language, Rendered(), out.message)
        if isinstance(out, TemplateFault)
        else Previewed(each, way.channel, language, out)
        for each, (language, out) in zip(chosen, outs, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Trial:
    """A test message to send: ``key`` makes it one, however often it is asked for."""

    key: UUID
    to: str
    channel: str
    customer: UUID


async def send_test(
    db: Database,
    workers: TemplateWorkers,
    site: Site,
    lines: Lines,
    campaign: CampaignRow,
    trial: Trial,
) -> UUID:
    """Send one way's message, with a customer's values, to an address of the tester's.

    It is a service message to that address alone and no delivery of the campaign. ``Invalid`` for
    an address of another channel, or words that can not be rendered.
    """
    way = next((each for each in campaign.ways if each.channel == trial.channel), None)
    if way is None:
        raise Invalid(f"this campaign has no {trial.channel}", code="no_channel")
    line = lines.get(way.channel, way.line)
    address = parse_address(trial.to, line.region)
    if address.kind != kind_of(trial.channel):
        raise Invalid(f"{trial.channel} goes to an address of kind {kind_of(trial.channel)}")
    person = await db.read(partial(segments.sampled, customer_id=trial.customer))
    (shown,) = await _of_way(db, workers, site, campaign, way, [person])
    if shown.fault is not None:
        raise Invalid(f"the template fails for this customer: {shown.fault}", code="render_failed")
    words = shown.words

    def queue(tx: Tx) -> UUID:
        customer, address_id, _ = customers.create_or_find(
            tx, address.kind, address.value, trial.to
        )
        interaction = derived_id("test", trial.key)
        conversations.open_outbound(
            tx, interaction, customer_id=customer, address_id=address_id, line=line, actor="system"
        )
        key = queue_message(
            tx,
            Draft(
                key=derived_id("test-message", trial.key),
                interaction_id=interaction,
                customer_id=customer,
                channel=line.channel,
                provider=line.provider,
                line=line.address,
                address=address.value,
                purpose="service",
                actor="system",
                text=words.text,
                subject=f"{_TEST}{words.subject}" if words.subject else "",
                html=words.html,
            ),
        )
        log.append(tx, interaction, NewEvent("closed", "system", {"reason": "test"}))
        return key

    return await db.write(queue)
