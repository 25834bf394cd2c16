"""The variables a stored template may use: a customer's fields, and a few of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jinja2 import TemplateSyntaxError
from sqlalchemy import select

from contactcenter.campaigns.facts import ATTRIBUTES, OWN, fact, sample_rows
from contactcenter.campaigns.segment_sql import condition
from contactcenter.core.db import Tx
from contactcenter.core.rules import Clause, as_date
from contactcenter.core.templating import Variable, VariableKind, Variables, used
from contactcenter.core.templating_values import money
from contactcenter.crm.tables import customer

GROUP = "customer."
"""``customer.name`` is another word for ``name``."""

LINK = "unsubscribe_link"
OURS: Variables = {"site.name": Variable(), LINK: Variable()}
_OF_KIND: Mapping[str, VariableKind] = {"bool": "bool", "texts": "list"}


def names_in(sources: Iterable[str]) -> frozenset[str]:
    """Every dotted name the sources read; a source that is none gives none (lint says so)."""
    found: set[str] = set()
    for source in sources:
        if "{" in source:
            try:
                found |= used(source)
            except (TemplateSyntaxError, RecursionError, ValueError):
                continue
    return frozenset(found)


def declared(tx: Tx, names: Iterable[str]) -> Variables:
    """All variables there are, among them each of ``names`` that some customer has a value for."""
    own = {name: _own(_OF_KIND.get(kind, "text")) for name, kind in OWN.items()}
    rows = sample_rows(tx)
    met = {f"{ATTRIBUTES}{key}" for row in rows for key in row.attributes}
    wanted = met | {name for name in names if name.startswith(ATTRIBUTES)}
    learnt = {}
    for name in sorted(wanted):
        values = [fact(row, name) for row in rows]
        if any(value is not None for value in values) or _found(tx, name, values):
            learnt[name] = _variable(values)
    grouped = {f"{GROUP}{name}": variable for name, variable in own.items()}
    return {**own, **grouped, **learnt, **OURS}


def _own(kind: VariableKind) -> Variable:
    """A customer without a name is still written to; ``default(..., true)`` gives another word."""
    return Variable(kind, fallback="" if kind == "text" else None)


def _found(tx: Tx, name: str, values: list[object]) -> bool:
    """Look beyond the sample; adds what was found to ``values``."""
    there = condition(Clause(name, "exists", True, "text"), tx.store)
    row = tx.first(select(customer.c.attributes).where(there).limit(1))
    if row is not None:
        values.append(fact(row, name))
    return row is not None


def _variable(values: Sequence[object]) -> Variable:
    """The kind that all values have as they stand in JSON: a numeral in text stays text, so that
    ``"29.90"`` is not printed as 29.9."""
    known = [value for value in values if value is not None and value != ""]
    tests: Mapping[VariableKind, Any] = {
        "bool": lambda value: isinstance(value, bool),
        "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        "date": lambda value: isinstance(value, str) and as_date(value) is not None,
        "money": lambda value: money(value) is not None,
        "list": lambda value: isinstance(value, list),
    }
    for kind, has in tests.items():
        if known and all(has(value) for value in known):
            return Variable(kind, fields=_item_fields(known) if kind == "list" else ())
    return Variable()


def _item_fields(lists: Sequence[Any]) -> tuple[str, ...]:
    keys = {key for one in lists for item in one if isinstance(item, Mapping) for key in item}
    return tuple(sorted(keys))


def context(
    row: Any, variables: Variables, site_name: str, unsubscribe_link: str
) -> dict[str, object]:
    """The values of a customer row under the names a template declared; missing ones are None."""
    ours = {"site.name": site_name, LINK: unsubscribe_link}
    return {
        name: ours[name] if name in ours else _value(row, name, variable)
        for name, variable in variables.items()
    }


def _value(row: Any, name: str, variable: Variable) -> object:
    value = fact(row, name.removeprefix(GROUP))
    if value == "" and name.startswith(ATTRIBUTES):
        return None  # an empty cell of an import is no value
    if variable.kind == "text" and isinstance(value, bool | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
