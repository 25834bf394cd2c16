"""Several agents asked at once: the first to accept wins, the rest are told no."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from contactcenter.core.errors import Conflict
from contactcenter.routing import actions as do
from contactcenter.routing.effects import Accepted, Offered, Withdrawn
from tests.routing.floors import Bench, agent_id, call_id
from tests.routing.worlds import tried


def bench_of(asked: int, agents: int, **more: Any) -> Bench:
    bench = Bench()
    bench.queue(offer_to=asked, wrap_up="none", offer_s={"voice": 20}, exclude_s=60, **more)
    for n in range(1, agents + 1):
        bench.agent(n)
    return bench


def test_as_many_are_asked_as_the_queue_says_in_the_order_of_the_agents() -> None:
    bench = bench_of(3, 4)
    bench.enqueue(1)
    assert bench.asked(1) == [1, 2, 3]
    assert len(bench.seen(Offered)) == 3


def test_with_fewer_free_agents_those_are_asked() -> None:
    bench = bench_of(3, 2)
    bench.enqueue(1)
    assert bench.asked(1) == [1, 2]


@pytest.mark.parametrize("sequence", list(permutations((0, 1, 2))))
def test_under_every_interleaving_the_first_accept_wins_and_the_others_lose(
    sequence: tuple[int, ...],
) -> None:
    bench = bench_of(3, 3)
    bench.enqueue(1)
    offers = bench.floor.asking(call_id(1))
    first, *later = (offers[n] for n in sequence)
    bench.do(do.Accept(first.id, first.agent))
    assert [one.agent for one in bench.seen(Accepted)] == [first.agent]
    lost = bench.seen(Withdrawn)
    assert {one.agent for one in lost} == {one.agent for one in later}
    assert {one.reason for one in lost} == {"another_won"}
    for one in later:
        with pytest.raises(Conflict) as error:
            bench.do(do.Accept(one.id, one.agent))
        assert error.value.code == "superseded"
        assert bench.floor.states[one.agent].state == "available"


@pytest.mark.parametrize("sequence", list(permutations(("reject", "accept", "lose", "leave"))))
def test_whatever_happens_in_whatever_order_there_is_at_most_one_winner(
    sequence: tuple[str, ...],
) -> None:
    bench = bench_of(3, 3)
    bench.enqueue(1)
    one, two, three = bench.floor.asking(call_id(1))
    commands: dict[str, do.Command] = {
        "reject": do.Reject(one.id, one.agent),
        "accept": do.Accept(two.id, two.agent),
        "lose": do.LoseConnection(three.agent),
        "leave": do.Leave(call_id(1)),
    }
    outcomes = [tried(bench.floor, commands[name], bench.now) for name in sequence]
    refusals = [one for one in outcomes if isinstance(one, str)]
    assert set(refusals) <= {"superseded"}
    effects = [effect for one in outcomes if not isinstance(one, str) for effect in one]
    winners = sum(isinstance(effect, Accepted) for effect in effects)
    has_left_first = sequence.index("leave") < sequence.index("accept")
    assert winners == (0 if has_left_first else 1)
    assert not bench.floor.reservations
    assert call_id(1) not in bench.floor.waiting


def test_a_refusal_leaves_the_others_asked() -> None:
    bench = bench_of(2, 2)
    bench.enqueue(1)
    bench.reject(1)
    assert len(bench.asked(1)) == 1
    assert bench.floor.waiting[call_id(1)].state == "offered"


def test_when_all_refuse_the_next_are_asked() -> None:
    bench = bench_of(2, 4)
    bench.enqueue(1)
    bench.reject(1)
    bench.reject(1)
    assert bench.asked(1) == [3, 4]


def test_when_all_let_it_ring_all_are_away_and_the_next_are_asked() -> None:
    bench = bench_of(2, 3)
    bench.enqueue(1)
    bench.wait(20)
    assert bench.asked(1) == [3]
    assert [bench.floor.states[agent_id(n)].reason for n in (1, 2)] == ["no_answer"] * 2


def test_who_accepts_after_another_refused_still_wins() -> None:
    bench = bench_of(2, 2)
    bench.enqueue(1)
    bench.reject(1)
    assert "accepted" in bench.accept(1)
    assert bench.asked(1) == []


def test_a_loser_is_not_blamed_and_gets_the_next_at_once() -> None:
    bench = bench_of(2, 2)
    bench.enqueue(1)
    bench.enqueue(2)
    assert bench.asked(2) == []
    bench.accept(1)
    assert len(bench.asked(2)) == 1
    (offered,) = bench.seen(Offered)
    assert offered.interaction == call_id(2)


def test_a_customer_who_leaves_takes_all_offers_along() -> None:
    bench = bench_of(3, 3)
    bench.enqueue(1)
    bench.do(do.Leave(call_id(1)))
    assert [one.reason for one in bench.seen(Withdrawn)] == ["customer_left"] * 3


def test_an_accepted_call_whose_media_fails_asks_the_losers_again() -> None:
    bench = bench_of(2, 2)
    bench.enqueue(1)
    winner = bench.floor.asking(call_id(1))[0]
    bench.do(do.Accept(winner.id, winner.agent))
    bench.do(do.MediaFailed(call_id(1)))
    (again,) = bench.floor.asking(call_id(1))
    assert again.agent != winner.agent


def test_asking_several_at_once_is_one_offer_towards_the_most_offers() -> None:
    bench = bench_of(2, 4, max_offers=2)
    bench.enqueue(1)
    bench.reject(1)
    bench.reject(1)
    assert bench.asked(1) == [3, 4], "two refusals, one offer of the two allowed"


def test_one_refusal_does_not_escalate_while_another_agent_is_still_asked() -> None:
    bench = bench_of(2, 2, max_offers=1)
    bench.enqueue(1)
    bench.reject(1)
    assert len(bench.asked(1)) == 1
    assert "accepted" in bench.accept(1)
