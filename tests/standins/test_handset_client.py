"""The terminal customer: commands read exactly, events printed, a lost server made up for."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from contactcenter.channels.conformance.refusals import refused
from contactcenter.channels.conformance.voice import ScriptedCore
from contactcenter.channels.voice.base import Collected, LegEnded, LegOffered
from contactcenter.channels.voice.simulated import SimulatedVoice
from contactcenter.channels.voice.simulated_transport import DirectWorld
from contactcenter.channels.voice.steps import Collect, Park, Say
from contactcenter.cli.handset import plain
from contactcenter.core.clock import SystemClock
from contactcenter.core.errors import Invalid
from contactcenter.standins.handset_client import (
    HandsetClient,
    Unreachable,
    read_command,
    socket_url,
)
from contactcenter.standins.handset_http import HandsetProxy
from contactcenter.standins.server import Standins, start_world

LINE = "+15550100000"
NUMBER = "+15550123456"
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("call +15550100000", {"do": "call", "number": "+15550100000"}),
        ("press 1 2 #", {"do": "press", "digits": "12#"}),
        ("say two words", {"do": "say", "text": "two words"}),
        ("wait 0.5", {"do": "wait", "seconds": 0.5}),
        (" hangup ", {"do": "hangup"}),
        ("answer", {"do": "answer"}),
        ("inbox", {"do": "inbox"}),
        ("sms +15550100000 你好 there", {"do": "sms", "number": LINE, "text": "你好 there"}),
        (
            "mail a@b.test My bill | Why | so much?",
            {"do": "mail", "address": "a@b.test", "subject": "My bill", "body": "Why | so much?"},
        ),
    ],
)
def test_line_becomes_a_command(line: str, command: dict[str, Any]) -> None:
    assert read_command(line) == command


@pytest.mark.parametrize("line", ["dance", "call", "sms +1555", "wait long", "wait -1", "hangup x"])
def test_line_that_is_no_command_is_refused_with_what_is_allowed(line: str) -> None:
    with pytest.raises(Invalid) as error:
        read_command(line)
    assert "wait SECONDS" in str(error.value.hint)


@pytest.mark.parametrize(
    ("url", "socket"),
    [
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/handset/ws"),
        ("https://demo.test/", "wss://demo.test/handset/ws"),
        ("localhost:8080", "ws://localhost:8080/handset/ws"),
    ],
)
def test_socket_stands_at_the_server(url: str, socket: str) -> None:
    assert socket_url(url) == socket


def test_address_that_is_no_server_is_refused() -> None:
    with pytest.raises(Invalid):
        socket_url("ftp://x")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"event": "prompt", "n": 1, "text": "您好", "language": "zh-CN"}, "prompt [zh-CN] 您好"),
        ({"event": "held", "n": 2, "on": True}, "held"),
        ({"event": "ended", "n": 3, "cause": "busy"}, "ended cause busy"),
        ({"event": "sms", "n": 4, "from": "+1", "text": "x"}, "sms from +1: x"),
    ],
)
def test_event_for_people(event: dict[str, Any], text: str) -> None:
    assert plain(event) == text


async def _carrier(up: bool) -> None:
    return None


@pytest.fixture
async def core() -> ScriptedCore:
    return ScriptedCore()


@pytest.fixture
async def standins(core: ScriptedCore) -> AsyncIterator[Standins]:
    async with start_world(chars_per_s=0) as made:
        voice = SimulatedVoice(
            lines=(LINE,), transport=DirectWorld(made.world), clock=SystemClock()
        )
        await voice.start(core.sink, _carrier)
        yield made
        await voice.stop()


def _url(standins: Standins) -> str:
    return f"http://127.0.0.1:{standins.http_port}"


async def _typed(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line + "\n"


async def test_script_runs_in_order_and_hangs_up_at_its_end(
    standins: Standins, core: ScriptedCore
) -> None:
    core.on(LegOffered, (Collect((Say("Menu."),)),))
    core.on(Collected, (Park("sales"),))
    shown: list[dict[str, Any]] = []
    client = HandsetClient(_url(standins), NUMBER, show=shown.append)
    code = await client.run(_typed(f"call {LINE}", "wait 0.2", "", "press 1", "wait 0.2"))
    assert code == 0
    assert [each["event"] for each in shown] == ["answered", "prompt", "ended"]
    assert core.one(Collected).value == "1"
    await asyncio.sleep(0.1)
    assert core.one(LegEnded).cause == "normal"


async def test_wrong_line_is_told_and_the_others_are_carried_out(
    standins: Standins, core: ScriptedCore
) -> None:
    shown: list[dict[str, Any]] = []
    client = HandsetClient(_url(standins), NUMBER, show=shown.append)
    assert await client.run(_typed("jump", "hangup", "inbox")) == 2
    assert [each["event"] for each in shown] == ["error", "error", "inbox"]


async def test_server_that_dies_and_comes_back_is_found_again(
    standins: Standins, core: ScriptedCore
) -> None:
    """The product server is killed between two commands; the call lives on in the world."""
    core.on(LegOffered, (Say("One."), Collect((Say("Two."),), first_timeout_s=60.0)))
    port = unused_port()

    async def server() -> web.AppRunner:
        app = web.Application()
        app.add_routes(HandsetProxy(_url(standins)).routes())
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        return runner

    first = await server()
    shown: list[dict[str, Any]] = []
    killed = asyncio.Event()
    back = asyncio.Event()

    async def lines() -> AsyncIterator[str]:
        yield f"call {LINE}"
        killed.set()
        await asyncio.sleep(0.2)
        yield "press 5"
        await back.wait()
        yield "wait 0.3"

    client = HandsetClient(f"http://127.0.0.1:{port}", NUMBER, show=shown.append)
    run = asyncio.create_task(client.run(lines()))
    await killed.wait()
    await first.cleanup()
    await asyncio.sleep(0.5)
    second = await server()
    back.set()
    assert await run == 0
    await second.cleanup()
    assert core.one(Collected).value == "5"
    assert [each["n"] for each in shown] == list(range(1, len(shown) + 1))
    assert [each["event"] for each in shown] == ["answered", "prompt", "prompt", "ended"]


async def test_no_server_is_told_in_time() -> None:
    client = HandsetClient("http://127.0.0.1:1", NUMBER, show=lambda event: None, patience_s=0.2)
    error = await refused(Unreachable, client.run(_typed("inbox")))
    assert error.hint is not None


async def _handset(url: str, address: str, script: str) -> tuple[int, list[dict[str, Any]], str]:
    code = (
        "import sys; from contactcenter.cli import handset; import argparse;"
        "p = argparse.ArgumentParser(); handset.add(p.add_subparsers());"
        "a = p.parse_args(sys.argv[1:]); sys.exit(a.run(a))"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, "handset", "--url", url, "--from", address, "--json"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    out, err = await asyncio.wait_for(process.communicate(script.encode()), 20)
    events = [json.loads(line) for line in out.decode().splitlines()]
    return process.returncode or 0, events, err.decode()


async def test_command_speaks_json_and_exits_0(standins: Standins, core: ScriptedCore) -> None:
    core.on(LegOffered, (Collect((Say("请按一。", "zh-CN"),)),))
    script = f"call {LINE}\nwait 0.3\npress 1\nhangup\n"
    code, events, errors = await _handset(_url(standins), NUMBER, script)
    assert (code, errors) == (0, "")
    assert events[1] == {"event": "prompt", "n": 2, "text": "请按一。", "language": "zh-CN"}
    assert events[-1] == {"event": "ended", "n": 3, "cause": "normal"}


async def test_wrong_address_exits_2_with_a_sentence(standins: Standins) -> None:
    code, events, errors = await _handset(_url(standins), "mary", "inbox\n")
    assert code == 2
    assert events == []
    assert errors.startswith("contactcenter: a handset is held by")
