"""Mail that comes in: threads by evidence, strangers linked, machines not queued, bounces home."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from contactcenter.core.ids import new_id
from contactcenter.crm import permission
from contactcenter.handling.tables import outbound_message
from tests.handling.letters import COMPLAINT, EVE, MARY, bounce, letter
from tests.handling.office import CARE, INFO, Office


async def _refused(office: Office, purpose: str = "service") -> str | None:
    found = await office.read(
        lambda tx: permission.may_contact(tx, channel="email", address=MARY, purpose=purpose)
    )
    return found.reason if found else None


async def _replied(office: Office) -> tuple[UUID, UUID]:
    """Mary's mail was answered and the answer is with the relay: interaction, message."""
    agent = await office.agent()
    await office.mail(letter())
    key = await office.accepted(agent)
    message, _ = await office.desk.send_message(key, agent, "Because of roaming.")
    await office.db.write(
        lambda tx: tx.execute(
            update(outbound_message).where(outbound_message.c.id == message).values(state="sent")
        )
    )
    return key, message


async def _state_of(office: Office, message: UUID) -> str:
    return next(str(one.row.state) for one in await office.messages() if one.row.id == message)


# -- letters -------------------------------------------------------------------------------------


async def test_a_mail_becomes_an_interaction_with_its_raw_bytes_kept(office: Office) -> None:
    raw = letter().replace("\n", "\r\n").encode()
    await office.mail(raw)
    state = await office.only()
    assert (state.channel, state.state, state.queue, state.line) == (
        "email", "waiting", "sales", CARE,
    )  # fmt: skip
    content = (await office.last("message_received")).content or {}
    assert content["subject"] == "My bill"
    assert content["text"].strip() == "Why so much?"
    assert (content["from"], content["to"]) == (MARY, [CARE])
    assert await office.blobs.get(content["raw"]) == raw
    customer = await office.customer(MARY)
    assert (customer.name, customer.id) == ("Mary", state.customer_id)
    await office.assert_sound()


async def test_a_repetition_is_taken_once_also_at_the_same_time(office: Office) -> None:
    await asyncio.gather(*(office.mail(letter(), event_id="e1") for _ in range(3)))
    await office.mail(letter(), event_id="e1")
    assert (await office.kinds()).count("message_received") == 1


async def test_a_mail_to_an_unknown_mailbox_goes_to_the_first_line(office: Office) -> None:
    await office.mail(letter(), "ceo@nordwind.example")
    assert (await office.only()).line == CARE


async def test_a_line_that_nobody_looks_after_keeps_it_in_the_timeline(office: Office) -> None:
    await office.mail(letter(), INFO)
    state = await office.only()
    assert (state.line, state.state, state.close_reason) == (INFO, "closed", "unattended")


async def test_a_mail_without_a_sender_is_taken_in(office: Office) -> None:
    await office.mail(letter(from_=""), mail_from="")
    state = await office.only()
    assert state.channel == "email"
    assert state.state in ("waiting", "closed")
    assert len(await office.interactions()) == 1


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\xff\xfe", b"Subject: =?x?q?=\r\n\r\n\x81", b"no header at all"]
)
async def test_whatever_bytes_come_are_taken_in(office: Office, raw: bytes) -> None:
    await office.mail(raw)
    assert (await office.kinds()).count("message_received") == 1


async def test_attachments_and_html_are_told_and_html_is_harmless(office: Office) -> None:
    await office.mail(
        "From: mary@mail.test\nSubject: x\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="b"\n\n'
        "--b\nContent-Type: text/html\n\n<p>Hi<script>alert(1)</script></p>\n"
        '--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="a.pdf"\n'
        "Content-Transfer-Encoding: base64\n\nJVBERi0=\n--b--\n"
    )
    content = (await office.last("message_received")).content or {}
    assert content["attachments"] == [{"filename": "a.pdf", "type": "application/pdf", "size": 5}]
    assert "Hi" in content["html"]
    assert "script" not in content["html"]


