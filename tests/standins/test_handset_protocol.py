"""The handset protocol over real sockets: events numbered and resumed, commands once, bad input."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestServer

from contactcenter.channels.conformance.voice import ScriptedCore
from contactcenter.channels.voice.base import Collected, LegOffered
from contactcenter.channels.voice.simulated import SimulatedVoice
from contactcenter.channels.voice.simulated_transport import DirectWorld, LoopbackWorld
from contactcenter.channels.voice.steps import Bridge, Collect, Hangup, Park, Say
from contactcenter.core.clock import SystemClock
from contactcenter.standins.handset_http import HandsetProxy
from contactcenter.standins.maildrop import MailDrop
from contactcenter.standins.server import Standins, start_world

LINE = "+15550100000"
NUMBER = "+15550123456"


class Socket:
    """A handset's connection as a test holds it."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.raw = socket
        self.seen: list[dict[str, Any]] = []

    async def send(self, **command: object) -> None:
        await self.raw.send_json(command)

    async def until(self, event: str, **values: object) -> dict[str, Any]:
        """The next event of this name with these values; what came before it is in ``seen``."""
        while True:
            message = await self.raw.receive(timeout=5.0)
            assert message.type is WSMsgType.TEXT, f"closed; saw {self.seen}"
            got: dict[str, Any] = message.json()
            self.seen.append(got)
            if got["event"] == event and values.items() <= got.items():
                return got


class Place:
    """World, core and a product server with the proxy."""

    def __init__(self, standins: Standins, server: TestServer, core: ScriptedCore) -> None:
        self.standins = standins
        self.server = server
        self.core = core

    @asynccontextmanager
    async def handset(self, query: str) -> AsyncIterator[Socket]:
        url = self.server.make_url("/handset/ws")
        async with (
            ClientSession() as session,
            session.ws_connect(f"{url}?{query}&hello=1") as socket,
        ):
            yield Socket(socket)


async def _carrier(up: bool) -> None:
    return None


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with start_world(chars_per_s=0) as standins:
        clock = SystemClock()
        core = ScriptedCore()
        voice = SimulatedVoice(lines=(LINE,), transport=DirectWorld(standins.world), clock=clock)
        standins.world.outbox.attach("sms", (LINE,), lambda event: None)
        await voice.start(core.sink, _carrier)
        proxy = HandsetProxy(f"http://127.0.0.1:{standins.http_port}")
        app = web.Application()
        app.add_routes(proxy.routes())
        server = TestServer(app)
        await server.start_server()
        yield Place(standins, server, core)
        await proxy.close()
        await server.close()
        await voice.stop()


async def test_call_from_ringing_to_its_end(place: Place) -> None:
    place.core.on(LegOffered, (Collect((Say("Für Deutsch die 1.", "de"),)),))
    place.core.on(Collected, (Say("Auf Wiederhören.", "de"), Hangup()))
    async with place.handset("address=%2B15550123456") as handset:
        hello = await handset.until("hello")
        assert hello["lines"] == {"voice": [LINE], "sms": [LINE]}
        await handset.send(do="call", number=LINE, id="a")
        await handset.until("done", id="a")
        prompt = await handset.until("prompt")
        assert (prompt["text"], prompt["language"]) == ("Für Deutsch die 1.", "de")
        await handset.send(do="press", digits="1")
        assert (await handset.until("ended"))["cause"] == "normal"
        numbered = [each for each in handset.seen if each["event"] not in ("hello", "done")]
        assert [each["event"] for each in numbered] == [
            "answered",
            "prompt",
            "prompt",
            "ended",
        ]
        assert [each["n"] for each in numbered] == [1, 2, 3, 4]
    assert place.core.one(Collected).value == "1"


