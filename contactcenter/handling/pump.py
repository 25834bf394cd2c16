"""The pump: hands queued messages over, a hundred at a time, each line of it accounted for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import and_, select

from contactcenter.channels.sms.base import SmsAdapter
from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import ContactCenterError, Invalid, TransportError
from contactcenter.crm.tables import event_content
from contactcenter.handling import outbound
from contactcenter.handling.outbound import OUTBOUND, Gate, Message
from contactcenter.handling.tables import outbound_message

_POLL_S = 0.25
_SWEEP_S = 5.0
_TRIES = 5
_AT_ONCE = 10
"""Hand-overs under way per process, of campaigns and of others: what a kill leaves in doubt."""
_MOST_CLAIMED = 100
"""Claimed and waiting for a place; more are not taken."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Our record of a hand-over in doubt; ``text`` is empty once it was erased."""

    line: str
    address: str
    text: str
    at: datetime | None


class Sender(Protocol):
    """Hands one message over. ``content`` is what was logged: text, subject, html, address."""

    async def send(self, message: Message, content: Mapping[str, Any]) -> str:
        """The provider's reference. ``TransportError`` when it was not taken, or unknown."""
        ...

    async def look_up(self, key: UUID, handed: HandedOver) -> str | None:
        """The provider's reference when it has the message; None when it cannot say so."""
        ...


class SmsSender:
    """Texts through an SMS adapter."""

    def __init__(self, adapter: SmsAdapter) -> None:
        self._adapter = adapter

    async def send(self, message: Message, content: Mapping[str, Any]) -> str:
        handed = await self._adapter.send(
            str(message.id), line=message.line, to=message.address, text=content["text"]
        )
        return handed.provider_ref

    async def look_up(self, key: UUID, handed: HandedOver) -> str | None:
        found = await self._adapter.look_up(
            str(key), line=handed.line, to=handed.address, text=handed.text,
            since=handed.at if handed.text else None,
        )  # fmt: skip
        return found.provider_ref if found else None


class Pump:
    """One per server node. ``senders`` by (channel, provider); ``gates`` may refuse a hand-over."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        senders: Mapping[tuple[str, str], Sender],
        owner: str,
        gates: Sequence[Gate] = (),
    ) -> None:
        self._db = db
        self._bus = bus
        self._senders = senders
        self._owner = owner
        self._gates = tuple(gates)
        # places of their own: a campaign never holds up an agent's reply
        self._places = {True: asyncio.Semaphore(_AT_ONCE), False: asyncio.Semaphore(_AT_ONCE)}

    async def run(self) -> None:
        """Until cancelled."""
        await self._sweep(alone=self._db.store == "sqlite")
        loop = asyncio.get_running_loop()
        swept = loop.time()
        under_way: set[asyncio.Task[None]] = set()
        async with self._bus.waiter(OUTBOUND) as waiter, asyncio.TaskGroup() as tasks:
            while True:
                messages = await self._claimed()
                for message in messages:
                    task = tasks.create_task(self._hand_over(message))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                if loop.time() - swept > _SWEEP_S:
                    await self._sweep(alone=False)
                    swept = loop.time()
                while len(under_way) > _MOST_CLAIMED:
                    await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                if not messages:
                    await waiter.wait(_POLL_S)

    async def once(self) -> int:
        """Hand over one batch of what is due and wait for its end; how many there were."""
        messages = await self._claimed()
        ends = await asyncio.gather(
            *(self._hand_over(message) for message in messages), return_exceptions=True
        )
        for fault in ends:  # raised only when no hand-over is under way any more
            if fault is not None:
                raise fault
        return len(messages)

    async def _claimed(self) -> list[Message]:
        if not await self._db.read(outbound.is_due):
            return []
        return await self._db.write(partial(outbound.claim, owner=self._owner))

    async def _sweep(self, *, alone: bool) -> None:
        doubt = partial(outbound.doubt_abandoned, owner=self._owner, alone=alone)
        if await self._db.write(doubt):
            _log.warning("messages_in_doubt")
        await self._resolve()

    async def _hand_over(self, message: Message) -> None:
        async with self._places[message.campaign_id is None]:
            begin = partial(outbound.begin, message=message, owner=self._owner, gates=self._gates)
            if not await self._db.write(begin):
                return
            content = await self._db.read(partial(_content, message=message))
            outcome = await self._send(message, content)
            await self._db.write(partial(outbound.settle, message=message, **outcome))

    async def _send(self, message: Message, content: Mapping[str, Any] | None) -> dict[str, Any]:
        """The arguments of ``outbound.settle``."""
        sender = self._senders.get((message.channel, message.provider))
        if sender is None:
            return {"state": "failed", "code": "no_provider"}
        if content is None:
            return {"state": "failed", "code": "erased"}
        try:
            return {"state": "sent", "provider_ref": await sender.send(message, content)}
        except TransportError as error:
            return _fault(message, error)
        except Invalid as error:  # this text or address can not be sent; the others can
            return {"state": "rejected", "code": error.code}
        except ContactCenterError as error:
            return {"state": "failed", "code": error.code}
        except Exception:  # noqa: BLE001  # foreign code broke: whether it was sent is not known
            _log.exception("hand_over_broke", message_id=str(message.id), channel=message.channel)
            return {"state": "in_doubt", "code": "fault"}

    async def _resolve(self) -> None:
        """Ask the providers for what is in doubt: evidence settles it, silence does not."""
        rows = await self._db.read(_in_doubt)
        for row in rows:
            sender = self._senders.get((row.channel, row.provider))
            if sender is None:
                continue
            try:
                handed = HandedOver(row.line, row.address, _text(row), row.handed_at)
                ref = await sender.look_up(row.id, handed)
            except ContactCenterError:
                continue
            if ref is not None:
                await self._db.write(partial(_found, key=row.id, ref=ref))


def _fault(message: Message, error: TransportError) -> dict[str, Any]:
    code = error.reply_code or error.code
    if error.unknown:
        return {"state": "in_doubt", "code": code}
    if error.permanent:
        return {"state": "rejected", "code": code}
    if message.tries >= _TRIES:
        return {"state": "failed", "code": code}
    pause = timedelta(seconds=5 * 4**message.tries)
    return {"state": "deferred", "code": code, "pause": pause}


def _content(tx: Tx, message: Message) -> Mapping[str, Any] | None:
    c = event_content.c
    found: Mapping[str, Any] | None = tx.scalar(
        select(c.content).where(
            c.interaction_id == message.interaction_id, c.seq == message.extra["seq"]
        )
    )
    return found


def _in_doubt(tx: Tx) -> list[Any]:
    m, c = outbound_message.c, event_content.c
    seq = m.extra["seq"].as_integer()
    content = and_(c.interaction_id == m.interaction_id, c.seq == seq)
    return tx.all(
        select(m.id, m.channel, m.provider, m.line, m.address, m.handed_at, c.content)
        .outerjoin(event_content, content)
        .where(m.state == "in_doubt")
        .order_by(m.id)
        .limit(100)
    )


def _text(row: Any) -> str:
    return str(row.content.get("text", "")) if row.content else ""


def _found(tx: Tx, key: UUID, ref: str) -> None:
    m = outbound_message.c
    if tx.scalar(select(m.id).where(m.provider_ref == ref, m.id != key).limit(1)) is not None:
        return  # it is the hand-over of an equal message: ours is still in doubt
    if outbound.report(tx, key, ref, "sent", "found"):
        tx.execute(
            outbound_message.update().where(outbound_message.c.id == key).values(provider_ref=ref)
        )
