"""The engine by table, by property, and over both channels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.core.errors import Invalid
from contactcenter.core.rules import HasSkill
from contactcenter.ivr.engine import again, start, step
from contactcenter.ivr.loader import load, load_file
from contactcenter.ivr.model import (
    FINAL,
    Ask,
    Enqueue,
    HungUp,
    Input,
    Leave,
    LookedUp,
    LookUp,
    Menu,
    MenuState,
    Prompt,
    Silence,
    Turn,
    Typed,
)
from tests.ivr.samples import SMALL, SMS, VOICE, codes, key, said, small

MENU = small()
FOUND = LookedUp("found", {"amount": {"amount": "42.50", "currency": "EUR"}, "due": "2026-02-01"})


def run(*given: Input, facts: dict[str, object] | None = None, menu: Menu = MENU) -> Turn:
    """The last turn after these inputs; every state goes through JSON on the way."""
    turn = start(menu, facts or VOICE)
    for one in given:
        state = MenuState.from_data(json.loads(json.dumps(turn.state.to_data())))
        assert state == turn.state
        turn = step(menu, state, one)
    return turn


def test_the_first_turn_greets_and_asks() -> None:
    turn = run(facts={"channel": "voice", "customer.name": "Ada", "secret": "x"})
    assert said(turn) == ["Hello Ada.", "What is it about?"]
    assert isinstance(turn.final, Ask)
    assert [(o.id, o.key, o.spoken) for o in turn.final.options] == [
        ("bill", "1", "For bills, press 1."),
        ("fault", "2", "For faults, press 2."),
        ("chinese", "8", ""),
        ("again", "*", ""),
    ]
    assert turn.state.facts == {"channel": "voice", "customer.name": "Ada"}
    assert turn.events[0].data == {"menu": "small", "version": 3, "language": "en"}
    assert codes(turn) == ["hello:said", "key_account:else", "topic:asked"]


@pytest.mark.parametrize(
    ("wanted", "facts", "language"),
    [
        (None, {}, "en"),
        (None, {"customer.language": "zh-CN"}, "zh-CN"),
        (None, {"customer.language": "zh-Hans"}, "zh-CN"),
        (None, {"customer.language": "fr"}, "en"),
        ("zh-CN", {"customer.language": "en"}, "zh-CN"),
        ("EN-gb", {}, "en"),
    ],
)
def test_the_language_at_the_start(
    wanted: str | None, facts: dict[str, object], language: str
) -> None:
    assert start(MENU, {**VOICE, **facts}, language=wanted).state.language == language


@pytest.mark.parametrize(
    ("given", "ends", "path"),
    [
        ([key("1")], Ask, ["topic:choice_bill", "number:asked"]),
        ([key("1"), key("123456")], LookUp, ["number:collected"]),
        ([key("1"), key("123456"), FOUND], Leave, ["fetch:found", "tell:solved"]),
        ([key("1"), key("123456"), LookedUp("missing")], Ask,
         ["fetch:missing", "not_found:said", "number:asked"]),
        ([key("1"), key("123456"), LookedUp("failed")], Enqueue, ["fetch:failed", "agents:queued"]),
        ([key("1"), key("123456"), Silence()], Enqueue, ["fetch:failed", "agents:queued"]),
        ([key("1"), key("12")], Ask, ["number:no_match"]),
        ([key("1"), key("12"), Silence(), key("1")], Enqueue,
         ["number:no_match", "number:given_up", "agents:queued"]),
        ([key("7")], Ask, ["topic:no_match"]),
        ([key("7"), Silence()], Enqueue, ["topic:no_input", "topic:given_up", "agents:queued"]),
        ([key("")], Ask, ["topic:no_input"]),
        ([key("*")], Ask, ["topic:choice_again", "topic:asked"]),
        ([key("8")], Ask, ["topic:choice_chinese", "chinese:zh-CN", "topic:asked"]),
        ([Typed("my invoice, please", "speech")], Ask, ["topic:choice_bill", "number:asked"]),
        ([key("2"), Typed("line is dead", "speech")], Enqueue,
         ["describe:collected", "faults:queued"]),
        ([key("2"), key("55")], Ask, ["describe:no_match"]),
        ([LookedUp("found", {})], Ask, ["topic:late_look_up"]),
        ([HungUp()], Leave, []),
    ],
)  # fmt: skip
def test_turns(given: Sequence[Input], ends: type[object], path: list[str]) -> None:
    turn = run(*given)
    assert isinstance(turn.final, ends)
    assert codes(turn) == path


def test_the_outputs_say_all_there_is_to_do() -> None:
    fetch = run(key("1"), key("123456")).final
    assert fetch == LookUp("fetch", "bill", {"account": "123456"}, 5.0)
    told = run(key("1"), key("123456"), FOUND)
    assert said(told) == ["You owe €42.50 by February 1, 2026, calm."]
    assert told.final == Leave("solved")
    assert told.state.left == "solved"
    assert told.events[-1].data == {"menu": "small", "reason": "solved", "solved": True}
    queued = run(key("2"), Typed("it hums", "speech"))
    assert queued.final == Enqueue("faults", HasSkill("faults", 2), 5, {"topic": "fault"})
    assert said(queued) == ["One moment."]
    assert queued.events[-1].data == {"menu": "small", "reason": "queued", "solved": False}


def test_a_rule_decides_by_the_customer() -> None:
    turn = run(facts={"channel": "voice", "customer.tags": ["key"]})
    assert turn.final == Enqueue("agents")


def test_what_the_customer_enters_is_content_and_never_data() -> None:
    turns = [run(key("1")), run(key("1"), key("123456")), run(key("1"), key("99"))]
    turns.append(run(key("2"), Typed("a private matter", "speech")))
    for turn in turns:
        data = json.dumps([event.data for event in turn.events])
        assert "123456" not in data
        assert "private" not in data
        assert '"99"' not in data
    assert turns[1].events[0].content == {"value": "123456", "how": "digits"}
    assert turns[2].events[0].content == {"value": "99", "how": "digits"}


def test_asking_again_counts_no_try_and_records_nothing() -> None:
    turn = run(key("7"))
    repeated = again(MENU, turn.state)
    assert repeated.state == turn.state
    assert repeated.events == ()
    assert said(repeated) == ["What is it about?"]
    assert step(MENU, turn.state, None) == repeated
    fetching = run(key("1"), key("123456"))
    assert again(MENU, fetching.state).outputs == fetching.outputs
    over = run(HungUp())
    assert again(MENU, over.state).outputs == (Leave("hung_up"),)


def test_a_menu_that_was_left_stays_left() -> None:
    left = run(key("1"), key("123456"), FOUND)
    later = step(MENU, left.state, key("1"))
    assert (later.state, later.outputs, later.events) == (left.state, (Leave("solved"),), ())


def test_a_state_of_another_version_begins_again() -> None:
    state = MenuState("small", 2, "gone", "en", facts=VOICE)
    turn = step(MENU, state, key("1"))
    assert codes(turn)[0] == "gone:node_gone"
    assert isinstance(turn.final, Ask)
    assert isinstance(again(MENU, state).final, Ask)


def test_too_many_turns_end_at_the_fallback() -> None:
    menu = load(SMALL.replace("start: hello", "start: hello\nmax_turns: 3"), "m.yaml")
    turn = run(*[key("*")] * 4, menu=menu)
    assert turn.final == Enqueue("agents")
    assert "topic:too_many_turns" in codes(turn)


def test_an_unchecked_menu_with_an_endless_loop_gives_up() -> None:
    source = SMALL.replace("next: key_account", "next: hello")
    turn = start(load(source, "m.yaml"), VOICE)
    assert turn.final == Leave("gave_up")
    assert len(turn.outputs) <= 20


def test_missing_values_leave_a_gap_and_not_silence() -> None:
    turn = run(key("1"), key("123456"), LookedUp("found", {"due": "never", "more": object()}))
    assert said(turn) == ["You owe  by , calm."]


def test_a_prompt_in_the_customers_zone() -> None:
    source = SMALL.replace("  account: text", "  account: text\n  bill.at: time").replace(
        "{{ mood }}", "{{ bill.at|time }}"
    )
    found = LookedUp("found", {"at": "2026-02-01T10:00:00+00:00"})
    facts: dict[str, object] = {"channel": "voice", "time_zone": "Asia/Shanghai"}
    turn = run(key("1"), key("123456"), found, facts=facts, menu=load(source, "m.yaml"))
    assert "6:00\u202fPM" in said(turn)[0]


def test_one_menu_plays_alike_by_phone_and_by_text() -> None:
    """The same answers, given with keys, by voice and in writing, lead to the same end."""
    phone: list[Input] = [key("1"), key("12345678"), FOUND]
    speech: list[Input] = [
        Typed("the invoice", "speech"), Typed("one two three four five six seven eight", "speech"),
        FOUND,
    ]  # fmt: skip
    texts: list[Input] = [Typed("1", "text"), Typed("It is 1234 5678.", "text"), FOUND]
    by_phone, by_speech = run(*phone), run(*speech)
    by_text = run(*texts, facts=SMS)
    assert by_phone.outputs == by_speech.outputs == by_text.outputs
    assert codes(by_phone) == codes(by_speech) == codes(by_text)
    assert by_phone.state.variables == by_text.state.variables


def test_not_a_state() -> None:
    with pytest.raises(Invalid):
        MenuState.from_data({"menu": "small", "surprise": 1})


DEMO = Path(__file__).parents[2] / "contactcenter" / "trials" / "seed" / "menus"
MENUS = [MENU, *(load_file(DEMO / f"{name}.yaml") for name in ("main", "text"))]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=10),
    st.dates(),
    st.decimals(),
    st.fixed_dictionaries({"amount": st.floats(), "currency": st.text(max_size=3)}),
)
INPUTS = st.one_of(
    st.builds(Typed, st.sampled_from("0123456789*#"), st.just("digits")),
    st.builds(Typed, st.text(max_size=40), st.sampled_from(["digits", "speech", "text"])),
    st.builds(Typed, st.sampled_from(["bill", "故障", "12345678", "agent", "no"]), st.just("text")),
    st.just(Silence()),
    st.just(HungUp()),
    st.none(),
    st.builds(
        LookedUp,
        st.sampled_from(["found", "missing", "failed"]),
        st.dictionaries(st.sampled_from(["amount", "balance", "due", "ends", "until"]), VALUES),
    ),
)
FACTS = st.dictionaries(
    st.sampled_from(
        ["channel", "customer.name", "customer.language", "customer.tags", "open", "time_zone"]
    ),
    st.one_of(VALUES, st.sampled_from(["sms", "voice", "zh-CN"]), st.lists(st.text(max_size=3))),
)


@given(st.sampled_from(MENUS), FACTS, st.lists(INPUTS, max_size=30))
@settings(max_examples=200, deadline=None)
def test_the_engine_never_raises_and_every_turn_ends_in_one_output(
    menu: Menu, facts: dict[str, object], given: list[Input | None]
) -> None:
    turn = start(menu, facts)
    for one in [None, *given]:
        assert isinstance(turn.outputs[-1], FINAL)
        assert all(isinstance(output, Prompt) for output in turn.outputs[:-1])
        assert bool(turn.state.left) is isinstance(turn.final, Enqueue | Leave)
        assert turn.state.language in menu.languages
        assert MenuState.from_data(json.loads(json.dumps(turn.state.to_data()))) == turn.state
        json.dumps([event.data for event in turn.events])
        spoken = [output.text for output in turn.outputs[:-1] if isinstance(output, Prompt)]
        assert all(spoken)
        turn = step(menu, turn.state, one)


@given(st.sampled_from(MENUS), st.lists(INPUTS, min_size=200, max_size=200))
@settings(max_examples=20, deadline=None)
def test_nobody_is_kept_in_a_menu_for_ever(menu: Menu, given: list[Input | None]) -> None:
    turn = start(menu, VOICE)
    for one in given:
        turn = step(menu, turn.state, one or Silence())
    assert turn.state.left
