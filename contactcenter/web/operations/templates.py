"""Templates: versioned texts with one body per language, checked before they are saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from contactcenter.campaigns import templates
from contactcenter.campaigns.runtime import Campaigns
from contactcenter.campaigns.templates import Finding, TemplateRow
from contactcenter.core.errors import Conflict, Invalid
from contactcenter.core.templating import TemplateBody
from contactcenter.web.call import Call
from contactcenter.web.operation import MARKETERS, operation
from contactcenter.web.shapes.campaigns import (
    TemplateBodyIn,
    TemplateBodyOut,
    TemplateIn,
    TemplateInfo,
    TemplateLint,
    TemplateList,
    TemplateProblem,
)
from contactcenter.web.shapes.queries import Page


def campaigns_of(call: Call) -> Campaigns:
    """The node's campaigns, put there by ``app``."""
    found = call.services.extras.get("campaigns")
    if not isinstance(found, Campaigns):
        raise Invalid("this server runs no campaigns", code="no_campaigns")
    return found


@operation("GET", "/templates", roles=MARKETERS)
async def list_templates(call: Call, query: Page) -> TemplateList:
    """The last version of all templates, by name."""
    rows = await call.services.db.read(templates.every)
    return TemplateList(items=[template_info(row) for row in rows])


@operation("POST", "/templates", roles=MARKETERS, has_version=True)
async def create_template(call: Call, body: TemplateIn) -> TemplateInfo:
    """A new template; refused with the first fault when a check finds errors."""
    bodies = _bodies(body.bodies)
    campaigns = campaigns_of(call)
    checked = await templates.check(campaigns.db, campaigns.workers, body.channel, bodies)
    templates.refuse(checked)
    row = await campaigns.db.write(
        lambda tx: templates.create(
            tx, body.name, body.channel, bodies, checked.variables, call.who.id
        )
    )
    call.etag = row.version
    return template_info(row, checked.findings)


@operation("PUT", "/templates/{id}", roles=MARKETERS, has_version=True)
async def change_template(call: Call, id: UUID, body: TemplateIn) -> TemplateInfo:  # noqa: A002
    """A further version; campaigns that have started keep theirs. The channel stays."""
    bodies = _bodies(body.bodies)
    campaigns = campaigns_of(call)
    known = await campaigns.db.read(lambda tx: templates.get(tx, id))
    if known.channel != body.channel:
        raise Invalid(f"body.channel: this template is for {known.channel}")
    checked = await templates.check(campaigns.db, campaigns.workers, body.channel, bodies)
    templates.refuse(checked)
    try:
        row = await campaigns.db.write(
            lambda tx: templates.change(
                tx, id, body.name, bodies, checked.variables, call.who.id, call.if_match
            )
        )
    except Conflict as conflict:
        if conflict.code == "name_taken":
            raise
        raise call.changed_meanwhile(conflict) from conflict
    call.etag = row.version
    return template_info(row, checked.findings)


@operation("POST", "/templates/lint", roles=MARKETERS, is_idempotent=False)
async def lint_template(call: Call, body: TemplateIn) -> TemplateLint:
    """What a check finds in these sources, with line and column; nothing is saved."""
    campaigns = campaigns_of(call)
    checked = await templates.check(
        campaigns.db, campaigns.workers, body.channel, _bodies(body.bodies)
    )
    return TemplateLint(problems=problems(checked.findings), variables=list(checked.variables))


def _bodies(given: Sequence[TemplateBodyIn]) -> list[TemplateBody]:
    return [TemplateBody(one.language, one.subject, one.text, one.html) for one in given]


def template_info(row: TemplateRow, findings: Iterable[Finding] = ()) -> TemplateInfo:
    return TemplateInfo(
        id=str(row.id),
        name=row.name,
        channel=row.channel,
        version=row.version,
        bodies=[
            TemplateBodyOut(
                language=one.language, subject=one.subject, text=one.text, html=one.html
            )
            for one in row.bodies
        ],
        variables=sorted(row.variables),
        problems=problems(findings),
    )


def problems(findings: Iterable[Finding]) -> list[TemplateProblem]:
    return [
        TemplateProblem.model_validate(
            {
                "language": one.language,
                "part": one.part,
                "line": one.line,
                "column": one.column,
                "message": one.message,
                "severity": one.severity,
            }
        )
        for one in findings
    ]


OPERATIONS = [list_templates, create_template, change_template, lint_template]
