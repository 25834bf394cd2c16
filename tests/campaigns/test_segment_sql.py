"""A rule selects by SQL exactly whom it selects by ``core.rules.evaluate``, on both stores."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from contactcenter.campaigns import segments
from contactcenter.campaigns.facts import OWN, facts_for, parse_rule
from contactcenter.campaigns.segment_sql import condition
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid
from contactcenter.core.ids import new_id
from contactcenter.core.rules import And, Clause, Not, Or, Rule, evaluate, to_data
from contactcenter.crm.tables import customer

TEXTS = ["", "Yes", "No", "yes", "a", "ab", "100%", "a_b", "退订", "Ω", "z'x", "007", "20"]
NUMBERS = [
    0, 1, -1, 7, 20, 20.5, 29.85, -0.0, 1e39, 1e41, 1e-39, 1e-41, 123456789012345,
    "20", " 20 ", "+20", "20.50", "29.85", "1e2", "1e99", "1_0", ".5", "5.", "0x10", "٣", "-0", "",
]  # fmt: skip
DAYS = [
    "2026-01-05", "2026-01-05T23:00:00+08:00", "2024-02-29", "2023-02-29", "2000-02-29",
    "1900-02-29", "2026-04-31", "0000-01-01", "0001-01-01", "9999-12-31", "2026-W01-1",
    "20260105xx", "2026-1-5", "2026-01-32", "2026-13-01", "not a date",
]  # fmt: skip
OTHERS = [None, True, False, [], ["a"], ["Yes", "b"], [1, None, True], {"b": 5}, {"b": "Yes"}]
VALUES: list[Any] = [*TEXTS, *NUMBERS, *DAYS, *OTHERS]
FIELDS = ["attributes.x", "attributes.x.b", "attributes.odd key", "attributes.none", *OWN]


def rows() -> list[dict[str, Any]]:
    """One customer for every value under ``x``, and more for the own fields and odd keys."""
    found: list[dict[str, Any]] = [{"attributes": {"x": value}} for value in VALUES]
    found += [{"attributes": {"x.b": value, "x": {"b": "hidden"}}} for value in VALUES[::3]]
    found += [{"attributes": {"odd key": value}} for value in VALUES[::4]]
    found += [{"name": text, "time_zone": text or None} for text in TEXTS]
    found += [{"tags": ["a", "Yes"]}, {"tags": ["ab"]}, {"is_new": True}, {"external_id": "20"}]
    return found


@pytest.fixture
async def crowd(db: Database) -> Database:
    def work(tx: Tx) -> None:
        for number, values in enumerate(rows()):
            common: dict[str, Any] = {
                "name": f"customer {number}",
                "language": "en",
                "tags": [],
                "attributes": {},
            }
            common |= {"id": new_id(), "created_at": tx.now, "updated_at": tx.now}
            tx.execute(insert(customer).values({**common, **values}))

    await db.write(work)
    return db


numbers = st.sampled_from([Decimal(n) for n in ("0", "1", "20", "20.5", "29.85", "100", "-1")])
days = st.sampled_from([date(2026, 1, 5), date(2024, 2, 29), date(2000, 2, 29), date(1, 1, 1)])
texts = st.sampled_from([*TEXTS, "%", "_", "A", "x.b"])
fields = st.sampled_from(FIELDS)


def possible(clause: Clause) -> bool:
    """The parser lets a customer's own field be asked by its own kind alone."""
    own = OWN.get(clause.field)
    return own is None or clause.operator == "exists" or own == clause.kind


order = st.sampled_from(["equals", "not_equals", "less", "at_most", "greater", "at_least"])
same = st.sampled_from(["equals", "not_equals"])


def clauses(values: st.SearchStrategy[Any], operators: st.SearchStrategy[str], kind: str) -> Any:
    one = st.builds(Clause, fields, operators, values, st.just(kind))
    several = st.lists(values, min_size=1, max_size=3).map(tuple)
    some = st.builds(Clause, fields, st.just("in"), several, st.just(kind))
    return (one | some).filter(possible)


