"""The stand-in's REST face, asked by the unmodified client, and its reading of TwiML."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.channels.voice.twilio_transport import make_client
from contactcenter.core.clock import SystemClock
from contactcenter.standins.twilio import Number, Phone, TwilioStandin
from contactcenter.standins.twilio_reader import TwimlError, read

SID = "AC" + "b" * 32
LINE, OTHER = "+15550001111", "+15557770000"
HELLO = "<Response><Say>Hello</Say><Pause length='60'/></Response>"
ROOM = "<Response><Dial><Conference>r</Conference></Dial></Response>"


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioStandin]:
    async with TwilioStandin(SID, "secret", pace=0.05) as standin:
        standin.numbers[LINE] = Number()
        yield standin


@pytest.fixture
async def client(twilio: TwilioStandin) -> AsyncIterator[Client]:
    account = TwilioAccount(SID, ("secret",), "http://127.0.0.1:1", (LINE,), twilio.url)
    made = make_client(account, SystemClock())
    yield made
    await made.http_client.close()


async def refused(request: Awaitable[Any]) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as caught:
        await request
    assert caught.value.status is not None
    assert caught.value.code is not None
    return caught.value.status, caught.value.code


async def in_progress(twilio: TwilioStandin, client: Client, twiml: str = HELLO) -> str:
    twilio.phones[OTHER] = Phone(answers_after_s=0.0)
    call = await client.calls.create_async(to=OTHER, from_=LINE, twiml=twiml)
    await twilio.world.until(lambda: twilio.world.calls[call.sid].status == "in-progress")
    return str(call.sid)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"to": "", "from_": LINE, "twiml": HELLO}, 21201),
        ({"to": OTHER, "from_": "", "twiml": HELLO}, 21213),
        ({"to": "12", "from_": LINE, "twiml": HELLO}, 21211),
        ({"to": OTHER, "from_": "x", "twiml": HELLO}, 21212),
        ({"to": OTHER, "from_": OTHER, "twiml": HELLO}, 21210),
        ({"to": OTHER, "from_": LINE}, 21205),
        ({"to": OTHER, "from_": LINE, "url": "not an address"}, 21205),
        ({"to": OTHER, "from_": LINE, "url": "http://a/", "method": "PUT"}, 21209),
        ({"to": OTHER, "from_": LINE, "twiml": HELLO, "url": "http://a/"}, 20001),
        ({"to": OTHER, "from_": LINE, "twiml": HELLO, "timeout": 0}, 21208),
        ({"to": OTHER, "from_": LINE, "twiml": HELLO, "status_callback": "a"}, 21609),
        (
            {"to": OTHER, "from_": LINE, "twiml": HELLO, "status_callback_event": ["hung-up"]},
            21626,
        ),
        ({"to": OTHER, "from_": LINE, "twiml": HELLO, "machine_detection": "On"}, 20001),
        ({"to": OTHER, "from_": LINE, "twiml": HELLO, "byoc": "BY1"}, 20001),
        ({"to": OTHER, "from_": LINE, "twiml": "<Response><Stream/></Response>"}, 12200),
        ({"to": OTHER, "from_": LINE, "twiml": "<Response>"}, 12100),
        ({"to": OTHER, "from_": LINE, "twiml": "x" * 4001}, 32018),
    ],
)
async def test_a_wrong_call_gets_the_error_twilio_gives(
    twilio: TwilioStandin, client: Client, wish: dict[str, Any], code: int
) -> None:
    assert await refused(client.calls.create_async(**wish)) == (400, code)
    assert not twilio.world.calls


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"to": "", "from_": LINE, "body": "x"}, 21604),
        ({"to": OTHER, "body": "x"}, 21603),
        ({"to": OTHER, "from_": LINE}, 21602),
        ({"to": OTHER, "from_": LINE, "body": "x" * 1601}, 21617),
        ({"to": "x", "from_": LINE, "body": "x"}, 21211),
        ({"to": OTHER, "from_": OTHER, "body": "x"}, 21606),
        ({"to": OTHER, "from_": LINE, "body": "x", "status_callback": "x"}, 21609),
        ({"to": OTHER, "from_": LINE, "body": "x", "content_sid": "HX1"}, 20001),
    ],
)
async def test_a_wrong_text_gets_the_error_twilio_gives(
    twilio: TwilioStandin, client: Client, wish: dict[str, Any], code: int
) -> None:
    assert await refused(client.messages.create_async(**wish)) == (400, code)
    assert not twilio.world.messages


async def test_credentials_are_checked_before_anything(twilio: TwilioStandin) -> None:
    address = f"{twilio.url}/2010-04-01/Accounts/{SID}/Calls.json"
    wrong = base64.b64encode(f"{SID}:guess".encode()).decode()
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"Authorization": "Basic " + wrong}, {"Authorization": "é"}):
            async with session.get(address, headers=headers) as reply:
                assert reply.status == 401
                problem = await reply.json()
        assert (problem["code"], problem["status"]) == (20003, 401)


async def test_what_is_not_there_is_20404(client: Client) -> None:
    nothing = "0" * 32
    for request in (
        client.calls("CA" + nothing).fetch_async(),
        client.calls("CA" + nothing).update_async(status="completed"),
        client.messages("SM" + nothing).fetch_async(),
        client.conferences("CF" + nothing).fetch_async(),
        client.recordings("RE" + nothing).fetch_async(),
        client.conferences("CF" + nothing).participants("CA" + nothing).fetch_async(),
        client.applications.create_async(),
    ):
        assert await refused(request) == (404, 20404)


async def test_a_call_is_listed_as_it_lives_and_ends(twilio: TwilioStandin, client: Client) -> None:
    sid = await in_progress(twilio, client)
    (listed,) = await client.calls.list_async(status="in-progress", to=OTHER)
    assert (listed.sid, listed.direction, listed._from) == (sid, "outbound-api", LINE)
    assert listed.start_time is not None
    await client.calls(sid).update_async(status="completed")
    done = await client.calls(sid).fetch_async()
    assert (done.status, done.end_time is not None) == ("completed", True)
    assert await client.calls.list_async(status="in-progress") == []
    assert await refused(client.calls(sid).update_async(status="completed")) == (400, 21220)
    assert await refused(client.calls(sid).update_async(twiml=HELLO)) == (400, 21220)
    assert await refused(client.calls(sid).update_async()) == (400, 21205)
    assert await refused(client.calls(sid).update_async(status="busy")) == (400, 20001)


async def test_a_ringing_call_can_be_cancelled_but_not_redirected(
    twilio: TwilioStandin, client: Client
) -> None:
    call = await client.calls.create_async(to=OTHER, from_=LINE, twiml=HELLO)
    await twilio.rings(OTHER)
    assert await refused(client.calls(call.sid).update_async(twiml=HELLO)) == (400, 21220)
    updated = await client.calls(call.sid).update_async(status="completed")
    assert updated.status == "canceled"


async def test_long_lists_come_in_pages(twilio: TwilioStandin, client: Client) -> None:
    for i in range(7):
        await client.messages.create_async(to=OTHER, from_=LINE, body=f"text {i}")
    page = await client.messages.page_async(page_size=3)
    assert [message.body for message in page] == ["text 6", "text 5", "text 4"]
    assert page.next_page_url is not None
    limited = await client.messages.list_async(limit=5)
    assert len(limited) == 5
    assert await refused(client.calls.create_async(to=OTHER, from_=LINE)) == (400, 21205)


async def test_conferences_and_their_participants(twilio: TwilioStandin, client: Client) -> None:
    sid = await in_progress(twilio, client, ROOM)
    handset = await _handset(twilio, sid)
    await handset.is_in("r")
    (room,) = await client.conferences.list_async(friendly_name="r", status="in-progress")
    inside = client.conferences(room.sid).participants
    (one,) = await inside.list_async()
    assert (one.call_sid, one.muted, one.hold) == (sid, False, False)
    held = await inside(sid).update_async(hold=True, hold_url="http://127.0.0.1:1/music")
    assert held.hold is True
    assert await refused(inside(sid).update_async(coaching=True, beep_on_exit=True)) == (400, 20001)
    assert await inside(sid).delete_async()
    await handset.ended()
    assert (await client.conferences(room.sid).fetch_async()).status == "completed"
    assert await refused(inside(sid).fetch_async()) == (404, 20404)


async def _handset(twilio: TwilioStandin, sid: str) -> Any:
    from contactcenter.standins.twilio import Handset

    return Handset(twilio.exchange, twilio.world.calls[sid])


async def test_recordings_of_a_call(twilio: TwilioStandin, client: Client) -> None:
    sid = await in_progress(twilio, client)
    made = await client.calls(sid).recordings.create_async(recording_channels="dual")
    current = client.calls(sid).recordings("Twilio.CURRENT")
    assert (await current.update_async("paused", pause_behavior="silence")).status == "paused"
    assert (await current.update_async("stopped")).status == "completed"
    assert await refused(current.update_async("stopped")) == (404, 20404)
    (listed,) = await client.recordings.list_async(call_sid=sid)
    assert (listed.sid, listed.channels) == (made.sid, 2)
    await client.calls(sid).update_async(status="completed")
    again = client.calls(sid).recordings.create_async()
    assert await refused(again) == (400, 21220)


async def test_queues_fill_and_overflow(twilio: TwilioStandin, client: Client) -> None:
    queue = await client.queues.create_async(friendly_name="sales", max_size=1)
    assert await refused(client.queues.create_async(friendly_name="sales")) == (400, 22003)
    park = (
        "<Response><Enqueue>sales</Enqueue><Say>All lines are busy</Say>"
        "<Pause length='60'/></Response>"
    )
    first = await _handset(twilio, await in_progress(twilio, client, park))
    await first.waits_in("sales")
    second = await _handset(twilio, await in_progress(twilio, client, park))
    await second.hears("busy")
    (listed,) = await client.queues.list_async()
    assert (listed.sid, listed.current_size) == (queue.sid, 1)


async def test_new_calls_wait_for_their_turn(client: Client, twilio: TwilioStandin) -> None:
    from contactcenter.standins.twilio_exchange import Exchange

    exchange = twilio.face.desk.exchange = Exchange(twilio.world, calls_per_second=5.0)
    for _ in range(3):
        await client.calls.create_async(to=OTHER, from_=LINE, twiml=HELLO)
    await asyncio.sleep(0.05)
    states = [call.status for call in twilio.world.calls.values()]
    assert states == ["ringing", "queued", "queued"]
    await twilio.world.until(
        lambda: all(call.status == "ringing" for call in twilio.world.calls.values())
    )
    await exchange.stop()


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("<Reply/>", 12200),
        ("<Response><Gather><Dial>1</Dial></Gather></Response>", 12200),
        ("<Response><Conference>r</Conference></Response>", 12200),
        ("<Response><Say colour='red'>x</Say></Response>", 12200),
        ("<Response><Gather timeout='soon'/></Response>", 12300),
        ("<Response><Gather actionOnEmptyResult='yes'/></Response>", 12300),
        ("<Response><Redirect method='PUT'>http://a/</Redirect></Response>", 12300),
        ("<Response><Gather input='thought'/></Response>", 13334),
        ("<Response><Gather finishOnKey='x'/></Response>", 13310),
        ("<Response><Dial/></Response>", 13216),
        ("<Response><Reject reason='rude'/></Response>", 13821),
        ("plain text", 12100),
    ],
)
def test_documents_twilio_would_stop_at(document: str, code: int) -> None:
    with pytest.raises(TwimlError) as caught:
        read(document)
    assert caught.value.code == code


def test_addresses_are_relative_to_the_document() -> None:
    gather, redirect = read(
        "<Response><Gather action='next?x=1'/><Redirect>/top</Redirect></Response>",
        "http://a.example/menus/main",
    )
    assert gather.get("action") == "http://a.example/menus/next?x=1"
    assert redirect.text == "http://a.example/top"
