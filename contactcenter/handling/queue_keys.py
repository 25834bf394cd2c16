"""Keys pressed while waiting: the answer to the offer of a callback, and the number to call.

What was asked last stands in the log as a ``menu_step`` of the node ``queue``, by its code; the
digits themselves are nowhere but in the floor's command.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contactcenter.channels.voice.base import Collected, VoiceEvent
from contactcenter.channels.voice.steps import Collect, Hangup, Say, Step
from contactcenter.core.addresses import parse_address
from contactcenter.core.db import Tx
from contactcenter.core.errors import Invalid
from contactcenter.crm import log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import conversations, waiting
from contactcenter.handling.lines import Line
from contactcenter.handling.spoken import language_of
from contactcenter.handling.words import (
    CALLBACK_BAD_NUMBER,
    CALLBACK_CONFIRMED,
    CALLBACK_NUMBER,
    CALLBACK_OFFER,
    NOBODY_FREE,
    Words,
)
from contactcenter.routing import actions, commands

_NODE, _KIND = "queue", "callback"
_ASKING = ("offered", "number", "bad_number")
_MOST_DIGITS = 20


def is_asking(tx: Tx, interaction: UUID) -> bool:
    """Whether a question is open in the queue."""
    return _last(tx, interaction) in _ASKING


def _last(tx: Tx, interaction: UUID) -> str:
    codes = [
        str(one.data["code"])
        for one in log.events_of(tx, interaction)
        if one.kind == "menu_step" and one.data.get("kind") == _KIND
    ]
    return codes[-1] if codes else ""


def _record(tx: Tx, state: Interaction, code: str, actor: str = "customer") -> None:
    data = {"node": _NODE, "kind": _KIND, "code": code}
    log.append(tx, state.id, NewEvent("menu_step", actor, data))


def offer(tx: Tx, state: Interaction, words: Words) -> Sequence[Step]:
    """Ask the caller whether to be called back."""
    _record(tx, state, "offered", "system")
    language = language_of(tx, state)
    said = words.say(CALLBACK_OFFER, language, known=bool(_number(tx, state)))
    return [Collect((said,), max_digits=1, finish_key="", language=language)]


def pressed(
    tx: Tx, state: Interaction, line: Line, event: VoiceEvent, words: Words
) -> Sequence[Step] | None:
    """The answer to what was asked; None when nothing was."""
    asked = _last(tx, state.id)
    if asked not in _ASKING or state.state not in ("waiting", "offered", "open"):
        return None
    value = event.value.strip() if isinstance(event, Collected) else ""
    number = _number(tx, state)
    if asked != "offered":
        return _entered(tx, state, line, value, asked, words)
    if value == "1" and number:
        return _agreed(tx, state, number, words)
    if value == "2" or value == "1":
        return _ask_number(tx, state, "number", words)
    return _stay(tx, state, words)


def _number(tx: Tx, state: Interaction) -> str:
    """The number the customer called from; "" when it is withheld."""
    address = conversations.address_of(tx, state)
    return address if conversations.is_writable(address) else ""


def _entered(
    tx: Tx, state: Interaction, line: Line, value: str, asked: str, words: Words
) -> Sequence[Step]:
    try:
        return _agreed(tx, state, parse_address(value, line.region).value, words)
    except Invalid:
        if asked == "number" and value:
            return _ask_number(tx, state, "bad_number", words)
        return _stay(tx, state, words)


def _ask_number(tx: Tx, state: Interaction, code: str, words: Words) -> Sequence[Step]:
    _record(tx, state, code)
    language = language_of(tx, state)
    said = words.say(CALLBACK_NUMBER if code == "number" else CALLBACK_BAD_NUMBER, language)
    return [_digits(said, language)]


def _digits(said: Say, language: str) -> Collect:
    return Collect(
        (said,), max_digits=_MOST_DIGITS, finish_key="#", gap_timeout_s=6.0, language=language
    )


def _agreed(tx: Tx, state: Interaction, number: str, words: Words) -> Sequence[Step]:
    _record(tx, state, "accepted")
    if state.state == "open":  # the queue took no more calls, but it takes this one
        waiting.enqueue(tx, state, str(state.queue), actor="customer", manual=True)
    commands.submit(tx, actions.AskCallback(state.id, number))
    return [words.say(CALLBACK_CONFIRMED, language_of(tx, state)), Hangup("callback")]


def _stay(tx: Tx, state: Interaction, words: Words) -> Sequence[Step]:
    _record(tx, state, "declined")
    language = language_of(tx, state)
    if state.state == "open":  # there is no queue to stay in
        return [words.say(NOBODY_FREE, language), Hangup("callback_declined")]
    return waiting.park(words, str(state.queue), language)
