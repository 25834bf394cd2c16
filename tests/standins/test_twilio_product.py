"""The whole product on Twilio's stand-in: the log of a call is the same in any weather."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from contactcenter.app import node as server
from contactcenter.core import settings as config
from contactcenter.core.clock import SystemClock
from contactcenter.core.db import Database
from contactcenter.migrations import upgrade
from contactcenter.standins.twilio import Number, Phone, TwilioStandin, Weather
from contactcenter.trials.seed import operator

SID, TOKEN = "AC" + "c" * 32, "token-of-the-account"
CALLER = "+447700900100"
PASSWORD = "correct horse battery"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT")


@dataclass
class Product:
    """A server node with its carrier, and one agent's API session."""

    node: server.Node
    twilio: TwilioStandin
    http: aiohttp.ClientSession

    async def api(self, method: str, path: str, **body: Any) -> Any:
        url = f"{self.node.url}/api/v1{path}"
        async with self.http.request(method, url, json=body or None) as reply:
            said = await reply.json() if reply.content_length != 0 else {}
            assert reply.status < 300, (path, reply.status, said)
            return said

    async def offered(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while True:
                items = (await self.api("GET", "/agents/me/reservations"))["items"]
                if items:
                    found: dict[str, Any] = items[0]
                    return found
                await asyncio.sleep(0.05)

    async def logged(self, interaction: str, *kinds: str) -> list[dict[str, Any]]:
        """The events once all of ``kinds`` are among them."""
        async with asyncio.timeout(10):
            while True:
                page = await self.api("GET", f"/interactions/{interaction}/events")
                items: list[dict[str, Any]] = page["items"]
                have = [item["kind"] for item in items]
                if all(have.count(kind) >= kinds.count(kind) for kind in kinds):
                    return items
                await asyncio.sleep(0.05)


@asynccontextmanager
async def product(folder: Path, weather: Weather) -> AsyncIterator[Product]:
    folder.mkdir()
    async with TwilioStandin(SID, TOKEN, pace=0.02, weather=weather) as twilio:
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        lines = [
            {**line, "provider": "twilio"}
            for line in operator.lines()
            if line["channel"] in ("voice", "sms")
        ]
        settings = config.load(
            environ={},
            overrides={
                "data_dir": str(folder), "port": port, "public_url": url, "lines": lines,
                "menus_dir": str(operator.MENUS),
                "twilio": {"account_sid": SID, "auth_token": TOKEN, "api_base_url": twilio.url},
            },
        )  # fmt: skip
        for line in lines:
            at = f"{url}/webhooks/twilio"
            to = line["address"]
            twilio.numbers[to] = Number(f"{at}/voice/{to}", f"{at}/status/{to}", f"{at}/sms/{to}")
        await upgrade.upgrade(settings.database_url)
        db = await Database.open(settings.database_url, clock=SystemClock())
        await operator.seed(db, {user.name: PASSWORD for user in operator.USERS})
        await db.close()
        async with _running(settings) as node, aiohttp.ClientSession() as http:
            made = Product(node, twilio, http)
            token = (await made.api("POST", "/session", name="anna", password=PASSWORD))["token"]
            http.headers["Authorization"] = f"Bearer {token}"
            yield made
            await twilio.exchange.stop()
            await twilio.settled()


@asynccontextmanager
async def _running(settings: config.Settings) -> AsyncIterator[server.Node]:
    until = asyncio.Event()
    started: asyncio.Future[server.Node] = asyncio.get_running_loop().create_future()

    async def ready(node: server.Node) -> None:
        started.set_result(node)

    running = asyncio.create_task(server.run(settings, upgrade, ready=ready, until=until))
    try:
        both: set[asyncio.Future[Any]] = {running, started}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        yield started.result()
    finally:
        until.set()
        await running


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def a_call(on: Product) -> list[dict[str, Any]]:
    """Menu, queue, agent, hold, hang-up by the agent, wrap-up; the events of the interaction."""
    session = await on.api("PUT", "/agents/me/state", state="available")
    agent = session["agent"]
    on.twilio.phones["client:agent_" + agent.replace("-", "")] = Phone(answers_after_s=0.5)
    caller = on.twilio.dial(CALLER, operator.VOICE_LINE)
    await caller.hears("按2", timeout=10)
    caller.press("2")
    offer = await on.offered()
    interaction = offer["interaction"]["id"]
    await on.api("POST", f"/reservations/{offer['id']}/accept")
    await on.logged(interaction, "connected")
    await on.api("POST", f"/interactions/{interaction}/hold")
    await on.logged(interaction, "held")
    await on.api("POST", f"/interactions/{interaction}/resume")
    await on.logged(interaction, "resumed")
    await on.api("POST", f"/interactions/{interaction}/hang-up")
    await caller.ended(10)
    await on.logged(interaction, "leg_ended", "leg_ended")
    await on.api("POST", f"/interactions/{interaction}/wrap-up", disposition="solved", note="done")
    await on.twilio.settled()
    events = await on.logged(interaction, "closed")
    assert on.twilio.hooks.mismatches == []
    return events


def normalised(events: list[dict[str, Any]]) -> dict[str, list[tuple[str, str, str]]]:
    """Kind, actor and data by leg, ids renumbered, times dropped; order kept per leg."""
    names: dict[str, str] = {}

    def renumbered(text: str) -> str:
        return _ID.sub(lambda found: names.setdefault(found[0], f"id{len(names)}"), text)

    by_leg: dict[str, list[tuple[str, str, str]]] = {}
    for event in events:
        data = {k: v for k, v in event["data"].items() if not _TIME.match(str(v))}
        leg = renumbered(str(data.get("leg", "")))
        entry = (event["kind"], renumbered(event["actor"]), renumbered(repr(sorted(data.items()))))
        by_leg.setdefault(leg, []).append(entry)
    return by_leg


async def test_the_log_of_a_call_is_the_same_in_any_weather(tmp_path: Path) -> None:
    ill = Weather(
        duplicate_documents=True, duplicate_reports=True, reorder_reports=3, lose_replies=2, seed=11
    )
    async with product(tmp_path / "calm", Weather()) as calm:
        undisturbed = normalised(await a_call(calm))
    async with product(tmp_path / "ill", ill) as rough:
        disturbed = normalised(await a_call(rough))
    assert disturbed == undisturbed


async def test_a_text_is_taken_once_and_answered(tmp_path: Path) -> None:
    weather = Weather(duplicate_documents=True, duplicate_reports=True, reorder_reports=2)
    async with product(tmp_path / "texts", weather) as on:
        await on.twilio.text(CALLER, operator.SMS_LINE, "hello")
        answers = await on.twilio.inbox(CALLER, 1, timeout=10)
        assert "北风电信" in answers[0].body
        await on.twilio.settled()
        sent = [m for m in on.twilio.world.messages.values() if m.direction != "inbound"]
        assert len({m.body for m in sent}) == len(sent)
