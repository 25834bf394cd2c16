"""Overflow: when a measure of any queue crosses its bound, an interaction is helped on."""

from __future__ import annotations

from typing import Any

from contactcenter.routing import actions as do
from contactcenter.routing.effects import Announced, Dequeued, Moved, Widened
from tests.routing.floors import Bench, agent_id, call_id

TO_PARTNER = {"move": "partner"}


def bench_of(*rules: dict[str, Any]) -> Bench:
    """The queue ``sales`` with these rules, ``partner`` and ``loans`` beside it."""
    bench = Bench()
    for name in ("partner", "loans"):
        bench.queue(name, wrap_up="none", target_s=20)
    bench.queue(overflow=list(rules), wrap_up="none", target_s=20)
    return bench


def rule(measure: str, then: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"measure": measure, "then": then, **more}


# -- each measure ----------------------------------------------------------------------------


def test_length_is_looked_at_on_entry() -> None:
    bench = bench_of(rule("length", TO_PARTNER, above=2))
    for n in (1, 2, 3):
        bench.enqueue(n)
    assert [bench.queue_now(n) for n in (1, 2, 3)] == ["sales", "sales", "partner"]


def test_own_wait_acts_exactly_at_its_second() -> None:
    bench = bench_of(
        rule("own_wait_s", {"play": "busy"}, above=42), rule("own_wait_s", TO_PARTNER, above=42)
    )
    bench.enqueue(1)
    assert bench.wait(41.9) == []
    assert bench.wait(0.1) == ["announced", "moved"]


def test_a_move_that_must_wait_for_room_is_tried_again_every_five_seconds() -> None:
    bench = bench_of(rule("own_wait_s", TO_PARTNER, above=12))
    bench.queue("partner", limits={"max_length": 1}, wrap_up="none")
    bench.enqueue(1, "partner")
    bench.enqueue(2)
    bench.wait(13)
    assert bench.queue_now(2) == "sales", "the other queue is full"
    bench.do(do.Leave(call_id(1), "abandoned"))
    assert bench.wait(3.9) == []
    assert bench.wait(0.1) == ["moved"]


def test_the_longest_wait_moves_who_stands_last_until_the_bound_is_kept_again() -> None:
    bench = bench_of(rule("longest_wait_s", TO_PARTNER, above=60))
    for n in (1, 2):
        bench.enqueue(n)
        bench.wait(10)
    bench.wait(60)
    assert bench.queue_now(2) == "partner"
    assert bench.queue_now(1) == "partner", "the first still waited too long"


def test_the_service_level_counts_once_enough_were_answered() -> None:
    bench = bench_of(rule("service_level_percent", TO_PARTNER, below=80))
    for n in (1, 2, 3):
        bench.enqueue(n)
    bench.wait(21)
    assert bench.queue_now(1) == "sales", "nobody was answered: nothing is known"
    bench.agent(1)
    for n in (1, 2, 3):
        bench.serve(n)
    bench.do(do.SignOut(agent_id(1)))
    bench.enqueue(4)
    assert bench.queue_now(4) == "partner", "three of three came too late"


def test_the_wait_estimate_needs_recent_handle_times_and_agents() -> None:
    bench = bench_of(rule("wait_estimate_s", TO_PARTNER, above=100))
    bench.agent(1)
    for n in (1, 2, 3, 4):
        bench.enqueue(n)
        bench.serve(n, 90)
    bench.enqueue(5)
    bench.talk(5)
    bench.enqueue(6)
    assert bench.queue_now(6) == "sales", "one in the line: about 90 s"
    bench.enqueue(7)
    assert bench.queue_now(7) == "partner", "two: about 180 s"


def test_a_rule_may_look_at_another_queue() -> None:
    bench = bench_of(rule("length", {"add": ["partner"]}, above=1, of="loans"))
    bench.agent(1, queues=["partner"])
    bench.enqueue(1)
    assert bench.given_to(1) is None
    for n in (2, 3):
        bench.enqueue(n, "loans")
    bench.wait(5)
    assert bench.given_to(1) == 1, "looked at every five seconds"


# -- what follows ----------------------------------------------------------------------------


def test_moving_keeps_the_place_of_the_first_entry() -> None:
    bench = bench_of(rule("own_wait_s", TO_PARTNER, above=30))
    bench.enqueue(1)
    bench.wait(10)
    bench.enqueue(2, "partner")
    bench.wait(20)
    assert [one.from_ for one in bench.seen(Moved)] == ["sales"]
    bench.agent(1, queues=["partner"])
    assert bench.given_to(1) == 1


def test_adding_asks_others_too_and_it_stays_where_it_is() -> None:
    bench = bench_of(rule("own_wait_s", {"add": ["partner", "loans"]}, above=30))
    bench.agent(1, queues=["loans"])
    bench.enqueue(1)
    bench.wait(30)
    assert [one.added for one in bench.seen(Widened)] == [("partner", "loans")]
    assert bench.given_to(1) == 1
    assert bench.queue_now(1) == "sales"


