"""The gate of Twilio's webhooks: what is genuine, what can be read, what is ours."""

from __future__ import annotations

import hashlib
import json

import pytest
from twilio.request_validator import RequestValidator

from contactcenter.channels.receiver import FORM, WebRequest
from contactcenter.channels.voice.base import LegOffered
from contactcenter.channels.voice.steps import Hangup, Next, Reject, Say
from contactcenter.core.errors import TransportError
from tests.channels.voice.twilio_requests import BASE, CALL, LINE, Rig, signed, verbs

ROOM = "CF" + "2" * 32


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


async def test_while_stopped_webhooks_fail_so_that_twilio_asks_again() -> None:
    with pytest.raises(TransportError):
        await Rig(running=False).post("voice", **BASE)
