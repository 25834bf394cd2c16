"""Campaigns: made, looked at before they start, started, watched, held and explained."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from contactcenter.campaigns import lifecycle, plan, preview, results
from contactcenter.campaigns import why as reasons
from contactcenter.campaigns.lifecycle import CAMPAIGNS, CampaignRow, Wanted
from contactcenter.campaigns.model import Way
from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict, NotFound
from contactcenter.web.call import Call, cursor_of
from contactcenter.web.campaign_records import campaign_info, delivery_info, infos, preview_info
from contactcenter.web.live.polled import Picture
from contactcenter.web.operation import MARKETERS, operation
from contactcenter.web.operations.customers import id_after
from contactcenter.web.operations.segments import sample_customer
from contactcenter.web.operations.templates import campaigns_of
from contactcenter.web.shapes.base import Done
from contactcenter.web.shapes.campaigns import (
    CampaignAnswer,
    CampaignIn,
    CampaignInfo,
    CampaignPage,
    CampaignPlan,
    DeliveryPage,
    DeliveryQuery,
    PreviewList,
    PreviewQuery,
    Schedule,
    TestSend,
    Why,
    WhyQuery,
)
from contactcenter.web.shapes.queries import Page


@operation("GET", "/campaigns", roles=MARKETERS)
async def list_campaigns(call: Call, query: Page) -> CampaignPage:
    """All campaigns with their counts, newest first."""
    after = id_after(query.after)

    def work(tx: Tx) -> CampaignPage:
        rows = lifecycle.page(tx, after, query.limit + 1)
        page = rows[: query.limit]
        more = len(rows) > query.limit
        return CampaignPage(
            items=infos(tx, page), next=cursor_of(id=str(page[-1].id)) if more else None
        )

    return await call.services.db.read(work)


@operation("POST", "/campaigns", roles=MARKETERS, has_version=True)
async def create_campaign(call: Call, body: CampaignIn) -> CampaignInfo:
    """A draft; nothing is sent before it is scheduled."""
    campaigns = campaigns_of(call)
    wanted = _wanted(body)
    make = partial(lifecycle.create, wanted=wanted, lines=campaigns.lines, by=call.who.id)
    return await _changed(call, make)


@operation("GET", "/campaigns/{id}", roles=MARKETERS, has_version=True)
async def get_campaign(call: Call, id: UUID) -> CampaignInfo:  # noqa: A002  # the path's word
    """One campaign; the live topic ``campaign:<id>`` carries the same."""
    row, info = await call.services.db.read(lambda tx: _with_row(tx, lifecycle.get(tx, id)))
    call.etag = row.version
    return info


@operation("PUT", "/campaigns/{id}", roles=MARKETERS, has_version=True)
async def change_campaign(call: Call, id: UUID, body: CampaignIn) -> CampaignInfo:  # noqa: A002
    """Change a draft; 409 once it is scheduled."""
    campaigns = campaigns_of(call)
    edit = partial(
        lifecycle.edit,
        campaign_id=id,
        wanted=_wanted(body),
        lines=campaigns.lines,
        version=call.if_match,
    )
    try:
        return await _changed(call, edit)
    except Conflict as conflict:
        raise call.changed_meanwhile(conflict) from conflict


@operation("GET", "/campaigns/{id}/plan", roles=MARKETERS)
async def plan_campaign(call: Call, id: UUID) -> CampaignPlan:  # noqa: A002
    """What a start would do now, and what forbids it; nothing is written."""
    campaigns = campaigns_of(call)
    row = await campaigns.db.read(partial(lifecycle.get, campaign_id=id))
    found = await plan.make(campaigns.db, campaigns.workers, campaigns.site, campaigns.lines, row)
    return CampaignPlan(
        audience=found.audience,
        by_channel=dict(found.by_channel),
        skipped=dict(found.skipped),
        held_out=found.held_out,
        by_language=dict(found.by_language),
        segments_per_sms=found.segments_per_sms,
        cost=None,
        problems=found.problems,
    )


@operation("GET", "/campaigns/{id}/preview", roles=MARKETERS)
async def preview_campaign(call: Call, id: UUID, query: PreviewQuery) -> PreviewList:  # noqa: A002
    """The messages as customers would get them."""
    campaigns = campaigns_of(call)
    row = await campaigns.db.read(partial(lifecycle.get, campaign_id=id))
    found = await preview.previews(
        campaigns.db, campaigns.workers, campaigns.site, row, query.customer
    )
    return PreviewList(items=[preview_info(each) for each in found])


@operation("POST", "/campaigns/{id}/test-send", roles=MARKETERS)
async def test_send_campaign(call: Call, id: UUID, body: TestSend) -> Done:  # noqa: A002
    """Send one message to an address of the tester's, with a customer's values."""
    campaigns = campaigns_of(call)
    row = await campaigns.db.read(partial(lifecycle.get, campaign_id=id))
    key = call.command_id("test-send", id, body.to, body.channel)
    trial = preview.Trial(key, body.to, body.channel, body.customer)
    await preview.send_test(
        campaigns.db, campaigns.workers, campaigns.site, campaigns.lines, row, trial
    )
    return Done()


@operation("POST", "/campaigns/{id}/schedule", roles=MARKETERS, has_version=True)
async def schedule_campaign(
    call: Call,
    id: UUID,  # noqa: A002
    body: Schedule | None = None,
) -> CampaignInfo:
    """Start at a time, or now; a scheduled one is moved."""
    campaigns = campaigns_of(call)
    return await _changed(
        call,
        partial(
            lifecycle.schedule,
            campaign_id=id,
            at=body.at if body else None,
            lines=campaigns.lines,
            by=_actor(call),
        ),
    )


@operation("POST", "/campaigns/{id}/pause", roles=MARKETERS, has_version=True)
async def pause_campaign(call: Call, id: UUID) -> CampaignInfo:  # noqa: A002
    """Hold it: when this is answered, no further message leaves."""
    return await _changed(call, partial(lifecycle.pause, campaign_id=id, by=_actor(call)))


@operation("POST", "/campaigns/{id}/resume", roles=MARKETERS, has_version=True)
async def resume_campaign(call: Call, id: UUID) -> CampaignInfo:  # noqa: A002
    """Go on where it was held."""
    return await _changed(call, partial(lifecycle.resume, campaign_id=id, by=_actor(call)))


@operation("POST", "/campaigns/{id}/cancel", roles=MARKETERS, has_version=True)
async def cancel_campaign(call: Call, id: UUID) -> CampaignInfo:  # noqa: A002
    """End it: whoever has no message yet is skipped as ``cancelled``."""
    return await _changed(call, partial(lifecycle.cancel, campaign_id=id, by=_actor(call)))


@operation("POST", "/campaigns/{id}/answer", roles=MARKETERS, has_version=True)
async def answer_campaign(call: Call, id: UUID, body: CampaignAnswer) -> CampaignInfo:  # noqa: A002
    """What to do with a start that came due while no server ran (``needs_answer``)."""
    act = partial(lifecycle.answer, campaign_id=id, said=body.answer, by=_actor(call))
    return await _changed(call, act)


@operation("GET", "/campaigns/{id}/deliveries", roles=MARKETERS)
async def list_deliveries(call: Call, id: UUID, query: DeliveryQuery) -> DeliveryPage:  # noqa: A002
    """The campaign's rows, one a customer, by outcome and reason."""
    after = id_after(query.after)

    def work(tx: Tx) -> DeliveryPage:
        lifecycle.get(tx, id)
        rows = results.deliveries(
            tx,
            id,
            outcome=query.outcome or None,
            reason=query.reason or None,
            after=after,
            limit=query.limit + 1,
        )
        page = rows[: query.limit]
        more = len(rows) > query.limit
        return DeliveryPage(
            items=[delivery_info(row) for row in page],
            next=cursor_of(id=str(page[-1].id)) if more else None,
        )

    return await call.services.db.read(work)


