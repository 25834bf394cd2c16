"""The gate and the translation of webhooks, one request at a time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest
from twilio.request_validator import RequestValidator

from contactcenter.channels.receiver import FORM, WebReply, WebRequest
from contactcenter.channels.voice.base import (
    Collected,
    HoldChanged,
    Joined,
    Left,
    LegAnswered,
    LegEnded,
    LegOffered,
    LegRinging,
    MachineResult,
    MuteChanged,
    NoInput,
    RecordingReady,
    StepDone,
    VoiceEvent,
)
from contactcenter.channels.voice.steps import Hangup, Next, Park, Reject, Say, Step
from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.channels.voice.twilio_book import Book
from contactcenter.channels.voice.twilio_hooks import VoiceHooks
from contactcenter.channels.voice.twilio_receiver import TwilioReceiver
from contactcenter.channels.voice.twilio_twiml import Script, render
from contactcenter.core.clock import VirtualClock

LINE = "+15550001111"
ACCOUNT = TwilioAccount(
    account_sid="AC" + "0" * 32,
    auth_tokens=("new", "old"),
    public_base_url="https://cc.example.com",
    lines=(LINE,),
)
CALL = "CA" + "1" * 32
ROOM = "CF" + "2" * 32
BASE = {"CallSid": CALL, "From": "+15557770000", "To": LINE, "Direction": "inbound"}
STAMP = "Thu, 01 Jun 2017 20:48:32 +0000"
AT = datetime(2017, 6, 1, 20, 48, 32, tzinfo=UTC)


class Rig:
    """A receiver whose core answers with ``steps``."""

    def __init__(self, steps: Sequence[Step] | None = None, running: bool = True) -> None:
        self.clock = VirtualClock()
        self.events: list[VoiceEvent] = []
        self.later: list[tuple[str, str, Sequence[Step]]] = []
        self.steps = steps
        self.book = Book()
        self.receiver = TwilioReceiver(ACCOUNT)
        hooks = VoiceHooks(ACCOUNT, self.clock, self.book, lambda *call: self.later.append(call))
        hooks.register(self.receiver)
        if running:
            hooks.sink = self.sink

    async def sink(self, event: VoiceEvent) -> Sequence[Step] | None:
        self.events.append(event)
        return self.steps

    async def post(self, kind: str, query: str = "", token: str = "new", **form: str) -> WebReply:
        return await self.receiver.handle(
            signed(f"/webhooks/twilio/{kind}/{LINE}{query}", form, token)
        )

    async def event(self, kind: str, query: str = "", **form: str) -> VoiceEvent:
        reply = await self.post(kind, query, **form)
        assert reply.status == 200, reply.body
        return self.events[-1]


def signed(target: str, form: dict[str, str], token: str = "new") -> WebRequest:
    made = RequestValidator(token).compute_signature("https://cc.example.com" + target, form)
    headers = {"x-twilio-signature": made, "Content-Type": FORM + "; charset=UTF-8"}
    return WebRequest("POST", target, headers, urlencode(form).encode())


def verbs(reply: WebReply) -> list[str]:
    return [node.tag for node in ET.fromstring(reply.body)]


async def test_an_offered_call_is_answered_with_the_core_s_steps() -> None:
    rig = Rig([Say("Hello"), Hangup()])
    reply = await rig.post("voice", **BASE)
    assert reply.content_type.startswith("text/xml")
    assert verbs(reply) == ["Say", "Hangup"]
    event = rig.events[0]
    assert isinstance(event, LegOffered)
    assert (event.provider, event.line, event.leg) == ("twilio", LINE, CALL)
    assert (event.from_, event.to, event.event_id) == ("+15557770000", LINE, f"{CALL}:offered")
    assert event.at == rig.clock.now()


async def test_an_offered_call_may_be_rejected() -> None:
    assert verbs(await Rig([Reject("busy")]).post("voice", **BASE)) == ["Reject"]


async def test_no_answer_yet_keeps_the_caller() -> None:
    assert verbs(await Rig(None).post("voice", **BASE)) == ["Pause", "Redirect"]


async def test_the_same_request_twice_is_the_same_event_and_the_same_bytes() -> None:
    rig = Rig([Say("Hello"), Next()])
    first = await rig.post("voice", **BASE)
    again = await rig.post("voice", **BASE)
    assert first == again
    assert rig.events[0] == rig.events[1]


async def test_the_headers_can_not_move_the_signed_address() -> None:
    target = f"/webhooks/twilio/voice/{LINE}"
    good = signed(target, BASE)
    forged = WebRequest(
        "POST",
        "https://evil.example" + target,
        {**good.headers, "Host": "evil.example", "X-Forwarded-Host": "evil.example"},
        good.body,
    )
    assert (await Rig([Hangup()]).receiver.handle(forged)).status == 200
    over_http = RequestValidator("new").compute_signature("https://evil.example" + target, BASE)
    wrong = WebRequest("POST", target, {**good.headers, "x-twilio-signature": over_http}, good.body)
    assert (await Rig([Hangup()]).receiver.handle(wrong)).status == 403


@pytest.mark.parametrize("signature", ["", "nonsense", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="])
async def test_a_wrong_or_missing_signature_is_a_403(signature: str) -> None:
    rig = Rig([Hangup()])
    good = signed(f"/webhooks/twilio/voice/{LINE}", BASE)
    headers = {"Content-Type": FORM} | ({"X-Twilio-Signature": signature} if signature else {})
    reply = await rig.receiver.handle(WebRequest("POST", good.url, headers, good.body))
    assert reply.status == 403
    assert json.loads(reply.body)["code"] == "signature"
    assert not rig.events


async def test_a_changed_form_is_a_403_and_the_old_token_still_works() -> None:
    rig = Rig([Hangup()])
    good = signed(f"/webhooks/twilio/voice/{LINE}", BASE)
    tampered = WebRequest("POST", good.url, good.headers, good.body + b"&Digits=1")
    assert (await rig.receiver.handle(tampered)).status == 403
    assert (await rig.post("voice", token="old", **BASE)).status == 200


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"CallSid", FORM),
        (b"a=%ff%fe", FORM),
        (b"\xff\xfe=1", FORM),
        (b"a=1" + b"&b=2" * 70_000, FORM),
    ],
)
async def test_a_body_that_can_not_be_read_is_a_400(body: bytes, kind: str) -> None:
    headers = {"X-Twilio-Signature": "x", "Content-Type": kind}
    request = WebRequest("POST", f"/webhooks/twilio/voice/{LINE}", headers, body)
    reply = await Rig().receiver.handle(request)
    assert reply.status == 400
    assert json.loads(reply.body)["code"] == "malformed_body"


async def test_signed_json_is_genuine_but_not_ours() -> None:
    body = b'{"CallSid": "CA1"}'
    target = f"/webhooks/twilio/voice/{LINE}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    made = RequestValidator("new").compute_signature("https://cc.example.com" + target, {})
    headers = {"X-Twilio-Signature": made, "Content-Type": "application/json"}
    assert (await Rig().receiver.handle(WebRequest("POST", target, headers, body))).status == 400
    other = WebRequest("POST", target, headers, body + b" ")
    assert (await Rig().receiver.handle(other)).status == 403


@pytest.mark.parametrize(
    ("kind", "query", "form"),
    [
        ("voice", "", {"From": "+1"}),
        ("voice", "?do=next", BASE),
        ("voice", "?op=x&do=dance", BASE),
        ("voice", "?op=x&do=after&steps=broken", BASE),
        ("wait", "?steps=&every=soon", BASE),
        ("status", "", {"CallSid": CALL}),
        ("room", "", {"CallSid": CALL, "ConferenceSid": ROOM}),
        ("room", "", {"StatusCallbackEvent": "participant-join", "ConferenceSid": ROOM}),
        ("recording", "", {"CallSid": CALL, "RecordingSid": "RE1"}),
        (
            "recording",
            "",
            {
                "CallSid": CALL,
                "RecordingSid": "RE1",
                "RecordingStatus": "completed",
                "RecordingDuration": "-1",
            },
        ),
        ("machine", "", {"CallSid": CALL}),
    ],
)
async def test_a_genuine_request_that_lacks_something_is_a_400(
    kind: str, query: str, form: dict[str, str]
) -> None:
    rig = Rig([Hangup()])
    reply = await rig.post(kind, query, **form)
    assert reply.status == 400
    assert json.loads(reply.body)["detail"]
    assert not rig.events


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("POST", "/webhooks/twilio/voice/+15559999999", 404),
        ("POST", f"/webhooks/twilio/fax/{LINE}", 404),
        ("POST", "/elsewhere", 404),
        ("GET", f"/webhooks/twilio/voice/{LINE}", 405),
    ],
)
async def test_what_is_not_ours_is_said_so(method: str, target: str, status: int) -> None:
    request = signed(target, BASE)
    moved = WebRequest(method, request.url, request.headers, request.body)
    assert (await Rig().receiver.handle(moved)).status == status


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
    document = render([*_voicemail()], Script(ACCOUNT, LINE, "op"))
    action = urlsplit(ET.fromstring(document)[0].get("action", ""))
    reply = await rig.post("voice", "?" + action.query, **BASE)
    assert verbs(reply) == ["Say", "Hangup"]
    assert not rig.events


def _voicemail() -> list[Step]:
    from contactcenter.channels.voice.steps import Record

    return [Record(), Say("Thank you"), Hangup()]


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


async def test_while_stopped_webhooks_fail_so_that_twilio_asks_again() -> None:
    from contactcenter.core.errors import TransportError

    with pytest.raises(TransportError):
        await Rig(running=False).post("voice", **BASE)


async def test_a_bad_timestamp_is_no_reason_to_lose_an_event() -> None:
    rig = Rig()
    event = await rig.event("status", **BASE, CallStatus="completed", Timestamp="yesterday")
    assert event.at == rig.clock.now()
