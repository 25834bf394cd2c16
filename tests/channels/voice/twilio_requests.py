"""Requests as Twilio signs them, and a receiver whose core answers what a test says."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

from twilio.request_validator import RequestValidator

from contactcenter.channels.receiver import FORM, WebReply, WebRequest
from contactcenter.channels.voice.base import VoiceEvent
from contactcenter.channels.voice.steps import Step
from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.channels.voice.twilio_book import Book
from contactcenter.channels.voice.twilio_hooks import VoiceHooks
from contactcenter.channels.voice.twilio_receiver import TwilioReceiver
from contactcenter.core.clock import VirtualClock

LINE = "+15550001111"
ACCOUNT = TwilioAccount(
    account_sid="AC" + "0" * 32,
    auth_tokens=("new", "old"),
    public_base_url="https://cc.example.com",
    lines=(LINE,),
)
CALL = "CA" + "1" * 32
BASE = {"CallSid": CALL, "From": "+15557770000", "To": LINE, "Direction": "inbound"}


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


def signed_for(
    account: TwilioAccount, url: str, form: dict[str, str], token: str = ""
) -> WebRequest:
    """A genuine request to ``url`` for ``account``; signed with its first token by default."""
    made = RequestValidator(token or account.auth_tokens[0]).compute_signature(url, form)
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = {"x-twilio-signature": made, "Content-Type": FORM + "; charset=UTF-8"}
    return WebRequest("POST", target, headers, urlencode(form).encode())


def signed(target: str, form: dict[str, str], token: str = "new") -> WebRequest:
    """A genuine request to ``ACCOUNT``."""
    return signed_for(ACCOUNT, ACCOUNT.public_base_url + target, form, token)


def verbs(reply: WebReply) -> list[str]:
    return [node.tag for node in ET.fromstring(reply.body)]
