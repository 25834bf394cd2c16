"""Mail going out: the letter around the logged words, and what a relay's refusal means."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest

from contactcenter.channels.email.base import MailHanded
from contactcenter.core.errors import TransportError
from contactcenter.core.ids import new_id
from contactcenter.core.secrets import Secrets
from contactcenter.crm import permission
from contactcenter.handling import unsubscribe
from contactcenter.handling.letters import MailSender, Post
from contactcenter.handling.outbound import Message
from contactcenter.handling.pump import HandedOver, Pump
from tests.handling.letters import MARY, letter
from tests.handling.office import CARE, Office

SITE = "https://care.nordwind.example"


class _Relay:
    """Takes letters, or refuses as told."""

    provider = "smtp"

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.fault: TransportError | None = None

    async def send(self, key: str, *, mail_from: str, rcpt_to: str, raw: bytes) -> MailHanded:
        if self.fault is not None:
            raise self.fault
        self.taken.append({"key": key, "from": mail_from, "to": rcpt_to, "raw": raw})
        return MailHanded("q1", "250 queued")

    async def stop(self) -> None:
        return None


def _sender(office: Office, relay: _Relay) -> MailSender:
    post = Post(office.lines, office.tags, Secrets(["s" * 40]), SITE)
    return MailSender(relay, post, office.clock)


async def _answered(office: Office, words: str = "Because.") -> tuple[UUID, Any]:
    agent = await office.agent()
    await office.mail(letter())
    key = await office.accepted(agent)
    await office.desk.send_message(key, agent, words)
    return key, (await office.messages())[-1]


async def _pumped(office: Office, relay: _Relay) -> None:
    pump = Pump(office.db, office.bus, {("email", "smtp"): _sender(office, relay)}, "me")
    await pump.once()


async def test_the_letter_carries_line_thread_and_return_path(office: Office) -> None:
    relay = _Relay()
    key, message = await _answered(office)
    await _pumped(office, relay)
    (taken,) = relay.taken
    assert office.tags.message_key_of(taken["from"]) == str(message.row.id)
    assert taken["to"] == MARY
    mail = message_from_bytes(taken["raw"], policy=policy.default)
    assert mail["From"] == f"Nordwind Care <{CARE}>"
    assert mail["Subject"] == "Re: My bill"
    assert mail["In-Reply-To"] == "<m1@mail.test>"
    assert mail["References"].split()[-1] == "<m1@mail.test>"
    assert mail["Message-ID"] == f"<{message.row.id}@nordwind.example>"
    assert office.tags.thread_of(mail["Reply-To"]) == (await office.state(key)).thread_id
    assert "List-Unsubscribe" not in mail
    assert "Because." in mail.get_content()
    row = (await office.messages())[-1].row
    assert (row.state, row.provider_ref) == ("sent", "q1")


def _message(purpose: str) -> Message:
    return Message(
        id=new_id(), interaction_id=new_id(), customer_id=new_id(), channel="email",
        provider="smtp", line=CARE, address=MARY, purpose=purpose, campaign_id=None,
        state="claimed", tries=1, extra={},
    )  # fmt: skip


async def test_marketing_carries_the_one_click_link_of_this_very_message(office: Office) -> None:
    sender = _sender(office, _Relay())
    message = _message("marketing")
    raw = sender.letter(message, {"text": "Offer", "subject": "Offer"}).to_bytes()
    mail = message_from_bytes(raw, policy=policy.default)
    link = unsubscribe.link(Secrets(["s" * 40]), SITE, message.id)
    assert f"<{link}>" in mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_smtp_can_not_be_asked_afterwards(office: Office) -> None:
    assert await _sender(office, _Relay()).look_up(new_id(), HandedOver("", "", "", None)) is None


@pytest.mark.parametrize(
    ("reply_code", "reply", "suppressed"),
    [
        ("550 5.1.1", "5.1.1 User unknown", True),
        ("550 5.7.1", "5.7.1 Message rejected as spam", False),
        ("552 5.2.2", "5.2.2 Mailbox full", False),
        ("550", "No such user here", True),
    ],
)
async def test_a_refusal_in_the_dialogue_counts_like_the_bounce_it_stands_for(
    office: Office, reply_code: str, reply: str, suppressed: bool
) -> None:
    relay = _Relay()
    relay.fault = TransportError("refused", permanent=True, reply_code=reply_code)
    relay.fault.details["reply"] = reply
    await _answered(office)
    await _pumped(office, relay)
    row = (await office.messages())[-1].row
    assert row.state == "rejected"
    assert row.reply_code.startswith(reply_code)
    refused = await office.read(
        lambda tx: permission.may_contact(tx, channel="email", address=MARY, purpose="service")
    )
    assert (refused.reason if refused else None) == ("hard_bounce" if suppressed else None)


async def test_a_relay_that_is_busy_is_asked_again_later(office: Office) -> None:
    relay = _Relay()
    relay.fault = TransportError("busy", permanent=False, reply_code="421")
    await _answered(office)
    await _pumped(office, relay)
    row = (await office.messages())[-1].row
    assert (row.state, row.reply_code) == ("deferred", "421")
    assert row.due_at > office.clock.now()
