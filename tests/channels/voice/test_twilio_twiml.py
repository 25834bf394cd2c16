"""Rendering: the white list, and ``parse(render(steps)) == steps``."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    Say,
    Step,
    checked,
)
from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.channels.voice.twilio_packing import MAX_PACKED, packed, unpacked
from contactcenter.channels.voice.twilio_parse import parse
from contactcenter.channels.voice.twilio_twiml import (
    EMPTY,
    FALLBACK,
    Script,
    as_carried,
    bounce_document,
    hold_document,
    render,
    wait_document,
)
from contactcenter.channels.voice.twilio_verbs import VERBS, element
from contactcenter.core.errors import Invalid

ACCOUNT = TwilioAccount(
    account_sid="AC" + "0" * 32,
    auth_tokens=("secret",),
    public_base_url="https://cc.example.com/desk",
    lines=("+15550001111",),
)
SCRIPT = Script(ACCOUNT, "+15550001111", "op-1", answered=False)

xml_text = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="￾￿")
    | st.sampled_from("\n\r\t<>&\"'"),
    min_size=1,
    max_size=60,
)
tags = st.sampled_from(["en", "en-US", "en-GB", "zh-CN", "zh-TW", "zh-HK", "de-DE", "fr-FR"])
whole = st.integers(1, 600).map(float)
says = st.builds(Say, xml_text, tags, st.none() | st.sampled_from(["woman", "Polly.Zhiyu"]))
plays = st.builds(Play, st.from_regex(r"[a-z0-9][a-z0-9/_.-]{0,30}", fullmatch=True))
pauses = st.builds(Pause, whole)
spoken = st.one_of(says, plays, pauses)
keys = st.sampled_from(["#", "*", "", "#*"])
hints = st.lists(st.from_regex(r"[a-z]{1,9}( [a-z]{1,9})?", fullmatch=True), max_size=4)
collects = st.builds(
    Collect,
    prompts=st.lists(spoken, max_size=3).map(tuple),
    digits=st.just(True),
    speech=st.booleans(),
    max_digits=st.integers(1, 30),
    finish_key=keys,
    first_timeout_s=whole,
    gap_timeout_s=whole,
    hints=hints.map(tuple),
    language=tags,
    barge_in=st.booleans(),
)
speech_only = collects.map(
    lambda c: Collect(c.prompts, digits=False, speech=True, language=c.language)
)
terminals: st.SearchStrategy[Step] = st.one_of(
    collects,
    speech_only,
    st.builds(Park, xml_text, st.lists(says | plays, max_size=2).map(tuple), whole),
    st.builds(
        Bridge, xml_text, st.sampled_from(["customer", "agent", "monitor", "barge", "whisper"])
    ),
    st.builds(Dial, st.sampled_from(["+15551112222", "agent:0197", "sip:a@b.example"]), whole),
    st.just(Next()),
    st.builds(Reject, st.sampled_from(["busy", "rejected"])),
    st.just(Hangup()),
)
step_lists = st.tuples(
    st.lists(st.one_of(spoken, st.builds(Record, whole, keys)), max_size=4), terminals
).map(lambda pair: (*pair[0], pair[1]))


@settings(max_examples=300, deadline=None)
@given(step_lists)
def test_what_is_rendered_reads_back_the_same(steps: tuple[Step, ...]) -> None:
    assert parse(render(steps, SCRIPT), ACCOUNT) == steps


@settings(max_examples=100, deadline=None)
@given(step_lists)
def test_a_document_holds_only_what_the_white_list_knows(steps: tuple[Step, ...]) -> None:
    for node in ET.fromstring(render(steps, SCRIPT)).iter():
        assert set(node.attrib) <= set(VERBS[node.tag])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(spoken, collects), max_size=4))
def test_packed_steps_come_back(steps: list[Step]) -> None:
    assert unpacked(packed(steps)) == tuple(steps)


@pytest.mark.parametrize(
    ("step", "carried"),
    [
        (Pause(2.6), Pause(3.0)),
        (Pause(0.1), Pause(1.0)),
        (Hangup("rejected"), Hangup()),
        (Say("a\x00b", "zh"), Say("ab", "zh-CN")),
        (Say("x" * 5000), Say("x" * 4096)),
        (Collect(hints=("yes, please", " ")), Collect(hints=("yes please",))),
        (Collect(first_timeout_s=4.4), Collect(first_timeout_s=4.0)),
        (Park("q", repeat_s=29.6), Park("q", repeat_s=30.0)),
        (Dial("+1555", 9.7), Dial("+1555", 10.0)),
        (Record(59.5), Record(60.0)),
        (Next(), Next()),
    ],
)
def test_what_twiml_can_not_carry_is_named(step: Step, carried: Step) -> None:
    assert as_carried(step) == carried
    assert as_carried(carried) == carried
    assert parse(render([step], SCRIPT), ACCOUNT) == checked([carried])


def test_each_verb_has_its_own_language_tag() -> None:
    document = render([Collect((Say("你好", "zh-CN"),), speech=True, language="zh-CN")], SCRIPT)
    gather = ET.fromstring(document)[0]
    assert gather.get("language") == "cmn-Hans-CN"
    assert gather[0].get("language") == "cmn-CN"


def test_a_gather_always_reports_silence() -> None:
    gather = ET.fromstring(render([Collect()], SCRIPT))[0]
    assert gather.get("actionOnEmptyResult") == "true"
    assert gather.get("timeout") == "5"
    assert gather.get("finishOnKey") == "#"


def test_a_prompt_that_may_not_be_cut_short_stands_before_the_gather() -> None:
    document = render([Collect((Say("Listen"),), barge_in=False)], SCRIPT)
    assert [node.tag for node in ET.fromstring(document)] == ["Say", "Gather"]


def test_parking_without_announcements_leaves_twilio_s_music() -> None:
    assert ET.fromstring(render([Park("sales")], SCRIPT))[0].get("waitUrl") is None


def test_a_list_without_an_end_asks_again() -> None:
    assert [n.tag for n in ET.fromstring(render([Say("Hello")], SCRIPT))] == ["Say", "Redirect"]


def test_a_call_that_is_answered_can_not_be_rejected() -> None:
    up = Script(ACCOUNT, "+15550001111", "op-1")
    assert ET.fromstring(render([Reject("busy")], up))[0].tag == "Hangup"


def test_only_a_whisper_with_a_known_agent_leg_coaches() -> None:
    coach = "CA" + "1" * 32
    script = Script(ACCOUNT, "+15550001111", "op", coach=coach)
    whisper = ET.fromstring(render([Bridge("r", "whisper")], script))[0][0]
    assert whisper.get("coach") == coach
    assert whisper.get("muted") is None
    unknown = ET.fromstring(render([Bridge("r", "whisper")], SCRIPT))[0][0]
    assert unknown.get("muted") == "true"


def test_the_wait_document_repeats_and_never_stops_at_once() -> None:
    park = Park("q", (Say("Please wait"),), 25.0)
    assert [n.tag for n in ET.fromstring(wait_document(park, ACCOUNT))] == ["Say", "Pause"]
    music = TwilioAccount(
        "AC" + "0" * 32, ("t",), "https://a.example", ("+1",), hold_music_url="https://m.example/a"
    )
    assert [n.tag for n in ET.fromstring(wait_document(park, music))] == ["Say", "Play"]


def test_too_long_announcements_lose_their_tail_and_not_the_caller() -> None:
    long = tuple(
        Say("".join(chr(0x4E00 + (i * 7919 + j) % 20000) for j in range(600))) for i in range(9)
    )
    value = packed(long)
    assert 0 < len(value) <= MAX_PACKED
    kept = unpacked(value)
    assert kept == long[: len(kept)]
    assert 0 < len(kept) < len(long)


@pytest.mark.parametrize("value", ["%%%", "AAAA", "eJw", packed([Say("x")])[:-4]])
def test_damaged_steps_in_an_address_are_refused(value: str) -> None:
    with pytest.raises(Invalid):
        unpacked(value)


@pytest.mark.parametrize(
    ("verb", "attributes"),
    [
        ("Stream", {}),
        ("Say", {"loop": "2"}),
        ("Say", {"voice": 'x" onclick="'}),
        ("Gather", {"timeout": "soon"}),
        ("Gather", {"input": "dtmf\n"}),
        ("Redirect", {"method": "GET"}),
        ("Dial", {"action": "javascript:alert(1)"}),
    ],
)
def test_outside_the_white_list_nothing_is_written(
    verb: str, attributes: dict[str, str | None]
) -> None:
    with pytest.raises(Invalid) as caught:
        element(verb, attributes)
    assert caught.value.code == "twiml"


@pytest.mark.parametrize("document", ["<Response><Stream/></Response>", "<Response>", "no"])
def test_a_document_that_is_not_ours_is_refused(document: str) -> None:
    with pytest.raises(Invalid):
        parse(document, ACCOUNT)


def test_the_fixed_documents_are_xml() -> None:
    assert ET.fromstring(FALLBACK)[-1].tag == "Hangup"
    assert len(ET.fromstring(EMPTY)) == 0
    assert [n.tag for n in ET.fromstring(hold_document(SCRIPT))] == ["Pause", "Redirect"]
    redirect = ET.fromstring(bounce_document(SCRIPT))[0].text or ""
    assert re.fullmatch(
        r"https://cc\.example\.com/desk/webhooks/twilio/voice/\+15550001111\?op=op-1&do=next",
        redirect,
    )
