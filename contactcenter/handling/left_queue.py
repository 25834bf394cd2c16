"""Out of the queue without an agent: the menu goes on by the reason, else the customer is told.

Nothing ends in silence: a call hears why, a text or mail gets one answer, and both stand in the
log. A full queue that offers a callback asks before anything else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contactcenter.channels.voice.steps import Hangup, Step
from contactcenter.core.db import Tx
from contactcenter.core.ids import derived_id
from contactcenter.crm import log
from contactcenter.crm.log import Event
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import conversations, legs, queue_keys, text_callbacks, voicemails
from contactcenter.handling.announcing import offer, signed, write
from contactcenter.handling.lines import Lines
from contactcenter.handling.menus import Menus
from contactcenter.handling.spoken import language_of
from contactcenter.handling.voice_commands import queue_command
from contactcenter.handling.voicemails import VOICEMAIL_REASON
from contactcenter.handling.words import (
    NOBODY_FREE,
    QUEUE_CLOSED,
    QUEUE_FULL,
    SMS_NOBODY_FREE,
    SMS_QUEUE_CLOSED,
    SMS_QUEUE_FULL,
    Words,
)

OFFERED = text_callbacks.OFFERED
_SPOKEN: Mapping[str, str] = {"queue_full": QUEUE_FULL, "queue_closed": QUEUE_CLOSED}
_WRITTEN: Mapping[str, str] = {"queue_full": SMS_QUEUE_FULL, "queue_closed": SMS_QUEUE_CLOSED}
_OURS = ("abandoned", "callback_failed")
"""Reasons after which nobody is there to be told anything."""


def left_queue(
    tx: Tx, event: Event, menus: Menus | None, lines: Lines | None, words: Words
) -> None:
    """Act on one ``dequeued``."""
    state = log.lock(tx, event.interaction_id)
    reason = str(event.data.get("reason") or "")
    if reason == text_callbacks.NOT_REACHED and lines is not None:
        text_callbacks.not_reached(tx, state, lines)
    if state.state != "open" or reason in _OURS:
        return  # queued again meanwhile, or over
    line = lines.find(state.channel, state.line) if lines else None
    key = f"left-queue:{event.seq}"
    if state.channel != "voice":
        address = conversations.address_of(tx, state)
        if menus and line and menus.goes_on_text(tx, state, line, address, reason, key):
            return
        name = signed(line)
        if reason == OFFERED and text_callbacks.stay(tx, state):
            offer(tx, state, words, name, lines)
            return
        template = _WRITTEN.get(reason, SMS_NOBODY_FREE)
        write(tx, state, words.text(template, language_of(tx, state), sender=name), key)
        log.append(tx, state.id, NewEvent("closed", "system", {"reason": reason}))
        return
    leg = legs.customer_leg(tx, state.id)
    if leg is None:
        log.append(tx, state.id, NewEvent("closed", "system", {"reason": reason}))
        return
    op_id = str(derived_id("left-queue", leg.id, event.seq))
    steps = menus.goes_on(tx, state, line, reason, op_id) if menus and line else None
    if steps is None:
        steps = _default(tx, state, reason, words)
    legs.change(tx, leg.id, op_id=op_id)
    queue_command(tx, op_id, "run", leg, steps=steps)


def _default(tx: Tx, state: Interaction, reason: str, words: Words) -> Sequence[Step]:
    if reason == OFFERED:
        return queue_keys.offer(tx, state, words)
    if reason == VOICEMAIL_REASON:
        return voicemails.ask(tx, state, str(state.queue), words)
    said = words.say(_SPOKEN.get(reason, NOBODY_FREE), language_of(tx, state))
    return [said, Hangup(reason)]