leaves: st.SearchStrategy[Rule] = st.one_of(
    clauses(numbers, order, "number"),
    clauses(days, order, "date"),
    clauses(texts, same | st.just("contains"), "text"),
    st.builds(Clause, fields, same, st.booleans(), st.just("bool")).filter(possible),
    st.builds(Clause, fields, st.just("contains"), texts, st.just("texts")).filter(possible),
    st.builds(Clause, fields, st.just("exists"), st.booleans(), st.just("text")),
)
rules = st.recursive(
    leaves,
    lambda below: st.one_of(
        st.lists(below, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(below, max_size=3).map(lambda parts: Or(tuple(parts))),
        below.map(Not),
    ),
    max_leaves=6,
)


def by_sql(tx: Tx, rule: Rule) -> set[Any]:
    return {row.id for row in tx.all(select(customer.c.id).where(condition(rule, tx.store)))}


def by_evaluation(tx: Tx, rule: Rule) -> set[Any]:
    everyone = tx.all(select(customer))
    return {row.id for row in everyone if evaluate(rule, facts_for(rule, row))}


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rule=rules)
async def test_sql_and_evaluation_agree(crowd: Database, rule: Rule) -> None:
    found, wanted = await crowd.read(lambda tx: (by_sql(tx, rule), by_evaluation(tx, rule)))
    assert found == wanted


@pytest.mark.parametrize("field", FIELDS)
async def test_every_kind_agrees_on_every_field(crowd: Database, field: str) -> None:
    """What hypothesis may not meet in one run: each field with each kind and operator."""
    rules_of_field = [
        Clause(field, "equals", Decimal(20), "number"),
        Clause(field, "less", Decimal("29.85"), "number"),
        Clause(field, "at_least", Decimal(-5), "number"),
        Clause(field, "at_most", date(2026, 1, 5), "date"),
        Clause(field, "in", (date(2024, 2, 29), date(2026, 1, 5)), "date"),
        Clause(field, "contains", "a", "text"),
        Clause(field, "contains", "a", "texts"),
        Clause(field, "equals", False, "bool"),
        Clause(field, "exists", False, "text"),
    ]
    for rule in filter(possible, rules_of_field):
        found, wanted = await crowd.read(
            lambda tx, rule=rule: (by_sql(tx, rule), by_evaluation(tx, rule))  # type: ignore[misc]
        )
        assert found == wanted, rule


async def test_count_and_sample(crowd: Database) -> None:
    rule = parse_rule({"field": "attributes.x", "equals": "Yes"})
    count, sample = await crowd.read(
        lambda tx: (segments.count(tx, rule), segments.sample(tx, rule, 5))
    )
    assert count == len(sample) == 1
    assert sample[0].attributes == {"x": "Yes"}


async def test_a_name_keeps_versions(db: Database) -> None:
    first = await db.write(lambda tx: segments.save(tx, "left", {"field": "name", "equals": "x"}))
    same_again = await db.write(lambda tx: segments.save(tx, "left", dict(first.rule)))
    changed = await db.write(lambda tx: segments.save(tx, "left", {"and": []}))
    assert (first.version, same_again.version, changed.version) == (1, 1, 2)
    assert changed.id == first.id
    assert [each.name for each in await db.read(segments.every)] == ["left"]


def test_what_can_not_be_asked() -> None:
    with pytest.raises(Invalid, match="unknown field 'balance'"):
        parse_rule({"field": "balance", "equals": 1})
    with pytest.raises(Invalid, match="quotes"):
        parse_rule({"field": 'attributes.a"b', "equals": 1})
    assert to_data(parse_rule({"field": "tags", "contains": "vip"})) == {
        "field": "tags", "contains": "vip", "kind": "texts",
    }  # fmt: skip
