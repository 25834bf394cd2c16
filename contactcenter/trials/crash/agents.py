"""Agents of the trial: programs that sit at the live socket as the desk does, and act by the API.

They act on what they see, never on what they did: a server that dies between their request and
its reply costs a repetition under the same ``Idempotency-Key``, as a careful client would do.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse, WSMsgType

Plain = dict[str, Any]
_AGAIN_S = 1.0
"""How soon a request that led to nothing is repeated."""
_RESYNC_S = 5.0
"""Without a frame for so long, with work in hand, the socket is opened again."""


@dataclass(slots=True)
class Plan:
    """What the agents do with the interaction of one customer.

    ``first`` offer: ``accept``, ``reject``, ``ignore`` (let it expire) or ``never`` (the customer
    leaves it). ``controls``: (request, event that shows it was done), in order, once connected.
    ``replies``: texts sent to the customer of a text or mail. ``offered`` is set with the first
    offer, ``replied`` when every reply is in the log.
    """

    first: str = "accept"
    controls: tuple[tuple[str, str], ...] = ()
    replies: tuple[str, ...] = ()
    note: str = ""
    offered: asyncio.Event = field(default_factory=asyncio.Event)
    replied: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Dial:
    """A call of an agent's own."""

    to: str
    key: str
    refused: int = 0
    done: bool = False


