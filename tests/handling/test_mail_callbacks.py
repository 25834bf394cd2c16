"""Mailers who would rather be called: one automatic answer, a reply that says yes, a call in the
mail's place; machines, loops and other words never make one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from contactcenter.channels.email.base import MailOut
from contactcenter.channels.email.tags import message_id_of
from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.core.secrets import Secrets
from contactcenter.crm import customers, permission
from contactcenter.crm.model import Interaction
from contactcenter.crm.tables import customer_address
from contactcenter.handling.letters import MailSender, Post
from contactcenter.handling.mail_callbacks import wish_of
from contactcenter.handling.outbound import find
from contactcenter.routing import queries
from contactcenter.routing.actions import SetState
from tests.handling.letters import EVE, letter
from tests.handling.letters import MARY as MARY_MAIL
from tests.handling.office import JOHN, MARY, Office
from tests.handling.stage import Stage

OFFERS: dict[str, Any] = {
    "overflow": [{"measure": "own_wait_s", "above": 20, "then": {"callback": True}}]
}
TELLS: dict[str, Any] = {"announcements": {"first_s": 10, "every_s": 30}}


async def _number(office: Office, value: str = MARY, of: str = MARY_MAIL) -> UUID:
    """The customer has this number on record."""
    owner, key = await office.customer(of), new_id()

    def work(tx: Tx) -> None:
        tx.execute(
            insert(customer_address).values(
                id=key,
                customer_id=owner.id,
                kind="phone",
                value=value,
                raw=value,
                created_at=tx.now,
            )
        )

    await office.db.write(work)
    return key


async def _waits(office: Office, seconds: float = 21, language: str = "en", **queue: Any) -> Any:
    """Mary's mail waits, and has had its answer; the message, None for none."""
    await office.site.queue(**(queue or OFFERS))
    await office.mail(letter())
    await _number(office)
    customer = await office.customer(MARY_MAIL)
    await office.db.write(lambda tx: customers.edit(tx, customer.id, {"language": language}))
    await office.turn()
    await office.clock.advance(seconds)
    await office.turn()
    sent = await office.messages()
    return sent[0] if sent else None


async def _replies(office: Office, offer: Any, text: str, **fields: str) -> None:
    """Mary answers our mail; a minute passes."""
    ours = message_id_of(str(offer.row.id), "nordwind.example").strip("<>")
    given = {"message_id": f"{new_id()}@mail.test", "In_Reply_To": f"<{ours}>", **fields}
    await office.mail(letter("Re: My bill", text=text, **given))
    await office.turn()


async def _calls(office: Office) -> list[Interaction]:
    return [one for one in await office.interactions() if one.channel == "voice"]


async def test_the_offer_is_an_automatic_mail_in_the_thread(office: Office) -> None:
    offer = await _waits(office)
    assert "Reply YES and we call the number ending in 0001" in offer.text
    assert MARY not in offer.text, "a mailbox may be read by others"
    assert offer.content["subject"] == "Re: My bill"
    assert (offer.row.purpose, offer.row.extra["in_reply_to"]) == ("transactional", "m1@mail.test")
    post = Post(office.lines, office.tags, Secrets(["s" * 32]), "https://cc.example")
    relay: MailOut = object()  # type: ignore[assignment]  # nothing is sent here
    message = await office.read(lambda tx: find(tx, offer.row.id))
    assert message is not None
    raw = MailSender(relay, post, office.clock).letter(message, offer.content).to_bytes()
    assert b"Auto-Submitted: auto-replied\r\n" in raw
    assert b"In-Reply-To: <m1@mail.test>" in raw


async def test_the_offer_in_chinese(office: Office) -> None:
    offer = await _waits(office, language="zh-CN")
    assert "请回复“是”，我们将拨打您登记的尾号为0001的号码" in offer.text


