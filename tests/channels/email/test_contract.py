"""The shipped contract, kept by the SMTP adapters."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator

import pytest

from contactcenter.channels.conformance.email import (
    Arrived,
    MailCore,
    MailInContract,
    MailOutContract,
)
from contactcenter.channels.email.listener import SmtpListener
from contactcenter.channels.email.smtp import SmtpPool, SmtpRelay
from contactcenter.core.clock import SystemClock
from tests.channels.email.conftest import ScriptedRelay

pytestmark = pytest.mark.mail


class OutRig:
    def __init__(self, relay: ScriptedRelay) -> None:
        self._relay = relay
        self.out = SmtpPool(SmtpRelay(host="127.0.0.1", port=relay.port, tls="none"))

    @property
    def arrived(self) -> list[Arrived]:
        return [
            Arrived(sender, to, raw.replace(b"\r\n..", b"\r\n."))
            for (sender, to), raw in zip(self._relay.envelopes, self._relay.mails, strict=True)
        ]

    def refuse_next(self, code: int, text: str) -> None:
        self._relay.answers["RCPT"] = [f"{code} {text}"]

    def lose_next_reply(self) -> None:
        self._relay.answers["."] = ["take-and-drop"]

    async def hang_up(self) -> None:
        self._relay.hang_up()
        await asyncio.sleep(0.05)


class TestSmtpOut(MailOutContract):
    @pytest.fixture
    async def rig(self, relay: ScriptedRelay) -> AsyncIterator[OutRig]:
        given = OutRig(relay)
        yield given
        await given.out.stop()


class InRig:
    def __init__(self) -> None:
        self.core = MailCore()
        self.address = "support@shop.example"
        self.adapter = SmtpListener([self.address], clock=SystemClock(), port=0)

    async def write(self, rcpt_to: str, raw: bytes) -> bool:
        def send() -> bool:
            with smtplib.SMTP("127.0.0.1", self.adapter.port, "customer") as client:
                try:
                    client.sendmail("anna@customer.example", [rcpt_to], raw)
                except smtplib.SMTPDataError:
                    return False
                return True

        return await asyncio.to_thread(send)


class TestSmtpIn(MailInContract):
    @pytest.fixture
    async def rig(self) -> AsyncIterator[InRig]:
        given = InRig()
        await given.adapter.start(given.core.sink)
        yield given
        await given.adapter.stop()
