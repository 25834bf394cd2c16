"""Twilio's webhooks as our events, one request at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from contactcenter.channels.voice.base import (
    Collected,
    HoldChanged,
    Joined,
    Left,
    LegAnswered,
    LegEnded,
    LegRinging,
    MachineResult,
    MuteChanged,
    NoInput,
    RecordingReady,
    StepDone,
    VoiceEvent,
)
from contactcenter.channels.voice.steps import Hangup, Next, Park, Record, Say
from contactcenter.channels.voice.twilio_twiml import Script, render
from tests.channels.voice.twilio_requests import ACCOUNT, BASE, CALL, LINE, Rig, verbs

ROOM = "CF" + "2" * 32
STAMP = "Thu, 01 Jun 2017 20:48:32 +0000"
AT = datetime(2017, 6, 1, 20, 48, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"Digits": "42"}, (Collected, "42", "digits")),
        ({"SpeechResult": " my bill ", "Confidence": "0.8"}, (Collected, "my bill", "speech")),
        ({"Digits": "1", "SpeechResult": "one"}, (Collected, "1", "digits")),
        ({"Digits": ""}, (NoInput, "", "")),
        ({}, (NoInput, "", "")),
    ],
)
async def test_what_a_gather_took(form: dict[str, str], expected: tuple[Any, str, str]) -> None:
    event = await Rig([Next()]).event("voice", "?op=op-7&do=collected&gap=3", **BASE, **form)
    kind, value, how = expected
    assert isinstance(event, kind)
    assert getattr(event, "op_id", "") == "op-7"
    if isinstance(event, Collected):
        assert (event.value, event.how) == (value, how)


async def test_documents_of_one_op_have_ids_of_their_own() -> None:
    rig = Rig([Next()])
    await rig.post("voice", "?op=a&do=next", **BASE)
    await rig.post("voice", "?op=b&do=next", **BASE)
    await rig.post("voice", "?op=a&do=collected", **BASE, Digits="1")
    await rig.post("voice", "?op=a&do=next", **{**BASE, "CallSid": "CA" + "9" * 32})
    assert len({event.event_id for event in rig.events}) == 4
    assert isinstance(rig.events[0], StepDone)
    assert rig.events[0].op_id == "a"


async def test_steps_belong_to_the_event_they_answer() -> None:
    rig = Rig([Next()])
    reply = await rig.post("voice", **BASE)
    redirect = ET.fromstring(reply.body)[0].text or ""
    following = urlsplit(redirect)
    await rig.event("voice", "?" + following.query, **BASE)
    done = rig.events[-1]
    assert isinstance(done, StepDone)
    assert done.op_id == rig.events[0].event_id


async def test_a_bounce_is_no_event_until_it_is_taken() -> None:
    rig = Rig([Hangup()])
    reply = await rig.post("voice", "?op=a&do=bounce", **BASE, QueueResult="redirected")
    assert verbs(reply) == ["Redirect"]
    assert not rig.events


async def test_waiting_plays_what_the_address_carries() -> None:
    rig = Rig()
    park = Park("q", (Say("Soon"), Say("马上", "zh-CN")), 12)
    document = render([park], Script(ACCOUNT, LINE, "op"))
    wait = urlsplit(ET.fromstring(document)[0].get("waitUrl", ""))
    reply = await rig.post("wait", "?" + wait.query, **BASE)
    root = ET.fromstring(reply.body)
    assert [node.tag for node in root] == ["Say", "Say", "Pause"]
    assert root[2].get("length") == "12"
    assert not rig.events


async def test_what_follows_a_voicemail_is_no_event() -> None:
    rig = Rig()
    document = render([Record(), Say("Thank you"), Hangup()], Script(ACCOUNT, LINE, "op"))
    action = urlsplit(ET.fromstring(document)[0].get("action", ""))
    reply = await rig.post("voice", "?" + action.query, **BASE)
    assert verbs(reply) == ["Say", "Hangup"]
    assert not rig.events


@pytest.mark.parametrize(
    ("status", "direction", "kind", "cause"),
    [
        ("initiated", "outbound-api", None, ""),
        ("queued", "outbound-api", None, ""),
        ("ringing", "outbound-api", LegRinging, ""),
        ("in-progress", "outbound-api", LegAnswered, ""),
        ("ringing", "inbound", None, ""),
        ("in-progress", "inbound", None, ""),
        ("completed", "inbound", LegEnded, "normal"),
        ("completed", "outbound-api", LegEnded, "normal"),
        ("busy", "outbound-api", LegEnded, "busy"),
        ("no-answer", "outbound-api", LegEnded, "no_answer"),
        ("failed", "outbound-api", LegEnded, "failed"),
        ("canceled", "inbound", LegEnded, "cancelled"),
    ],
)
async def test_call_progress(
    status: str, direction: str, kind: type[VoiceEvent] | None, cause: str
) -> None:
    rig = Rig()
    form = {**BASE, "Direction": direction, "CallStatus": status, "Timestamp": STAMP}
    reply = await rig.post("status", "?op=op-1", **form, SequenceNumber="2")
    assert reply.status == 200
    assert verbs(reply) == []
    assert rig.book.legs == {"op-1": CALL}
    if kind is None:
        assert not rig.events
        return
    event = rig.events[0]
    assert isinstance(event, kind)
    assert (event.event_id, event.at) == (f"{CALL}:{status}", AT)
    assert getattr(event, "cause", "") == cause


@pytest.mark.parametrize(
    ("what", "extra", "expected"),
    [
        ("participant-join", {}, (Joined, {"room": "r-1"})),
        (
            "participant-leave",
            {"ReasonParticipantLeft": "participant_hung_up"},
            (Left, {"reason": "ended"}),
        ),
        (
            "participant-leave",
            {"ReasonParticipantLeft": "participant_updated_via_api"},
            (Left, {"reason": "taken_out"}),
        ),
        (
            "participant-leave",
            {"ReasonParticipantLeft": "conference_ended_via_api"},
            (Left, {"reason": "room_ended"}),
        ),
        ("participant-hold", {}, (HoldChanged, {"on": True})),
        ("participant-unhold", {}, (HoldChanged, {"on": False})),
        ("participant-mute", {}, (MuteChanged, {"on": True})),
        ("participant-unmute", {}, (MuteChanged, {"on": False})),
        ("participant-modify", {}, None),
        ("conference-start", {}, None),
        ("conference-end", {}, None),
    ],
)
async def test_room_reports(
    what: str, extra: dict[str, str], expected: tuple[type[VoiceEvent], dict[str, object]] | None
) -> None:
    rig = Rig()
    form = {
        "ConferenceSid": ROOM, "FriendlyName": "r-1", "CallSid": CALL, "SequenceNumber": "5",
        "StatusCallbackEvent": what, "Timestamp": STAMP, **extra,
    }  # fmt: skip
    assert (await rig.post("room", **form)).status == 200
    if expected is None:
        assert not rig.events
        return
    kind, fields = expected
    event = rig.events[0]
    assert isinstance(event, kind)
    assert event.event_id == f"{ROOM}:5"
    assert {name: getattr(event, name) for name in fields} == fields


async def test_the_book_follows_the_room() -> None:
    rig = Rig()
    base = {"ConferenceSid": ROOM, "FriendlyName": "r-1", "CallSid": CALL, "Timestamp": STAMP}
    await rig.post("room", **base, StatusCallbackEvent="participant-join", SequenceNumber="1")
    assert rig.book.rooms == {CALL: "r-1"}
    await rig.post("room", **base, StatusCallbackEvent="participant-leave", SequenceNumber="2")
    await rig.post("room", **base, StatusCallbackEvent="conference-end", SequenceNumber="3")
    assert (rig.book.rooms, rig.book.conferences) == ({}, {})


async def test_the_order_key_puts_the_end_last_within_a_second() -> None:
    rig = Rig()
    progress = {**BASE, "Direction": "outbound-api", "Timestamp": STAMP}
    room = {"ConferenceSid": ROOM, "FriendlyName": "r", "CallSid": CALL, "Timestamp": STAMP}
    end = await rig.event("status", **progress, CallStatus="completed", SequenceNumber="3")
    left = await rig.event(
        "room", **room, StatusCallbackEvent="participant-leave", SequenceNumber="70000"
    )
    up = await rig.event("status", **progress, CallStatus="in-progress", SequenceNumber="2")
    assert up.order is not None
    assert left.order is not None
    assert end.order is not None
    assert up.order < left.order < end.order < 2**53


@pytest.mark.parametrize(
    ("said", "result"),
    [("human", "human"), ("machine_start", "machine"), ("machine_end_beep", "machine"),
     ("fax", "machine"), ("unknown", "unknown")],
)  # fmt: skip
async def test_machine_detection(said: str, result: str) -> None:
    event = await Rig().event("machine", CallSid=CALL, AnsweredBy=said)
    assert isinstance(event, MachineResult)
    assert event.result == result


async def test_a_recording_is_reported_when_it_is_complete() -> None:
    rig = Rig()
    form = {"CallSid": CALL, "RecordingSid": "RE1", "RecordingUrl": "https://api/RE1"}
    await rig.post("recording", **form, RecordingStatus="in-progress")
    assert not rig.events
    event = await rig.event(
        "recording", **form, RecordingStatus="completed", RecordingDuration="17"
    )
    assert isinstance(event, RecordingReady)
    assert (event.event_id, event.media, event.seconds) == (
        "RE1:completed",
        "https://api/RE1",
        17.0,
    )


async def test_steps_after_a_report_go_out_as_a_command_but_not_to_the_dead() -> None:
    rig = Rig([Say("Hello"), Hangup()])
    form = {**BASE, "Direction": "outbound-api", "Timestamp": STAMP}
    event = await rig.event("status", **form, CallStatus="in-progress", SequenceNumber="2")
    assert rig.later == [(event.event_id, CALL, rig.steps)]
    await rig.post("status", **form, CallStatus="completed", SequenceNumber="3")
    assert len(rig.later) == 1


async def test_a_bad_timestamp_is_no_reason_to_lose_an_event() -> None:
    rig = Rig()
    event = await rig.event("status", **BASE, CallStatus="completed", Timestamp="yesterday")
    assert event.at == rig.clock.now()


async def test_the_op_that_started_a_leg_is_named_wherever_it_is_known() -> None:
    rig = Rig([Next()])
    out = {**BASE, "Direction": "outbound-api", "Timestamp": STAMP}
    room = {
        "ConferenceSid": ROOM, "FriendlyName": "r", "CallSid": CALL, "SequenceNumber": "1",
        "StatusCallbackEvent": "participant-join", "ParticipantLabel": "agent:op-1",
    }  # fmt: skip
    assert (await rig.event("room", **room)).origin == "op-1"
    ringing = await rig.event("status", "?op=op-1", **out, CallStatus="ringing")
    assert ringing.origin == "op-1"
    assert (await rig.event("voice", "?op=later&do=next", **out)).origin == "op-1"
    offered = await rig.event("voice", **{**BASE, "CallSid": "CA" + "8" * 32})
    assert offered.origin == ""


async def test_the_fallback_document_asks_nobody() -> None:
    rig = Rig(running=False)
    reply = await rig.post("fallback", **BASE, ErrorCode="11200")
    assert verbs(reply) == ["Say", "Say", "Hangup"]