@pytest.mark.parametrize(
    ("reply", "called"),
    [
        ("YES", MARY),
        ("是。", MARY),
        ("> We can call you\n\nYes please!\n\nMary Miller\n+44 20 7946 0999", MARY),
        ("Please call me on 07700 900002", JOHN),
        ("是，+447700900002", JOHN),
        ("07700 900002", JOHN),
    ],
)
async def test_a_reply_makes_the_call_and_keeps_the_place(
    office: Office, reply: str, called: str
) -> None:
    offer = await _waits(office)
    mail = await office.only()
    await _replies(office, offer, reply)
    (call,) = await _calls(office)
    assert (call.direction, call.state, call.thread_id) == ("outbound", "waiting", mail.thread_id)
    assert (await office.state(mail.id)).close_reason == "callback"
    assert "message_received" in await office.kinds(mail.id), "the mail stays in the log"
    item = await office.read(lambda tx: queries.waiting_one(tx, call.id))
    assert item is not None
    assert item.callback is not None
    assert (item.callback.address, item.direction, item.age_s) == (called, "callback", 21)
    confirmed = (await office.messages())[-1]
    assert f"ending in {called[-4:]}" in confirmed.text
    assert confirmed.row.extra["auto_submitted"] == "auto-replied"
    await office.agent()
    (dialled,) = await office.commands("originate")
    assert dialled.data["to"] == called
    await office.assert_sound()


@pytest.mark.parametrize(
    "reply",
    [
        "Yes, but what about my bill?",
        "No",
        "My invoice is 4711-0815",
        "yesterday I paid",
        "yes 12",
        "",
    ],
)
async def test_other_words_are_the_agents(office: Office, reply: str) -> None:
    offer = await _waits(office)
    await _replies(office, offer, reply)
    assert await _calls(office) == []
    assert (await office.only()).state == "waiting"
    assert (await office.kinds()).count("message_received") == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"from_": "noreply@mail.test"},
        {"from_": f"Eve <{EVE}>"},
    ],
)
async def test_neither_machines_nor_strangers_take_the_offer(
    office: Office, fields: dict[str, str]
) -> None:
    offer = await _waits(office)
    before = len(await office.messages())
    await _replies(office, offer, "YES", **fields)
    assert await _calls(office) == []
    assert len(await office.messages()) == before


async def test_a_yes_to_nothing_is_a_mail(office: Office) -> None:
    await office.mail(letter())
    await _number(office)
    await office.turn()
    await office.mail(letter(text="YES", message_id="m2@mail.test", In_Reply_To="<m1@mail.test>"))
    assert await _calls(office) == []


async def test_one_answer_a_day_whatever_is_written(office: Office) -> None:
    """As two systems would that know no Auto-Submitted: each mail answered, and it ends."""
    offer = await _waits(office, **OFFERS, **TELLS)
    for n in range(4):
        await office.mail(letter(f"Another {n}", message_id=f"other{n}@mail.test"))
        await _replies(office, offer, "Thank you for your mail, we will answer it.")
        await office.clock.advance(31)
        await office.turn()
    assert len(await office.messages()) == 1
    await office.clock.advance(24 * 3600)
    await office.mail(letter("Next day", message_id="next@mail.test"))
    await office.turn()
    await office.clock.advance(31)
    await office.turn()
    assert len(await office.messages()) == 2


async def test_a_machine_is_answered_nothing(office: Office) -> None:
    await office.site.queue(**OFFERS, **TELLS)
    await office.mail(letter(from_="postmaster@mail.test"))
    await office.turn()
    for _ in range(3):
        await office.clock.advance(31)
        await office.turn()
    assert await office.messages() == []


async def test_the_first_announcement_carries_the_offer(office: Office) -> None:
    later: dict[str, Any] = {
        "overflow": [{"measure": "own_wait_s", "above": 900, "then": {"callback": True}}]
    }
    offer = await _waits(office, seconds=11, **TELLS, **later)
    assert "Reply YES" in offer.text
    assert "number 1 in the queue" not in offer.text, "a place is old when it is read"
    await office.clock.advance(1000)
    await office.turn()
    assert len(await office.messages()) == 1


