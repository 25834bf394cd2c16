"""A texter who would rather be called: the call is an interaction of its own, in the text's place.

It keeps the time the text has waited, stands in the same thread, and the text leaves the queue.
"""

from __future__ import annotations

from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.crm.model import Interaction
from contactcenter.handling import conversations, waiting
from contactcenter.handling.lines import Lines
from contactcenter.routing import actions, commands, queries

WORDS = frozenset(["call", "call me", "回电", "回電"])
"""What a customer writes who takes the offer."""


def is_wanted(tx: Tx, state: Interaction, text: str) -> bool:
    """Whether this text takes the offer of a callback that the queue made."""
    if text.strip().strip('.!。！"“”').casefold() not in WORDS:
        return False
    told = [one for one in log.events_of(tx, state.id) if one.kind == "announced"]
    return any(one.data.get("callback") for one in told)


def begin(tx: Tx, state: Interaction, lines: Lines, address: str) -> Interaction | None:
    """The callback's interaction, queued; None when we have no line to call from."""
    line = lines.first("voice")
    item = queries.waiting_one(tx, state.id)
    if line is None or item is None or not conversations.is_writable(address):
        return None
    call = conversations.open_outbound(
        tx,
        new_id(),
        customer_id=state.customer_id,
        address_id=state.address_id,
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
    return call
