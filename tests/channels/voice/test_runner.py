"""The leg runner on a carrier of paper: what it does, in which order, and what it never loses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contactcenter.channels.voice.runner import FALLBACK, LegRunner
from contactcenter.channels.voice.runner_ops import Input, Outcome
from contactcenter.channels.voice.steps import (
    Bridge,
    Collect,
    Dial,
    Hangup,
    Next,
    Park,
    Pause,
    Play,
    Record,
    Reject,
    Role,
    Say,
)
from contactcenter.core.clock import VirtualClock
from contactcenter.core.errors import Conflict, ContactCenterError, Invalid


@dataclass
class PaperCarrier:
    """Writes down what it is told; speaking takes a second a prompt."""

    clock: VirtualClock
    told: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    rings: bool = False
    gone: bool = False

    async def answer(self, leg: str) -> bool:
        self.told.append("answer")
        if self.gone:
            raise Conflict("gone", code="leg_gone")
        return not self.rings

    async def speak(self, leg: str, prompt: Say | Play) -> None:
        what = prompt.text if isinstance(prompt, Say) else prompt.media
        self.told.append(f"speak {what}")
        try:
            await self.clock.sleep(1.0)
        except asyncio.CancelledError:
            self.told.append(f"cut {what}")
            raise

    async def join(self, leg: str, room: str, role: Role) -> None:
        self.told.append(f"join {room} {role}")

    async def leave(self, leg: str) -> None:
        self.told.append("leave")

    async def dial(self, op_id: str, leg: str, target: str, ring_timeout_s: float) -> None:
        self.told.append(f"dial {target}")
        if target == "nonsense":
            raise Invalid("no number")
        await self.clock.sleep(ring_timeout_s)

    async def record(self, op_id: str, leg: str, on: bool) -> None:
        self.told.append(f"record {on}")

    async def end(self, leg: str, cause: str, *, rejected: bool) -> None:
        self.told.append(f"{'reject' if rejected else 'hangup'} {cause}")

    async def report(self, leg: str, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


class Bench:
    """A runner with one new leg."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.carrier = PaperCarrier(self.clock)
        self.dropped: list[str] = []
        self.failed: list[ContactCenterError] = []
        self.runner = LegRunner(
            self.carrier,
            self.clock,
            discard=self.dropped.extend,
            failed=lambda leg, error: self.failed.append(error),
        )
        self.runner.begins("L")
        self.pressed = 0

    def press(self, keys: str, how: str = "digits") -> None:
        for key in [keys] if how == "speech" else keys:
            self.pressed += 1
            given = Input(f"e{self.pressed}", self.pressed, "digits", key)
            if how == "speech":
                given = Input(f"e{self.pressed}", self.pressed, "speech", key)
            self.runner.feed("L", given)

    async def pass_time(self, seconds: float) -> None:
        await self.clock.advance(seconds)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    await made.runner.close()


async def test_list_without_an_end_asks_again(bench: Bench) -> None:
    bench.runner.run("op", "L", (Say("a"), Pause(5.0), Play("m")))
    await bench.pass_time(8.0)
    assert bench.carrier.told == ["answer", "speak a", "speak m"]
    assert bench.carrier.outcomes == [Outcome("done", "op")]


async def test_nobody_is_left_in_silence_while_the_core_thinks(bench: Bench) -> None:
    bench.runner.run("op", "L", (Next(),))
    await bench.pass_time(25.0)
    assert bench.carrier.told == ["answer", *[f"speak {FALLBACK.text}"] * 2]
    assert len(bench.carrier.outcomes) == 1


@pytest.mark.parametrize(
    ("keys", "step", "outcome"),
    [
        ("1", Collect(), ("collected", "1", ("e1",))),
        ("123", Collect(max_digits=3), ("collected", "123", ("e1", "e2", "e3"))),
        ("12#", Collect(max_digits=3), ("collected", "12", ("e1", "e2", "e3"))),
        ("12", Collect(max_digits=3), ("collected", "12", ("e1", "e2"))),
        ("#", Collect(finish_key=""), ("collected", "#", ("e1",))),
        ("", Collect(), ("no_input", "", ())),
        ("5", Collect(digits=False, speech=True), ("no_input", "", ())),
    ],
)
async def test_keys_become_one_outcome(
    bench: Bench, keys: str, step: Collect, outcome: tuple[str, str, tuple[str, ...]]
) -> None:
    bench.runner.run("op", "L", (step,))
    await bench.pass_time(1.0)
    bench.press(keys)
    await bench.pass_time(8.0)
    (got,) = bench.carrier.outcomes
    assert (got.kind, got.value, got.consumed) == outcome


