"""One site under test: a store in virtual time, its lines and menus, and everything of handling.

The router is driven by hand (``turn``) or runs (``open``); carriers are events made here.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from contactcenter.channels.email.base import MailTaken
from contactcenter.channels.email.tags import AddressTags
from contactcenter.channels.sms.base import SmsReceived
from contactcenter.channels.voice import base as voice
from contactcenter.channels.voice.steps import Step
from contactcenter.core.blobs import DatabaseBlobs
from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database, Tx
from contactcenter.crm import customers, log
from contactcenter.crm.follow import LogConsumer
from contactcenter.crm.log import Event
from contactcenter.crm.model import Interaction
from contactcenter.crm.tables import interaction
from contactcenter.crm.verify import verify
from contactcenter.handling import legs, look_ups
from contactcenter.handling.calls import Calls
from contactcenter.handling.desk import Desk
from contactcenter.handling.dispatch import dispatch
from contactcenter.handling.legs import Leg
from contactcenter.handling.lines import Line, Lines
from contactcenter.handling.mails import Mails
from contactcenter.handling.menus import Menus
from contactcenter.handling.tables import outbound_message, voice_command
from contactcenter.handling.texts import Texts
from contactcenter.ivr.loader import load
from contactcenter.routing import queries
from contactcenter.routing.actions import Accept
from contactcenter.routing.router import Router
from tests.routing.sites import Site, settle

VOICE, PLAIN, BARE, BROKEN = "+442079460500", "+442079460501", "+442079460502", "+442079460503"
SMS, SMS_PLAIN, SMS_BARE = "+447700900500", "+447700900501", "+447700900502"
CARE, INFO = "care@nordwind.example", "info@nordwind.example"
MARY, JOHN = "+447700900001", "+447700900002"
T = TypeVar("T")

LINES = (
    Line(VOICE, "voice", "simulated", "Nordwind", "front", "sales", ("en", "zh-CN"), "GB"),
    Line(PLAIN, "voice", "simulated", "Direct", None, "sales", ("en",), "GB"),
    Line(BARE, "voice", "simulated", "Nobody", None, None, ("en",), "GB"),
    Line(BROKEN, "voice", "simulated", "Broken", "lost", "sales", ("zh-CN",), "GB"),
    Line(SMS, "sms", "simulated", "Nordwind", "front", "sales", ("en", "zh-CN"), "GB"),
    Line(SMS_PLAIN, "sms", "simulated", "Nordwind", None, "sales", ("en",), "GB"),
    Line(SMS_BARE, "sms", "simulated", "Nordwind", None, None, ("en",), "GB"),
    Line(CARE, "email", "smtp", "Care", None, "sales", ("en",), None, "Nordwind Care"),
    Line(INFO, "email", "smtp", "Info", None, None, ("en",), None, "Nordwind"),
)

FRONT = """
menu: front
version: 1
languages: [en, zh-CN]
start: known
fallback: agents
variables:
  account.balance: money
nodes:
  known:
    branch:
      - when: {field: customer.language, in: [en, zh-CN]}
        next: main
      - else: language
  language:
    collect: {en: "For English, press 1.", zh-CN: "中文请按2。"}
    in_every_language: true
    choices:
      - {id: english, key: 1, label: English, next: speak_english}
      - {id: chinese, key: 2, label: 中文, next: speak_chinese}
    tries: 2
    otherwise: main
  speak_english: {set_language: en, next: main}
  speak_chinese: {set_language: zh-CN, next: main}
  main:
    collect: {en: "What can we do?", zh-CN: "请问您需要什么？"}
    choices:
      - {id: balance, key: 1, label: {en: balance, zh-CN: 余额}, next: fetch}
      - id: agent
        key: 2
        label: {en: a person, zh-CN: 人工}
        words: {en: [person], zh-CN: [人工]}
        next: agents
      - {id: lost, key: 3, label: {en: nowhere, zh-CN: 错误}, next: nowhere}
    tries: 2
    otherwise: agents
  fetch:
    look_up: balance
    into: account
    next: tell
    missing: agents
    failed: agents
  tell:
    say: {en: "You have {{ account.balance }}.", zh-CN: "余额{{ account.balance }}。"}
    next: bye
  bye:
    hang_up: {en: "Goodbye.", zh-CN: "再见。"}
    solved: true
  agents:
    say: {en: "A colleague comes.", zh-CN: "正在转接。"}
    next: to_agents
  to_agents: {enqueue: sales}
  nowhere: {enqueue: closed_queue}
