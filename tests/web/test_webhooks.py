"""Webhooks: the receiver sees the request as it came, its reply goes back as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from contactcenter.channels.receiver import WebReply, WebRequest, decoded_form
from contactcenter.core.errors import TransportError
from contactcenter.web.app import build
from contactcenter.web.ports import Services
from tests.web.parts import Client, problem


class Recorder:
    """Keeps requests; answers with a document."""

    def __init__(self) -> None:
        self.seen: list[WebRequest] = []
        self.fails = False

    async def handle(self, request: WebRequest) -> WebReply:
        self.seen.append(request)
        if self.fails:
            raise TransportError("not now", permanent=False)
        return WebReply(201, "text/xml; charset=utf-8", b"<Response/>", {"X-More": "1"})


@pytest.fixture
def receiver() -> Recorder:
    return Recorder()


@pytest.fixture
async def client(services: Services, receiver: Recorder) -> AsyncIterator[Client]:
    app = build(replace(services, extras={"receivers": {"twilio": receiver}}))
    async with TestClient(TestServer(app)) as each:
        yield each


async def test_the_request_arrives_as_it_was_sent(client: Client, receiver: Recorder) -> None:
    from yarl import URL

    target = "/webhooks/twilio/voice/+4420790000?leg=a%2Fb&x=%E4%B8%AD"
    url = URL(f"http://{client.host}:{client.port}{target}", encoded=True)
    body = b"CallSid=CA1&Digits=1%2B2&Tag=a&Tag=b"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": "abc=",
        "Origin": "https://elsewhere.example",
    }
    reply = await client.session.post(url, data=body, headers=headers)
    (request,) = receiver.seen
    assert request.method == "POST"
    assert request.target == target
    assert request.body == body
    assert request.header("x-twilio-signature") == "abc="
    form = decoded_form(request)
    assert form == (("CallSid", "CA1"), ("Digits", "1+2"), ("Tag", "a"), ("Tag", "b"))
    assert (reply.status, await reply.read()) == (201, b"<Response/>")
    assert reply.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert reply.headers["X-More"] == "1"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


async def test_too_large_a_body_is_refused_before_it_is_read(
    client: Client, receiver: Recorder
) -> None:
    reply = await client.post("/webhooks/twilio/sms/1", data=b"x" * 300_000)
    await problem(reply, 413, "body_too_large")
    assert receiver.seen == []


async def test_a_fault_of_the_core_is_a_5xx(client: Client, receiver: Recorder) -> None:
    receiver.fails = True
    await problem(await client.post("/webhooks/twilio/sms/1"), 502, "transport")


async def test_an_unconfigured_provider_is_not_there(client: Client) -> None:
    await problem(await client.post("/webhooks/other/sms/1"), 404, "not_found")
    await problem(await client.post("/webhooks/twilio/sms"), 404, "not_found")
