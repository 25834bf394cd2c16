"""Values of templating: variables, bodies, faults, and how a context is made fit for a template.

A template sees only variables it declares, as plain values: text, ``Decimal``, ``date``,
``datetime``, ``bool``, money as ``{"amount": Decimal, "currency": "EUR"}``, and lists of flat
mappings. Dotted names (``customer.name``) form groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from contactcenter.core.errors import ContactCenterError, Invalid
from contactcenter.core.rules_parse import as_date, as_number

VariableKind = Literal["text", "number", "money", "date", "time", "bool", "list"]
VARIABLE_KINDS: tuple[VariableKind, ...] = (
    "text", "number", "money", "date", "time", "bool", "list",
)  # fmt: skip
MAX_VALUE = 20_000
MAX_ITEMS = 500


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable. ``fallback`` stands in for a missing value (None: none, so printing it
    is a fault); ``fields`` are the names a list's items carry."""

    kind: VariableKind = "text"
    fallback: object = None
    fields: tuple[str, ...] = ()


Variables = Mapping[str, Variable]


@dataclass(frozen=True, slots=True)
class TemplateBody:
    """One language's texts of a template. SMS and voice use ``text`` alone."""

    language: str
    subject: str = ""
    text: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came out; the subject is one line without control characters."""

    subject: str = ""
    text: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A named template with its declared variables and one body per language."""

    name: str
    variables: Variables = field(default_factory=dict)
    bodies: tuple[TemplateBody, ...] = ()

    def body(self, language: str, default: str = "en") -> TemplateBody:
        """The body for ``language``: exact tag, else same primary subtag, else ``default``."""
        return pick(self.bodies, language, default)

    def incomplete(self, languages: Sequence[str]) -> tuple[str, ...]:
        """What is missing, as sentences: languages without a body, parts only others have."""
        missing = []
        parts = ("subject", "text", "html")
        wanted = [part for part in parts if any(getattr(body, part) for body in self.bodies)]
        by_language = {body.language: body for body in self.bodies}
        for language in dict.fromkeys((*languages, *by_language)):
            body = by_language.get(language)
            if body is None:
                missing.append(f"{self.name}: no body in {language}")
                continue
            missing += [
                f"{self.name}: no {part} in {language}"
                for part in wanted
                if not getattr(body, part)
            ]
        return tuple(missing)


def pick(bodies: Sequence[TemplateBody], language: str, default: str = "en") -> TemplateBody:
    """The best body for ``language``; raises ``TemplateFault`` when there is none at all."""
    for wanted in (language, default):
        for body in bodies:
            if body.language.lower() == wanted.lower():
                return body
        for body in bodies:
            if primary(body.language) == primary(wanted):
                return body
    if bodies:
        return bodies[0]
    raise TemplateFault("the template has no body", code="no_body")


def primary(language: str) -> str:
    """The primary subtag of a BCP 47 tag: ``zh`` of ``zh-CN``."""
    return language.replace("_", "-").partition("-")[0].lower()


@dataclass(frozen=True, slots=True)
class LintFault:
    """One fault of a template's source. ``part``: subject, text or html; line and column from 1."""

    part: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.part}:{self.line}:{self.column}: {self.message}"


class TemplateInvalid(Invalid):
    """A source that may not be used; ``faults`` tells all that is wrong with it."""

    code = "template_invalid"

    def __init__(self, faults: Sequence[LintFault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
        super().__init__(
            f"{first}{more}",
            hint=first.hint or None,
            details={"faults": [str(fault) for fault in self.faults]},
        )


class TemplateFault(ContactCenterError):
    """One rendering failed. Codes: missing_value, bad_value, too_long, too_slow, too_much_memory,
    worker_lost, no_body, failed. Messages name variables, never their values."""

    code = "failed"


def prepare(
    variables: Variables, context: Mapping[str, object], *, lenient: bool = False
) -> dict[str, object]:
    """The nested dict a template sees: declared names only, each of its kind.

    ``context`` may be flat with dotted names, nested, or both. ``lenient`` puts "" for what is
    missing or unfit (menus speak on rather than fall silent); else an unfit value is a
    ``TemplateFault`` and a missing one stays undefined.
    """
    out: dict[str, object] = {}
    for name, variable in variables.items():
        given = _find(context, name)
        value = None if given is None else _fit(given, variable)
        if value is None:
            if given is not None and not lenient:
                raise TemplateFault(f"{name} is not of kind {variable.kind}", code="bad_value")
            value = _fit(variable.fallback, variable)
        if value is None and lenient:
            value = [] if variable.kind == "list" else ""
        _place(out, name, value)
    return out


def _find(context: Mapping[str, object], name: str) -> object:
    if name in context:
        return context[name]
    found: object = context
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def _place(out: dict[str, object], name: str, value: object) -> None:
    *groups, last = name.split(".")
    for group in groups:
        inner = out.setdefault(group, {})
        if not isinstance(inner, dict):
            raise TemplateFault(f"{name}: {group} is a value and a group", code="bad_value")
        out = inner
    if value is not None:
        out[last] = value


def _fit(value: object, variable: Variable) -> object:
    """The value as its kind's plain type, None when it is none."""
    match variable.kind:
        case "text":
            return _text(value)
        case "number":
            return as_number(value)
        case "money":
            return money(value)
        case "date":
            return as_date(value)
        case "time":
            return _time(value)
        case "bool":
            return value if isinstance(value, bool) else None
        case "list":
            return _list(value, variable.fields)


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value[:MAX_VALUE]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = as_number(value)
        return None if number is None else str(number)
    return None


def _time(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _list(value: object, fields: tuple[str, ...]) -> list[object] | None:
    if not isinstance(value, list | tuple):
        return None
    items: list[object] = []
    for item in value[:MAX_ITEMS]:
        if fields and isinstance(item, Mapping):
            items.append({name: _plain(item[name]) for name in fields if name in item})
        elif not fields:
            items.append(_plain(item))
    return items


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return value
    as_money = money(value)
    if as_money is not None:
        return as_money
    if isinstance(value, int | float | Decimal):
        return as_number(value)
    if isinstance(value, datetime):
        return _time(value)
    return as_date(value) if not isinstance(value, str) else value[:MAX_VALUE]


def money(value: object) -> dict[str, object] | None:
    """``{"amount": Decimal, "currency": ISO 4217}`` of a mapping that says both; else None."""
    parts = money_parts(value)
    return None if parts is None else {"amount": parts[0], "currency": parts[1]}


def money_parts(value: object) -> tuple[Decimal, str] | None:
    """Amount and upper-case currency of a mapping that says both; else None."""
    if not isinstance(value, Mapping):
        return None
    amount, currency = as_number(value.get("amount")), value.get("currency")
    if amount is None or not isinstance(currency, str):
        return None
    if len(currency) != 3 or not currency.isascii() or not currency.isalpha():
        return None
    return amount, currency.upper()
