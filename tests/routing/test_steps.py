"""Routing steps and skills expressions: what one interaction itself requires, and for how long."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.routing.model import Step
from tests.routing.floors import Bench


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.queue()
    return bench


@pytest.mark.parametrize(
    ("requires", "skills", "meets"),
    [
        (None, {}, True),
        ("german", {"german": 1}, True),
        ("german", {"dutch": 5}, False),
        ({"skill": "german", "level": 3}, {"german": 3}, True),
        ({"skill": "german", "level": 3}, {"german": 2}, False),
        ({"skill": "german", "level": {"at_least": 2, "at_most": 3}}, {"german": 3}, True),
        ({"skill": "german", "level": {"at_least": 2, "at_most": 3}}, {"german": 4}, False),
        ({"and": ["german", "loans"]}, {"german": 1}, False),
        ({"and": ["german", "loans"]}, {"german": 1, "loans": 1}, True),
        ({"or": ["german", "loans"]}, {"loans": 1}, True),
        ({"not": "trainee"}, {"trainee": 1}, False),
        ({"and": ["german", {"not": "trainee"}]}, {"german": 2}, True),
    ],
)
def test_an_agent_is_asked_when_the_expression_holds_for_them(
    bench: Bench, requires: Any, skills: dict[str, int], meets: bool
) -> None:
    bench.agent(1, skills=skills)
    bench.enqueue(1, requires=requires)
    assert (bench.given_to(1) == 1) is meets


def test_the_own_requirement_adds_to_that_of_the_queue() -> None:
    bench = Bench()
    bench.queue(requires="loans")
    bench.agent(1, skills={"german": 5})
    bench.agent(2, skills={"loans": 5})
    bench.enqueue(1, requires="german")
    assert bench.given_to(1) is None
    bench.agent(3, skills={"loans": 1, "german": 1})
    assert bench.given_to(1) == 3


def test_a_skill_switched_off_does_not_count_and_keeps_its_level(bench: Bench) -> None:
    bench.agent(1, skills={"german": {"level": 4, "active": False}})
    bench.enqueue(1, requires={"skill": "german", "level": 4})
    assert bench.given_to(1) is None
    bench.agent(1, skills={"german": 4})
    assert bench.given_to(1) == 1


def test_a_step_requires_more_for_its_time_and_then_its_own_requirement_counts(
    bench: Bench,
) -> None:
    bench.agent(1, skills={"german": 2})
    bench.enqueue(1, requires="german", steps=(Step({"skill": "german", "level": 5}, 30),))
    bench.wait(29.5)
    assert bench.given_to(1) is None
    bench.wait(0.5)
    assert bench.given_to(1) == 1


def test_steps_follow_one_another_each_for_its_own_time(bench: Bench) -> None:
    steps = (Step("a", 10), Step("b", 20))
    bench.enqueue(1, requires="c", steps=steps)
    bench.agent(2, skills={"b": 1})
    bench.agent(3, skills={"c": 1})
    bench.wait(9)
    assert bench.given_to(1) is None
    bench.wait(1)
    assert bench.given_to(1) == 2
    bench.reject(1)
    bench.wait(19)
    assert bench.given_to(1) is None, "agent 2 is excluded, agent 3's step has not come"
    bench.wait(1)
    assert bench.given_to(1) == 3


def test_a_step_may_look_for_somebody_else_than_the_last(bench: Bench) -> None:
    bench.agent(1, skills={"a": 1})
    bench.enqueue(1, requires="b", steps=(Step("b", 10), Step("a", 10)))
    assert bench.given_to(1) is None
    bench.wait(10)
    assert bench.given_to(1) == 1


def test_a_step_without_a_requirement_asks_anybody_of_the_queue(bench: Bench) -> None:
    bench.agent(1)
    bench.enqueue(1, requires="rare", steps=(Step(None, 15),))
    assert bench.given_to(1) == 1


def test_the_place_is_kept_while_steps_pass(bench: Bench) -> None:
    bench.enqueue(1, steps=(Step("rare", 30),))
    bench.wait(10)
    bench.enqueue(2)
    bench.wait(20)
    bench.agent(1)
    assert bench.given_to(1) == 1
    assert bench.given_to(2) is None


def test_who_comes_later_but_asks_for_less_is_served_meanwhile(bench: Bench) -> None:
    bench.enqueue(1, steps=(Step("rare", 30),))
    bench.wait(10)
    bench.enqueue(2)
    bench.agent(1)
    assert bench.given_to(2) == 1
    assert bench.given_to(1) is None


def test_rings_and_steps_widen_side_by_side() -> None:
    bench = Bench()
    bench.queue(requires="loans", rings=[{"after_s": 20, "drop": ["loans"]}])
    bench.agent(1)
    bench.enqueue(1, steps=(Step("german", 30),))
    bench.wait(29)
    assert bench.given_to(1) is None, "loans no longer counts, german does"
    bench.wait(1)
    assert bench.given_to(1) == 1
