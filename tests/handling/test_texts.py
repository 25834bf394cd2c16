"""Texts that come in: wishes first, then the menu or the agents; and what carriers report."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from contactcenter.channels.sms.base import SmsReported
from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import customers, permission
from contactcenter.handling import conversations, outbound
from contactcenter.handling.tables import outbound_message
from contactcenter.handling.texts import Texts
from contactcenter.handling.words import Words
from tests.handling.office import MARY, SMS, SMS_BARE, SMS_PLAIN, Office


async def _refused(office: Office, purpose: str = "marketing", channel: str = "sms") -> str | None:
    found = await office.read(
        lambda tx: permission.may_contact(tx, channel=channel, address=MARY, purpose=purpose)
    )
    return found.reason if found else None


async def test_a_text_opens_an_interaction_in_the_lines_queue_and_the_next_joins_it(
    office: Office,
) -> None:
    await office.text("Where is my parcel?")
    await office.text("Hello?")
    state = await office.only()
    assert (state.state, state.queue, state.channel) == ("waiting", "sales", "sms")
    received = [one for one in await office.events() if one.kind == "message_received"]
    assert [(one.content or {})["text"] for one in received] == ["Where is my parcel?", "Hello?"]
    assert all("parcel" not in str(one.data) for one in received)
    await office.assert_sound()


async def test_two_first_texts_at_once_are_one_conversation(office: Office) -> None:
    await asyncio.gather(*(office.text(f"text {n}") for n in range(6)))
    assert (await office.kinds()).count("message_received") == 6
    assert (await office.kinds()).count("queued") == 1


async def test_a_repetition_is_taken_once_also_at_the_same_time(office: Office) -> None:
    await asyncio.gather(*(office.text("Hello", event_id="t1") for _ in range(4)))
    await office.text("Hello", event_id="t1")
    assert (await office.kinds()).count("message_received") == 1


async def test_after_the_end_a_text_opens_a_new_interaction(office: Office) -> None:
    agent = await office.agent()
    await office.text("Where is my parcel?")
    key = await office.accepted(agent)
    async with office.open():
        await office.desk.wrap_up(key, agent, "solved", "")
    await office.text("It came, thanks")
    first, second = await office.interactions()
    assert (first.state, first.customer_id) == ("closed", second.customer_id)
    assert second.id != key


async def test_the_lines_are_kept_apart(office: Office) -> None:
    await office.text("Hello", line=SMS_PLAIN)
    await office.text("Hello", line=SMS)
    assert {one.line for one in await office.interactions()} == {SMS_PLAIN, SMS}


async def test_a_line_that_nobody_looks_after_keeps_it_in_the_timeline(office: Office) -> None:
    await office.text("Hello", line=SMS_BARE)
    state = await office.only()
    assert (state.state, state.close_reason) == ("closed", "unattended")


async def test_a_sender_that_is_a_name_is_logged_and_never_written_to(office: Office) -> None:
    await office.text("Your code is 1", from_="BANK")
    await office.text("STOP", from_="BANK")
    assert await office.messages() == []
    assert (await office.only()).state == "waiting"


# -- wishes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["STOP", " stop! ", "退订", "ＳＴＯＰ", "Unsubscribe"])
async def test_stop_is_obeyed_confirmed_once_and_closed(office: Office, word: str) -> None:
    await office.text(word)
    assert await _refused(office) == "opted_out"
    assert await _refused(office, "service") == "opted_out"
    assert await _refused(office, "transactional") is None
    assert await _refused(office, channel="voice") is None
    (told,) = await office.messages()
    assert "no more texts" in told.text
    assert "Nordwind" in told.text
    assert told.row.purpose == "transactional"
    out = await office.last("opted_out")
    assert out.data == {"channel": "sms", "scope": "all", "how": "word"}
    state = await office.only()
    assert (state.state, state.close_reason) == ("closed", "stop")


async def test_start_allows_again_and_ends_an_unsubscribe_too(office: Office) -> None:
    await office.text("STOP")
    await office.db.write(
        lambda tx: permission.opt_out(
            tx, channel="sms", address=MARY, source="page", scope="marketing"
        )
    )
    await office.text("start")
    assert await _refused(office) is None
    told = (await office.messages())[-1]
    assert "again" in told.text


async def test_help_answers_and_changes_no_consent(office: Office) -> None:
    await office.text("STOP")
    await office.text("HELP")
    assert "STOP" in (await office.messages())[-1].text
    assert await _refused(office) == "opted_out"


async def test_the_answer_is_in_the_customers_language(office: Office) -> None:
    await office.text("Hello")
    known = await office.customer()
    await office.db.write(lambda tx: customers.edit(tx, known.id, {"language": "zh-CN"}))
    await office.text("退订")
    assert "退订" in (await office.messages())[-1].text
    assert "no more" not in (await office.messages())[-1].text


@pytest.mark.parametrize(
    "words", ["please stop texting me", "不要再发了", "Take me off your list now"]
)
async def test_a_plain_wish_is_obeyed_and_a_person_reads_it(office: Office, words: str) -> None:
    await office.text(words)
    assert await _refused(office) == "opted_out"
    assert (await office.last("opted_out")).data["how"].startswith("wish-")
    state = await office.only()
    assert (state.state, state.queue) == ("waiting", "sales")


async def test_a_plain_wish_on_a_line_without_queue_is_obeyed_and_closed(office: Office) -> None:
    await office.text("please stop texting me", line=SMS_BARE)
    assert await _refused(office) == "opted_out"
    assert (await office.only()).state == "closed"


async def test_stop_in_an_open_conversation_leaves_it_to_the_agent(office: Office) -> None:
    await office.text("Where is my parcel?")
    await office.text("stop")
    state = await office.only()
    assert state.state == "waiting"
    assert await _refused(office) == "opted_out"


async def test_a_letter_that_may_be_a_menu_answer_is_asked_back(office: Office) -> None:
    await office.text("Hello", line=SMS)
    await office.text("T", line=SMS)
    assert await _refused(office) is None
    assert "STOP to confirm" in (await office.messages())[-1].text
    assert (await office.only()).state == "in_menu"
    await office.text("STOP", line=SMS)
    assert await _refused(office) == "opted_out"
    assert (await office.only()).state == "in_menu"


async def test_the_operators_own_words_are_used(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "sms"
    folder.mkdir()
    (folder / "stop_confirmed.yaml").write_text(
        'variables: {sender: text}\nbodies:\n  en: {text: "{{ sender }} obeys."}\n'
    )
    office.texts = Texts(office.db, office.lines, office.calls._menus, Words.of(tmp_path))
    await office.text("STOP")
    assert [one.text for one in await office.messages()] == ["Nordwind obeys."]


async def test_a_reply_to_what_we_began_reaches_somebody(office: Office) -> None:
    """A campaign's interaction is open and nobody's: the reply must not lie there."""

    def begin(tx: Tx) -> None:
        customer, address, _ = customers.create_or_find(tx, "phone", MARY, MARY)
        line = office.lines.get("sms", SMS_PLAIN)
        conversations.open_outbound(
            tx, new_id(), customer_id=customer, address_id=address, line=line, actor="campaign"
        )

    await office.db.write(begin)
    await office.text("Tell me more")
    state = await office.only()
    assert (state.direction, state.state, state.queue) == ("outbound", "waiting", "sales")


# -- reports -------------------------------------------------------------------------------------


async def _sent(office: Office) -> Any:
    """A message that was handed over."""
    await office.text("HELP")
    (message,) = await office.messages()
    key = message.row.id
    await office.db.write(
        lambda tx: tx.execute(update(outbound_message).values(state="sent", provider_ref="SM1"))
    )
    return key


async def _report(office: Office, state: str, code: str = "", key: object = "") -> None:
    await office.texts.receive(
        SmsReported(
            provider="simulated",
            line=SMS_PLAIN,
            event_id=f"r{next(office.numbers)}",
            message_key=str(key),
            provider_ref="SM1",
            state=state,
            code=code,
            at=office.clock.now(),
        )
    )


async def _state(office: Office) -> str:
    return str((await office.messages())[0].row.state)


async def test_reports_move_forward_only(office: Office) -> None:
    key = await _sent(office)
    await _report(office, "delivered", key=key)
    assert await _state(office) == "delivered"
    await _report(office, "sent", key=key)
    assert await _state(office) == "delivered"
    assert (await office.kinds()).count("message_state") == 1


async def test_a_report_is_found_by_the_carriers_own_name_too(office: Office) -> None:
    await _sent(office)
    for unknown in ("", "not-a-uuid"):
        await _report(office, "delivered", key=unknown)
    assert await _state(office) == "delivered"


async def test_a_report_of_an_unknown_message_changes_nothing(office: Office) -> None:
    await _sent(office)
    await _report(office, "failed", key=new_id())
    assert await _state(office) == "sent"


async def test_the_carriers_own_stop_list_is_an_opt_out(office: Office) -> None:
    key = await _sent(office)
    await _report(office, "rejected", "21610", key)
    assert await _refused(office, "service") == "opted_out"
    out = await office.last("opted_out")
    assert (out.actor, out.data) == (
        "carrier", {"channel": "sms", "scope": "all", "how": "provider"},
    )  # fmt: skip
    await office.assert_sound()


@pytest.mark.parametrize(("code", "reason"), [("30005", "unreachable"), ("30006", "landline")])
async def test_numbers_that_take_no_texts_are_suppressed_for_texts_alone(
    office: Office, code: str, reason: str
) -> None:
    key = await _sent(office)
    await _report(office, "failed", code, key)
    assert await _refused(office, "service") == reason
    assert await _refused(office, "service", "voice") is None


@pytest.mark.parametrize("code", ["30003", "30008", "30001", "30007", ""])
async def test_other_codes_say_nothing_about_the_number(office: Office, code: str) -> None:
    key = await _sent(office)
    await _report(office, "failed", code, key)
    assert await _refused(office, "service") is None
    assert await _state(office) == "failed"


async def test_a_refusal_at_hand_over_has_the_same_consequence(office: Office) -> None:
    await office.text("HELP")
    (message,) = await office.db.write(lambda tx: outbound.claim(tx, "me"))
    await office.db.write(lambda tx: outbound.begin(tx, message, "me"))
    await office.db.write(lambda tx: outbound.settle(tx, message, "rejected", code="21610"))
    assert await _refused(office) == "opted_out"