class Agent:
    """One agent at one desk. ``faults`` collects replies that must never be."""

    def __init__(self, url: str, name: str, token: str, plans: Mapping[str, Plan]) -> None:
        self.name = name
        self.dial: Dial | None = None
        self.faults: list[str] = []
        self._url = url
        self._token = token
        self._plans = plans
        self._session: ClientSession | None = None
        self._state: Plain = {}
        self._offers: dict[str, Plain] = {}
        self._held: dict[str, Plain] = {}
        self._kinds: dict[str, list[Plain]] = {}
        self._tried: dict[str, float] = {}
        self._refused: set[str] = set()
        self._poke = asyncio.Event()
        self._heard = 0.0

    async def work(self) -> None:
        """Until cancelled."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with (
            ClientSession(headers=headers, timeout=ClientTimeout(total=10)) as session,
            asyncio.TaskGroup() as tasks,
        ):
            self._session = session
            tasks.create_task(self._sit())
            tasks.create_task(self._act_always())

    async def _sit(self) -> None:
        """At the live socket, opened again whenever it is lost."""
        assert self._session is not None  # noqa: S101  # set by work
        url = self._url.replace("http", "ws", 1) + "/api/v1/live"
        while True:
            try:
                async with self._session.ws_connect(url) as socket:
                    await socket.send_str(json.dumps({"hello": {"topics": ["me"]}}))
                    await self._listen(socket)
            except (ClientError, OSError, TimeoutError):
                pass
            self._state = {}
            await asyncio.sleep(0.05)

    async def _listen(self, socket: ClientWebSocketResponse) -> None:
        self._heard = time.monotonic()
        while True:
            try:
                message = await socket.receive(timeout=_RESYNC_S)
            except TimeoutError:
                if self._held or self._offers:
                    return
                continue
            if message.type is not WSMsgType.TEXT:
                return
            self._take(json.loads(message.data))
            self._poke.set()

    def _take(self, frame: Plain) -> None:
        data = frame.get("data", {})
        match frame["type"]:
            case "snapshot":
                self._state = data["state"]
                self._offers = {each["id"]: each for each in data["offers"]}
                self._held = {each["id"]: each for each in data["interactions"]}
                self._kinds = {key: list(each["events"]) for key, each in self._held.items()}
            case "state":
                self._state = data
            case "offer":
                self._offers[data["id"]] = data
                if data["state"] != "pending":
                    del self._offers[data["id"]]
            case "event":
                interaction, event = data["interaction"], data["event"]
                self._held[interaction["id"]] = interaction
                known = self._kinds.setdefault(interaction["id"], [])
                if all(event["seq"] != each["seq"] for each in known):
                    known.append(event)

    # -- acting --------------------------------------------------------------------------------

    async def _act_always(self) -> None:
        while True:
            try:
                async with asyncio.timeout(0.25):
                    await self._poke.wait()
            except TimeoutError:
                pass
            self._poke.clear()
            await self._act()

    async def _act(self) -> None:
        state = self._state
        if not state:
            return
        if state["state"] in ("offline", "away") and state.get("next_state") is None:
            key = f"state:{state['since']}"
            await self._request("PUT", "/agents/me/state", key, {"state": "available"})
        is_free = state["state"] == "available" and not self._offers
        if self.dial is not None and not self.dial.done and is_free:
            body = {"to": self.dial.to, "channel": "voice"}
            key = f"{self.dial.key}:{self.dial.refused}"
            self.dial.done = await self._request("POST", "/interactions", key, body)
            self.dial.refused += key in self._refused  # an offer was quicker: a new call then
        for offer in tuple(self._offers.values()):
            await self._answer(offer)
        for interaction in tuple(self._held.values()):
            if interaction["agent"] == state["agent"] and not interaction["closed_at"]:
                await self._advance(interaction)

    async def _answer(self, offer: Plain) -> None:
        plan = self._plan(offer["interaction"])
        plan.offered.set()
        seen = {event["kind"] for event in offer["interaction"]["events"]}
        seen |= {event["kind"] for event in self._kinds.get(offer["interaction"]["id"], ())}
        path = f"/reservations/{offer['id']}"
        match plan.first:
            case "reject" if "rejected" not in seen:
                await self._request("POST", f"{path}/reject", f"{offer['id']}:reject", {})
            case "ignore" if "expired" not in seen:
                return
            case "never":
                return
            case _:
                await self._request("POST", f"{path}/accept", f"{offer['id']}:accept")

    async def _advance(self, interaction: Plain) -> None:
        """The next thing to do with what is in hand, if any."""
        plan = self._plan(interaction)
        key, events = interaction["id"], self._kinds.get(interaction["id"], [])
        path = f"/interactions/{key}"
        if interaction["channel"] != "voice":
            mine = [e for e in events if e["kind"] == "message_queued" and "agent" in e["actor"]]
            if len(mine) < len(plan.replies):
                text = plan.replies[len(mine)]
                await self._request(
                    "POST", f"{path}/messages", f"{key}:reply:{len(mine)}", {"text": text}
                )
                return
            plan.replied.set()
        elif interaction["state"] == "assigned":
            await self._control(plan, interaction, [event["kind"] for event in events])
            return
        body = {"disposition": "solved", "note": plan.note}
        await self._request("POST", f"{path}/wrap-up", f"{key}:wrap-up", body)

    async def _control(self, plan: Plan, interaction: Plain, kinds: list[str]) -> None:
        if not interaction["connected"]:
            return
        for verb, shown in plan.controls:
            if shown not in kinds:
                body = {"text": "I see."} if verb == "say" else None
                key = interaction["id"]
                path = f"/interactions/{key}/{verb}"
                await self._request("POST", path, f"{key}:{verb}", body)
                return

    def _plan(self, interaction: Plain) -> Plan:
        return self._plans.get(interaction["address"], Plan())

    async def _request(self, method: str, path: str, key: str, body: Plain | None = None) -> bool:
        """True when it was carried out. One try a second under the same key."""
        assert self._session is not None  # noqa: S101  # set by work
        now = time.monotonic()
        if now - self._tried.get(key, 0.0) < _AGAIN_S:
            return False
        self._tried[key] = now
        headers = {"Idempotency-Key": key} if method == "POST" else {}
        url = f"{self._url}/api/v1{path}"
        try:
            async with self._session.request(method, url, json=body, headers=headers) as reply:
                text = await reply.text()
        except (ClientError, OSError, TimeoutError):
            self._tried[key] = 0.0  # the server is gone: ask again as soon as it is back
            await asyncio.sleep(0.05)
            return False
        if reply.status == 409 and json.loads(text)["code"] != "in_work":
            self._refused.add(key)
        if reply.status >= 500 or reply.status in (400, 401, 403, 422):
            self.faults.append(f"{method} {path}: {reply.status} {text[:200]}")
        return reply.status < 300
