"""What must be true after the day, however often the server was killed; a fault is a sentence."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import ClientSession
from sqlalchemy import func, select

from contactcenter.channels.voice.world import Live
from contactcenter.channels.voice.world_port import encode
from contactcenter.core.db import Database, Tx
from contactcenter.crm.log import Event, events_of
from contactcenter.crm.tables import customer_address, interaction, interaction_event
from contactcenter.crm.verify import verify
from contactcenter.handling.tables import leg, outbound_message, voice_command
from contactcenter.routing.model import LIVE
from contactcenter.routing.tables import agent_state, floor_command, reservation, waiting
from contactcenter.trials.crash.day import Exchange
from contactcenter.trials.standins_process import StandinsProcess

_ONCE = frozenset({"opened", "closed", "connected", "wrap_up_started", "wrapped_up", "menu_left",
                   "hang_up_asked", "note_added", "opted_out", "opted_in"})  # fmt: skip
"""Kinds an interaction of this day has at most once."""
_ONCE_EACH: Mapping[str, str] = {
    "leg_started": "leg",
    "leg_answered": "leg",
    "leg_ended": "leg",
    "offered": "reservation",
    "accepted": "reservation",
    "rejected": "reservation",
    "expired": "reservation",
    "withdrawn": "reservation",
    "message_received": "message",
    "message_queued": "message",
}
"""Kinds that come at most once for each value of this key of their data."""
_ON_ITS_WAY = ("queued", "claimed", "handing_over", "deferred")


async def unsettled(db: Database) -> list[str]:
    """What has not come to rest yet; empty when the day is over for the product."""
    return await db.read(lambda tx: list(_unsettled(tx)))


def _unsettled(tx: Tx) -> Iterator[str]:
    def count(what: str, table: Any, *where: Any) -> Iterator[str]:
        number = tx.scalar(select(func.count()).select_from(table).where(*where))
        if number:
            yield f"{number} {what}"

    yield from count("interactions open", interaction, interaction.c.closed_at.is_(None))
    yield from count("legs living", leg, leg.c.state != "ended")
    yield from count("reservations live", reservation, reservation.c.state.in_(LIVE))
    yield from count("interactions on the floor", waiting)
    yield from count("floor commands not applied", floor_command, floor_command.c.applied.is_(None))
    v, m = voice_command.c.state, outbound_message.c.state
    yield from count("voice commands due", voice_command, v.in_(("queued", "claimed")))
    yield from count("messages on their way", outbound_message, m.in_(_ON_ITS_WAY))
    for row in tx.all(select(agent_state.c.state, agent_state.c.reason)):
        if row.state in ("reserved", "busy", "wrap_up"):
            yield f"an agent is {row.state} without cause"


async def faults_of(
    db: Database,
    day: Sequence[Exchange],
    session: ClientSession,
    standins: StandinsProcess,
    folder: Path,
) -> list[str]:
    """Every broken promise. The server may be running or not; the stand-ins must be."""
    faults = [f"{each.name}: {each.fault}" for each in day if each.fault]
    faults += [f"stuck: {what}" for what in await unsettled(db)]
    verified = await verify(db)
    faults += [
        f"log: {each.field} of {each.interaction_id} is {each.stored}, rebuilt {each.rebuilt}"
        for each in verified.differences
    ]
    faults += await db.read(lambda tx: [*_outcomes(tx, day), *_doubled(tx)])
    live = await _living_legs(standins.world_port)
    faults += [f"carrier: leg {each['leg']} lives on, {each['state']}" for each in live]
    async with session.get(f"{standins.http_url}/maildrop?all") as reply:
        mails: Mapping[str, int] = (await reply.json())["message_ids"]
    texts = _texts_at_carrier(folder / "standins" / "world.db")
    faults += await db.read(lambda tx: list(_handed(tx, mails, texts)))
    return faults


def _outcomes(tx: Tx, day: Sequence[Exchange]) -> Iterator[str]:
    """Each exchange has its interactions, each ended as the script says, and nothing was lost."""
    seen: set[UUID] = set()
    for exchange in day:
        rows = _interactions(tx, exchange.address)
        seen |= {row.id for row in rows}
        # an agent's own call that met an offer on its way was refused, and is closed as such
        ended = sorted(
            f"{row.channel}:{row.close_reason}" for row in rows if row.close_reason != "at_capacity"
        )
        if not _as_written(ended, exchange):
            yield f"{exchange.name}: ended as {ended}, not as {sorted(exchange.ends)}"
        events = [event for row in rows for event in events_of(tx, row.id)]
        heard = _count(events, "caption", "customer")
        received = _count(events, "message_received", "customer")
        if heard != exchange.said:
            yield f"{exchange.name}: said {exchange.said} sentences, {heard} are in the log"
        if received != exchange.sent:
            yield f"{exchange.name}: sent {exchange.sent} messages, {received} are in the log"
        yield from _work(exchange, rows, events)
    everything: int = tx.scalar(select(func.count()).select_from(interaction))
    if everything != len(seen):
        yield f"{everything - len(seen)} interactions that nobody began"


def _as_written(ended: Sequence[str], exchange: Exchange) -> bool:
    further = Counter(ended)
    further.subtract(exchange.ends)
    most = Counter(exchange.may_end)
    return all(0 <= count <= most[what] for what, count in further.items())


def _work(exchange: Exchange, rows: Sequence[Any], events: Sequence[Event]) -> Iterator[str]:
    """What the agents did is there, and by them."""
    timed_out = [row for row in rows if row.disposition == "wrap_up_timeout"]
    if timed_out:
        yield f"{exchange.name}: wrapped up by the clock"
    replies = sum(e.kind == "message_queued" and e.actor.startswith("agent:") for e in events)
    if replies != len(exchange.plan.replies):
        yield f"{exchange.name}: {replies} replies of {len(exchange.plan.replies)}"
    notes = sum(event.kind == "note_added" for event in events)
    if notes != bool(exchange.plan.note):
        yield f"{exchange.name}: {notes} notes of {int(bool(exchange.plan.note))}"


def _interactions(tx: Tx, address: str) -> list[Any]:
    i, a = interaction.c, customer_address.c
    return tx.all(
        select(i.id, i.channel, i.close_reason, i.disposition)
        .join(customer_address, a.id == i.address_id)
        .where(a.value == address)
        .order_by(i.id)
    )


def _count(events: Sequence[Event], kind: str, actor: str) -> int:
    return sum(event.kind == kind and event.actor == actor for event in events)


def _doubled(tx: Tx) -> Iterator[str]:
    for row in tx.all(select(interaction.c.id)):
        counts: Counter[str] = Counter()
        for event in events_of(tx, row.id):
            key = _ONCE_EACH.get(event.kind)
            if key is not None:
                counts[f"{event.kind} of {key} {event.data.get(key)}"] += 1
            elif event.kind in _ONCE:
                counts[event.kind] += 1
            elif event.kind == "message_state":
                counts[f"{event.data['message']} {event.data['state']}"] += 1
        yield from (f"doubled: {what}, {n} times" for what, n in counts.items() if n > 1)


async def _living_legs(world_port: int) -> list[dict[str, Any]]:
    """What the carrier still has, asked on a connection of our own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", world_port)
    try:
        writer.write(encode(Live(ref=1)) + b"\n")
        reply: dict[str, Any] = json.loads(await reader.readline())
    finally:
        writer.close()
    return list(reply["value"])


