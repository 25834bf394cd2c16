"""A routing document is refused with the place and the reason of every fault."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.core.rules import HasSkill, Rule, evaluate
from contactcenter.core.rules_tree import And, Not, Or
from contactcenter.routing.book import Book, BookInvalid, Fault
from contactcenter.routing.book_file import read_document, yaml_of
from contactcenter.routing.check import check, checked
from contactcenter.routing.possible import contradiction

SKILLS = {"german": "Speaks German", "refunds": ""}
ANN = {"skills": {"german": 4, "refunds": 2}, "queues": ["care"]}
NEITHER = {"and": [{"skill": "german", "level": 4}, {"not": "german"}]}


def found(severity: str, **sections: Any) -> dict[str, str]:
    """Place -> message."""
    faults = check({"skills": SKILLS, **sections}, Book())
    return {one.where: one.message for one in faults if one.severity == severity}


def errors(**sections: Any) -> dict[str, str]:
    return found("error", **sections)


def care(**config: Any) -> dict[str, str]:
    """The errors of one queue, beside another."""
    return errors(queues={"care": config, "sales": {}}, agents={"Ann": ANN})


def test_every_fault_of_a_file_is_told_at_once_with_its_line() -> None:
    source = """\
skills: {german: Speaks German}
hours:
  office: {zone: Europe/Berlin, weekly: {mon: ["09:00-12:00", "11:00-17:00"]}}
queues:
  care:
    requires: {skill: french}
    hours: ofice
    offer_s: {fax: 3}
    colour: red
    overflow:
      - {measure: length, above: 3, then: {move: sales}}
      - {measure: length, above: 3, below: 1, then: {leave: voicemail}}
      - {measure: lenght, above: 3, then: {leave: voicemail}}
  Care: {}
agents:
  Ann:
    skills: {german: 7, polish: 2}
    queues: [care, billing]
  Ben: [care]
