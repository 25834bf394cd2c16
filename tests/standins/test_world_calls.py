"""The simulated world itself: who hears whom, what is kept, what acts once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from contactcenter.channels.voice import world as protocol
from contactcenter.channels.voice.steps import Role
from contactcenter.channels.voice.world_port import decode_message
from contactcenter.core.clock import SystemClock, VirtualClock
from contactcenter.core.errors import Conflict, ContactCenterError, Invalid, NotFound
from contactcenter.standins.world import World
from contactcenter.standins.world_socket import WorldSocket
from contactcenter.standins.world_state import Leg, hears

LINE = "+15550100000"
MARY = "+15550123456"
JOHN = "+15550123457"


class Scene:
    """A world in virtual time and what it told the server."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.world = World(self.clock, chars_per_s=10)
        self.told: list[protocol.AnyEvent] = []
        self.world.attach("voice", (LINE,), self.told.append)

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.told]

    def shown(self, address: str) -> list[str]:
        return [str(each["event"]) for each in self.world.phones.phone(address).log]

    def call(self, address: str) -> str:
        leg = self.world.phones.call(address, LINE)
        assert self.world.handle(protocol.Answer(leg=leg)) is True
        return leg

    async def agent(self, reference: str, role: Role) -> str:
        self.world.handle(
            protocol.Originate(op_id=reference, leg=reference, to=f"agent:{role}", from_=LINE)
        )
        await self.clock.advance(0.1)
        self.world.handle(protocol.RoomJoin(leg=reference, room="r", role=role))
        return reference


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    yield made
    await made.world.close()


def _leg(role: Role, **state: bool) -> Leg:
    leg = Leg(role, "inbound", LINE, MARY, LINE, "up")
    leg.role = role
    leg.held = state.get("held", False)
    leg.muted = state.get("muted", False)
    return leg


@pytest.mark.parametrize(
    ("speaker", "listener", "heard"),
    [
        ("customer", "agent", True),
        ("agent", "customer", True),
        ("monitor", "customer", False),
        ("monitor", "agent", False),
        ("whisper", "agent", True),
        ("whisper", "customer", False),
        ("barge", "customer", True),
        ("customer", "monitor", True),
        ("customer", "whisper", True),
    ],
)
def test_who_hears_whom(speaker: Role, listener: Role, heard: bool) -> None:
    assert hears(_leg(listener), _leg(speaker)) is heard


def test_hold_and_mute_cut_the_right_side() -> None:
    assert not hears(_leg("customer", held=True), _leg("agent"))
    assert not hears(_leg("customer"), _leg("agent", held=True))
    assert not hears(_leg("customer"), _leg("agent", muted=True))
    assert hears(_leg("customer", muted=True), _leg("agent"))


async def test_whisper_reaches_the_agent_and_not_the_customer(scene: Scene) -> None:
    customer = scene.call(MARY)
    scene.world.handle(protocol.RoomJoin(leg=customer, room="r"))
    await scene.agent("a", "agent")
    await scene.agent("w", "whisper")
    scene.world.handle(protocol.SpeakAs(op_id="1", leg="w", text="offer him the discount"))
    assert "caption" not in scene.shown(MARY)
    heard = [event for event in scene.told if isinstance(event, protocol.Caption)]
    assert [event.leg for event in heard] == ["w"]


async def test_monitor_alone_does_not_connect_a_customer(scene: Scene) -> None:
    customer = scene.call(MARY)
    scene.world.handle(protocol.RoomJoin(leg=customer, room="r"))
    await scene.agent("m", "monitor")
    assert "connected" not in scene.shown(MARY)
    await scene.agent("a", "agent")
    assert scene.shown(MARY).count("connected") == 1


async def test_events_are_kept_until_acknowledged_and_repeated_in_order(scene: Scene) -> None:
    scene.call(MARY)
    scene.world.phones.press(MARY, "12")
    again: list[protocol.AnyEvent] = []
    scene.world.attach("voice", (LINE,), again.append)
    assert again == scene.told
    scene.world.ack([scene.told[0].id])
    rest: list[protocol.AnyEvent] = []
    scene.world.attach("voice", (LINE,), rest.append)
    assert rest == scene.told[1:]