@operation("GET", "/campaigns/{id}/why", roles=MARKETERS)
async def explain_delivery(call: Call, id: UUID, query: WhyQuery) -> Why:  # noqa: A002
    """Why a customer got, or did not get, something: in words, with the rows behind it."""

    def work(tx: Tx) -> Why:
        found = reasons.why(tx, lifecycle.get(tx, id), query.customer, call.who.language)
        return Why(
            customer=sample_customer(found.customer),
            in_segment=found.in_segment,
            deliveries=[delivery_info(row) for row in found.deliveries],
            sentence=found.sentence,
            clause=found.clause,
        )

    return await call.services.db.read(work)


def _wanted(body: CampaignIn) -> Wanted:
    return Wanted(
        name=body.name,
        segment=body.segment,
        ways=tuple(
            Way(each.channel, each.template, each.line, each.share) for each in body.channels
        ),
        purpose=body.purpose,
        holdout=body.holdout,
        rate_per_min=body.rate_per_min,
        ignore_quiet_hours=body.ignore_quiet_hours,
    )


def _actor(call: Call) -> str:
    return f"account:{call.who.id}"


async def _changed(call: Call, act: Callable[[Tx], CampaignRow]) -> CampaignInfo:
    """Carry out a change and show the campaign after it."""
    row, info = await call.services.db.write(lambda tx: _with_row(tx, act(tx)))
    call.etag = row.version
    return info


def _with_row(tx: Tx, row: CampaignRow) -> tuple[CampaignRow, CampaignInfo]:
    return row, campaign_info(tx, row)


def _read(tx: Tx, part: str) -> CampaignInfo:
    try:
        return campaign_info(tx, lifecycle.get(tx, UUID(part)))
    except ValueError:
        raise NotFound(f"no campaign {part[:60]}") from None


OPERATIONS = [
    list_campaigns,
    create_campaign,
    get_campaign,
    change_campaign,
    plan_campaign,
    preview_campaign,
    test_send_campaign,
    schedule_campaign,
    pause_campaign,
    resume_campaign,
    cancel_campaign,
    answer_campaign,
    list_deliveries,
    explain_delivery,
]
PICTURES = [Picture("campaign", "campaign", MARKETERS, (CAMPAIGNS,), _read, gap_s=0.5)]
