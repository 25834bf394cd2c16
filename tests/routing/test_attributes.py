"""Requirements that speak of attributes: of the agent, of the interaction, mixed with skills."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.core.errors import Invalid
from contactcenter.core.rules import RuleInvalid, evaluate
from contactcenter.routing import actions as do
from contactcenter.routing.book import Book
from contactcenter.routing.check import check
from contactcenter.routing.config import agent_data, agent_from
from contactcenter.routing.model import Step
from contactcenter.routing.possible import contradiction
from contactcenter.routing.rows import floor_of, rows_of
from contactcenter.routing.skills import at_best, interaction_facts, placed, requirement
from contactcenter.routing.verdicts import verdict
from tests.routing.floors import CUSTOMER, Bench, agent_id, call_id

GOLD: dict[str, Any] = {"field": "interaction.tier", "equals": "gold"}
BLUE: dict[str, Any] = {"field": "agent.team", "equals": "blue"}
GOLD_IS_FOR_BLUE = {"or": [{"not": GOLD}, BLUE]}


def _why(bench: Bench, n: int, agent: int) -> Any:
    floor = bench.floor
    return verdict(floor, floor.waiting[call_id(n)], floor.agents[agent_id(agent)], bench.now)


def test_an_interactions_attribute_chooses_among_agents_by_the_queues_rule() -> None:
    bench = Bench()
    bench.queue(requires=GOLD_IS_FOR_BLUE)
    bench.agent(1)
    bench.agent(2, attributes={"team": "blue"})
    bench.enqueue(1, attributes={"tier": "gold"})
    assert bench.given_to(1) == 2
    bench.enqueue(2, attributes={"tier": "gold"})
    assert bench.given_to(2) is None
    bench.enqueue(3, attributes={"tier": "basic"})
    assert bench.given_to(3) == 1


def test_an_interaction_may_ask_for_attributes_itself() -> None:
    bench = Bench()
    bench.queue(requires="german")
    bench.agent(1, skills={"german": 3}, attributes={"languages": ["de", "fr"]})
    bench.agent(2, skills={"german": 3}, attributes={"languages": ["de"], "rank": 4})
    french = {"field": "agent.languages", "contains": "fr", "kind": "texts"}
    bench.enqueue(1, requires={"and": [french, "german"]})
    assert bench.given_to(1) == 1
    bench.enqueue(2, requires={"field": "agent.rank", "at_least": 4})
    assert bench.given_to(2) == 2


def test_where_an_agent_sits_can_be_asked_for() -> None:
    bench = Bench()
    bench.queue(requires={"field": "agent.site", "equals": "north"})
    for n, site in ((1, "south"), (2, "north")):
        command = do.ChangeAgent(agent_id(n), 10 + n, f"agent {n}", {"queues": ["sales"]}, site)
        bench.do(command)
        bench.do(do.SetState(agent_id(n), "available"))
    bench.enqueue(1)
    assert bench.given_to(1) == 2


def test_a_changed_attribute_of_an_agent_takes_what_waits() -> None:
    bench = Bench()
    bench.queue(requires=GOLD_IS_FOR_BLUE)
    bench.agent(1)
    bench.enqueue(1, attributes={"tier": "gold"})
    assert bench.given_to(1) is None
    bench.agent(1, attributes={"team": "blue"})
    assert bench.given_to(1) == 1


def test_a_changed_rule_of_a_queue_takes_what_waits() -> None:
    bench = Bench()
    bench.queue(requires=GOLD_IS_FOR_BLUE)
    bench.agent(1)
    bench.enqueue(1, attributes={"tier": "gold"})
    assert bench.given_to(1) is None
    bench.queue(requires=GOLD)
    assert bench.given_to(1) == 1
    bench.enqueue(2, attributes={})
    bench.agent(2)
    assert bench.given_to(2) is None


def test_rings_drop_skills_and_leave_attributes_required() -> None:
    bench = Bench()
    rule = {"and": ["german", {"or": [{"not": GOLD}, BLUE]}]}
    bench.queue(requires=rule, rings=[{"after_s": 30, "drop": ["german"]}])
    bench.agent(1)
    bench.enqueue(1, attributes={"tier": "gold"})
    bench.enqueue(2, attributes={"tier": "basic"})
    assert _why(bench, 2, 1).reason == "ring_not_reached"
    bench.wait(30)
    assert bench.given_to(2) == 1
    assert bench.given_to(1) is None
    assert _why(bench, 1, 1).reason == "attribute_differs"


def test_steps_ask_for_attributes_one_after_the_other() -> None:
    bench = Bench()
    bench.queue()
    bench.agent(1)
    bench.enqueue(1, steps=(Step(BLUE, 20), Step({"and": [GOLD, "german"]}, 20)))
    assert bench.given_to(1) is None
    bench.wait(20)
    assert bench.given_to(1) is None
    bench.wait(20)
    assert bench.given_to(1) == 1


def test_a_step_that_can_not_be_read_is_refused_with_nothing_changed() -> None:
    bench = Bench()
    bench.queue()
    before = rows_of(bench.floor).waiting
    with pytest.raises(RuleInvalid, match="unknown field"):
        bench.enqueue(1, steps=(Step({"field": "customer.tier", "equals": "gold"}, 20),))
    assert rows_of(bench.floor).waiting == before


def test_a_floor_rebuilt_from_rows_knows_the_attributes() -> None:
    bench = Bench()
    bench.queue(requires=GOLD_IS_FOR_BLUE)
    bench.agent(1, attributes={"team": "red"})
    bench.enqueue(1, attributes={"tier": "gold"})
    bench.floor = floor_of(rows_of(bench.floor))
    bench.agent(2, attributes={"team": "blue"})
    assert bench.given_to(1) == 2


def test_what_reserve_counts_is_who_suits_some_interaction() -> None:
    bench = Bench()
    bench.queue(requires={"and": [GOLD, BLUE]})
    bench.agent(1)
    assert bench.floor.matcher.free_for("sales", "voice") == 0
    bench.agent(2, attributes={"team": "blue"})
    assert bench.floor.matcher.free_for("sales", "voice") == 1


# -- why not ---------------------------------------------------------------------------------------


def test_the_verdict_names_the_attribute_that_differs() -> None:
    bench = Bench()
    bench.queue(requires={"and": ["german", GOLD_IS_FOR_BLUE]})
    bench.agent(1, skills={"german": 3}, attributes={"team": "red"})
    bench.agent(2, attributes={"team": "red"})
    bench.enqueue(1, attributes={"tier": "gold"})
    found = _why(bench, 1, 1)
    assert found.reason == "attribute_differs"
    assert found.detail["asked"] in ("interaction.tier equals gold", "agent.team equals blue")
    assert _why(bench, 1, 2).reason == "skill_missing"


@pytest.mark.parametrize(
    ("rule", "detail"),
    [
        (BLUE, {"asked": "agent.team equals blue", "found": "red"}),
        ({"and": [GOLD]}, {"asked": "interaction.tier equals gold", "found": "-"}),
        ({"field": "agent.rank", "in": [4, 5]}, {"asked": "agent.rank in 4, 5", "found": "-"}),
        ({"not": {"field": "agent.team", "exists": True}}, {"asked": "agent.team exists True"}),
    ],
)
def test_what_was_asked_and_what_was_found(rule: Any, detail: dict[str, str]) -> None:
    bench = Bench()
    bench.queue(requires=rule)
    bench.agent(1, attributes={"team": "red"})
    bench.enqueue(1)
    found = _why(bench, 1, 1)
    assert found.reason == "attribute_differs"
    assert {key: found.detail[key] for key in detail} == detail


def test_neither_alone_but_both_together_tells_the_first() -> None:
    bench = Bench()
    bench.queue(requires={"or": [{"and": ["german", GOLD]}, {"and": ["polish", BLUE]}]})
    bench.agent(1, skills={"german": 2}, attributes={"team": "blue"})
    bench.enqueue(1, attributes={"tier": "basic"})
    assert _why(bench, 1, 1).reason == "attribute_differs"


# -- reading ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["customer.tier", "tier", "agent", "interaction", "agent."])
def test_an_unknown_root_is_refused_with_place_and_what_is_allowed(name: str) -> None:
    (fault,) = [
        one
        for one in check(
            {"queues": {"care": {"requires": {"and": ["x", {"field": name, "equals": 1}]}}}},
            Book(skills={"x": ""}),
        )
        if one.severity == "error"
    ]
    assert fault.where == "queues.care.requires.and[1].field"
    assert "unknown field" in fault.message
    assert "agent.*, interaction.*" in fault.hint


@pytest.mark.parametrize(
    "attributes",
    [
        [],
        {"": 1},
        {"site": "north"},
        {"x": None},
        {"x": {"y": 1}},
        {"x": [1]},
        {"x": "y" * 201},
        {"x": float("nan")},
        {f"n{n}": n for n in range(51)},
    ],
)
def test_what_is_no_attribute_is_refused(attributes: Any) -> None:
    with pytest.raises(Invalid, match=r"agent ann\.attributes"):
        agent_from(agent_id(1), 1, "ann", {"attributes": attributes})


def test_attributes_are_written_as_they_were_given_and_only_where_there_are_any() -> None:
    given = {"team": "blue", "rank": 2, "share": 0.5, "new": True, "languages": ["de", "fr"]}
    agent = agent_from(agent_id(1), 1, "ann", {"attributes": given})
    assert agent_data(agent)["attributes"] == given
    assert "attributes" not in agent_data(agent_from(agent_id(1), 1, "ann", {}))


def test_a_fault_in_one_attribute_hides_none_in_another() -> None:
    faults = check({"agents": {"Ann": {"attributes": {"a": None, "b": 1, "c": {}}}}}, Book())
    places = {one.where for one in faults if one.severity == "error"}
    assert places == {"agents.Ann.attributes.a", "agents.Ann.attributes.c"}


# -- what can never match --------------------------------------------------------------------------


def test_unknown_attributes_may_be_either_way() -> None:
    assert contradiction(requirement({"and": [GOLD, BLUE]})) is None
    assert contradiction(requirement({"and": [GOLD, {"not": BLUE}]})) is None


def test_one_clause_can_not_be_both() -> None:
    why = contradiction(requirement({"and": [GOLD, {"not": GOLD}]}))
    assert "interaction.tier" in (why or "")
    differs = {"field": "interaction.tier", "not_equals": "gold"}
    assert contradiction(requirement({"and": [GOLD, differs]})) is not None
    assert contradiction(requirement({"or": [GOLD, differs]})) is None


def test_a_queue_whose_agents_lack_the_attribute_is_warned_of() -> None:
    book = {
        "queues": {"care": {"requires": {"and": [GOLD, BLUE]}}},
        "agents": {"Ann": {"queues": ["care"], "attributes": {"team": "red"}}},
    }
    (fault,) = check(book, Book())
    assert (fault.severity, fault.where) == ("warning", "queues.care.requires")
    assert "skills and attributes" in fault.message
    book["agents"] = {"Ann": {"queues": ["care"], "attributes": {"team": "blue"}}}
    assert check(book, Book()) == []


# -- putting attributes in place -------------------------------------------------------------------

leaves = st.sampled_from(
    [
        "a",
        {"skill": "b", "level": 3},
        GOLD,
        {"field": "interaction.n", "less": 5},
        {"field": "interaction.n", "exists": True},
        BLUE,
        {"field": "agent.n", "at_least": 3},
    ]
)
rules = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"and": parts}),
        st.lists(inner, max_size=3).map(lambda parts: {"or": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=8,
)
attributes = st.fixed_dictionaries(
    {}, optional={"tier": st.sampled_from(["gold", "basic"]), "n": st.integers(3, 6)}
)
people = st.tuples(
    st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 5)),
    st.fixed_dictionaries(
        {}, optional={"agent.team": st.sampled_from(["blue", "red"]), "agent.n": st.integers(2, 4)}
    ),
)


@settings(max_examples=300, deadline=None)
@given(rules, attributes, people)
def test_the_rule_with_attributes_in_place_means_the_same(
    data: Any, of_interaction: dict[str, Any], person: tuple[dict[str, int], dict[str, Any]]
) -> None:
    rule, (levels, facts) = requirement(data), person
    all_facts = {**facts, **interaction_facts(of_interaction)}
    is_met = evaluate(rule, all_facts, levels)
    assert evaluate(placed(rule, of_interaction), facts, levels) == is_met
    assert not is_met or evaluate(at_best(rule), facts, levels)
    assert not is_met or contradiction(rule) is None


def test_a_hundred_interactions_of_two_kinds_make_two_groups() -> None:
    bench = Bench()
    bench.queue(requires=GOLD_IS_FOR_BLUE)
    for n in range(100):
        bench.enqueue(n, attributes={"tier": "gold" if n % 2 else "basic", "number": n})
    assert len([one for one in bench.floor.matcher.groups.values() if one.waiting]) == 2


def test_a_move_takes_the_attributes_along() -> None:
    bench = Bench()
    bench.queue()
    bench.queue("gold", requires=GOLD)
    bench.enqueue(1)
    bench.agent(1, queues=["gold"])
    bench.do(
        do.Enqueue(call_id(1), "gold", "voice", CUSTOMER, attributes={"tier": "gold"}, manual=True)
    )
    assert bench.given_to(1) == 1
