"""What those who wait are told, by voice, text and mail, in their language."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from contactcenter.crm import customers, log
from contactcenter.crm.log import Event
from contactcenter.crm.model import NewEvent
from contactcenter.handling.announcing import announce, band
from contactcenter.handling.words import Words
from tests.handling.letters import letter
from tests.handling.office import MARY, SMS_PLAIN, Office

TELLS: dict[str, Any] = {"announcements": {"first_s": 10, "every_s": 30}}


async def _told(office: Office, key: UUID, seconds: float = 11) -> None:
    await office.clock.advance(seconds)
    await office.turn()


async def _spoken(office: Office) -> list[str]:
    found = await office.commands("run")
    return [str(step["text"]) for one in found for step in one.data["steps"] if "text" in step]


async def test_a_caller_hears_the_place_and_nothing_about_a_wait_unknown(office: Office) -> None:
    await office.site.queue(**TELLS)
    await office.call()
    await office.call("+447700900002", leg="leg-2")
    await office.turn()
    await _told(office, (await office.interactions())[0].id)
    said = await _spoken(office)
    assert sorted(said) == [
        "You are number 1 in the queue.",
        "You are number 2 in the queue.",
    ]
    (one, _) = await office.commands("run")
    assert one.data["steps"][-1]["step"] == "Park", "then the music goes on"


async def _announced(office: Office, key: UUID, **data: Any) -> None:
    """As if the router had decided this."""

    def work(tx: Any) -> None:
        log.append(tx, key, NewEvent("announced", "router", {"queue": "sales", **data}))
        event: Event = log.events_of(tx, key)[-1]
        announce(tx, event, office.lines, Words())

    await office.db.write(work)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "You are number 3 in the queue. We expect to answer in 2 to 6 minutes."),
        ("zh-CN", "您目前排在第3位。预计等待2到6分钟。"),
    ],
)
async def test_the_band_is_told_in_the_customers_language(
    office: Office, language: str, words: str
) -> None:
    await office.call()
    await office.turn()
    state = await office.only()
    await office.db.write(lambda tx: customers.edit(tx, state.customer_id, {"language": language}))
    await _announced(office, state.id, position=3, low_s=130, high_s=350)
    assert (await _spoken(office))[-1] == words


def test_a_band_within_a_minute_is_told_by_its_upper_end() -> None:
    assert band({"low_s": 10, "high_s": 50}) == {"low": 0, "high": 1}
    assert band({"low_s": 60, "high_s": 60}) == {"low": 0, "high": 1}
    assert band({"low_s": 61, "high_s": 240}) == {"low": 1, "high": 4}
    assert band({"position": 2}) == {}


async def test_a_prompt_of_the_queue_and_one_that_does_not_exist(office: Office) -> None:
    await office.call()
    await office.turn()
    key = (await office.only()).id
    await _announced(office, key, prompt="still_holding")
    before = await _spoken(office)
    assert len(before) == 1
    await _announced(office, key, prompt="no_such_prompt")
    assert await _spoken(office) == before


async def test_who_has_left_the_queue_is_told_nothing(office: Office) -> None:
    await office.agent()
    key = await office.connected_call(await office.read(_first_agent))
    before = await _spoken(office)
    await _announced(office, key, position=1)
    await _announced(office, key, callback=True)
    assert await _spoken(office) == before


def _first_agent(tx: Any) -> UUID:
    from contactcenter.routing import queries

    return queries.agents(tx)[0].id


async def test_a_text_is_told_its_place_once_however_long_it_waits(office: Office) -> None:
    await office.site.queue(**TELLS)
    await office.text("hello")
    await office.turn()
    key = (await office.only()).id
    for _ in range(4):
        await _told(office, key, 31)
    assert (await office.kinds(key)).count("announced") >= 2
    assert [one.text for one in await office.messages()] == [
        "Nordwind: we have your message. You are number 1 in the queue."
    ]


async def test_a_mail_is_told_once_in_its_thread(office: Office) -> None:
    await office.site.queue(**TELLS)
    await office.mail(letter())
    await office.turn()
    key = (await office.only()).id
    for _ in range(3):
        await _told(office, key, 31)
    (sent,) = await office.messages()
    assert sent.text.startswith("Thank you for writing to us.")
    assert "number 1" not in sent.text, "a place is old when it is read"
    assert "YES" not in sent.text, "this queue offers no calls"
    assert sent.text.endswith("Nordwind Care")
    assert sent.content["subject"].startswith("Re: ")
    assert sent.row.extra["in_reply_to"]


async def test_a_mail_is_told_the_band(office: Office) -> None:
    await office.site.queue(**TELLS)
    await office.mail(letter())
    await office.turn()
    await _announced(office, (await office.only()).id, position=3, low_s=130, high_s=350)
    assert "we expect that to take 2 to 6 minutes." in (await office.messages())[0].text


async def test_a_queue_that_announces_no_position_writes_nothing(office: Office) -> None:
    await office.site.queue(announcements={"first_s": 10, "position": False, "wait": False})
    await office.text("hello")
    await office.turn()
    await _told(office, (await office.only()).id, 31)
    assert await office.messages() == []


OFFERS: dict[str, Any] = {
    "overflow": [{"measure": "own_wait_s", "above": 20, "then": {"callback": True}}]
}


async def test_a_texter_takes_the_offer_and_is_called_in_their_place(office: Office) -> None:
    await office.site.queue(**OFFERS)
    await office.text("hello")
    await office.turn()
    text = await office.only()
    await _told(office, text.id, 21)
    assert "Reply CALL" in (await office.messages())[0].text
    await office.text("Call.")
    await office.turn()
    closed, call = await office.interactions()
    assert (closed.id, closed.state, closed.close_reason) == (text.id, "closed", "callback")
    assert (call.channel, call.direction, call.state) == ("voice", "outbound", "waiting")
    assert call.thread_id == text.thread_id
    assert "You keep your place" in (await office.messages())[-1].text
    from contactcenter.routing import queries

    item = await office.read(lambda tx: queries.waiting_one(tx, call.id))
    assert item is not None
    assert item.callback is not None
    assert (item.direction, item.callback.address, item.age_s) == ("callback", MARY, 21)
    await office.agent()
    (dialled,) = await office.commands("originate")
    assert dialled.data["to"] == MARY
    await office.assert_sound()


async def test_the_word_alone_calls_nobody_who_was_offered_nothing(office: Office) -> None:
    await office.text("call")
    await office.text("call")
    await office.turn()
    assert len(await office.interactions()) == 1
    assert (await office.only()).line == SMS_PLAIN
