"""Nordwind's marketing: segments worth writing to, templates in both languages, two drafts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from contactcenter.campaigns import lifecycle, segments, templates
from contactcenter.campaigns.lifecycle import Wanted
from contactcenter.campaigns.model import Way
from contactcenter.campaigns.variables import declared, names_in
from contactcenter.core.db import Tx
from contactcenter.core.templating import TemplateBody
from contactcenter.handling.lines import Lines

ENDING = "Contract ends in 60 days"
DECLINING = "Usage declining"


def rules(today: date) -> Mapping[str, Mapping[str, Any]]:
    """Segments by name. A rule holds dates, so the demo's are of the day it was begun."""
    end = "attributes.contract_ends"
    soon = today + timedelta(days=60)
    return {
        ENDING: {
            "and": [
                {"field": end, "at_least": today.isoformat(), "kind": "date"},
                {"field": end, "at_most": soon.isoformat(), "kind": "date"},
            ]
        },
        DECLINING: {"field": "attributes.usage_declining", "equals": True},
        "Long with us": {"field": "attributes.months", "at_least": 36},
        "Key accounts": {"field": "tags", "contains": "key_account", "kind": "texts"},
        "Fibre, a month without data": {
            "and": [
                {"field": "attributes.plan", "contains": "Fibre"},
                {"field": "attributes.usage_gb_last_month", "less": 60},
            ]
        },
    }


TEMPLATES: Mapping[str, tuple[str, Sequence[TemplateBody]]] = {
    "Contract renewal, mail": (
        "email",
        (
            TemplateBody(
                "en",
                "{{ name }}, your {{ attributes.plan }} contract ends soon",
                "Dear {{ name }},\n\nyour {{ attributes.plan }} contract ends on "
                "{{ attributes.contract_ends }}. Renew before that day and the first three months "
                "are free. Simply answer this mail, or call us.\n\n{{ site.name }}",
                "<p>Dear {{ name }},</p><p>your <b>{{ attributes.plan }}</b> contract ends on "
                "{{ attributes.contract_ends }}. Renew before that day and the first three months "
                "are free.</p><p>Simply answer this mail, or call us.</p><p>{{ site.name }}</p>",
            ),
            TemplateBody(
                "zh-CN",
                "{{ name }}，您的{{ attributes.plan }}合约即将到期",
                "尊敬的{{ name }}：\n\n您的{{ attributes.plan }}合约将于"
                "{{ attributes.contract_ends }}到期。在此之前续约，前三个月免费。"
                "直接回复本邮件或致电即可。\n\n{{ site.name }}",
                "<p>尊敬的{{ name }}：</p><p>您的<b>{{ attributes.plan }}</b>合约将于"
                "{{ attributes.contract_ends }}到期。在此之前续约，前三个月免费。</p>"
                "<p>直接回复本邮件或致电即可。</p><p>{{ site.name }}</p>",
            ),
        ),
    ),
    "Contract renewal, text": (
        "sms",
        (
            TemplateBody(
                "en",
                "",
                "{{ site.name }}: {{ name }}, your {{ attributes.plan }} contract ends on "
                "{{ attributes.contract_ends|date('medium') }}. Renew now: 3 months free. "
                "Reply YES, or STOP to end.",
            ),
            TemplateBody(
                "zh-CN",
                "",
                "【{{ site.name }}】{{ name }}，您的{{ attributes.plan }}合约将于"
                "{{ attributes.contract_ends|date('medium') }}到期，现在续约前三个月免费。"
                "回复“是”办理，回复“退订”停止接收。",
            ),
        ),
    ),
    "We miss you, mail": (
        "email",
        (
            TemplateBody(
                "en",
                "Is everything all right, {{ name }}?",
                "Dear {{ name }},\n\nyou used less of your {{ attributes.plan }} lately. If "
                "something does not work as it should, answer this mail and we put it right. If a "
                "smaller plan would do, we gladly change it.\n\n{{ site.name }}",
            ),
            TemplateBody(
                "zh-CN",
                "{{ name }}，一切都好吗？",
                "尊敬的{{ name }}：\n\n您最近较少使用{{ attributes.plan }}。如有任何问题，"
                "请回复本邮件，我们会尽快处理；如果更小的套餐就够用，我们也乐意为您更换。"
                "\n\n{{ site.name }}",
            ),
        ),
    ),
}


def write(tx: Tx, lines: Lines, sms_line: str, mail_line: str, by: UUID) -> None:
    """Write all of it; the customers must be there, because templates learn from them."""
    kept = {name: segments.save(tx, name, rule).id for name, rule in rules(tx.now.date()).items()}
    made = {
        name: _template(tx, name, channel, bodies, by)
        for name, (channel, bodies) in TEMPLATES.items()
    }
    renewal = (
        Way("email", made["Contract renewal, mail"], mail_line, 0.5),
        Way("sms", made["Contract renewal, text"], sms_line, 0.5),
    )
    care = (Way("email", made["We miss you, mail"], mail_line, 1.0),)
    for wanted in (
        Wanted(name="Renewal", segment=kept[ENDING], ways=renewal, holdout=0.1),
        Wanted(name="Care before they leave", segment=kept[DECLINING], ways=care),
    ):
        lifecycle.create(tx, wanted, lines, by)


def _template(tx: Tx, name: str, channel: str, bodies: Sequence[TemplateBody], by: UUID) -> UUID:
    names = names_in(part for body in bodies for part in (body.subject, body.text, body.html))
    known = declared(tx, names)
    used = {each: known[each] for each in sorted(names & known.keys())}
    return templates.create(tx, name, channel, bodies, used, by).id
