"""Voicemail: the caller leaves a message, and the queue's agents get the work of answering it.

The work is an interaction of its own in the same thread, so the recording (and what was understood
of it) stands on the timeline of whoever is offered it; it keeps the caller's place, and the agent
comes on the line before the customer is called.
"""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.channels.voice.steps import Hangup, Record, Step
from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.crm.log import Event
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import conversations, waiting
from contactcenter.handling.lines import Line
from contactcenter.handling.spoken import language_of
from contactcenter.handling.words import VOICEMAIL, VOICEMAIL_THANKS, Words
from contactcenter.routing import actions, commands
from contactcenter.routing.skills import requirement

VOICEMAIL_REASON = "voicemail"
SHORTEST_S = 1.0
"""A shorter recording is a caller who hung up at the tone: no message."""


def ask(tx: Tx, state: Interaction, queue: str, words: Words) -> Sequence[Step]:
    """Have the caller leave a message for the agents of ``queue``."""
    log.append(tx, state.id, NewEvent("voicemail_asked", "system", {"queue": queue}))
    language = language_of(tx, state)
    thanks = words.say(VOICEMAIL_THANKS, language)
    return [words.say(VOICEMAIL, language), Record(), thanks, Hangup(VOICEMAIL_REASON)]


def taken(tx: Tx, state: Interaction, recording: str, seconds: float) -> Interaction | None:
    """A recording of a call is ready: if it is a message, the work of answering it waits in the
    queue. None for any other recording, an empty one, and a caller who withheld the number."""
    events = log.events_of(tx, state.id)
    asked = [one for one in events if one.kind == "voicemail_asked"]
    number = conversations.address_of(tx, state)
    again = sum(one.data.get("recording") == recording for one in events) > 1
    if again or not asked or seconds < SHORTEST_S or not conversations.is_writable(number):
        return None
    line = Line(state.line, "voice", state.provider, "")
    call = conversations.open_outbound(
        tx,
        new_id(),
        customer_id=state.customer_id,
        address_id=state.address_id,
        line=line,
        actor="customer",
        thread=state.thread_id,
        reason=VOICEMAIL_REASON,
    )
    _enqueue(tx, state, call, str(asked[-1].data["queue"]), events)
    commands.submit(tx, actions.AskCallback(call.id, number, first="agent"))
    return call


def _enqueue(
    tx: Tx, state: Interaction, call: Interaction, queue: str, events: Sequence[Event]
) -> None:
    """With what the caller required, and the time they have waited."""
    queued = [one.data for one in events if one.kind == "queued"]
    last = queued[-1] if queued else {}
    needed = last.get("requires")
    since = state.queued_at
    waiting.enqueue(
        tx,
        call,
        queue,
        actor="customer",
        requires=None if needed is None else requirement(needed),
        priority=last.get("priority", 0),
        attributes={VOICEMAIL_REASON: str(state.id)},
        direction="callback",
        age_s=int((tx.now - since).total_seconds()) if since else 0,
        manual=True,
    )