skils: {}
"""
    document = read_document(source, "routing.yaml")
    faults = check(document.plain, Book())
    assert {(document.line_of(one), one.where) for one in faults} == {
        (3, "hours.office.weekly.mon[1]"),
        (6, "queues.care.requires"),
        (7, "queues.care.hours"),
        (8, "queues.care.offer_s"),
        (9, "queues.care.colour"),
        (11, "queues.care.overflow[0].then.move"),
        (12, "queues.care.overflow[1]"),
        (13, "queues.care.overflow[2].measure"),
        (14, "queues.Care"),
        (17, "agents.Ann.skills.german.level"),
        (17, "agents.Ann.skills.polish"),
        (18, "agents.Ann.queues.billing"),
        (19, "agents.Ben"),
        (20, "skils"),
    }
    refusal = document.refuse(faults)
    assert [one.line for one in refusal.faults] == sorted(one.line for one in refusal.faults)
    assert str(refusal.faults[0]).startswith("routing.yaml:3: hours.office.weekly.mon[1]: 11:00")
    assert refusal.faults[2].hint == "did you mean 'office'? allowed: office"


@pytest.mark.parametrize("plain", [None, 7, [], "queues", {"queues": 3}, {"queues": {"": {}}}])
def test_what_is_no_document_is_refused(plain: Any) -> None:
    faults = check(plain, Book())
    assert faults
    assert {one.severity for one in faults} == {"error"}


@pytest.mark.parametrize(
    ("config", "where"),
    [
        ({"rings": [{"after_s": 5, "add": ["nowhere"]}]}, "rings[0].add[0]"),
        ({"rings": [{"after_s": 5, "drop": ["juggling"]}]}, "rings[0].drop[0]"),
        (
            {"overflow": [{"measure": "length", "of": "no", "above": 1, "then": {"leave": "x"}}]},
            "overflow[0].of",
        ),
        (
            {"overflow": [{"measure": "length", "above": 1, "then": {"add": ["sales", "no"]}}]},
            "overflow[0].then.add[1]",
        ),
        ({"limits": {"closed_then": {"move": "no"}}}, "limits.closed_then.move"),
        ({"max_offers": 3, "escalate": {"move": "no"}}, "escalate.move"),
        ({"blending": {"yields_to": ["sales", "no"]}}, "blending.yields_to[1]"),
        ({"requires": {"and": ["german", {"not": "polish"}]}}, "requires.and[1].not"),
    ],
)
def test_unknown_names_are_refused_where_they_stand(config: dict[str, Any], where: str) -> None:
    told = care(**config)
    assert list(told) == [f"queues.care.{where}"]
    assert told[f"queues.care.{where}"].startswith("unknown ")


def test_what_contradicts_itself_is_refused_and_says_why() -> None:
    assert care(requires=NEITHER) == {
        "queues.care.requires": "can never match: german would have to be absent and level 4-5"
    }
    either = {"or": ["refunds", NEITHER]}
    assert list(care(requires=either)) == ["queues.care.requires.or[1]"]
    apart = {
        "and": [
            {"skill": "german", "level": {"at_most": 2}},
            {"or": [{"skill": "german", "level": 3}, {"not": {"or": ["german", "refunds"]}}]},
        ]
    }
    assert list(care(requires=apart)) == ["queues.care.requires"]
    assert care(requires={"or": []})["queues.care.requires"].startswith("can never match")


@pytest.mark.parametrize(
    ("config", "where"),
    [
        ({"limits": {"full_then": {"leave": "voicemail"}}}, "limits.full_then"),
        ({"limits": {"wait_then": {"leave": "voicemail"}}}, "limits.wait_then"),
        ({"escalate": {"leave": "voicemail"}}, "escalate"),
        ({"max_wait_s": 60, "anyone_after_s": 60}, "anyone_after_s"),
        ({"max_wait_s": 60, "rings": [{"after_s": 90, "add": ["sales"]}]}, "rings[0].after_s"),
        (
            {
                "overflow": [
                    {
                        "measure": "service_level_percent",
                        "above": 100,
                        "then": {"leave": "voicemail"},
                    }
                ]
            },
            "overflow[0]",
        ),
    ],
)
def test_rules_that_nothing_can_set_off_are_refused(config: dict[str, Any], where: str) -> None:
    told = care(**config)
    assert list(told) == [f"queues.care.{where}"]
    assert "can never" in told[f"queues.care.{where}"]


def test_a_circle_of_moves_is_told_with_its_whole_way() -> None:
    told = errors(
        queues={
            "a": {"limits": {"max_length": 5, "full_then": {"move": "b"}}},
            "b": {"overflow": [{"measure": "own_wait_s", "above": 60, "then": {"move": "c"}}]},
            "c": {"max_offers": 3, "escalate": {"move": "a"}},
            "aside": {"max_wait_s": 60, "limits": {"wait_then": {"move": "a"}}},
        }
    )
    assert told == {
        "queues.a.limits.full_then.move": "moves in a circle: a (limits.full_then.move) -> "
        "b (overflow[0].then.move) -> c (escalate.move) -> a"
    }


def test_a_queue_that_moves_to_itself_and_queues_that_yield_to_each_other() -> None:
    told = errors(
        queues={
            "a": {"limits": {"max_length": 5, "full_then": {"move": "a"}}},
            "b": {"blending": {"yields_to": ["c"]}},
            "c": {"blending": {"yields_to": ["b"]}},
        }
    )
    assert told["queues.a.limits.full_then.move"].endswith("a (limits.full_then.move) -> a")
    assert told["queues.b.blending.yields_to[0]"] == "queues give way to each other: b -> c -> b"


def test_missing_agents_are_a_warning_not_a_refusal() -> None:
    told = found("warning", queues={"care": {"requires": "german"}})
    assert told == {"queues.care": "no agent is in this queue, nor in a ring's"}
    weak = {"Ben": {"skills": {"german": 2}, "queues": ["care"]}}
    needs = {"requires": {"skill": "german", "level": 3}}
    told = found("warning", queues={"care": needs}, agents=weak)
    assert told == {"queues.care.requires": "none of its 1 agents has these skills"}
    wider = needs | {"rings": [{"after_s": 20, "drop": ["german"]}]}
    assert not found("warning", queues={"care": wider}, agents=weak)
    assert not found("warning", queues={"care": needs | {"anyone_after_s": 9}}, agents=weak)


def test_what_the_document_leaves_out_stays_and_is_checked_with_it() -> None:
    old, _ = checked({"skills": SKILLS, "queues": {"care": {}, "sales": {}}}, Book())
    to_care = {"limits": {"max_length": 1, "full_then": {"move": "care"}}}
    new, _ = checked({"queues": {"sales": to_care}}, old)
    assert (set(new.queues), new.skills) == ({"care", "sales"}, SKILLS)
    back = {"limits": {"max_length": 1, "full_then": {"move": "sales"}}}
    with pytest.raises(BookInvalid, match="moves in a circle"):
        checked({"queues": {"care": back}}, new)
    with pytest.raises(BookInvalid, match="unknown skill 'german'"):
        checked({"skills": {}, "agents": {"Ann": ANN}}, old)


def test_a_document_reads_back_equal() -> None:
    book, _ = checked(
        {
            "skills": SKILLS | {"no": "on", "12:30": "007"},
            "hours": {
                "office": {"zone": "Asia/Taipei", "weekly": {"mon-fri": ["09:00-18:00"]},
                           "overrides": [{"from": "2026-12-24", "open": False}]},
            },
            "queues": {
                "care": {"hours": "office", "requires": "german", "agent_order": "round_robin"},
                "客服": {"overflow": [{"measure": "length", "above": 2.5,
                                     "then": {"move": "care"}}]},
            },
            "agents": {"Ann": {"skills": {"german": {"level": 3, "active": False}},
                               "queues": {"care": {"delay_s": 20}}}},
        },
        Book(),
    )  # fmt: skip
    again = read_document(yaml_of(book), "again.yaml")
    assert checked(again.plain, Book())[0] == book
    assert book.queues["care"] == {
        "requires": {"skill": "german"},
        "hours": "office",
        "agent_order": ["round_robin"],
    }


_LEAVES = st.builds(
    lambda name, low, more: HasSkill(name, low, min(5, low + more)),
    st.sampled_from(["a", "b"]),
    st.integers(1, 5),
    st.integers(0, 4),
)
_RULES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda parts: And(tuple(parts)), st.lists(inner, max_size=3)),
        st.builds(lambda parts: Or(tuple(parts)), st.lists(inner, max_size=3)),
    ),
    max_leaves=10,
)


@given(_RULES)
def test_a_rule_is_called_contradictory_exactly_when_no_levels_meet_it(rule: Rule) -> None:
    everybody = (
        {name: level for name, level in zip("ab", levels, strict=True) if level}
        for levels in product(range(6), repeat=2)
    )
    anybody = any(evaluate(rule, {}, levels) for levels in everybody)
    assert (contradiction(rule) is None) == anybody


def test_faults_as_an_error_carry_every_place() -> None:
    refusal = BookInvalid([Fault(("queues", "a"), "one", "hint"), Fault(("queues", "b"), "two")])
    assert refusal.message == "queues.a: one (and 1 more)"
    assert refusal.details["errors"] == [
        {"where": "queues.a", "what": "one hint"},
        {"where": "queues.b", "what": "two"},
    ]