# -- machines ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.mail.test>"},
        {"X_Auto_Response_Suppress": "All"},
    ],
)
async def test_what_a_machine_wrote_is_logged_and_wakes_nobody(
    office: Office, fields: dict[str, str]
) -> None:
    await office.mail(letter("Out of office", **fields))
    state = await office.only()
    assert (state.state, state.close_reason) == ("closed", "automatic")
    assert "queued" not in await office.kinds()
    assert await office.messages() == []


# -- threads -------------------------------------------------------------------------------------


async def test_a_reply_joins_the_open_interaction(office: Office) -> None:
    key, message = await _replied(office)
    await office.mail(
        letter(
            "Re: My bill", message_id="m2@mail.test", In_Reply_To=f"<{message}@nordwind.example>"
        )
    )
    assert (await office.only()).id == key
    assert (await office.kinds(key)).count("message_received") == 2


@pytest.mark.parametrize("clue", ["token", "in_reply_to", "references", "own"])
async def test_each_clue_finds_the_thread_after_the_end(office: Office, clue: str) -> None:
    key, message = await _replied(office)
    agent = (await office.state(key)).agent_id
    assert agent is not None
    async with office.open():
        await office.desk.wrap_up(key, agent, "solved", "")
    thread = (await office.state(key)).thread_id
    sent = f"<{message}@nordwind.example>"
    fields: dict[str, str] = {
        "token": {},
        "in_reply_to": {"In_Reply_To": sent},
        "references": {"References": f"<m1@mail.test> {sent} <x@y>"},
        "own": {"In_Reply_To": "<m1@mail.test>"},
    }[clue]
    to = office.tags.reply_address(CARE, thread) if clue == "token" else CARE
    await office.mail(letter("Another subject", message_id="m2@mail.test", **fields), to)
    first, second = await office.interactions()
    assert (second.thread_id, second.customer_id) == (thread, first.customer_id)
    assert (second.state, second.line) == ("waiting", CARE)
    opened = (await office.events(second.id))[0]
    assert opened.data["reason"] == {"own": "in_reply_to"}.get(clue, clue)


async def test_the_subject_alone_is_no_evidence(office: Office) -> None:
    await office.mail(letter("My bill"))
    await office.mail(letter("Re: My bill", message_id="m2@mail.test"))
    first, second = await office.interactions()
    assert first.thread_id != second.thread_id


async def test_a_stranger_with_the_token_is_linked_and_not_merged(office: Office) -> None:
    key, _ = await _replied(office)
    thread = (await office.state(key)).thread_id
    to = office.tags.reply_address(CARE, thread)
    await office.mail(letter(from_=f"Eve <{EVE}>", message_id="e1@mail.test"), to, mail_from=EVE)
    first, second = await office.interactions()
    assert second.customer_id == (await office.customer(EVE)).id != first.customer_id
    assert second.thread_id == second.id
    assert (await office.events(second.id))[0].data["reason"] == "linked"
    assert (await office.kinds(key)).count("message_received") == 1


async def test_a_forged_token_opens_a_new_thread(office: Office) -> None:
    key, _ = await _replied(office)
    to = office.tags.reply_address(CARE, (await office.state(key)).thread_id)
    forged = to.replace("@", "x@")
    await office.mail(letter(message_id="m9@mail.test"), forged)
    assert len({one.thread_id for one in await office.interactions()}) == 2


async def test_an_absence_note_joins_its_thread_and_wakes_nobody(office: Office) -> None:
    key, message = await _replied(office)
    note = letter(
        "Automatic reply: My bill", message_id="a1@mail.test", Auto_Submitted="auto-replied"
    )
    to = office.tags.return_path(str(message), "nordwind.example")
    await office.mail(note, to, mail_from="")
    assert (await office.only()).id == key
    assert (await office.kinds(key)).count("message_received") == 2
    assert await _state_of(office, message) == "sent"


async def test_a_person_who_writes_to_the_return_path_is_heard(office: Office) -> None:
    key, message = await _replied(office)
    agent = (await office.state(key)).agent_id
    assert agent is not None
    async with office.open():
        await office.desk.wrap_up(key, agent, "solved", "")
    to = office.tags.return_path(str(message), "nordwind.example")
    await office.mail(letter("Hello", message_id="m5@mail.test"), to)
    first, second = await office.interactions()
    assert (second.thread_id, second.state) == (first.thread_id, "waiting")