async def test_finish_key_alone_is_no_input(bench: Bench) -> None:
    bench.runner.run("op", "L", (Collect(max_digits=4),))
    await bench.pass_time(1.0)
    bench.press("#")
    await bench.pass_time(1.0)
    assert bench.carrier.outcomes == [Outcome("no_input", "op", consumed=("e1",))]


async def test_finish_key_left_over_does_not_answer_the_next_question(bench: Bench) -> None:
    bench.runner.run("a", "L", (Collect(max_digits=2),))
    await bench.pass_time(1.0)
    bench.press("12#")
    await bench.pass_time(0.1)
    bench.runner.run("b", "L", (Collect((Say("next"),), max_digits=2),))
    await bench.pass_time(1.5)
    assert bench.dropped == ["e3"]
    assert [each.value for each in bench.carrier.outcomes] == ["12"]


async def test_speech_counts_whole_and_later_keys_are_kept(bench: Bench) -> None:
    bench.runner.run("op", "L", (Collect(speech=True, max_digits=3),))
    await bench.pass_time(1.0)
    bench.press("my bill", how="speech")
    bench.press("1")
    await bench.pass_time(0.1)
    assert bench.carrier.outcomes == [Outcome("collected", "op", "my bill", "speech", ("e1",))]
    bench.runner.run("op2", "L", (Collect(),))
    await bench.pass_time(0.1)
    assert bench.carrier.outcomes[-1].value == "1"


async def test_gap_timeout_runs_between_keys_and_first_timeout_after_the_prompts(
    bench: Bench,
) -> None:
    step = Collect((Say("a"),), max_digits=4, first_timeout_s=5.0, gap_timeout_s=2.0)
    bench.runner.run("op", "L", (step,))
    await bench.pass_time(5.5)
    assert bench.carrier.outcomes == []
    bench.press("1")
    await bench.pass_time(1.5)
    bench.press("2")
    await bench.pass_time(1.5)
    assert bench.carrier.outcomes == []
    await bench.pass_time(1.0)
    assert bench.carrier.outcomes[0].value == "12"


async def test_without_barge_in_the_prompt_is_heard_out_and_the_key_still_counts(
    bench: Bench,
) -> None:
    bench.runner.run("op", "L", (Collect((Say("law"),), barge_in=False),))
    await bench.pass_time(0.5)
    bench.press("1")
    await bench.pass_time(0.4)
    assert bench.carrier.outcomes == []
    await bench.pass_time(0.2)
    assert bench.carrier.told == ["answer", "speak law"]
    assert bench.carrier.outcomes[0].value == "1"


async def test_keys_that_mean_nothing_are_dropped_where_nobody_listens(bench: Bench) -> None:
    for steps in ((Park("q"),), (Bridge("r"),)):
        bench.press("9")
        bench.runner.run(f"op{steps}", "L", steps)
        await bench.pass_time(0.1)
        bench.press("8")
    assert bench.dropped == ["e1", "e2", "e3", "e4"]


async def test_partial_input_survives_the_same_question_asked_again(bench: Bench) -> None:
    step = Collect(max_digits=3)
    bench.runner.run("a", "L", (step,))
    await bench.pass_time(0.5)
    bench.press("12")
    await bench.pass_time(0.5)
    bench.runner.run("b", "L", (step,))
    await bench.pass_time(0.5)
    bench.press("3")
    await bench.pass_time(0.1)
    assert bench.carrier.outcomes == [
        Outcome("collected", "b", "123", "digits", ("e1", "e2", "e3"))
    ]


async def test_voicemail_ends_with_the_finish_key(bench: Bench) -> None:
    bench.runner.run("op", "L", (Record(60.0), Say("thanks"), Hangup()))
    await bench.pass_time(5.0)
    bench.press("1#")
    await bench.pass_time(2.0)
    assert bench.carrier.told == [
        "answer",
        "record True",
        "record False",
        "speak thanks",
        "hangup normal",
    ]


