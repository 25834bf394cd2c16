"""Rendering stored templates for customers, in the processes that may come to harm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import select

from contactcenter.campaigns.facts import OWN
from contactcenter.campaigns.templates import TemplateRow
from contactcenter.campaigns.variables import LINK, context
from contactcenter.core.db import Tx
from contactcenter.core.secrets import Secrets
from contactcenter.core.templating import (
    PackagedTemplates,
    Rendered,
    TemplateBody,
    TemplateChain,
    TemplateFault,
    TemplateInvalid,
    TemplateWorkers,
    pick,
    render_trusted,
)
from contactcenter.crm.tables import customer
from contactcenter.handling.unsubscribe import link

FOOTER = "email/marketing_footer"


@dataclass(frozen=True, slots=True)
class Site:
    """What every message of this site says of itself. ``time_zone``: IANA name of the site's."""

    name: str
    public_url: str
    time_zone: str
    secrets: Secrets
    postal_address: str = ""

    def zone_of(self, time_zone: str | None) -> str:
        """The customer's zone when it is one, else the site's."""
        return time_zone if time_zone and time_zone in _zones() else self.time_zone


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # walks the folders of the zone data


@dataclass(frozen=True, slots=True)
class Letter:
    """What to render: for whom, under which message key, with which duties."""

    key: UUID
    customer: Any
    """A row with the columns of ``customer_rows``."""
    is_marketing: bool


def customer_rows(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The customers as templates read them, by id."""
    c = customer.c
    columns = select(c.id, *(c[name] for name in OWN), c.attributes)
    return {row.id: row for row in tx.all(columns.where(c.id.in_(ids)))}


async def render(
    workers: TemplateWorkers, site: Site, template: TemplateRow, letters: Sequence[Letter]
) -> list[tuple[str, Rendered | TemplateFault]]:
    """``(language, outcome)`` of each letter, in order; one that fails costs only its own."""
    outs: list[tuple[str, Rendered | TemplateFault]] = []
    groups: dict[tuple[TemplateBody, str], list[int]] = {}
    for place, letter in enumerate(letters):
        try:
            body = pick(template.bodies, letter.customer.language)
        except TemplateFault as fault:
            outs.append((letter.customer.language, fault))
            continue
        outs.append((body.language, TemplateFault("not rendered")))
        groups.setdefault((body, site.zone_of(letter.customer.time_zone)), []).append(place)
    for (body, zone), places in groups.items():
        contexts = [_context(site, template, letters[place]) for place in places]
        try:
            rendered = await workers.render_many(body, template.variables, contexts, zone=zone)
        except TemplateInvalid as error:
            rendered = [TemplateFault(error.message, code="template_invalid")] * len(places)
        for place, out in zip(places, rendered, strict=True):
            outs[place] = (body.language, _finished(out, site, template, body, letters[place]))
    return outs


def _context(site: Site, template: TemplateRow, letter: Letter) -> Mapping[str, object]:
    unsubscribe = link(site.secrets, site.public_url, letter.key)
    return context(letter.customer, template.variables, site.name, unsubscribe)


def _finished(
    out: Rendered | TemplateFault,
    site: Site,
    template: TemplateRow,
    body: TemplateBody,
    letter: Letter,
) -> Rendered | TemplateFault:
    if isinstance(out, TemplateFault):
        return out
    if not out.text.strip():
        return TemplateFault("the text came out empty", code="empty")
    # law: marketing mail names its sender and the way out; a body that shows the way itself is
    # left as its author wrote it
    shows = any(LINK in source for source in (body.text, body.html))
    if template.channel != "email" or not letter.is_marketing or shows:
        return out
    return _with_footer(out, site, body.language, link(site.secrets, site.public_url, letter.key))


def _with_footer(out: Rendered, site: Site, language: str, unsubscribe: str) -> Rendered:
    template = _TEMPLATES.need(FOOTER)
    values = {
        "sender": site.name,
        "postal_address": site.postal_address,
        "unsubscribe_url": unsubscribe,
    }
    footer = render_trusted(template.body(language), template.variables, values)
    html = out.html
    if html:
        head, end, rest = html.rpartition("</body>")
        html = f"{head}{footer.html}{end}{rest}" if end else f"{html}{footer.html}"
    return Rendered(out.subject, f"{out.text.rstrip()}\n\n-- \n{footer.text.strip()}\n", html)


_TEMPLATES = TemplateChain([PackagedTemplates()])
