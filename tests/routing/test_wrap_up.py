"""Wrap-up: five modes, more time, and what stands for an outcome that nobody gave."""

from __future__ import annotations

import pytest

from contactcenter.core.errors import Conflict, Invalid
from contactcenter.routing import actions as do
from contactcenter.routing.effects import WrappedUp, WrapUpStarted
from contactcenter.routing.model import WRAP_UP_MODES, WRAP_UP_TIMEOUT
from tests.routing.floors import Bench, agent_id, at, call_id


def after_a_call(mode: str) -> Bench:
    """A call has just ended in a queue of this mode, with 30 s for the wrap-up."""
    bench = Bench()
    bench.queue(wrap_up=mode, wrap_up_s=30)
    bench.agent(1)
    bench.enqueue(1)
    bench.talk(1)
    bench.do(do.Ended(call_id(1)))
    return bench


def state(bench: Bench) -> str:
    return bench.floor.states[agent_id(1)].state


def complete(bench: Bench, disposition: str | None = "solved") -> list[str]:
    return bench.do(do.Complete(call_id(1), agent_id(1), disposition))


def outcome(bench: Bench) -> tuple[str | None, str]:
    (done,) = bench.seen(WrappedUp)
    return done.disposition, done.by


def test_none_frees_the_agent_at_once() -> None:
    bench = after_a_call("none")
    assert outcome(bench) == (None, "queue")
    assert state(bench) == "available"


@pytest.mark.parametrize("mode", [one for one in WRAP_UP_MODES if one != "none"])
def test_every_other_mode_begins_with_wrap_up(mode: str) -> None:
    bench = after_a_call(mode)
    (started,) = bench.seen(WrapUpStarted)
    assert (started.mode, state(bench)) == (mode, "wrap_up")
    assert started.until == (None if mode == "mandatory" else at(30))


@pytest.mark.parametrize("mode", ["optional", "mandatory", "mandatory_limit"])
def test_the_agent_ends_it_with_an_outcome(mode: str) -> None:
    bench = after_a_call(mode)
    complete(bench)
    assert outcome(bench) == ("solved", "agent")
    assert state(bench) == "available"


def test_optional_may_be_skipped_without_an_outcome() -> None:
    bench = after_a_call("optional")
    complete(bench, None)
    assert outcome(bench) == (None, "agent")


@pytest.mark.parametrize("mode", ["mandatory", "mandatory_limit", "fixed"])
def test_the_others_ask_for_an_outcome(mode: str) -> None:
    bench = after_a_call(mode)
    with pytest.raises(Invalid) as error:
        complete(bench, None)
    assert error.value.code == "disposition_missing"
    assert state(bench) == "wrap_up"


def test_mandatory_without_limit_waits_for_the_agent_however_long() -> None:
    bench = after_a_call("mandatory")
    assert bench.wait(24 * 3600) == []
    assert state(bench) == "wrap_up"


@pytest.mark.parametrize("mode", ["mandatory_limit", "fixed"])
def test_at_the_limit_a_missing_outcome_is_filled_in(mode: str) -> None:
    bench = after_a_call(mode)
    assert bench.wait(29) == []
    bench.wait(1)
    assert outcome(bench) == (WRAP_UP_TIMEOUT, "limit")
    assert state(bench) == "available"


def test_optional_ends_at_its_limit_with_no_outcome() -> None:
    bench = after_a_call("optional")
    bench.wait(30)
    assert outcome(bench) == (None, "limit")


def test_fixed_takes_the_outcome_early_and_ends_only_at_its_limit() -> None:
    bench = after_a_call("fixed")
    bench.wait(5)
    assert complete(bench) == []
    assert state(bench) == "wrap_up"
    bench.wait(25)
    assert outcome(bench) == ("solved", "limit")


@pytest.mark.parametrize("mode", ["optional", "mandatory_limit", "fixed"])
def test_the_agent_may_ask_for_more_time(mode: str) -> None:
    bench = after_a_call(mode)
    bench.wait(20)
    assert bench.do(do.ExtendWrapUp(call_id(1), agent_id(1), 60)) == ["wrap_up_started"]
    assert bench.seen(WrapUpStarted)[0].until == at(90)
    assert bench.wait(69) == []
    assert "wrapped_up" in bench.wait(1)


def test_more_time_is_refused_where_there_is_no_limit_or_no_wrap_up() -> None:
    bench = after_a_call("mandatory")
    with pytest.raises(Conflict) as error:
        bench.do(do.ExtendWrapUp(call_id(1), agent_id(1), 60))
    assert error.value.code == "no_limit"
    complete(bench)
    with pytest.raises(Conflict):
        bench.do(do.ExtendWrapUp(call_id(1), agent_id(1), 60))
    with pytest.raises(Invalid):
        bench.do(do.ExtendWrapUp(call_id(1), agent_id(1), 0))


def test_an_outcome_after_the_limit_comes_too_late() -> None:
    bench = after_a_call("mandatory_limit")
    bench.wait(30)
    with pytest.raises(Conflict) as error:
        complete(bench)
    assert error.value.code == "superseded"


def test_a_text_is_handled_and_wrapped_up_in_one() -> None:
    bench = Bench()
    bench.queue(wrap_up="mandatory")
    bench.agent(1)
    bench.enqueue(1, channel="sms")
    bench.accept(1)
    complete(bench)
    assert outcome(bench) == ("solved", "agent")
    assert state(bench) == "available"


def test_a_state_chosen_meanwhile_is_taken_when_the_wrap_up_ends() -> None:
    bench = after_a_call("mandatory_limit")
    bench.do(do.SetState(agent_id(1), "away", "lunch"))
    assert state(bench) == "wrap_up"
    assert bench.floor.states[agent_id(1)].next_state == "away"
    bench.wait(30)
    assert state(bench) == "away"


def test_a_changed_mode_is_for_calls_to_come_not_for_those_at_work() -> None:
    bench = after_a_call("mandatory")
    bench.queue(wrap_up="none")
    assert state(bench) == "wrap_up"
    complete(bench)
    bench.enqueue(2)
    bench.serve(2)
    assert state(bench) == "available"
