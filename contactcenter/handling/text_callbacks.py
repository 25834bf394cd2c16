"""A texter or mailer who would rather be called: the call is an interaction of its own, in the
message's place.

It keeps the time the message has waited, stands in the same thread, and the message leaves the
queue. A customer who is never reached gets the message answered after all.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.crm.model import Interaction
from contactcenter.crm.tables import interaction
from contactcenter.handling import conversations, waiting
from contactcenter.handling.lines import Lines
from contactcenter.routing import actions, commands, queries
from contactcenter.routing.skills import requirement

WORDS = frozenset(["call", "call me", "回电", "回電"])
"""What a customer writes who takes the offer."""
CALLED, NOT_REACHED = "callback", "callback_failed"
"""Why a message leaves its queue, and why a call does."""
OFFERED = "callback_offered"


def is_wanted(tx: Tx, state: Interaction, text: str) -> bool:
    """Whether this text takes the offer of a callback that the queue made."""
    if text.strip().strip('.!。！"“”').casefold() not in WORDS:
        return False
    return bool(_offers(tx, state))


def _offers(tx: Tx, state: Interaction) -> list[int]:
    """The events by which the queue offered a callback."""
    return [
        one.seq
        for one in log.events_of(tx, state.id)
        if (one.kind == "announced" and one.data.get("callback"))
        or (one.kind == "dequeued" and one.data.get("reason") == OFFERED)
    ]


def stay(tx: Tx, state: Interaction) -> bool:
    """A message whose queue would not keep it, but offers a callback: it waits nevertheless (it
    holds no line), once; whether it does."""
    if len(_offers(tx, state)) > 1:
        return False
    (*_, last) = (one.data for one in log.events_of(tx, state.id) if one.kind == "queued")
    needed = last.get("requires")
    waiting.enqueue(
        tx,
        state,
        str(state.queue),
        actor="system",
        requires=None if needed is None else requirement(needed),
        priority=last.get("priority", 0),
        manual=True,
    )
    return True


def begin(
    tx: Tx, state: Interaction, lines: Lines, address: str, address_id: UUID | None
) -> Interaction | None:
    """The callback's interaction, queued, in the place of the message, which leaves the queue;
    None when we have no line to call from."""
    line = lines.first("voice")
    item = queries.waiting_one(tx, state.id)
    if line is None or item is None or not conversations.is_writable(address):
        return None
    call = conversations.open_outbound(
        tx,
        new_id(),
        customer_id=state.customer_id,
        address_id=address_id,
        line=line,
        actor="customer",
        thread=state.thread_id,
    )
    waited_s = int(item.waited(tx.now).total_seconds()) + item.age_s
    waiting.enqueue(
        tx,
        call,
        item.queue,
        actor="customer",
        priority=item.priority,
        direction="callback",
        age_s=waited_s,
        manual=True,
    )
    commands.submit(tx, actions.AskCallback(call.id, address))
    commands.submit(tx, actions.Leave(state.id, CALLED))
    return call


def not_reached(tx: Tx, call: Interaction, lines: Lines) -> Interaction | None:
    """Nobody took the calls: the message in whose place they were made waits for a written answer;
    None when there was none."""
    i = interaction.c
    found = tx.scalar(
        select(i.id)
        .where(
            i.thread_id == call.thread_id,
            i.close_reason == CALLED,
            i.channel != "voice",
            i.closed_at >= call.opened_at,
        )
        .order_by(i.id)
        .limit(1)
    )
    message = log.load(tx, found) if found else None
    line = lines.find(message.channel, message.line) if message else None
    if message is None or line is None or message.queue is None:
        return None
    again = conversations.open_inbound(
        tx,
        customer_id=message.customer_id,
        address_id=message.address_id,
        line=line,
        at=tx.now,
        thread=message.thread_id,
        reason=NOT_REACHED,
    )
    waiting.enqueue(tx, again, message.queue, actor="system", manual=True)
    return again
