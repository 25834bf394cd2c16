"""Stored templates: a row and its versions, each never changed once written."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Select, and_, insert, select, update

from contactcenter.campaigns.tables import message_template as t
from contactcenter.campaigns.tables import message_template_version as v
from contactcenter.campaigns.variables import declared, names_in
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Conflict, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.core.sms_text import segments
from contactcenter.core.templating import TemplateBody, TemplateWorkers, Variable, Variables

_PARTS = ("subject", "text", "html")
_MOST_BODIES = 40


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One version of a template; ``variables`` are those its bodies use."""

    id: UUID
    name: str
    channel: str
    version: int
    bodies: tuple[TemplateBody, ...]
    variables: Variables


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a source. An ``error`` forbids saving, a ``warning`` does not."""

    language: str
    part: str
    line: int
    column: int
    message: str
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, and the variables the bodies use."""

    findings: tuple[Finding, ...]
    variables: Variables

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.severity == "error")


def draft(channel: str, bodies: Sequence[TemplateBody]) -> TemplateRow:
    """A template that is not stored, to be checked or rendered."""
    return TemplateRow(new_id(), "", channel, 0, tuple(bodies), {})


async def check(
    db: Database, workers: TemplateWorkers, channel: str, bodies: Sequence[TemplateBody]
) -> Checked:
    """All findings on these bodies; sources are parsed outside this process."""
    if not bodies or len(bodies) > _MOST_BODIES:
        raise Invalid(f"a template has 1 to {_MOST_BODIES} bodies, one per language")
    languages = [body.language.lower() for body in bodies]
    if len(set(languages)) != len(languages):
        raise Invalid("a language stands twice; each has one body", code="language_twice")
    sources = [getattr(body, part) for body in bodies for part in _PARTS]
    names = await asyncio.to_thread(names_in, sources)
    known = await db.read(lambda tx: declared(tx, names))
    findings = [finding for body in bodies for finding in _of_channel(channel, body)]
    for body in bodies:
        for fault in await workers.lint(body, known):
            hint = f"; {fault.hint}" if fault.hint and len(fault.hint) < 200 else ""
            message = f"{fault.message}{hint}"
            findings.append(Finding(body.language, fault.part, fault.line, fault.column, message))
    used = {name: known[name] for name in sorted(names & known.keys())}
    return Checked(tuple(findings), used)


def _of_channel(channel: str, body: TemplateBody) -> list[Finding]:
    found = []
    if not body.text.strip():
        found.append(Finding(body.language, "text", 1, 1, "a body needs a text"))
    if channel == "email" and not body.subject.strip():
        found.append(Finding(body.language, "subject", 1, 1, "a mail needs a subject"))
    if channel == "sms":
        found += _dear_characters(body)
    return found


def _dear_characters(body: TemplateBody) -> list[Finding]:
    """Look-alikes that alone turn a text into UCS-2 and double its price."""
    measured = segments(body.text)
    if not measured.offenders or any(each.instead is None for each in measured.offenders):
        return []
    first = measured.offenders[0]
    before = body.text[: first.index]
    message = (
        f"{first.char!r} makes this text UCS-2 (70 instead of 160 characters a segment); "
        f"write {first.instead!r}"
    )
    column = first.index - (before.rfind("\n") + 1) + 1
    line = before.count("\n") + 1
    return [Finding(body.language, "text", line, column, message, "warning")]


def refuse(checked: Checked) -> None:
    """``Invalid`` when a finding forbids saving."""
    errors = checked.errors
    if errors:
        first = errors[0]
        raise Invalid(
            f"{first.language} {first.part}:{first.line}:{first.column}: {first.message}",
            code="template_invalid",
            details={
                "faults": [
                    f"{one.language} {one.part}:{one.line}:{one.column}: {one.message}"
                    for one in errors
                ]
            },
        )


def create(
    tx: Tx, name: str, channel: str, bodies: Sequence[TemplateBody], variables: Variables, by: UUID
) -> TemplateRow:
    """A new template; ``Conflict`` when the name is taken. The bodies have been checked."""
    if tx.scalar(select(t.c.id).where(t.c.name == name)) is not None:
        raise Conflict(f"there is a template named {name}", code="name_taken")
    key = new_id()
    tx.execute(insert(t).values(id=key, name=name, channel=channel, version=1, created_at=tx.now))
    _add_version(tx, key, 1, bodies, variables, by)
    return get(tx, key)


def change(
    tx: Tx,
    template_id: UUID,
    name: str,
    bodies: Sequence[TemplateBody],
    variables: Variables,
    by: UUID,
    version: int | None = None,
) -> TemplateRow:
    """A further version of a template. ``Conflict`` when ``version`` is no longer the last, or
    the name is another template's."""
    row = tx.first(select(t.c.id, t.c.version).where(t.c.id == template_id).with_for_update())
    if row is None:
        raise NotFound(f"no template {template_id}")
    if version is not None and row.version != version:
        raise Conflict("the template was changed meanwhile", hint="load it again")
    taken = select(t.c.id).where(t.c.name == name, t.c.id != template_id)
    if tx.scalar(taken) is not None:
        raise Conflict(f"there is a template named {name}", code="name_taken")
    tx.execute(update(t).where(t.c.id == template_id).values(name=name, version=row.version + 1))
    _add_version(tx, template_id, row.version + 1, bodies, variables, by)
    return get(tx, template_id)


def _add_version(
    tx: Tx,
    key: UUID,
    version: int,
    bodies: Sequence[TemplateBody],
    variables: Variables,
    by: UUID,
) -> None:
    tx.execute(
        insert(v).values(
            template_id=key,
            version=version,
            bodies=msgspec.to_builtins(list(bodies)),
            variables=msgspec.to_builtins(dict(variables)),
            created_by=by,
            created_at=tx.now,
        )
    )


def get(tx: Tx, template_id: UUID, version: int | None = None) -> TemplateRow:
    """A template in a version, by default the last; ``NotFound``."""
    wanted = v.c.version == (t.c.version if version is None else version)
    row = tx.first(_select(wanted).where(t.c.id == template_id))
    if row is None:
        raise NotFound(f"no template {template_id}")
    return _row(row)


def every(tx: Tx) -> list[TemplateRow]:
    """The last version of all templates, by name."""
    return [_row(row) for row in tx.all(_select(v.c.version == t.c.version).order_by(t.c.name))]


def _select(version: Any) -> Select[Any]:
    columns = (t.c.id, t.c.name, t.c.channel, v.c.version, v.c.bodies, v.c.variables)
    return select(*columns).join(v, and_(v.c.template_id == t.c.id, version))


def _row(row: Any) -> TemplateRow:
    bodies = msgspec.convert(row.bodies, tuple[TemplateBody, ...])
    variables: Mapping[str, Variable] = msgspec.convert(row.variables, dict[str, Variable])
    return TemplateRow(row.id, row.name, row.channel, row.version, bodies, variables)