def _texts_at_carrier(world: Path) -> set[str]:
    """The keys of the texts the carrier has taken from us, from its own file."""
    with closing(sqlite3.connect(f"{world.as_uri()}?mode=ro", uri=True)) as file:
        rows = file.execute("SELECT message_key FROM text WHERE message_key IS NOT NULL")
        return {str(key) for (key,) in rows}


def _handed(tx: Tx, mails: Mapping[str, int], texts: set[str]) -> Iterator[str]:
    """Every message exactly once in the drop (mail) or at the carrier (text), or in doubt."""
    m = outbound_message.c
    copies = Counter({key.partition("@")[0]: n for key, n in mails.items()})
    copies.update(texts)
    for row in tx.all(select(m.id, m.channel, m.state)):
        if row.state not in ("sent", "delivered", "in_doubt"):
            yield f"message {row.id} by {row.channel} is {row.state}"
            continue
        handed = copies[str(row.id)]
        if handed > 1 or (handed == 0 and row.state != "in_doubt"):
            yield f"message {row.id} by {row.channel} is {row.state}, handed over {handed} times"


def counted(tx: Tx) -> tuple[int, tuple[str, ...]]:
    """How many events the day has, and their kinds in the order of their first."""
    e = interaction_event.c
    rows = tx.all(select(e.kind, func.count()).group_by(e.kind).order_by(func.min(e.position)))
    return sum(row[1] for row in rows), tuple(row.kind for row in rows)