"""


@dataclass
class Office:
    """The site and its parts; ``names`` keeps what was said to whom short."""

    site: Site
    calls: Calls
    texts: Texts
    mails: Mails
    desk: Desk
    lines: Lines
    tags: AddressTags
    blobs: DatabaseBlobs
    router: Router
    dispatched: LogConsumer
    adapters: dict[str, Any] = field(default_factory=dict)
    numbers: Any = field(default_factory=itertools.count)

    @property
    def db(self) -> Database:
        return self.site.db

    @property
    def bus(self) -> Bus:
        return self.site.bus

    @property
    def clock(self) -> VirtualClock:
        return self.site.clock

    # -- what comes in -------------------------------------------------------------------------

    def event(self, kind: type[Any], leg: str = "leg-1", line: str = VOICE, **more: Any) -> Any:
        """An event of ``leg``; its id is new unless given."""
        base = {"event_id": f"{leg}.{next(self.numbers)}", "at": self.clock.now()}
        return kind(**{"provider": "simulated", "line": line, "leg": leg} | base | more)

    async def take(self, kind: type[Any], leg: str = "leg-1", **more: Any) -> Any:
        return await self.calls.receive(self.event(kind, leg, **more))

    async def call(
        self, from_: str = MARY, line: str = PLAIN, leg: str = "leg-1"
    ) -> Sequence[Step] | None:
        event = self.event(voice.LegOffered, leg, line=line, from_=from_, to=line)
        return await self.calls.receive(event)

    async def text(
        self, words: str, from_: str = MARY, line: str = SMS_PLAIN, event_id: str = ""
    ) -> None:
        key = event_id or f"text-{next(self.numbers)}"
        await self.texts.receive(
            SmsReceived(
                provider="simulated",
                line=line,
                event_id=key,
                from_=from_,
                text=words,
                at=self.clock.now(),
            )
        )

    async def mail(
        self, raw: str | bytes, *rcpt_to: str, mail_from: str = "mary@mail.test", event_id: str = ""
    ) -> None:
        key = event_id or f"mail-{next(self.numbers)}"
        content = raw if isinstance(raw, bytes) else raw.replace("\n", "\r\n").encode()
        await self.mails.receive(
            MailTaken(
                provider="smtp",
                line=CARE,
                event_id=key,
                mail_from=mail_from,
                rcpt_to=rcpt_to or (CARE,),
                raw=content,
                at=self.clock.now(),
            )
        )

    # -- what the others do --------------------------------------------------------------------

    async def turn(self) -> None:
        """The router and dispatch until neither has anything to do."""
        while True:
            await settle(self.router)
            if not await self.db.write(self.dispatched.step):
                return

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """The router and dispatch at work by themselves, for commands that wait for a result."""
        await self.router.start()
        following = asyncio.create_task(self.dispatched.run())
        yield
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await self.router.stop()

    async def agent(self, name: str = "Ann", **config: Any) -> UUID:
        """An available agent."""
        key = await self.site.agent(name, **config)
        await self.turn()
        return key

    async def accepted(self, agent: UUID) -> UUID:
        """The agent takes the open offer; the interaction."""
        await self.turn()
        offers = await self.db.read(lambda tx: queries.reservations_of(tx, agent))
        (offer,) = [one for one in offers if one.state == "pending"]
        await self.site.do(Accept(offer.id, agent))
        await self.turn()
        return offer.interaction

    async def assigned_call(self, agent: UUID, leg: str = "leg-1") -> UUID:
        """A waiting call that the agent has accepted; their leg was asked for."""
        await self.call(leg=leg)
        return await self.accepted(agent)

    async def connected_call(self, agent: UUID) -> UUID:
        """Customer ``leg-1`` and agent ``leg-a`` in one room."""
        key = await self.assigned_call(agent)
        await self.agent_answers(key)
        room = legs.room_of(key)
        await self.take(voice.Joined, "leg-a", line=PLAIN, room=room)
        await self.take(voice.Joined, "leg-1", line=PLAIN, room=room)
        await self.turn()
        return key

    async def agent_answers(self, key: UUID, leg: str = "leg-a") -> None:
        """The agent's leg rings and is up, named by the carrier."""
        (asked,) = [one for one in await self.commands("originate") if not one.named]
        more = {"line": PLAIN, "origin": asked.op_id}
        await self.take(voice.LegRinging, leg, **more)
        await self.take(voice.LegAnswered, leg, **more)

    # -- what came of it -----------------------------------------------------------------------

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self.db.read(work)

    async def interactions(self) -> list[Interaction]:
        """Every interaction, oldest first."""
        ids = await self.db.read(
            lambda tx: [row.id for row in tx.all(select(interaction.c.id).order_by("id"))]
        )
        return [await self.state(one) for one in ids]

    async def only(self) -> Interaction:
        (found,) = await self.interactions()
        return found

    async def state(self, key: UUID) -> Interaction:
        return await self.db.read(lambda tx: log.load(tx, key))

    async def events(self, key: UUID | None = None) -> list[Event]:
        wanted = key or (await self.only()).id
        return await self.db.read(lambda tx: log.events_of(tx, wanted))

    async def kinds(self, key: UUID | None = None) -> list[str]:
        return [one.kind for one in await self.events(key)]

    async def last(self, kind: str, key: UUID | None = None) -> Event:
        return [one for one in await self.events(key) if one.kind == kind][-1]

    async def legs(self, key: UUID) -> dict[str, Leg]:
        found = await self.db.read(lambda tx: legs.of_interaction(tx, key))
        return {one.party: one for one in found}

    async def commands(self, *kinds: str) -> list[Queued]:
        """The voice commands so far, of these kinds, in order."""
        v = voice_command.c
        statement = select(v.op_id, v.kind, v.leg_id, v.data, v.state, v.fault, v.tries)
        rows = await self.db.read(lambda tx: tx.all(statement.order_by(v.position)))
        found = []
        for row in rows:
            leg = await self.db.read(lambda tx, of=row.leg_id: legs.get(tx, of))  # type: ignore[misc]  # bound now
            if leg is not None and (not kinds or row.kind in kinds):
                found.append(Queued(leg, *row))
        return found

    async def messages(self) -> list[Any]:
        """The outbound messages with their words, oldest first."""
        m = outbound_message
        rows = await self.db.read(lambda tx: tx.all(select(m)))
        rows.sort(key=lambda row: (row.interaction_id, row.extra["seq"]))
        return [Sent(row, await self._content(row)) for row in rows]

    async def _content(self, row: Any) -> Mapping[str, Any]:
        events = await self.events(row.interaction_id)
        return next(one.content or {} for one in events if one.seq == row.extra["seq"])

    async def customer(self, value: str = MARY) -> customers.CustomerRow:
        kind = "email" if "@" in value else "phone"
        found = await self.db.read(lambda tx: customers.find_by_address(tx, kind, value))
        assert found is not None
        return found

    async def agent_state(self, agent: UUID) -> tuple[str, str | None]:
        view = await self.db.read(lambda tx: queries.agent_state_of(tx, agent))
        return view.state, view.reason

    async def assert_sound(self) -> None:
        """Every interaction is the fold of its events."""
        assert (await verify(self.db)).differences == ()


