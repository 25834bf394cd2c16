"""The two faces of a turn: steps for a leg, a text to read; and the way back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.channels.voice import base, steps
from contactcenter.ivr import text, voice
from contactcenter.ivr.engine import start, step
from contactcenter.ivr.model import (
    Ask,
    Enqueue,
    HungUp,
    Leave,
    LookUp,
    Option,
    Output,
    Prompt,
    Silence,
    Typed,
)
from tests.ivr.samples import SMS, VOICE, key, small

ASK = Ask(
    "n",
    (Prompt("What?", "en"),),
    (Option("a", "1", "bills", "For bills, press 1."), Option("b", "2", "", "")),
    "en",
    speech=True,
    hints=("bill",),
)
SAY_HI = steps.Say("hi", "en")


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ([Prompt("hi", "en"), LookUp("n", "x", {})], [SAY_HI, steps.Next()]),
        ([Prompt("hi", "en"), Enqueue("q")], [SAY_HI, steps.Park("q")]),
        ([Prompt("hi", "en"), Leave("solved")], [SAY_HI, steps.Hangup("solved")]),
        ([Leave("hung_up")], []),
        ([Prompt("hi", "en")], [SAY_HI, steps.Next()]),
        ([], [steps.Next()]),
    ],
)
def test_steps(outputs: list[Output], expected: list[steps.Step]) -> None:
    assert voice.to_steps(outputs) == expected
    if expected:
        assert steps.checked(expected) == tuple(expected)


def test_a_question_takes_along_what_was_said_before_so_a_key_cuts_it_short() -> None:
    (collect,) = voice.to_steps([Prompt("hi", "zh-CN"), ASK])
    assert collect == steps.Collect(
        prompts=(
            steps.Say("hi", "zh-CN"),
            steps.Say("What?", "en"),
            steps.Say("For bills, press 1.", "en"),
        ),
        digits=True,
        speech=True,
        max_digits=1,
        finish_key="",
        hints=("bill",),
        language="en",
    )


def test_a_number_ends_with_the_finish_key() -> None:
    menu = small()
    (collect,) = voice.to_steps(step(menu, start(menu, VOICE).state, key("1")).outputs)
    assert isinstance(collect, steps.Collect)
    assert (collect.max_digits, collect.finish_key, collect.speech) == (8, "#", False)


def test_announcements_are_heard_in_the_queue() -> None:
    hold = steps.Say("Please hold.", "en")
    assert voice.to_steps([Enqueue("q")], announcements=(hold,)) == [steps.Park("q", (hold,))]


AT = datetime(2026, 1, 5, tzinfo=UTC)


LEG: Any = {"provider": "p", "line": "l", "event_id": "e", "leg": "g", "at": AT}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (base.Collected(**LEG, op_id="o", value="1", how="digits"), Typed("1", "digits")),
        (base.Collected(**LEG, op_id="o", value="bill", how="speech"), Typed("bill", "speech")),
        (base.NoInput(**LEG, op_id="o"), Silence()),
        (base.LegEnded(**LEG, cause="normal"), HungUp()),
        (base.StepDone(**LEG, op_id="o"), None),
        (base.LegRinging(**LEG), None),
    ],
)
def test_events_become_inputs(event: base.VoiceEvent, expected: object) -> None:
    assert voice.input_from(event) == expected


def test_a_text_has_numbered_choices() -> None:
    turn = start(small(), SMS)
    assert text.to_text(turn.outputs) == "Hello.\nWhat is it about?\n1 bills\n2 faults"
    assert text.to_text([Prompt("a", "en"), Prompt("b", "en"), Leave("ended")]) == "a\nb"
    assert text.to_text([Leave("ended")]) == ""


def test_wording_for_the_eye_differs_from_that_for_the_ear() -> None:
    from contactcenter.ivr.loader import load

    menu = load(
        "menu: m\nlanguages: [en]\nstart: a\nfallback: a\nnodes:\n"
        "  a: {hang_up: {en: {voice: Goodbye., text: Bye}}}\n",
        "m.yaml",
    )
    assert text.to_text(start(menu, SMS).outputs) == "Bye"
    assert voice.to_steps(start(menu, VOICE).outputs)[0] == steps.Say("Goodbye.", "en")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", Typed("1", "text")), (" bill ", Typed(" bill ", "text")), (" \n", Silence())],
)
def test_texts_become_inputs(value: str, expected: object) -> None:
    assert text.input_from(value) == expected


@given(st.lists(st.text(min_size=1, max_size=300), max_size=5), st.text(min_size=1, max_size=900))
def test_a_text_stays_readable_and_keeps_its_choices(before: list[str], question: str) -> None:
    ask = Ask("n", (Prompt(question, "en"),), ASK.options, "en")
    message = text.to_text([*(Prompt(part, "en") for part in before), ask])
    assert len(message) <= text.READABLE
    assert message.endswith("1 bills")
    assert message.count("…") <= question.count("…") + sum(part.count("…") for part in before)