async def test_without_a_number_on_record_one_is_asked_for(office: Office) -> None:
    await office.site.queue(**OFFERS)
    await office.mail(letter())
    await office.turn()
    await office.clock.advance(21)
    await office.turn()
    (offer,) = await office.messages()
    assert "Reply with your number" in offer.text
    await _replies(office, offer, "yes")
    assert await _calls(office) == []
    await _replies(office, offer, "07700 900002")
    assert len(await _calls(office)) == 1


async def test_a_number_that_must_not_be_used_is_not_offered(office: Office) -> None:
    await office.db.write(
        lambda tx: permission.suppress(tx, channel="voice", address=MARY, reason="wrong_number")
    )
    assert "ending in" not in (await _waits(office)).text


@pytest.mark.parametrize("channel", ["email", "sms"])
async def test_a_full_queue_that_offers_a_call_keeps_the_message(
    office: Office, channel: str
) -> None:
    full: dict[str, Any] = {"limits": {"max_length": 0, "full_then": {"callback": True}}}
    if channel == "email":
        offer = await _waits(office, seconds=1, **full)
        assert "Reply YES" in offer.text
    else:
        await office.site.queue(**full)
        await office.text("hello")
        await office.turn()
        assert "Reply CALL" in (await office.messages())[0].text
    assert (await office.only()).state == "waiting"
    if channel == "email":
        await _replies(office, offer, "YES")
    else:
        await office.text("call")
        await office.turn()
    assert len(await _calls(office)) == 1
    await office.assert_sound()


async def test_who_is_never_reached_gets_the_mail_answered(stage: Stage) -> None:
    office = stage.office
    await office.site.do(SetState(stage.agent, "away", "lunch"))
    policy: dict[str, Any] = {"callback": {"first": "customer", "attempts": 1}}
    await office.site.queue(wrap_up_s=30, **OFFERS, **policy)
    await office.mail(letter())
    await _number(office)
    await stage.seen("queued")
    await stage.clock.advance(21)
    await stage.seen("message_queued")
    (offer,) = await office.messages()
    await _replies_here(office, offer)
    await stage.seen("callback_planned")
    await office.site.do(SetState(stage.agent, "available"))
    await stage.seen("callback_due", "leg_ringing")
    stage.world.phones.hang_up(MARY)  # refuses

    async def offered() -> bool:
        last = (await office.interactions())[-1]
        return last.channel == "email" and last.state == "offered"

    await stage.until(offered, "the mail at the agent's desk")
    mail, call, again = await office.interactions()
    assert (call.close_reason, mail.close_reason) == ("callback_failed", "callback")
    assert again.thread_id == mail.thread_id
    await stage.accepts()
    await office.desk.send_message(again.id, stage.agent, "Because of roaming.")
    written = next(one for one in await office.messages() if "roaming" in one.text)
    assert written.content["subject"] == "Re: My bill"
    await office.assert_sound()


async def _replies_here(office: Office, offer: Any) -> None:
    ours = message_id_of(str(offer.row.id), "nordwind.example").strip("<>")
    await office.mail(
        letter("Re: My bill", text="YES", message_id="m2@mail.test", In_Reply_To=f"<{ours}>")
    )


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("YES", ""),
        ("> quoted?\nyes", None),
        ("\n\n  Yes!  \n", ""),
        ("回电", ""),
        ("+44 20 7946 0999", "+442079460999"),
        ("yes: (020) 7946 0999", "+442079460999"),
        ("call me at 020 7946 0999", "+442079460999"),
        ("at 020 7946 0999", None),
        ("yes 999", None),
        ("y" * 300, None),
        ("", None),
        ("!!!", None),
    ],
)
def test_what_a_first_line_asks_for(text: str, wish: str | None) -> None:
    assert wish_of(text, "GB") == wish