async def test_latest_server_wins_and_a_late_detach_of_the_former_is_harmless(
    scene: Scene,
) -> None:
    first: list[protocol.AnyEvent] = []
    second: list[protocol.AnyEvent] = []
    detach = scene.world.attach("voice", (LINE,), first.append)
    scene.world.attach("voice", (LINE,), second.append)
    detach()
    scene.call(MARY)
    assert first == []
    assert len(second) == 1


async def test_outcome_replaces_the_keys_it_came_from(scene: Scene) -> None:
    leg = scene.call(MARY)
    scene.world.phones.press(MARY, "123")
    digits = [event for event in scene.told if isinstance(event, protocol.Digit)]
    report = protocol.Report(
        leg=leg,
        event_id="x",
        outcome="collected",
        steps_op="op",
        value="12",
        consumed=(digits[0].id, digits[1].id),
    )
    for _ in range(2):
        scene.world.handle(report)
    kept = scene.world.outbox.kept("voice")
    assert [type(event).__name__ for event in kept] == ["Offered", "Digit", "Reported"]
    assert kept[1] is digits[2]


async def test_keys_of_an_ended_leg_are_kept_no_longer(scene: Scene) -> None:
    scene.call(MARY)
    scene.world.phones.press(MARY, "12")
    scene.world.phones.hang_up(MARY)
    kept = scene.world.outbox.kept("voice")
    assert [type(event).__name__ for event in kept] == ["Offered", "Ended"]


async def test_dialling_on_connects_two_phones_without_telling_of_it(scene: Scene) -> None:
    leg = scene.call(MARY)
    dial = protocol.Dial(op_id="d", leg=leg, target=JOHN)
    assert scene.world.handle(dial) is False
    assert scene.shown(JOHN) == ["ringing"]
    scene.world.phones.answer(JOHN)
    scene.world.phones.say(JOHN, "Hallo?")
    assert "connected" in scene.shown(MARY)
    assert "caption" in scene.shown(MARY)
    (row,) = scene.world.calls.live(protocol.Live())
    assert (row.leg, row.room) == (leg, None)
    scene.world.phones.hang_up(JOHN)
    assert scene.names() == ["Offered", "DialEnded"]
    assert scene.world.handle(dial) is True
    scene.world.phones.hang_up(MARY)


async def test_dialled_on_phone_is_released_when_the_caller_leaves(scene: Scene) -> None:
    leg = scene.call(MARY)
    scene.world.handle(protocol.Dial(op_id="d", leg=leg, target=JOHN))
    scene.world.handle(protocol.RoomLeave(leg=leg))
    assert scene.shown(JOHN) == ["ringing", "ended"]
    assert scene.world.calls.leg(leg).is_up


async def test_busy_phone_ends_our_call_as_busy(scene: Scene) -> None:
    scene.call(MARY)
    scene.world.handle(protocol.Originate(op_id="o", leg="o", to=MARY, from_=LINE))
    await scene.clock.advance(0.1)
    ended = scene.told[-1]
    assert isinstance(ended, protocol.Ended)
    assert (ended.leg, ended.cause) == ("o", "busy")
    assert scene.shown(MARY) == ["answered"]


async def test_line_that_nobody_answers_ends_the_call(scene: Scene) -> None:
    scene.world.phones.call(MARY, LINE)
    await scene.clock.advance(61.0)
    assert scene.shown(MARY) == ["ended"]
    assert scene.world.phones.phone(MARY).log[-1]["cause"] == "no_answer"


async def test_prompt_takes_its_time_and_a_stopped_one_is_never_done(scene: Scene) -> None:
    leg = scene.call(MARY)
    scene.world.handle(protocol.Speak(op_id="p", leg=leg, prompt="p", text="x" * 20))
    await scene.clock.advance(1.9)
    assert "PromptDone" not in scene.names()
    await scene.clock.advance(0.2)
    assert scene.names().count("PromptDone") == 1
    scene.world.handle(protocol.Speak(op_id="q", leg=leg, prompt="q", text="你好"))
    scene.world.handle(protocol.StopPrompts(leg=leg))
    await scene.clock.advance(5.0)
    assert scene.names().count("PromptDone") == 1


