"""What rules and templates may know of a customer, under which names, and of which kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import Row, select

from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid
from contactcenter.core.rules import Kind, Rule, Terms, as_date, as_number, fields_of, parse
from contactcenter.crm.tables import customer

ATTRIBUTES = "attributes."
OWN: Mapping[str, Kind] = {
    "name": "text",
    "language": "text",
    "time_zone": "text",
    "external_id": "text",
    "is_new": "bool",
    "tags": "texts",
}
"""A customer's own fields by the names that rules use; templates may also say ``customer.name``."""

TERMS = Terms(fields={**OWN, "attributes.*": "any"})

FieldKind = Literal["text", "number", "bool", "date", "texts"]
KINDS: tuple[FieldKind, ...] = get_args(FieldKind)
_SAMPLE = 500
"""Newest and oldest customers, each, from which fields and frequent values are learnt."""
_VALUES = 20
_LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Field:
    """A field with its kind and its most frequent values."""

    name: str
    kind: FieldKind
    values: tuple[str, ...] = ()


def parse_rule(data: object) -> Rule:
    """A segment's rule; ``RuleInvalid`` with the path to the bad part."""
    rule = parse(data, TERMS)
    for name in fields_of(rule):
        # SQLite's JSON paths can not quote these.
        if any(char in '"\\' or ord(char) < 32 for char in name):
            raise Invalid(f"field {name!r}: a name with quotes or backslashes can not be asked for")
    return rule


def paths(name: str) -> tuple[tuple[str, ...], ...]:
    """Where ``attributes.a.b`` may stand: under the key ``a.b``, else under ``b`` of ``a``."""
    whole = name.removeprefix(ATTRIBUTES)
    parts = tuple(whole.split("."))
    return ((whole,),) if len(parts) == 1 else ((whole,), parts)


def fact(row: Any, name: str) -> object:
    """The value of a field of a customer row (``name`` ... ``tags``, ``attributes``)."""
    if name in OWN:
        return getattr(row, name)
    first, *rest = paths(name)
    if not rest or first[0] in row.attributes:
        return row.attributes.get(first[0])
    found: object = row.attributes
    for part in rest[0]:
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def facts_for(rule: Rule, row: Any) -> dict[str, object]:
    """The facts that a rule reads, as ``core.rules.evaluate`` takes them."""
    return {name: fact(row, name) for name in fields_of(rule)}


def discover(tx: Tx) -> list[Field]:
    """The customers' own fields, then every attribute met in a sample, by name."""
    seen: dict[str, list[object]] = {}
    for row in sample_rows(tx):
        for name in OWN:
            seen.setdefault(name, []).append(getattr(row, name))
        for name, value in _leaves(row.attributes, ATTRIBUTES):
            seen.setdefault(name, []).append(value)
    own = [_field(name, kind, seen.get(name, ())) for name, kind in OWN.items()]
    learnt = sorted(name for name in seen if name not in OWN)
    return own + [_field(name, _kind(seen[name]), seen[name]) for name in learnt]


def sample_rows(tx: Tx) -> Sequence[Row[Any]]:
    """The newest and the oldest customers, with the columns that ``fact`` reads."""
    c = customer.c
    columns = select(*(c[name] for name in OWN), c.attributes, c.id)
    newest = tx.all(columns.order_by(c.id.desc()).limit(_SAMPLE))
    known = {row.id for row in newest}
    oldest = tx.all(columns.order_by(c.id).limit(_SAMPLE))
    return [*newest, *(row for row in oldest if row.id not in known)]


def _leaves(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _kind(values: Sequence[object]) -> FieldKind:
    """What all known values read as; text when they differ."""
    known = [value for value in values if value is not None and value != ""]
    if not known:
        return "text"
    tests: dict[FieldKind, Any] = {
        "bool": lambda value: isinstance(value, bool),
        "texts": lambda value: isinstance(value, list),
        "number": lambda value: as_number(value) is not None,
        "date": lambda value: isinstance(value, str) and as_date(value) is not None,
    }
    for kind, reads in tests.items():
        if all(reads(value) for value in known):
            return kind
    return "text"


def _field(name: str, kind: str, values: Sequence[object]) -> Field:
    counted: Counter[str] = Counter()
    for value in values:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str | int | float) and one != "" and not isinstance(one, bool):
                counted[str(one)] += 1
    # a field whose values hardly repeat (names, ids, amounts) offers none
    frequent = [
        text
        for text, times in counted.most_common(_VALUES)
        if len(text) <= _LONGEST_VALUE and (times > 1 or len(counted) <= _VALUES)
    ]
    known: FieldKind = next(each for each in KINDS if each == kind)
    return Field(name, known, () if known in ("bool", "date") else tuple(frequent))