def test_added_agents_are_for_this_interaction_alone() -> None:
    bench = bench_of(rule("own_wait_s", {"add": ["partner"]}, above=30))
    bench.enqueue(1)
    bench.wait(30)
    bench.enqueue(2)
    bench.agent(1, queues=["partner"])
    bench.agent(2, queues=["partner"])
    assert bench.given_to(1) == 1
    assert bench.given_to(2) is None


def test_a_prompt_is_played_and_a_callback_is_offered() -> None:
    bench = bench_of(
        rule("own_wait_s", {"play": "busy"}, above=10),
        rule("own_wait_s", {"callback": True}, above=20),
    )
    bench.enqueue(1)
    bench.wait(30)
    assert [(one.prompt, one.callback) for one in bench.seen(Announced)] == [
        ("busy", False),
        ("", True),
    ]
    assert bench.queue_now(1) == "sales"


def test_leaving_goes_to_voicemail_and_is_not_an_abandon() -> None:
    bench = bench_of(rule("own_wait_s", {"leave": "voicemail"}, above=30))
    bench.enqueue(1)
    assert bench.wait(30) == ["dequeued"], "the menu goes on with it: it is not closed"
    assert bench.seen(Dequeued)[0].reason == "voicemail"
    assert bench.floor.queue_states["sales"].abandoned == 0


# -- when ------------------------------------------------------------------------------------


def test_from_the_end_of_the_line_only_as_many_as_needed() -> None:
    bench = bench_of(rule("length", TO_PARTNER, above=2, of="loans"))
    for n in (1, 2, 3):
        bench.enqueue(n)
    for n in (11, 12, 13):
        bench.enqueue(n, "loans")
    bench.queue(overflow=[rule("length", TO_PARTNER, above=1)], wrap_up="none")
    bench.wait(5)
    assert [bench.queue_now(n) for n in (1, 2, 3)] == ["sales", "partner", "partner"]


def test_a_rule_fires_once_for_each_stay() -> None:
    bench = bench_of(rule("length", {"play": "busy"}, above=0))
    bench.enqueue(1)
    assert len(bench.seen(Announced)) == 1
    assert bench.wait(120) == []
    bench.enqueue(1, "partner")
    bench.enqueue(1, "sales")
    assert len(bench.seen(Announced)) == 1, "it came anew"


def test_several_rules_fire_in_their_order_until_one_takes_it_away() -> None:
    bench = bench_of(
        rule("length", {"play": "busy"}, above=0),
        rule("length", TO_PARTNER, above=0),
        rule("length", {"play": "never"}, above=0),
    )
    assert bench.enqueue(1) == ["announced", "moved"]


def test_no_overflow_happens_when_an_agent_is_free_at_entry() -> None:
    bench = bench_of(rule("length", TO_PARTNER, above=0))
    bench.agent(1)
    bench.enqueue(1)
    assert bench.given_to(1) == 1
    assert bench.queue_now(1) == "sales"


def test_skip_if_nobody_waits_until_somebody_has_signed_in_there() -> None:
    bench = bench_of(rule("own_wait_s", TO_PARTNER, above=30, skip_if_nobody=True))
    bench.agent(1, queues=["partner"], available=False)
    bench.enqueue(1)
    bench.wait(100)
    assert bench.queue_now(1) == "sales"
    bench.do(do.SignIn(agent_id(1)))
    bench.wait(5)
    assert bench.queue_now(1) == "partner"


def test_without_it_the_interaction_goes_even_where_nobody_is() -> None:
    bench = bench_of(rule("own_wait_s", TO_PARTNER, above=30))
    bench.enqueue(1)
    bench.wait(30)
    assert bench.queue_now(1) == "partner"


def test_what_is_being_offered_overflows_only_if_the_offer_fails() -> None:
    bench = bench_of(rule("own_wait_s", TO_PARTNER, above=30))
    bench.enqueue(1)
    bench.wait(29)
    bench.agent(1)
    bench.wait(5)
    assert bench.queue_now(1) == "sales"
    bench.reject(1)
    assert bench.wait(5) == ["moved"]


def test_nobody_is_moved_to_where_they_would_be_turned_away() -> None:
    for limits in ({"max_length": 0}, {"nobody_then": {"leave": "voicemail"}}):
        bench = bench_of(rule("own_wait_s", TO_PARTNER, above=30))
        bench.queue("partner", limits=limits)
        bench.enqueue(1)
        bench.wait(100)
        assert bench.queue_now(1) == "sales", "rather wait on than lose the place"
        bench.agent(1, queues=["partner"])
        bench.wait(5)
        assert bench.queue_now(1) == "partner"
