"""Rings: the longer the wait, the wider the circle of agents who are asked."""

from __future__ import annotations

from tests.routing.floors import Bench, call_id

EXPERT = {"skill": "german", "level": 4}


def test_before_the_first_ring_only_those_with_the_skill_and_level_are_asked() -> None:
    bench = Bench()
    bench.queue(requires=EXPERT, rings=[{"after_s": 30, "drop": ["german"]}])
    bench.agent(1, skills={"german": 3})
    bench.enqueue(1)
    bench.wait(29)
    assert bench.given_to(1) is None


def test_a_ring_that_drops_a_skill_opens_exactly_at_its_second() -> None:
    bench = Bench()
    bench.queue(requires=EXPERT, rings=[{"after_s": 30, "drop": ["german"]}])
    bench.agent(1)
    bench.enqueue(1)
    assert bench.wait(29.999) == []
    bench.wait(0.001)
    assert bench.given_to(1) == 1


def test_dropping_one_skill_keeps_the_others() -> None:
    bench = Bench()
    bench.queue(requires={"and": ["german", "loans"]}, rings=[{"after_s": 10, "drop": ["german"]}])
    bench.agent(1, skills={"german": 5})
    bench.agent(2, skills={"loans": 1})
    bench.enqueue(1)
    bench.wait(10)
    assert bench.given_to(1) == 2


def test_dropping_one_of_two_alternatives_lets_anybody_through() -> None:
    bench = Bench()
    bench.queue(requires={"or": ["german", "dutch"]}, rings=[{"after_s": 10, "drop": ["dutch"]}])
    bench.agent(1)
    bench.enqueue(1)
    bench.wait(10)
    assert bench.given_to(1) == 1


def test_a_skill_that_must_be_missing_can_be_dropped_too() -> None:
    bench = Bench()
    bench.queue(requires={"not": "trainee"}, rings=[{"after_s": 10, "drop": ["trainee"]}])
    bench.agent(1, skills={"trainee": 1})
    bench.enqueue(1)
    assert bench.given_to(1) is None
    bench.wait(10)
    assert bench.given_to(1) == 1


def test_a_ring_adds_the_agents_of_another_queue_who_meet_the_own_requirement() -> None:
    bench = Bench()
    bench.queue("helpers", requires="secret")
    bench.queue(requires="german", rings=[{"after_s": 20, "add": ["helpers"]}])
    bench.agent(1, queues=["helpers"])
    bench.agent(2, queues=["helpers"], skills={"german": 1})
    bench.enqueue(1)
    assert bench.given_to(1) is None
    bench.wait(20)
    assert bench.given_to(1) == 2
    assert bench.queue_now(1) == "sales", "it stays in its own queue"


def test_each_ring_adds_to_the_ones_before() -> None:
    bench = Bench()
    bench.queue("helpers")
    bench.queue(
        requires={"and": ["german", "loans"]},
        rings=[
            {"after_s": 10, "drop": ["german"]},
            {"after_s": 20, "add": ["helpers"]},
            {"after_s": 30, "drop": ["loans"]},
        ],
    )
    bench.agent(1, queues=["helpers"])
    bench.enqueue(1)
    bench.wait(29)
    assert bench.given_to(1) is None, "loans still counts for helpers"
    bench.wait(1)
    assert bench.given_to(1) == 1


def test_after_the_last_ring_anyone_of_the_queue_may_have_it() -> None:
    bench = Bench()
    bench.queue(
        requires={"and": ["german", "loans"]},
        rings=[{"after_s": 10, "drop": ["german"]}],
        anyone_after_s=60,
    )
    bench.agent(1)
    bench.agent(2, queues=["other"], skills={"german": 5, "loans": 5})
    bench.enqueue(1)
    bench.wait(59)
    assert bench.given_to(1) is None
    bench.wait(1)
    assert bench.given_to(1) == 1


def test_without_that_setting_the_requirement_stands_for_ever() -> None:
    bench = Bench()
    bench.queue(requires={"and": ["a", "b"]}, rings=[{"after_s": 10, "drop": ["a"]}])
    bench.agent(1, skills={"a": 5})
    bench.enqueue(1)
    bench.wait(24 * 3600)
    assert bench.given_to(1) is None


def test_widening_changes_whom_it_asks_and_never_its_place() -> None:
    bench = Bench()
    bench.queue(requires="german", rings=[{"after_s": 30, "drop": ["german"]}])
    bench.enqueue(1)
    bench.wait(20)
    bench.enqueue(2)
    bench.wait(40)
    bench.agent(1)
    assert bench.given_to(1) == 1
    bench.serve(1)
    assert bench.given_to(2) == 1


def test_the_circle_is_reckoned_from_the_entry_into_this_queue() -> None:
    bench = Bench()
    bench.queue("first")
    bench.queue(requires="german", rings=[{"after_s": 30, "drop": ["german"]}])
    bench.agent(1)
    bench.enqueue(1, "first")
    bench.wait(100)
    bench.enqueue(1, "sales")
    assert bench.given_to(1) is None
    bench.wait(30)
    assert bench.given_to(1) == 1


def test_what_comes_back_after_a_missed_offer_is_in_the_circle_it_had_reached() -> None:
    bench = Bench()
    bench.queue(
        requires="german", rings=[{"after_s": 30, "drop": ["german"]}], offer_s={"voice": 20}
    )
    bench.agent(1, skills={"german": 1})
    bench.enqueue(1)
    bench.agent(2)
    bench.wait(20)
    assert bench.given_to(1) is None, "agent 1 missed it; agent 2 speaks no German"
    bench.wait(10)
    assert bench.given_to(1) == 2


def test_up_to_six_rings_open_one_after_the_other() -> None:
    bench = Bench()
    skills = ["a", "b", "c", "d", "e", "f"]
    rings = [{"after_s": 10 * n, "drop": [one]} for n, one in enumerate(skills, start=1)]
    bench.queue(requires={"and": skills}, rings=rings)
    bench.enqueue(1)
    for n, missing in ((5, skills[:5]), (6, skills)):
        bench.agent(n, skills={one: 1 for one in skills if one not in missing})
    bench.wait(49)
    assert bench.given_to(1) is None
    bench.wait(1)
    assert bench.given_to(1) == 5, "who lacks five of six is asked after the fifth ring"
    bench.reject(1)
    bench.wait(10)
    assert bench.given_to(1) == 6, "and who lacks all after the sixth"


def test_a_changed_ring_counts_at_once_for_those_who_wait() -> None:
    bench = Bench()
    bench.queue(requires="german", rings=[{"after_s": 600, "drop": ["german"]}])
    bench.agent(1)
    bench.enqueue(1)
    bench.wait(100)
    bench.queue(requires="german", rings=[{"after_s": 60, "drop": ["german"]}])
    assert bench.given_to(1) == 1
    assert bench.floor.waiting[call_id(1)].ring == 1
