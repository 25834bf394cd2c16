"""The hub of a server node: follows log, floor and tokens, and tells the sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from aiohttp import web

from contactcenter.core.access import tokens
from contactcenter.core.access.model import Principal
from contactcenter.core.db import Tx
from contactcenter.core.errors import Denied, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.crm.customers import CUSTOMERS
from contactcenter.crm.follow import START, Place, end, follow
from contactcenter.crm.log import LOG, Event
from contactcenter.routing.commands import FLOOR_DONE
from contactcenter.web.kept_up import kept_up
from contactcenter.web.live import desk_feed
from contactcenter.web.live.frames import Listener, Numbers, Topic, encode
from contactcenter.web.live.polled import Picture, PolledTopic
from contactcenter.web.live.presence import Presence, is_agent
from contactcenter.web.metrics import Metrics
from contactcenter.web.ports import Services
from contactcenter.web.shapes.desk import AgentState

HUB = web.AppKey["Hub"]("hub")
KEPT_S = 60.0
"""An agent's frames go on being kept this long after the last socket closed."""

_POLL_S = 0.25
_TOKENS_S = 2.0
_CARDS_S = 1.0
_BATCH = 200
_MOST_TOPICS = 20


class Client(Listener, Protocol):
    """A socket, as the hub knows it."""

    who: Principal

    def hold(self) -> None: ...

    def release(self, first: list[bytes]) -> None: ...

    def close(self, code: int, reason: str) -> None: ...