async def test_connected_held_and_captions(place: Place) -> None:
    place.core.on(LegOffered, (Park("sales"),))
    world = place.standins.world
    async with place.handset("address=%2B15550123456") as handset:
        await handset.send(do="call", number=LINE)
        await handset.until("answered")
        customer = place.core.one(LegOffered).leg
        adapter = SimulatedVoice(
            lines=(LINE,), transport=DirectWorld(world), clock=SystemClock(), provider="other"
        )
        await adapter.legs.originate("x", to="agent:1", from_=LINE, steps=(Bridge("r", "agent"),))
        await adapter.legs.run("y", customer, (Bridge("r"),))
        agent = next(leg for leg in world.calls.legs.values() if leg.is_agent)
        await handset.until("connected")
        await adapter.agent_side.speak("s", agent.id, "您好", "zh-CN")
        assert (await handset.until("caption"))["from"] == "agent"
        await adapter.rooms.hold("h", customer, True)
        assert (await handset.until("held"))["on"] is True
        await handset.send(do="hangup")
        await handset.until("ended")
        await adapter.stop()


async def test_lost_connection_resumes_by_number_and_loses_nothing(place: Place) -> None:
    place.core.on(LegOffered, (Say("One."), Say("Two."), Collect((Say("Three."),))))
    async with place.handset("address=%2B15550123456") as handset:
        hello = await handset.until("hello")
        await handset.send(do="call", number=LINE)
        first = await handset.until("prompt")
    resume = f"address=%2B15550123456&after={first['n']}&world={hello['world']}"
    async with place.handset(resume) as handset:
        await handset.until("prompt", text="Three.")
        events = [each for each in handset.seen if each["event"] != "hello"]
        assert [each["text"] for each in events] == ["Two.", "Three."]
        assert [each["n"] for each in events] == [first["n"] + 1, first["n"] + 2]
    async with place.handset("address=%2B15550123456&after=999&world=of-yesterday") as handset:
        assert (await handset.until("answered"))["n"] == 1


async def test_new_connection_sees_the_call_under_way_from_its_beginning(place: Place) -> None:
    place.core.on(LegOffered, (Hangup(),), (Park("sales"),))
    async with place.handset("address=%2B15550123456") as handset:
        await handset.send(do="call", number=LINE)
        await handset.until("ended")
        await handset.send(do="call", number=LINE)
        await handset.until("answered", n=2)
    async with place.handset("address=%2B15550123456") as handset:
        await handset.until("answered")
        assert [each["n"] for each in handset.seen] == [2, 2]


async def test_command_repeated_with_its_id_acts_once(place: Place) -> None:
    async with place.handset("address=%2B15550123456") as handset:
        for _ in range(2):
            await handset.send(do="sms", number=LINE, text="Hilfe", id="m1")
            assert (await handset.until("done"))["id"] == "m1"
        await handset.send(do="inbox")
        inbox = await handset.until("inbox")
    assert [(each["to"], each["text"]) for each in inbox["sms"]] == [(LINE, "Hilfe")]
    assert len(place.standins.world.outbox.kept("sms")) == 1


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("not json", "not understood"),
        ('{"do": "fly"}', '"do" is one of call, press, say'),
        ('{"do": "press"}', "missing required field `digits`"),
        ('{"do": "press", "digits": "12a"}', "0-9, * and #"),
        ('{"do": "call", "number": "+15550999999"}', f"lines: {LINE}"),
        ('{"do": "call", "number": "me\\r\\n"}', "can not be dialled"),
        ('{"do": "hangup"}', "no call is under way"),
        ('{"do": "answer"}', "no call is under way"),
        ('{"do": "sms", "number": "+15550100000", "text": ""}', "1 to 1600 characters"),
        ('{"do": "mail", "address": "a@b.test", "subject": "s", "body": "b"}', "no mail address"),
    ],
)
async def test_bad_command_says_what_is_allowed_and_loses_nothing(
    place: Place, message: str, said: str
) -> None:
    async with place.handset("address=+15550123456") as handset:
        await handset.raw.send_str(message)
        error = await handset.until("error")
        assert said in error["message"]
        assert error["n"] == 0
        await handset.send(do="inbox", id=7)
        assert (await handset.until("inbox"))["id"] == 7