async def test_recording_keeps_what_was_said_and_leaves_out_the_pause(scene: Scene) -> None:
    customer = scene.call(MARY)
    scene.world.handle(protocol.RoomJoin(leg=customer, room="r"))
    await scene.agent("a", "agent")
    record = [
        protocol.Record(op_id=action, target="room:r", action=action)
        for action in ("start", "pause", "resume")
    ]
    scene.world.handle(record[0])
    await scene.clock.advance(2.0)
    scene.world.phones.say(MARY, "my number is")
    scene.world.handle(record[1])
    scene.world.phones.say(MARY, "4929 secret")
    scene.world.handle(record[2])
    await scene.clock.advance(3.0)
    scene.world.handle(protocol.SpeakAs(op_id="s", leg="a", text="thank you"))
    scene.world.phones.hang_up(MARY)
    scene.world.handle(protocol.Hangup(op_id="h", leg="a"))
    (ready,) = [event for event in scene.told if isinstance(event, protocol.Recorded)]
    assert ready.seconds == 5.0
    body = json.loads(str(scene.world.handle(protocol.Fetch(media=ready.media))))
    assert [(each["at_s"], each["text"]) for each in body["lines"]] == [
        (2.0, "my number is"),
        (5.0, "thank you"),
    ]


async def test_other_steps_end_a_voicemail(scene: Scene) -> None:
    leg = scene.call(MARY)
    scene.world.handle(protocol.Begin(op_id="a", leg=leg))
    scene.world.handle(protocol.Record(op_id="r", target=f"leg:{leg}", action="start"))
    scene.world.phones.say(MARY, "call me back")
    scene.world.handle(protocol.Begin(op_id="a", leg=leg))
    assert "Recorded" not in scene.names()
    scene.world.handle(protocol.Begin(op_id="b", leg=leg))
    assert scene.names()[-1] == "Recorded"


@pytest.mark.parametrize(
    ("command", "kind", "code"),
    [
        (protocol.Speak(leg="none", prompt="p"), Conflict, "leg_gone"),
        (protocol.Originate(leg="x", to="12a", from_=LINE), Invalid, "invalid"),
        (protocol.Record(target="room:none", action="start"), NotFound, "not_found"),
        (protocol.Record(target="house:1", action="start"), Invalid, "invalid"),
        (protocol.Fetch(media="none"), NotFound, "not_found"),
        (protocol.Attach(kind="voice", lines=()), Invalid, "invalid"),
    ],
)
async def test_wrong_command_is_refused(
    scene: Scene, command: Any, kind: type[ContactCenterError], code: str
) -> None:
    with pytest.raises(kind) as error:
        scene.world.handle(command)
    assert error.value.code == code


async def test_hold_outside_of_a_room_and_rejecting_an_answered_call_are_refused(
    scene: Scene,
) -> None:
    leg = scene.call(MARY)
    for command, code in (
        (protocol.Hold(leg=leg, on=True), "not_in_room"),
        (protocol.Reject(leg=leg), "leg_up"),
        (protocol.SpeakAs(leg=leg, text="x"), "not_in_room"),
    ):
        with pytest.raises(Conflict) as error:
            scene.world.handle(command)
        assert error.value.code == code


@pytest.fixture
async def line() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    world = World(SystemClock())
    socket = WorldSocket(world)
    await socket.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", socket.port)
    yield reader, writer
    writer.close()
    await writer.wait_closed()
    await socket.close()
    await world.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"garbage\n",
        b'{"do": "fly"}\n',
        b'{"do": "hold", "leg": 7, "on": true}\n',
        b'{"do": "attach", "kind": "voice", "lines": [], "protocol": 99}\n',
    ],
)
async def test_line_that_is_no_command_is_answered_and_the_next_is_served(
    line: tuple[asyncio.StreamReader, asyncio.StreamWriter], sent: bytes
) -> None:
    reader, writer = line
    writer.write(sent + b'{"do": "live", "ref": 5}\n')
    refusal = decode_message(await reader.readline())
    assert isinstance(refusal, protocol.Reply)
    assert refusal.code == "invalid"
    live = decode_message(await reader.readline())
    assert live == protocol.Reply(ref=5, value=[])
