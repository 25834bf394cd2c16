"""What those who wait are told: place and wait, the queue's prompts, the offer of a callback.

By voice it is spoken into the waiting; a text gets each kind of it once for a queue, a mail one
answer in all (``mail_callbacks``).
"""

from __future__ import annotations

from typing import Any

import structlog

from contactcenter.channels.voice.steps import Step
from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid
from contactcenter.core.ids import derived_id
from contactcenter.crm import log
from contactcenter.crm.log import Event
from contactcenter.crm.model import Interaction
from contactcenter.handling import (
    automatic_mail,
    callbacks,
    conversations,
    legs,
    mail_callbacks,
    queue_keys,
    waiting,
)
from contactcenter.handling.legs import Leg
from contactcenter.handling.lines import Line, Lines
from contactcenter.handling.preferred import queue_of
from contactcenter.handling.spoken import language_of
from contactcenter.handling.voice_commands import queue_command
from contactcenter.handling.words import (
    SMS_CALLBACK_OFFER,
    SMS_POSITION,
    VOICE_POSITION,
    Words,
)

_log = structlog.get_logger(__name__)


def announce(tx: Tx, event: Event, lines: Lines | None, words: Words) -> None:
    """Act on one ``announced``; what waits no more is told nothing."""
    state = log.lock(tx, event.interaction_id)
    if state.state not in ("waiting", "offered"):
        return
    if state.channel == "voice":
        _by_voice(tx, state, event, words)
    else:
        _in_writing(tx, state, event, words, lines)


def band(data: Any) -> dict[str, int]:
    """The wait in minutes for the words: ``low`` and ``high``; nothing when it is not sure."""
    if data.get("low_s") is None or data.get("high_s") is None:
        return {}
    low, high = int(data["low_s"]) // 60, -(-int(data["high_s"]) // 60)
    return {"low": low if low < high else 0, "high": max(1, high)}


def _by_voice(tx: Tx, state: Interaction, event: Event, words: Words) -> None:
    leg = legs.customer_leg(tx, state.id)
    if leg is None or leg.state != "up" or leg.room is not None:
        return
    if queue_keys.is_asking(tx, state.id):
        return  # the caller is being asked something; the next turn tells again
    if event.data.get("callback"):
        if callbacks.open_one(tx, state.id) is None:
            _offer(tx, state, leg, event, words)
        return
    language = language_of(tx, state)
    said: list[Step] = []
    if event.data.get("position") or band(event.data):
        known = {"position": event.data.get("position"), **band(event.data)}
        said.append(words.say(VOICE_POSITION, language, **known))
    if prompt := event.data.get("prompt"):
        said += _prompt(words, str(prompt), language)
    if said:
        park = waiting.park(words, str(state.queue), language, music_only=True)
        op_id = derived_id("announced", leg.id, event.seq)
        queue_command(tx, op_id, "run", leg, steps=[*said, *park])


def _offer(tx: Tx, state: Interaction, leg: Leg, event: Event, words: Words) -> None:
    op_id = derived_id("callback-offer", leg.id, event.seq)
    steps = queue_keys.offer(tx, state, words)
    legs.change(tx, leg.id, op_id=str(op_id))  # what is pressed is the answer to this
    queue_command(tx, op_id, "run", leg, steps=steps)


def _prompt(words: Words, name: str, language: str) -> list[Step]:
    """The operator's prompt ``voice/NAME``; one that does not exist is logged, never silence."""
    try:
        return [words.say(f"voice/{name}", language)]
    except Invalid as error:
        _log.error("prompt_missing", prompt=name, reason=error.message)
        return []


def _in_writing(
    tx: Tx, state: Interaction, event: Event, words: Words, lines: Lines | None
) -> None:
    language = language_of(tx, state)
    line = lines.find(state.channel, state.line) if lines else None
    sender, data = signed(line), event.data
    if data.get("callback"):
        offer(tx, state, words, sender, lines)
        return
    if state.channel == "email":
        if _tells(tx, state):
            mail_callbacks.acknowledge(tx, state, words, sender, band(data), lines)
            return
    elif data.get("position") or band(data):
        known = {"sender": sender, "position": data.get("position"), **band(data)}
        write(tx, state, words.text(SMS_POSITION, language, **known), f"position:{state.queue}")
    if prompt := data.get("prompt"):
        try:
            text = words.text(f"sms/{prompt}", language)
        except Invalid as error:
            _log.error("prompt_missing", prompt=prompt, reason=error.message)
            return
        write(tx, state, text, f"{prompt}:{state.queue}")


def signed(line: Line | None) -> str:
    """How we call ourselves on a line."""
    return (line.from_name or line.name) if line else ""


def offer(tx: Tx, state: Interaction, words: Words, sender: str, lines: Lines | None) -> None:
    """Offer a call to the customer of a text or mail that waits."""
    if state.channel == "email":
        mail_callbacks.acknowledge(tx, state, words, sender, {}, lines)
        return
    text = words.text(SMS_CALLBACK_OFFER, language_of(tx, state), sender=sender)
    write(tx, state, text, f"callback:{state.queue}")


def _tells(tx: Tx, state: Interaction) -> bool:
    """Whether the queue tells those who wait how it goes."""
    queue = queue_of(tx, str(state.queue))
    rule = queue.announcements if queue else None
    return rule is not None and (rule.position or rule.wait)


def write(tx: Tx, state: Interaction, text: str, key: str) -> None:
    """Text or mail to the customer of an interaction, once per ``key``."""
    if state.channel == "email":
        automatic_mail.answer(tx, state, text, kind=key.partition(":")[0], key=key)
        return
    address = conversations.address_of(tx, state)
    conversations.answer(tx, state, address, text, key=key, purpose="transactional", actor="system")