class Hub:
    """Topics and their listeners. ``start`` before the first socket, ``stop`` at the end."""

    def __init__(self, services: Services, pictures: Sequence[Picture], metrics: Metrics) -> None:
        self._services = services
        self._db = services.db
        self._bus = services.bus
        self._pictures = {each.name: each for each in pictures}
        self._metrics = metrics
        self._numbers = Numbers(services.clock.now())
        self._place = START
        self._agents: dict[UUID, Topic] = {}
        self._empty_since: dict[UUID, float] = {}
        self._states: dict[UUID, AgentState] = {}
        self._cards: dict[tuple[UUID, UUID], int] = {}
        self._polled: dict[str, tuple[PolledTopic, asyncio.Task[None]]] = {}
        self._clients: dict[Client, set[str]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.presence = Presence(services.db, str(new_id()), services.settings.presence_grace_s)

    async def start(self) -> None:
        self._place = await self._db.read(end)
        loops = (self._follow, self._watch_states, self._watch_cards, self._watch_tokens)
        for loop in (*loops, self.presence.run):
            self._tasks.append(asyncio.create_task(kept_up(loop), name=loop.__name__))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for _, polling in self._polled.values():
            polling.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def close_all(self) -> None:
        """The server goes down: clients come back elsewhere."""
        for client in list(self._clients):
            client.close(1001, "going down")

    # -- sockets -----------------------------------------------------------------------------

    def opened(self, client: Client) -> None:
        self._clients[client] = set()
        self._metrics.sockets.set(len(self._clients))

    async def closed(self, client: Client) -> None:
        """Take the client from its topics; an agent's grace time begins with the last one."""
        names = self._clients.pop(client)
        self._metrics.sockets.set(len(self._clients))
        for name in names:
            self._topic_of(client, name).listeners.discard(client)
        self._sweep()
        if "me" in names:
            await self.presence.left(client.who.id)

    async def join(self, client: Client, names: Sequence[str], after: int | None) -> None:
        """Let the client hear ``names`` (and no more what it heard before), from ``after`` on."""
        if not 1 <= len(set(names)) <= _MOST_TOPICS:
            raise Invalid(f"topics: 1 to {_MOST_TOPICS}", code="malformed_frame")
        await self._allow(client.who, names)
        old = self._clients[client]
        client.hold()
        first: list[bytes] = []
        try:
            for name in old - set(names):
                self._topic_of(client, name).listeners.discard(client)
            self._clients[client] = set(names)
            number = self._numbers.last
            fresh = []
            for name in dict.fromkeys(names):
                topic = self._topic_of(client, name)
                topic.listeners.add(client)
                missed = topic.since(after) if after is not None and name == "me" else None
                if missed is None:
                    fresh.append(name)
                first += missed or []
            for name in fresh:
                data = await self._db.read(partial(self._read, who=client.who, name=name))
                first.append(encode(number, "snapshot", name, data))
                if name == "me":
                    self._states.setdefault(client.who.id, data["state"])
        finally:
            client.release(first)
        await self._presence_of(client, old)

    async def _presence_of(self, client: Client, old: set[str]) -> None:
        is_here, was_here = ("me" in names for names in (self._clients.get(client, ()), old))
        if is_here and not was_here:
            await self.presence.arrived(client.who.id)
        elif was_here and not is_here and client in self._clients:
            await self.presence.left(client.who.id)

    async def _allow(self, who: Principal, names: Sequence[str]) -> None:
        for name in names:
            if name == "me":
                await self._allow_me(who)
                continue
            picture = self._pictures.get(name.partition(":")[0])
            if picture is None:
                raise NotFound(f"no topic {name[:60]}", code="unknown_topic")
            who.need(picture.roles)
            await self._db.read(partial(self._read, who=who, name=name))

    async def _allow_me(self, who: Principal) -> None:
        if who.role != "agent" or not await self._db.read(lambda tx: is_agent(tx, who.id)):
            raise Denied("the topic me is for agents", code="no_agent")

    def _read(self, tx: Tx, who: Principal, name: str) -> Any:
        if name == "me":
            return desk_feed.snapshot(tx, who.id)
        kind, _, part = name.partition(":")
        return self._pictures[kind].read(tx, part)

    def _topic_of(self, client: Client, name: str) -> Topic:
        if name == "me":
            agent = client.who.id
            self._empty_since.pop(agent, None)
            return self._agents.setdefault(agent, Topic("me", self._numbers))
        if name not in self._polled:
            kind, _, part = name.partition(":")
            topic = Topic(name, self._numbers)
            polled = PolledTopic(self._pictures[kind], part, topic)
            run = asyncio.create_task(kept_up(lambda: polled.run(self._db, self._bus)))
            self._polled[name] = (polled, run)
        return self._polled[name][0].topic

    def _sweep(self) -> None:
        """Forget topics that nobody hears: pictures at once, agents' after ``KEPT_S``."""
        for name, (polled, run) in list(self._polled.items()):
            if not polled.topic.listeners:
                run.cancel()
                del self._polled[name]
        now = time.monotonic()
        for agent, topic in list(self._agents.items()):
            if topic.listeners:
                self._empty_since.pop(agent, None)
            elif now - self._empty_since.setdefault(agent, now) > KEPT_S:
                for kept in (self._agents, self._empty_since, self._states):
                    kept.pop(agent, None)

    # -- what is followed --------------------------------------------------------------------

    async def _follow(self) -> None:
        async with self._bus.waiter(LOG) as waiter:
            while True:
                if not await self.step():
                    await waiter.wait(_POLL_S)

    async def step(self) -> bool:
        """Tell the next events of the log; False when there were none."""
        place, listening = self._place, set(self._agents)

        def work(tx: Tx) -> tuple[list[tuple[Place, Event]], list[desk_feed.Frame]]:
            batch = follow(tx, place, _BATCH, content=bool(listening))
            if not batch or not listening:
                return batch, []
            return batch, desk_feed.frames_of(tx, [event for _, event in batch], listening)

        batch, frames = await self._db.read(work)
        for frame in frames:
            topic = self._agents.get(frame.agent)
            if topic is not None:
                topic.publish(frame.kind, frame.data)
        for seen, event in batch:
            self._metrics.events.labels(event.kind).inc()
            self._place = seen
        return bool(batch)

    async def _watch_states(self) -> None:
        async with self._bus.waiter(FLOOR_DONE) as waiter:
            while True:
                listening = set(self._agents)
                if listening:
                    found = await self._db.read(
                        partial(desk_feed.agent_states, listening=listening)
                    )
                    self._tell_states(found)
                await waiter.wait(_POLL_S * 2)

    def _tell_states(self, found: dict[UUID, AgentState]) -> None:
        for agent, state in found.items():
            before, self._states[agent] = self._states.get(agent), state
            topic = self._agents.get(agent)
            if topic is not None and before != state:
                topic.publish("state", state)

    async def _watch_cards(self) -> None:
        async with self._bus.waiter(CUSTOMERS) as waiter:
            while True:
                await self._tell_cards()
                self._sweep()
                await waiter.wait(_CARDS_S)

    async def _tell_cards(self) -> None:
        listening = {agent for agent, topic in self._agents.items() if topic.listeners}
        if not listening:
            return
        found = await self._db.read(lambda tx: desk_feed.card_versions(tx, listening))
        before, self._cards = self._cards, found
        for (agent, customer), version in found.items():
            if before.get((agent, customer), version) != version:
                card = await self._db.read(partial(desk_feed.card, customer_id=customer))
                if agent in self._agents:
                    self._agents[agent].publish("customer", card)

    async def _watch_tokens(self) -> None:
        async with self._bus.waiter(tokens.TOKENS) as waiter:
            while True:
                ids = {client.who.token for client in self._clients}
                living = await self._services.access.living(ids)
                for client in list(self._clients):
                    if client.who.token in ids - living:
                        client.close(4401, "signed out")
                await waiter.wait(_TOKENS_S)
