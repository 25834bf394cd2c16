"""The one typed expression tree: menu branches, skill requirements and segments.

A rule is plain data (YAML or JSON) parsed into frozen dataclasses. This module parses, writes back,
and evaluates; it knows no table and no SQL. A compiler elsewhere (segments) walks the tree with
``match``; the meaning it must keep is the one of ``evaluate``:

* A clause over a field that is missing, None, or not readable as the clause's kind is false.
* ``not_equals`` is exactly ``not equals`` (so it holds for a missing field).
* Logic is two-valued: ``not`` of a false clause is true. In SQL wrap clauses in ``coalesce``.
* Text compares exactly, letter case included; ``contains`` is a substring for text and membership
  for ``texts`` (tags).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from contactcenter.core.errors import Invalid

Kind = Literal["text", "number", "bool", "date", "texts"]
Value = str | Decimal | bool | date
Operator = Literal[
    "equals", "not_equals", "less", "at_most", "greater", "at_least", "in", "contains", "exists"
]
Path = tuple[str | int, ...]

EQUALITY: tuple[Operator, ...] = ("equals", "not_equals", "in", "exists")
ORDER: tuple[Operator, ...] = ("less", "at_most", "greater", "at_least")
OPERATORS_OF: Mapping[Kind, tuple[Operator, ...]] = {
    "text": (*EQUALITY, "contains"),
    "number": (*EQUALITY, *ORDER),
    "bool": ("equals", "not_equals", "exists"),
    "date": (*EQUALITY, *ORDER),
    "texts": ("contains", "exists"),
}
LEVELS = range(1, 6)
"""Skill levels, 1 (least) to 5."""


@dataclass(frozen=True, slots=True)
class Clause:
    """``field operator value``. ``value`` is a tuple for ``in``, a bool for ``exists``."""

    field: str
    operator: Operator
    value: Value | tuple[Value, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class HasSkill:
    """The agent has ``skill`` at a level within ``at_least``..``at_most`` (both included)."""

    skill: str
    at_least: int = LEVELS[0]
    at_most: int = LEVELS[-1]


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; true when empty."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds; false when empty."""

    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Rule


Rule = And | Or | Not | Clause | HasSkill
ALWAYS = And(())


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule may speak of.

    ``fields``: name -> kind; a name ending in ``.*`` allows every name with that prefix, whose kind
    is taken from the value written (``"any"``). ``skills``: None allows no skill clause at all, an
    empty set any skill, else only those named.
    """

    fields: Mapping[str, Kind | Literal["any"]] = field(default_factory=dict)
    skills: frozenset[str] | None = None

    def kind_of(self, name: str) -> Kind | Literal["any"] | None:
        """The kind of a field; None when it is not known here."""
        if name in self.fields:
            return self.fields[name]
        if name.endswith("."):
            return None
        stem = name
        while "." in stem:
            stem = stem.rpartition(".")[0]
            if f"{stem}.*" in self.fields:
                return self.fields[f"{stem}.*"]
        return None


REQUIREMENT = Terms({"agent.*": "any", "interaction.*": "any"}, skills=frozenset())
"""What is required of an agent: skills, the agent's attributes, those of the interaction."""


class RuleInvalid(Invalid):
    """A rule that can not be taken. ``path`` leads to the bad part (keys and list indexes)."""

    code = "rule_invalid"

    def __init__(self, message: str, path: Path, allowed: Iterable[str] = ()) -> None:
        self.path = path
        self.allowed = tuple(allowed)
        hint = f"allowed: {', '.join(self.allowed)}" if self.allowed else None
        where = path_text(path)
        super().__init__(
            f"{where}: {message}" if where else message,
            hint=hint,
            details={"path": where, "allowed": list(self.allowed)},
        )
        self.bare_message = message


def path_text(path: Path) -> str:
    """``("and", 0, "field")`` as ``and[0].field``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return text


def walk(rule: Rule) -> Iterator[Clause | HasSkill]:
    """Every leaf, left to right."""
    match rule:
        case And(parts) | Or(parts):
            for part in parts:
                yield from walk(part)
        case Not(part):
            yield from walk(part)
        case _:
            yield rule


def fields_of(rule: Rule) -> frozenset[str]:
    """The names of all fields the rule reads."""
    return frozenset(leaf.field for leaf in walk(rule) if isinstance(leaf, Clause))


def skills_of(rule: Rule) -> frozenset[str]:
    """The names of all skills the rule mentions."""
    return frozenset(leaf.skill for leaf in walk(rule) if isinstance(leaf, HasSkill))


def to_data(rule: Rule) -> dict[str, object]:
    """The rule as JSON-able data; ``parse`` of it gives an equal rule."""
    match rule:
        case And(parts):
            return {"and": [to_data(part) for part in parts]}
        case Or(parts):
            return {"or": [to_data(part) for part in parts]}
        case Not(part):
            return {"not": to_data(part)}
        case HasSkill(skill, low, high):
            level = {}
            if low != LEVELS[0]:
                level["at_least"] = low
            if high != LEVELS[-1]:
                level["at_most"] = high
            return {"skill": skill, **({"level": level} if level else {})}
        case Clause(name, operator, value, kind):
            written: object = (
                [_written(item) for item in value] if isinstance(value, tuple) else _written(value)
            )
            data: dict[str, object] = {"field": name, operator: written}
            # Only these can not be told from the value alone (a date is text in JSON).
            if kind in ("date", "texts") or (operator == "exists" and kind != "bool"):
                data["kind"] = kind
            return data


def _written(value: Value) -> object:
    """Numbers as int where whole, else as text with kind kept by the parser (never a float)."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else {"number": str(value)}
    return value.isoformat()
