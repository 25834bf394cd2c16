"""A segment's rule as an SQL condition over ``customer``, the same in meaning on both stores.

The meaning is ``core.rules.evaluate``'s: a clause over a missing field, or one that does not read
as the clause's kind, is false. Numbers are compared exactly on PostgreSQL and to 15 significant
digits on SQLite, where JSON numbers are doubles.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Float,
    Numeric,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from contactcenter.campaigns.facts import OWN, paths
from contactcenter.core.rules import And, Clause, HasSkill, Not, Or, Rule
from contactcenter.core.rules_parse import NUMERAL
from contactcenter.crm.tables import customer

Condition = ColumnElement[bool]
Element = ColumnElement[Any]
Path = tuple[str, ...]

_NUMBER = f"^ *{NUMERAL} *$"
_LONGEST_NUMERAL = 40
_LONG = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
_SHORT = "(0[469]|11)-(0[1-9]|[12][0-9]|30)"
_FEBRUARY = "02-(0[1-9]|1[0-9]|2[0-8])"
_LEAP = "([0-9][0-9](0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29"
_DAY = f"^(([0-9]{{4}}-({_LONG}|{_SHORT}|{_FEBRUARY}))|{_LEAP})"
"""The dates there are (proleptic Gregorian); the year 0000 is refused beside."""


def condition(rule: Rule, store: str) -> Condition:
    """The rule as a condition; never NULL."""
    match rule:
        case And(parts):
            return and_(true(), *(condition(part, store) for part in parts))
        case Or(parts):
            return or_(false(), *(condition(part, store) for part in parts))
        case Not(part):
            return not_(condition(part, store))
        case HasSkill():
            raise TypeError("customers have no skills")  # the parser lets none through
        case Clause():
            return _clause(rule, _Json(store))


def _clause(clause: Clause, json: _Json) -> Condition:
    if clause.operator == "exists":
        there = _exists(clause.field, json)
        return there if clause.value else not_(there)
    if clause.operator == "not_equals":
        return not_(_sure(_compare(clause, "equals", json)))
    return _sure(_compare(clause, clause.operator, json))


def _sure(element: Condition) -> Condition:
    """Two-valued: unknown is false."""
    return func.coalesce(element, false(), type_=Boolean)


def _exists(name: str, json: _Json) -> Condition:
    if name in OWN:
        column = customer.c[name]
        is_text = OWN[name] == "text"
        return and_(column.is_not(None), column != "") if is_text else column.is_not(None)
    kind = json.kind(name)
    empty = and_(kind.in_(json.text_kinds), json.text(name) == "")
    return _sure(and_(kind.is_not(None), kind != "null", not_(empty)))


def _compare(clause: Clause, operator: str, json: _Json) -> Condition:
    value = clause.value
    match clause.kind:
        case "text":
            text = json.text_of(clause.field)
            if operator == "contains":
                return json.place(text, str(value)) > 0
            return _ordered(text, operator, value)
        case "number":
            return json.number(clause.field, operator, value)
        case "date":
            day = json.day(clause.field)
            bound = tuple(map(_iso, value)) if isinstance(value, tuple) else _iso(value)
            return _ordered(day, operator, bound)
        case "bool":
            return json.boolean(clause.field) == json.bool_text(bool(value))
        case "texts":
            return json.member(clause.field, str(value))


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _ordered(left: Element, operator: str, value: Any) -> Condition:
    if operator == "in":
        return left.in_(value)
    compare: dict[str, Callable[[], Condition]] = {
        "equals": lambda: left == value,
        "less": lambda: left < value,
        "at_most": lambda: left <= value,
        "greater": lambda: left > value,
        "at_least": lambda: left >= value,
    }
    return compare[operator]()


class _Json:
    """The few things the two stores say differently about a JSON value."""

    def __init__(self, store: str) -> None:
        self.is_postgres = store == "postgresql"
        self.text_kinds = ("string",) if self.is_postgres else ("text",)

    def _at(self, name: str, take: Callable[[Path], Element]) -> Element:
        """``take`` of the path where the value stands: the whole name first, else by parts."""
        first, *rest = paths(name)
        if not rest:
            return take(first)
        return case((self._kind(first).is_not(None), take(first)), else_=take(rest[0]))

    def _kind(self, path: Path) -> Element:
        if self.is_postgres:
            return func.jsonb_typeof(self._value(path), type_=Text)
        return func.json_type(customer.c.attributes, _sqlite_path(path), type_=Text)

    def _value(self, path: Path) -> Element:
        if self.is_postgres:
            return func.jsonb_extract_path(customer.c.attributes, *path, type_=JSONB)
        return func.json_extract(customer.c.attributes, _sqlite_path(path))

    def _text(self, path: Path) -> Element:
        if self.is_postgres:
            return func.jsonb_extract_path_text(customer.c.attributes, *path, type_=Text)
        return type_coerce(self._value(path), Text)

    def kind(self, name: str) -> Element:
        return self._at(name, self._kind)

    def text(self, name: str) -> Element:
        return self._at(name, self._text)

    def text_of(self, name: str) -> Element:
        """A text, NULL for every other kind. On PostgreSQL bytes decide, not a locale."""
        if name in OWN:
            own: Element = customer.c[name]
            return own.collate("C") if self.is_postgres else own
        found = case((self.kind(name).in_(self.text_kinds), self.text(name)))
        return found.collate("C") if self.is_postgres else found

    def place(self, text: Element, part: str) -> Element:
        """Where ``part`` begins in a text, from 1; 0 when nowhere."""
        find = func.strpos if self.is_postgres else func.instr
        found: Element = find(text, part)
        return found

    def day(self, name: str) -> Element:
        """The first ten characters of a text that begins with a date: they compare like days."""
        text = self.text_of(name)
        is_day = and_(text.regexp_match(_DAY), func.substr(text, 1, 4) != "0000")
        return case((is_day, func.substr(text, 1, 10)))

    def boolean(self, name: str) -> Element:
        if name in OWN:
            return case((customer.c[name], self.bool_text(True)), else_=self.bool_text(False))
        if self.is_postgres:
            return case((self.kind(name) == "boolean", self.text(name)))
        return self.kind(name)

    @staticmethod
    def bool_text(value: bool) -> str:
        return "true" if value else "false"

    def number(self, name: str, operator: str, value: Any) -> Condition:
        """A comparison with a number, or with text that reads as one."""
        kind: Any = Numeric() if self.is_postgres else Float()
        text = self.text(name)
        is_number = self.kind(name).in_(("number", "integer", "real"))
        is_text = self.kind(name).in_(self.text_kinds)
        reads = and_(
            is_text,
            text.regexp_match(_NUMBER),
            func.length(func.trim(text)) <= _LONGEST_NUMERAL,
        )
        found = case((is_number, cast(text, kind)), (reads, cast(func.trim(text), kind)))
        size = func.abs(found)
        # ``as_number`` reads nothing beyond these
        fits = and_(size < self._bound("1e40"), or_(found == 0, size >= self._bound("1e-40")))
        bounds = (
            [self._bound(each) for each in value]
            if isinstance(value, tuple)
            else self._bound(value)
        )
        return and_(fits, _ordered(found, operator, bounds))

    def _bound(self, value: Any) -> Element:
        return literal(Decimal(value), Numeric()) if self.is_postgres else literal(float(value))

    def member(self, name: str, value: str) -> Condition:
        """A list holding a text."""
        if name in OWN:
            whole: Element = customer.c[name]
            is_list: Condition = true()
        else:
            whole, is_list = self._at(name, self._value), self.kind(name) == "array"
        if self.is_postgres:
            return and_(is_list, type_coerce(whole, JSONB).contains([value]))
        listed = case((is_list, type_coerce(whole, Text)), else_="[]")
        each = func.json_each(listed).table_valued("value", "type")
        found = select(1).where(each.c.type == "text", each.c.value == value)
        return exists(found)


def _sqlite_path(path: Path) -> str:
    return "$" + "".join(f'."{part}"' for part in path)