@pytest.mark.parametrize("query", ["", "address=mary", "address=0555", "address=%2B1&mail=x"])
async def test_bad_address_is_refused_with_an_example(place: Place, query: str) -> None:
    async with place.handset(query) as handset:
        error = await handset.until("error")
        assert error["fatal"] is True
        assert "15550100" in error["message"]
        assert (await handset.raw.receive(timeout=5.0)).type is WSMsgType.CLOSE


async def test_call_comes_in_and_is_answered(place: Place) -> None:
    world = place.standins.world
    adapter = SimulatedVoice(
        lines=(LINE,),
        transport=LoopbackWorld("127.0.0.1", place.standins.world_port),
        clock=SystemClock(),
    )
    core = ScriptedCore()
    await adapter.start(core.sink, _carrier)
    async with place.handset("address=%2B15550123456") as handset:
        await adapter.legs.originate(
            "cb", to=NUMBER, from_=LINE, steps=(Say("Ihr Rückruf."), Hangup())
        )
        ringing = await handset.until("ringing")
        assert (ringing["from"], ringing["to"]) == (LINE, NUMBER)
        await handset.send(do="answer")
        assert (await handset.until("prompt"))["text"] == "Ihr Rückruf."
        await handset.until("ended")
    await adapter.stop()
    assert world.calls.legs == {}


async def test_page_of_another_origin_and_a_missing_world_are_refused(place: Place) -> None:
    url = place.server.make_url("/handset/ws?address=%2B15550123456")
    async with ClientSession() as session:
        headers = {"Origin": "https://evil.test", "Upgrade": "websocket"}
        async with session.get(url, headers=headers) as reply:
            assert reply.status == 403
    nowhere = web.Application()
    nowhere.add_routes(HandsetProxy("http://127.0.0.1:1").routes())
    async with (
        TestServer(nowhere) as server,
        ClientSession() as session,
        session.get(server.make_url("/handset/ws")) as reply,
    ):
        assert reply.status == 502


async def test_mail_goes_out_by_smtp_and_comes_in_as_an_event() -> None:
    """The drop stands for both sides here: what the handset sends is delivered back into it."""
    drop = MailDrop(clock=SystemClock())
    await drop.start()
    drop.server = ("127.0.0.1", drop.port)
    async with start_world(drop=drop) as standins, ClientSession() as session:
        url = f"http://127.0.0.1:{standins.http_port}/handset/ws?address=%2B15550123456"
        async with session.ws_connect(f"{url}&mail=Mary@example.test") as raw:
            handset = Socket(raw)
            mail = {"address": "mary@example.test", "subject": "Meine Rechnung", "body": "Warum?"}
            await handset.send(do="mail", id=1, **mail)
            got = await handset.until("mail")
            assert (got["from"], got["subject"]) == ("mary@example.test", "Meine Rechnung")
            assert got["text"].strip() == "Warum?"
            await handset.until("done", id=1)
            await handset.send(do="inbox")
            assert len((await handset.until("inbox"))["mail"]) == 1
        async with session.get(f"http://127.0.0.1:{standins.http_port}/maildrop") as reply:
            assert (await reply.json())["messages"] == 1
    await drop.stop()


async def test_handset_of_a_mail_address_alone_can_mail_and_not_call() -> None:
    drop = MailDrop(clock=SystemClock())
    await drop.start()
    async with start_world(drop=drop) as standins, ClientSession() as session:
        url = f"http://127.0.0.1:{standins.http_port}/handset/ws?address=mary@example.test"
        async with session.ws_connect(url) as raw:
            handset = Socket(raw)
            await handset.send(do="call", number=LINE)
            assert "no telephone number" in (await handset.until("error"))["message"]
            await handset.send(do="mail", address="a@b.test", subject="x", body="y")
            assert "SMTP listener" in (await handset.until("error"))["message"]
    await drop.stop()
