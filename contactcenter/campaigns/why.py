"""Why a customer got what they got from a campaign: the row, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from contactcenter.campaigns import results, segments
from contactcenter.campaigns.facts import facts_for, parse_rule
from contactcenter.campaigns.lifecycle import CampaignRow
from contactcenter.campaigns.rendering import customer_rows
from contactcenter.campaigns.results import DeliveryRow
from contactcenter.campaigns.segments import Sampled
from contactcenter.campaigns.tables import campaign_occurrence as o
from contactcenter.core.addresses import parse_address
from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid, NotFound
from contactcenter.core.rules import explain
from contactcenter.crm import customers
from contactcenter.crm.customers import CustomerRow

Words = Mapping[str, str]

_OUTCOMES: Mapping[str, Words] = {
    "en": {
        "queued": "the message is queued",
        "deferred": "the provider asked to try again later",
        "sent": "the message was handed over to the provider",
        "delivered": "the message was delivered",
        "bounced": "the message bounced",
        "rejected": "the provider refused the message",
        "failed": "the message could not be handed over",
        "in_doubt": "the message was being handed over when the server stopped; whether it left is "
        "not known, so it is not sent again",
        "held_out": "the customer belongs to the holdout, which gets nothing",
    },
    "zh-CN": {
        "queued": "消息正在排队",
        "deferred": "服务商要求稍后重试",
        "sent": "消息已交给服务商",
        "delivered": "消息已送达",
        "bounced": "消息被退回",
        "rejected": "服务商拒收了消息",
        "failed": "消息未能交出",
        "in_doubt": "服务器停止时消息正在交出；是否发出无法确定，因此不再重发",
        "held_out": "该客户属于对照组，不发送任何内容",
    },
}
_REASONS: Mapping[str, Words] = {
    "en": {
        "opted_out": "the customer said STOP or unsubscribed",
        "no_address": "the customer has no address for this channel",
        "same_address": "another customer of the audience has the same address",
        "quiet_hours": "it is outside the hours in which messages may reach the customer",
        "pacing": "the campaign's pace has not reached them yet",
        "paused": "the campaign is paused",
        "cancelled": "the campaign was cancelled first",
        "render_failed": "the template could not be filled for this customer",
        "no_body": "the template has no body to use",
        "erased": "the customer was erased",
    },
    "zh-CN": {
        "opted_out": "该客户已退订",
        "no_address": "该客户没有此渠道的联系方式",
        "same_address": "受众中另一位客户使用相同的联系方式",
        "quiet_hours": "现在不是允许联系该客户的时间",
        "pacing": "尚未轮到（发送速度限制）",
        "paused": "活动已暂停",
        "cancelled": "活动此前已取消",
        "render_failed": "模板无法套用于该客户",
        "no_body": "模板没有可用的正文",
        "erased": "该客户的资料已删除",
    },
}
_FRAMES: Mapping[str, Words] = {
    "en": {
        "outside": "{name} is not in the segment: {clause}.",
        "not_begun": "{name} is in the segment; the campaign has not begun.",
        "not_written": "{name} is in the segment, but the run has no row for them: they joined it "
        "after the audience was written, or it is being written.",
        "skipped": "{name} got nothing by {channel}: {reason}.",
        "waiting_until": "{name} waits for {channel}: {reason}.",
        "other": "{name}, {channel}: {outcome}{because}.",
        "because": " ({reason})",
    },
    "zh-CN": {
        "outside": "{name}不在客户细分内：{clause}。",
        "not_begun": "{name}在客户细分内；活动尚未开始。",
        "not_written": "{name}在客户细分内，但本次没有其投递："
        "可能在受众写入之后才加入，或仍在写入。",
        "skipped": "{name}未收到{channel}：{reason}。",
        "waiting_until": "{name}等待{channel}：{reason}。",
        "other": "{name}，{channel}：{outcome}{because}。",
        "because": "（{reason}）",
    },
}
_CHANNELS: Mapping[str, Words] = {
    "en": {"sms": "text", "email": "email"},
    "zh-CN": {"sms": "短信", "email": "邮件"},
}


@dataclass(frozen=True, slots=True)
class Because:
    """The answer. ``clause``: the first clause of the segment that did not hold."""

    customer: Sampled
    in_segment: bool
    deliveries: Sequence[DeliveryRow]
    sentence: str
    clause: str | None


def why(tx: Tx, campaign: CampaignRow, wanted: str, language: str = "en") -> Because:
    """``wanted``: a customer's id, external id, address or name. ``NotFound``, or ``Invalid``
    when several have that name."""
    customer = _customer(tx, wanted)
    rows = results.deliveries(tx, campaign.id, customer_id=customer.id)
    rule = parse_rule(_rule(tx, campaign))
    row = customer_rows(tx, [customer.id])[customer.id]
    failed = explain(rule, facts_for(rule, row))
    clause = str(failed) if failed else None
    words = _FRAMES.get(language, _FRAMES["en"])
    name = customer.name or wanted
    if rows:
        sentence = " ".join(_sentence(each, name, language) for each in rows)
    elif clause:
        sentence = words["outside"].format(name=name, clause=clause)
    else:
        begun = "not_written" if campaign.started_at else "not_begun"
        sentence = words[begun].format(name=name)
    return Because(
        customer=segments.sampled(tx, customer.id),
        in_segment=clause is None,
        deliveries=rows,
        sentence=sentence,
        clause=clause,
    )


def _rule(tx: Tx, campaign: CampaignRow) -> object:
    """The rule the last run froze, else the segment's now."""
    frozen = select(o.c.rule).where(o.c.campaign_id == campaign.id).order_by(o.c.due_at.desc())
    found = tx.scalar(frozen.limit(1))
    return found if found is not None else segments.get(tx, campaign.segment_id).rule


def _sentence(row: DeliveryRow, name: str, language: str) -> str:
    frames = _FRAMES.get(language, _FRAMES["en"])
    reasons = _REASONS.get(language, _REASONS["en"])
    outcomes = _OUTCOMES.get(language, _OUTCOMES["en"])
    channel = _CHANNELS.get(language, _CHANNELS["en"]).get(row.channel, row.channel)
    reason = reasons.get(row.reason or "", row.reason or "")
    if row.outcome in ("skipped", "waiting_until"):
        return frames[row.outcome].format(name=name, channel=channel, reason=reason)
    because = frames["because"].format(reason=reason) if reason else ""
    outcome = outcomes.get(row.outcome, row.outcome)
    return frames["other"].format(name=name, channel=channel, outcome=outcome, because=because)


def _customer(tx: Tx, wanted: str) -> CustomerRow:
    try:
        return customers.get(tx, UUID(wanted))
    except ValueError:
        pass
    try:
        address = parse_address(wanted)
    except Invalid:
        found = customers.search(tx, wanted, limit=20)
        exact = [each for each in found if wanted in (each.name, each.external_id)]
        found = exact or found
    else:
        found = customers.all_by_address(tx, address.kind, address.value)[:1]
    if not found:
        raise NotFound(f"no customer {wanted}")
    if len(found) > 1:
        raise Invalid(
            f"several customers begin with {wanted}", hint="give an id, external id or address"
        )
    return found[0]