# -- bounces and complaints ------------------------------------------------------------------------


async def test_a_hard_bounce_ends_the_message_and_suppresses_the_address(office: Office) -> None:
    key, message = await _replied(office)
    to = office.tags.return_path(str(message), "nordwind.example")
    raw = bounce("5.1.1", "550 5.1.1 User unknown").replace("\n", "\r\n").encode()
    await office.mail(raw, to, mail_from="")
    assert await _state_of(office, message) == "bounced"
    assert await _refused(office) == "hard_bounce"
    said = await office.last("message_state", key)
    assert said.data["code"].endswith("userunknown")
    assert said.content is not None
    assert await office.blobs.get(said.content["raw"]) == raw
    assert len(await office.interactions()) == 1
    await office.assert_sound()


@pytest.mark.parametrize(
    ("status", "diagnosis"),
    [
        ("5.2.2", "552 5.2.2 Mailbox full"),
        ("5.7.1", "554 5.7.1 Message rejected as spam"),
        ("5.3.4", "552 5.3.4 Message too big"),
    ],
)
async def test_a_soft_bounce_is_the_messages_fate_alone(
    office: Office, status: str, diagnosis: str
) -> None:
    _, message = await _replied(office)
    to = office.tags.return_path(str(message), "nordwind.example")
    await office.mail(bounce(status, diagnosis), to, mail_from="")
    assert await _state_of(office, message) == "bounced"
    assert await _refused(office) is None


async def test_a_delay_changes_no_message_that_has_left(office: Office) -> None:
    _, message = await _replied(office)
    to = office.tags.return_path(str(message), "nordwind.example")
    delayed = bounce("4.4.1", "451 4.4.1 connection timed out", action="delayed")
    await office.mail(delayed, to, mail_from="")
    assert await _state_of(office, message) == "sent"
    assert await _refused(office) is None


async def test_a_complaint_ends_marketing_at_once(office: Office) -> None:
    key, message = await _replied(office)
    to = office.tags.return_path(str(message), "nordwind.example")
    await office.mail(COMPLAINT, to, mail_from="abuse@mail.test")
    assert await _refused(office, "marketing") == "opted_out"
    assert await _refused(office, "service") is None
    out = await office.last("opted_out", key)
    assert out.data == {"channel": "email", "scope": "marketing", "how": "complaint"}


async def test_a_bounce_to_the_line_is_known_by_the_message_it_names(office: Office) -> None:
    _, message = await _replied(office)
    named = f"{message}@nordwind.example"
    await office.mail(bounce("5.1.1", "550 User unknown", named=named), CARE, mail_from="")
    assert await _state_of(office, message) == "bounced"
    assert len(await office.interactions()) == 1


async def test_a_bounce_of_nothing_of_ours_is_a_machines_mail(office: Office) -> None:
    _, message = await _replied(office)
    for named in (f"{new_id()}@nordwind.example", "else@where"):
        await office.mail(bounce("5.1.1", "550 User unknown", named=named), CARE, mail_from="")
    assert await _state_of(office, message) == "sent"
    assert await _refused(office) is None
    assert [one.close_reason for one in (await office.interactions())[1:]] == ["automatic"] * 2


async def test_a_forged_return_path_suppresses_nobody(office: Office) -> None:
    _, message = await _replied(office)
    to = office.tags.return_path(str(message), "nordwind.example")
    local, _, domain = to.partition("@")
    forged = f"{local[:-2]}aa@{domain}"
    await office.mail(bounce("5.1.1", "550 User unknown"), forged, mail_from="")
    assert await _state_of(office, message) == "sent"
    assert await _refused(office) is None


async def test_parsing_leaves_the_loop_free(office: Office, monkeypatch: Any) -> None:
    """A slow parse must not hold up calls."""
    import time

    from contactcenter.channels.email import mime

    real = mime.parse

    def slow(raw: bytes, **more: Any) -> Any:
        time.sleep(0.3)
        return real(raw, **more)

    monkeypatch.setattr("contactcenter.handling.mails.mime.parse", slow)
    beats = 0
    taking = asyncio.create_task(office.mail(letter()))
    while not taking.done():
        await asyncio.sleep(0.01)
        beats += 1
    await taking
    assert beats > 10