async def test_leaving_a_room_happens_before_other_steps_and_not_between_rooms(
    bench: Bench,
) -> None:
    bench.runner.run("a", "L", (Bridge("r1", "agent"),))
    await bench.pass_time(0.1)
    bench.runner.run("b", "L", (Bridge("r2"),))
    await bench.pass_time(0.1)
    bench.runner.run("c", "L", (Say("bye"), Hangup()))
    await bench.pass_time(2.0)
    assert bench.carrier.told == [
        "answer",
        "join r1 agent",
        "join r2 customer",
        "leave",
        "speak bye",
        "hangup normal",
    ]


async def test_reject_does_not_answer(bench: Bench) -> None:
    bench.runner.run("op", "L", (Reject("busy"),))
    await bench.pass_time(0.1)
    assert bench.carrier.told == ["reject busy"]


async def test_our_own_call_waits_for_its_answer(bench: Bench) -> None:
    bench.carrier.rings = True
    bench.runner.run("op", "L", (Say("hello"), Next()))
    await bench.pass_time(5.0)
    assert bench.carrier.told == ["answer"]
    bench.runner.answered("L")
    await bench.pass_time(1.5)
    assert bench.carrier.told == ["answer", "speak hello"]


async def test_refused_step_asks_the_core_again(bench: Bench) -> None:
    bench.runner.run("op", "L", (Dial("nonsense"),))
    await bench.pass_time(0.1)
    assert [error.code for error in bench.failed] == ["invalid"]
    assert bench.carrier.outcomes == [Outcome("done", "op")]


async def test_ended_leg_is_no_failure(bench: Bench) -> None:
    bench.carrier.gone = True
    bench.runner.run("op", "L", (Say("a"), Next()))
    await bench.pass_time(1.0)
    assert bench.failed == []
    assert bench.carrier.outcomes == []


async def test_end_of_the_leg_stops_everything_and_drops_its_input(bench: Bench) -> None:
    bench.runner.run("op", "L", (Park("q", (Say("hold"),), repeat_s=1.0),))
    await bench.pass_time(0.5)
    bench.runner.gone("L")
    await bench.pass_time(30.0)
    assert bench.carrier.told == ["answer", "speak hold", "cut hold"]
    assert bench.runner.legs() == []


STEPS = st.sampled_from(
    [
        (Say("a"), Next()),
        (Collect((Say("q"),), max_digits=2, first_timeout_s=2.0, gap_timeout_s=1.0),),
        (Park("p", (Say("hold"),), repeat_s=2.0),),
        (Bridge("r"),),
        (Dial("+15550100", 3.0),),
        (Record(2.0),),
    ]
)
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("run"), STEPS),
        st.tuples(st.just("press"), st.sampled_from(["1", "23", "#"])),
        st.tuples(st.just("wait"), st.sampled_from([0.4, 1.0, 2.5])),
        st.tuples(st.just("passes"), st.integers(1, 6)),
    ),
    max_size=14,
)
"""``passes`` lets the loop turn a few times only: the next move then falls into the middle of
whatever was beginning or ending."""


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=MOVES)
def test_every_key_is_taken_or_dropped_once_and_close_always_ends(
    moves: Sequence[tuple[str, object]],
) -> None:
    """Whatever is replaced when: input is neither lost nor used twice, and nothing hangs."""

    async def play() -> None:
        bench = Bench()
        for number, (move, what) in enumerate(moves):
            if move == "run":
                bench.runner.run(f"op{number}", "L", what)  # type: ignore[arg-type]
            elif move == "press":
                bench.press(str(what))
            elif move == "wait":
                await bench.clock.advance(float(str(what)), settle=1)
            else:
                for _ in range(int(str(what))):
                    await asyncio.sleep(0)
        bench.runner.run("last", "L", (Bridge("end"),))
        async with asyncio.timeout(5):
            await bench.pass_time(1.0)
            await bench.runner.close()
        assert bench.carrier.told[-1] == "join end customer"
        used = [key for outcome in bench.carrier.outcomes for key in outcome.consumed]
        everything = sorted(used + bench.dropped)
        assert everything == sorted(f"e{number + 1}" for number in range(bench.pressed))

    asyncio.run(play())
