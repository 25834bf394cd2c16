"""From plain data to a rule, with errors that lead to the bad part.

Written forms: ``{and: [...]}``, ``{or: [...]}``, ``{not: {...}}``,
``{field: NAME, OPERATOR: VALUE}`` and ``{skill: NAME, level: {at_least: N, at_most: M}}``;
where skills may be asked for a bare ``NAME`` is short for ``{skill: NAME}``. A number that is not
whole may stand as ``{number: "1.50"}`` in JSON, where a float would lose digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal, cast

from contactcenter.core.rules_tree import (
    LEVELS,
    OPERATORS_OF,
    REQUIREMENT,
    And,
    Clause,
    HasSkill,
    Kind,
    Not,
    Operator,
    Or,
    Path,
    Rule,
    RuleInvalid,
    Terms,
    Value,
)

MAX_DEPTH = 24
MAX_LEAVES = 500
MAX_TEXT = 1000
NUMERAL = r"[+-]?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,2})?"
"""What reads as a number in text, as a regular expression of both Python and PostgreSQL."""
_NUMERAL = re.compile(NUMERAL)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FORMS = ("and", "or", "not", "field", "skill")
OPERATORS = tuple(sorted({name for names in OPERATORS_OF.values() for name in names}))


def parse(data: object, terms: Terms, path: Path = ()) -> Rule:
    """The rule ``data`` stands for. Raises ``RuleInvalid`` with the path to the bad part."""
    return _Parser(terms).rule(data, path, 0)


def parse_skills(data: object, skills: frozenset[str] | None = None, path: Path = ()) -> Rule:
    """What is required of an agent: skills and attributes. ``skills`` are the names that exist
    (None: any name)."""
    terms = Terms(REQUIREMENT.fields, skills) if skills else REQUIREMENT
    return parse(data, terms, path)


class _Parser:
    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.leaves = 0

    def rule(self, data: object, path: Path, depth: int) -> Rule:
        if depth > MAX_DEPTH:
            raise RuleInvalid(f"nested deeper than {MAX_DEPTH}", path)
        if isinstance(data, str) and self.terms.skills is not None:
            data = {"skill": data}
        if not isinstance(data, Mapping) or not data:
            raise RuleInvalid("a rule is a mapping", path, FORMS)
        for form in ("and", "or"):
            if form in data:
                return self._group(form, data, path, depth)
        if "not" in data:
            self._only(data, ("not",), path)
            return Not(self.rule(data["not"], (*path, "not"), depth + 1))
        self.leaves += 1
        if self.leaves > MAX_LEAVES:
            raise RuleInvalid(f"more than {MAX_LEAVES} clauses", path)
        if "skill" in data:
            return self._skill(data, path)
        if "field" in data:
            return self._clause(data, path)
        raise RuleInvalid(f"unknown form {_shown(next(iter(data)))}", path, FORMS)

    def _group(self, form: str, data: Mapping[object, object], path: Path, depth: int) -> Rule:
        self._only(data, (form,), path)
        parts = data[form]
        here = (*path, form)
        if not isinstance(parts, list | tuple):
            raise RuleInvalid(f"{form} takes a list of rules", here)
        rules = tuple(self.rule(part, (*here, i), depth + 1) for i, part in enumerate(parts))
        return And(rules) if form == "and" else Or(rules)

    def _skill(self, data: Mapping[object, object], path: Path) -> HasSkill:
        if self.terms.skills is None:
            raise RuleInvalid("a skill can not be asked for here", (*path, "skill"))
        self._only(data, ("skill", "level"), path)
        name = data["skill"]
        if not isinstance(name, str) or not name:
            raise RuleInvalid("a skill is named by text", (*path, "skill"))
        if self.terms.skills and name not in self.terms.skills:
            raise RuleInvalid(
                f"unknown skill {_shown(name)}", (*path, "skill"), sorted(self.terms.skills)
            )
        low, high = self._levels(data.get("level", {}), (*path, "level"))
        return HasSkill(name, low, high)

    def _levels(self, data: object, path: Path) -> tuple[int, int]:
        if isinstance(data, int) and not isinstance(data, bool):
            data = {"at_least": data}
        if not isinstance(data, Mapping):
            raise RuleInvalid("a level is {at_least: N, at_most: M}", path)
        self._only(data, ("at_least", "at_most"), path)
        bounds = []
        for key, default in (("at_least", LEVELS[0]), ("at_most", LEVELS[-1])):
            bound = data.get(key, default)
            if isinstance(bound, bool) or not isinstance(bound, int) or bound not in LEVELS:
                raise RuleInvalid("a level is a whole number", (*path, key), map(str, LEVELS))
            bounds.append(bound)
        if bounds[0] > bounds[1]:
            raise RuleInvalid("at_least is above at_most", path)
        return bounds[0], bounds[1]

    def _clause(self, data: Mapping[object, object], path: Path) -> Clause:
        name = data["field"]
        if not isinstance(name, str) or not name:
            raise RuleInvalid("a field is named by text", (*path, "field"))
        known = self.terms.kind_of(name)
        if known is None:
            raise RuleInvalid(
                f"unknown field {_shown(name)}", (*path, "field"), sorted(self.terms.fields)
            )
        kind = self._kind(data, known, path)
        found = [key for key in data if key not in ("field", "kind")]
        allowed = OPERATORS_OF[kind] if kind != "any" else OPERATORS
        if len(found) != 1:
            raise RuleInvalid("a clause takes exactly one operator", path, allowed)
        operator = found[0]
        if not isinstance(operator, str) or operator not in allowed:
            of = "" if kind == "any" else f" for a field of kind {kind}"
            raise RuleInvalid(f"unknown operator {_shown(operator)}{of}", path, allowed)
        return self._valued(name, operator, data[operator], kind, path)

    def _kind(
        self, data: Mapping[object, object], known: Kind | Literal["any"], path: Path
    ) -> Kind | Literal["any"]:
        said = data.get("kind", known)
        if said not in OPERATORS_OF and said != "any":
            raise RuleInvalid(f"unknown kind {_shown(said)}", (*path, "kind"), OPERATORS_OF)
        if known not in ("any", said):
            raise RuleInvalid(f"the field is of kind {known}", (*path, "kind"), (known,))
        return cast(Kind, said)

    def _valued(
        self, name: str, operator: Operator, data: object, kind: Kind | Literal["any"], path: Path
    ) -> Clause:
        here = (*path, operator)
        if operator == "exists":
            if not isinstance(data, bool):
                raise RuleInvalid("exists takes true or false", here, ("true", "false"))
            return Clause(name, operator, data, "text" if kind == "any" else kind)
        if operator == "in":
            if not isinstance(data, list | tuple) or not data:
                raise RuleInvalid("in takes a list of values", here)
            kind = _kind_of_value(data[0], (*here, 0)) if kind == "any" else kind
            self._allow(operator, kind, path)
            return Clause(
                name, operator, tuple(value(v, kind, (*here, i)) for i, v in enumerate(data)), kind
            )
        kind = _kind_of_value(data, here) if kind == "any" else kind
        self._allow(operator, kind, path)
        return Clause(name, operator, value(data, "text" if kind == "texts" else kind, here), kind)

    @staticmethod
    def _allow(operator: Operator, kind: Kind, path: Path) -> None:
        if operator not in OPERATORS_OF[kind]:
            raise RuleInvalid(
                f"unknown operator {operator!r} for a value of kind {kind}",
                path,
                OPERATORS_OF[kind],
            )

    @staticmethod
    def _only(data: Mapping[object, object], allowed: tuple[str, ...], path: Path) -> None:
        for key in data:
            if key not in allowed:
                raise RuleInvalid(f"unexpected {_shown(key)}", path, allowed)


def _shown(data: object) -> str:
    return repr(data)[:60]


def _kind_of_value(data: object, path: Path) -> Kind:
    if isinstance(data, bool):
        return "bool"
    if isinstance(data, int | float | Decimal) or _boxed(data) is not None:
        return "number"
    if isinstance(data, date):
        return "date"
    if isinstance(data, str):
        return "text"
    raise RuleInvalid(f"can not compare with {_shown(data)}", path, ("text", "number", "bool"))


def _boxed(data: object) -> object:
    return data["number"] if isinstance(data, Mapping) and set(data) == {"number"} else None


def value(data: object, kind: Kind, path: Path) -> Value:
    """``data`` as a value of ``kind``; raises ``RuleInvalid`` when it is none."""
    if kind == "bool" and isinstance(data, bool):
        return data
    if kind in ("text", "texts") and isinstance(data, str) and len(data) <= MAX_TEXT:
        return data
    if kind == "number" and not isinstance(data, bool):
        number = as_number(_boxed(data) if _boxed(data) is not None else data)
        if number is not None:
            return number
    if kind == "date":
        day = as_date(data)
        if day is not None:
            return day
    raise RuleInvalid(f"{_shown(data)} is not of kind {kind}", path, (kind,))


def as_number(data: object) -> Decimal | None:
    """A finite Decimal, from a number or its text (of at most 40 characters); None otherwise."""
    if isinstance(data, bool) or not isinstance(data, int | float | Decimal | str):
        return None
    if isinstance(data, int) and abs(data) >= 10**40:
        return None
    text = str(data).strip(" ")
    if len(text) > 40 or (isinstance(data, str) and not _NUMERAL.fullmatch(text)):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    return number if not number or -40 <= number.adjusted() < 40 else None


def as_date(data: object) -> date | None:
    """A date, from a date, a datetime's day as it stands, or ISO 8601 text; None otherwise."""
    if isinstance(data, datetime):
        return data.date()
    if isinstance(data, date):
        return data
    if isinstance(data, str) and _DAY.match(data):
        try:
            return date.fromisoformat(data[:10])
        except ValueError:
            return None
    return None
