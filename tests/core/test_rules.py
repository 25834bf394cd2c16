"""Rules: meaning, errors that lead to the bad part, round trip, and the laws evaluation keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.core.rules import (
    ALWAYS,
    And,
    Clause,
    HasSkill,
    Not,
    Or,
    Rule,
    RuleInvalid,
    Terms,
    evaluate,
    explain,
    fields_of,
    parse,
    parse_skills,
    skills_of,
    to_data,
)

MARCH = datetime(2026, 3, 1, 1, tzinfo=UTC)
TERMS = Terms(
    {
        "tier": "text",
        "balance": "number",
        "vip": "bool",
        "ends": "date",
        "tags": "texts",
        "attributes.*": "any",
    },
    skills=frozenset({"billing", "english"}),
)


@pytest.mark.parametrize(
    ("data", "facts", "expected"),
    [
        ({"field": "tier", "equals": "gold"}, {"tier": "gold"}, True),
        ({"field": "tier", "equals": "gold"}, {"tier": "Gold"}, False),
        ({"field": "tier", "equals": "gold"}, {}, False),
        ({"field": "tier", "not_equals": "gold"}, {}, True),
        ({"field": "tier", "in": ["gold", "silver"]}, {"tier": "silver"}, True),
        ({"field": "tier", "contains": "ol"}, {"tier": "gold"}, True),
        ({"field": "tier", "exists": True}, {"tier": ""}, False),
        ({"field": "tier", "exists": False}, {}, True),
        ({"field": "balance", "less": 10}, {"balance": "9.99"}, True),
        ({"field": "balance", "less": 10}, {"balance": 10}, False),
        ({"field": "balance", "at_most": 10}, {"balance": Decimal(10)}, True),
        ({"field": "balance", "greater": 0}, {"balance": 0.5}, True),
        ({"field": "balance", "at_least": 1}, {"balance": "many"}, False),
        ({"field": "balance", "less": 10}, {"balance": float("nan")}, False),
        ({"field": "balance", "less": 10}, {"balance": True}, False),
        ({"field": "vip", "equals": True}, {"vip": True}, True),
        ({"field": "vip", "equals": True}, {"vip": "yes"}, False),
        ({"field": "ends", "at_most": "2026-03-01"}, {"ends": date(2026, 3, 1)}, True),
        ({"field": "ends", "less": date(2026, 3, 1)}, {"ends": "2026-02-28T10:00:00"}, True),
        (
            {"field": "ends", "less": "2026-03-01"},
            {"ends": MARCH},
            False,
        ),
        ({"field": "tags", "contains": "key"}, {"tags": ["key", "old"]}, True),
        ({"field": "tags", "contains": "ke"}, {"tags": ["key"]}, False),
        ({"field": "attributes.Churn", "equals": "Yes"}, {"attributes.Churn": "Yes"}, True),
        ({"field": "attributes.tenure", "at_least": 12}, {"attributes.tenure": "13"}, True),
        ({"and": []}, {}, True),
        ({"or": []}, {}, False),
        ({"not": {"field": "tier", "equals": "gold"}}, {}, True),
        (
            {"and": [{"field": "vip", "equals": True}, {"field": "balance", "less": 1}]},
            {"vip": True, "balance": 2},
            False,
        ),
        (
            {"or": [{"field": "vip", "equals": True}, {"field": "balance", "less": 1}]},
            {"vip": False, "balance": 0},
            True,
        ),
    ],
)
def test_meaning(data: object, facts: dict[str, object], expected: bool) -> None:
    rule = parse(data, TERMS)
    assert evaluate(rule, facts) is expected
    assert (explain(rule, facts) is None) is expected


@pytest.mark.parametrize(
    ("data", "skills", "expected"),
    [
        ("billing", {"billing": 1}, True),
        ("billing", {}, False),
        ({"skill": "billing", "level": {"at_least": 2}}, {"billing": 1}, False),
        ({"skill": "billing", "level": {"at_least": 2}}, {"billing": 2}, True),
        ({"skill": "billing", "level": 3}, {"billing": 5}, True),
        ({"skill": "billing", "level": {"at_most": 2}}, {"billing": 3}, False),
        ({"and": ["billing", {"not": "english"}]}, {"billing": 3}, True),
        ({"or": ["billing", "english"]}, {"english": 1}, True),
    ],
)
def test_skills(data: object, skills: dict[str, int], expected: bool) -> None:
    assert evaluate(parse_skills(data), {}, skills) is expected


@pytest.mark.parametrize(
    ("data", "where", "says", "allowed"),
    [
        (7, "", "a rule is a mapping", "field"),
        ({}, "", "a rule is a mapping", "and"),
        ({"xor": []}, "", "unknown form 'xor'", "or"),
        ({"and": {}}, "and", "takes a list", None),
        ({"and": [{"field": "tier", "equals": "x"}, 3]}, "and[1]", "a rule is", "not"),
        ({"and": [], "or": []}, "", "unexpected 'or'", "and"),
        ({"not": {"field": "tir", "equals": "x"}}, "not.field", "unknown field 'tir'", "tier"),
        ({"field": "tier", "less": "x"}, "", "unknown operator 'less'", "contains"),
        ({"field": "tier", "equal": "x"}, "", "unknown operator 'equal'", "equals"),
        ({"field": "tier"}, "", "exactly one operator", "equals"),
        ({"field": "tier", "equals": "x", "in": ["y"]}, "", "exactly one operator", "in"),
        ({"field": "balance", "less": "ten"}, "less", "not of kind number", "number"),
        ({"field": "balance", "less": True}, "less", "not of kind number", "number"),
        ({"field": "balance", "less": float("inf")}, "less", "not of kind number", "number"),
        ({"field": "ends", "less": "tomorrow"}, "less", "not of kind date", "date"),
        ({"field": "vip", "equals": "yes"}, "equals", "not of kind bool", "bool"),
        ({"field": "tier", "in": "gold"}, "in", "a list of values", None),
        ({"field": "tier", "in": ["gold", 3]}, "in[1]", "not of kind text", "text"),
        ({"field": "tier", "exists": "yes"}, "exists", "true or false", "true"),
        ({"field": "attributes.x", "less": "abc"}, "", "for a value of kind text", "equals"),
        ({"field": "attributes.x", "equals": None}, "equals", "can not compare", "text"),
        ({"skill": "cooking"}, "skill", "unknown skill 'cooking'", "billing"),
        ({"skill": "billing", "level": 6}, "level.at_least", "whole number", "5"),
        ({"skill": "billing", "level": {"at_least": 4, "at_most": 2}}, "level", "above", None),
        ({"skill": "billing", "lvl": 2}, "", "unexpected 'lvl'", "level"),
    ],
)
def test_errors_lead_to_the_bad_part(
    data: object, where: str, says: str, allowed: str | None
) -> None:
    with pytest.raises(RuleInvalid) as caught:
        parse(data, TERMS)
    assert caught.value.details["path"] == where
    assert says in str(caught.value)
    if allowed:
        assert allowed in caught.value.allowed
        assert allowed in (caught.value.hint or "")


def test_a_skill_is_refused_where_no_agent_is_meant() -> None:
    with pytest.raises(RuleInvalid, match="can not be asked for here"):
        parse({"skill": "billing"}, Terms({"tier": "text"}))


def test_hostile_rules_are_refused_in_bounded_depth_and_size() -> None:
    deep: object = {"field": "tier", "equals": "x"}
    for _ in range(3000):
        deep = {"not": deep}
    with pytest.raises(RuleInvalid, match="nested deeper"):
        parse(deep, TERMS)
    with pytest.raises(RuleInvalid, match="more than 500"):
        parse({"or": [{"field": "tier", "equals": "x"}] * 501}, TERMS)


def test_explain_names_the_first_failing_clause() -> None:
    rule = parse(
        {
            "and": [
                {"field": "vip", "equals": True},
                {"or": [{"field": "balance", "less": 5}, {"field": "tier", "equals": "gold"}]},
                {"not": {"field": "tier", "equals": "tin"}},
            ]
        },
        TERMS,
    )
    assert str(explain(rule, {"vip": True, "balance": 9})) == (
        "and[1].or[0]: balance less 5: differs"
    )
    assert str(explain(rule, {})) == "and[0]: vip equals True: missing"
    assert str(explain(rule, {"vip": True, "balance": 1, "tier": "tin"})) == (
        "and[2].not: tier equals tin: negated"
    )
    skilled = parse_skills({"skill": "billing", "level": {"at_least": 3, "at_most": 4}})
    reasons = [str(explain(skilled, {}, {"billing": n})) for n in (0, 2, 5)]
    assert [r.rsplit(": ", 1)[1] for r in reasons] == [
        "skill_missing",
        "level_too_low",
        "level_too_high",
    ]


def test_what_a_rule_reads() -> None:
    rule = parse({"and": ["billing", {"not": {"field": "tier", "equals": "x"}}]}, TERMS)
    assert fields_of(rule) == {"tier"}
    assert skills_of(rule) == {"billing"}


def clauses() -> st.SearchStrategy[Rule]:
    text = st.sampled_from(["gold", "tin", ""])
    number = st.decimals(-20, 20, places=2)
    days = st.dates(date(2026, 1, 1), date(2026, 1, 9))
    order = st.sampled_from(["less", "at_most", "greater", "at_least", "equals", "not_equals"])
    return st.one_of(
        st.builds(
            Clause,
            st.just("tier"),
            st.sampled_from(["equals", "not_equals", "contains"]),
            text,
            st.just("text"),
        ),
        st.builds(Clause, st.just("balance"), order, number, st.just("number")),
        st.builds(Clause, st.just("attributes.n"), order, number, st.just("number")),
        st.builds(Clause, st.just("ends"), order, days, st.just("date")),
        st.builds(Clause, st.just("attributes.d"), order, days, st.just("date")),
        st.builds(Clause, st.just("tags"), st.just("contains"), text, st.just("texts")),
        st.builds(Clause, st.just("vip"), st.just("exists"), st.booleans(), st.just("bool")),
        st.builds(
            Clause,
            st.just("balance"),
            st.just("in"),
            st.lists(number, min_size=1, max_size=3).map(tuple),
            st.just("number"),
        ),
        st.builds(HasSkill, st.just("billing"), st.integers(1, 3), st.integers(3, 5)),
    )


RULES = st.recursive(
    clauses(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple).map(And),
        st.lists(inner, max_size=3).map(tuple).map(Or),
        inner.map(Not),
    ),
    max_leaves=8,
)
FACTS = st.dictionaries(
    st.sampled_from(["tier", "balance", "vip", "ends", "tags", "attributes.n", "attributes.d"]),
    st.one_of(
        st.none(),
        st.booleans(),
        st.floats(),
        st.integers(),
        st.text(max_size=12),
        st.sampled_from(["gold", "2026-01-03", "4.5"]),
        st.dates(),
        st.lists(st.text(max_size=3)),
    ),
)
SKILLS = st.dictionaries(st.just("billing"), st.integers(0, 6))


@given(RULES)
def test_round_trip(rule: Rule) -> None:
    assert parse(to_data(rule), TERMS) == rule


@given(RULES, FACTS, SKILLS)
def test_laws(rule: Rule, facts: dict[str, object], skills: dict[str, int]) -> None:
    held = evaluate(rule, facts, skills)
    assert evaluate(Not(rule), facts, skills) is not held
    assert evaluate(And((rule, ALWAYS)), facts, skills) is held
    assert evaluate(Or((rule,)), facts, skills) is held
    failed = explain(rule, facts, skills)
    assert (failed is None) is held
    if isinstance(rule, Clause) and rule.operator == "equals":
        twin = Clause(rule.field, "not_equals", rule.value, rule.kind)
        assert evaluate(twin, facts) is not held


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["and", "or", "not", "field", "skill", "level", "equals", "in", "x"]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    )
)
def test_any_data_is_taken_or_refused_precisely(data: object) -> None:
    try:
        rule = parse(data, TERMS)
    except RuleInvalid:
        return
    assert evaluate(rule) in (True, False)