@dataclass(frozen=True, slots=True)
class Queued:
    """A voice command as stored."""

    leg: Leg
    op_id: str
    kind: str
    leg_id: UUID
    data: Mapping[str, Any]
    state: str
    fault: str | None
    tries: int

    @property
    def named(self) -> bool:
        return not self.leg.ref.startswith(legs.AWAITED)


@dataclass(frozen=True, slots=True)
class Sent:
    """An outbound message and what was logged of it."""

    row: Any
    content: Mapping[str, Any]

    @property
    def text(self) -> str:
        return str(self.content["text"])


def new_office(site: Site, menus: Menus | None = None) -> Office:
    """Everything of handling on ``site``, with these menus."""
    lines = Lines(LINES)
    menus = menus or Menus({"front": load(FRONT, "front.yaml")}, look_ups.STANDARD)
    tags = AddressTags([b"k" * 32])
    blobs = DatabaseBlobs(site.db)
    adapters: dict[str, Any] = {}
    return Office(
        site=site,
        calls=Calls(site.db, lines, menus),
        texts=Texts(site.db, lines, menus),
        mails=Mails(site.db, lines, tags, blobs),
        desk=Desk(site.db, site.bus, lines, adapters),
        lines=lines,
        tags=tags,
        blobs=blobs,
        router=site.router(),
        dispatched=LogConsumer(
            "dispatch", site.db, site.bus, partial(dispatch, menus=menus, lines=lines)
        ),
        adapters=adapters,
    )


async def eventually(seen: Callable[[], Awaitable[bool]], what: str = "it") -> None:
    """Real tasks at work: look again until it is so."""
    for _ in range(400):
        if await seen():
            return
        await asyncio.sleep(0.03)
    raise AssertionError(f"{what} never came")
