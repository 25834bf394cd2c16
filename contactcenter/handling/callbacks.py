"""Callbacks on the line: the customer is called when the floor says so, and the floor is told.

The floor decides when, whom first and how often (``routing.floor_callbacks``). Every attempt has an
``op_id`` of its own, derived from the interaction and the attempt's number, so that whatever is
done twice after a crash is done once on the carrier.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from contactcenter.channels.voice.steps import Bridge, Step
from contactcenter.core.addresses import parse_address
from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict, Invalid
from contactcenter.core.ids import derived_id
from contactcenter.crm import customers, log
from contactcenter.crm.log import Event
from contactcenter.crm.model import Interaction
from contactcenter.handling import conversations, legs, waiting
from contactcenter.handling.dialling import ring_customer
from contactcenter.handling.legs import Leg, room_of
from contactcenter.handling.lines import Lines
from contactcenter.handling.voice_commands import queue_command
from contactcenter.handling.words import CALLBACK_GREETING, Words
from contactcenter.routing import actions, commands, queries
from contactcenter.routing.model import Callback, Waiting


def ask(
    tx: Tx,
    interaction: UUID,
    *,
    lines: Lines,
    address: str | None = None,
    at: datetime | None = None,
    first: Literal["customer", "agent"] | None = None,
    command: UUID | None = None,
) -> UUID:
    """Ask the floor to call the customer of a waiting call; the command to wait for.

    ``address`` None: the one they called from. ``Invalid`` for no number at all, ``Conflict`` for
    what does not wait as a call.
    """
    if command is not None and commands.is_known(tx, command):
        return command
    state = log.lock(tx, interaction)
    if state.channel != "voice" or state.state not in ("waiting", "offered"):
        raise Conflict("no call waits here", code="superseded", hint="look again at the floor")
    line = lines.find("voice", state.line)
    number = address or conversations.address_of(tx, state)
    if not conversations.is_writable(number):
        raise Invalid("the customer's number is not known", hint="give one as address")
    found = parse_address(number, line.region if line else None)
    if found.kind != "phone":
        raise Invalid("a callback needs a phone number")
    asked = actions.AskCallback(interaction, found.value, first, at)
    return commands.submit(tx, asked, command_id=command)


def attempt_op(interaction: UUID, attempt: int) -> str:
    """The ``op_id`` of the call to the customer in this attempt."""
    return str(derived_id("callback-leg", interaction, attempt))


def open_one(tx: Tx, interaction: UUID) -> tuple[Waiting, Callback] | None:
    """The callback owed to the customer of this interaction, while they are not reached."""
    item = queries.waiting_one(tx, interaction)
    if item is None or item.callback is None or item.callback.reached:
        return None
    return item, item.callback


def due(tx: Tx, event: Event, lines: Lines | None, words: Words) -> None:
    """The customer comes first: call them into the waiting room. (An agent who comes first is
    called as for any accepted call, and the customer once that agent is there.)"""
    if event.data.get("agent"):
        return
    state = log.lock(tx, event.interaction_id)
    found = open_one(tx, state.id)
    if found is None or found[0].state != "calling":
        return
    if found[1].attempts != event.data["attempt"]:
        return  # a later attempt goes on already
    if legs.customer_leg(tx, state.id) is not None:  # they asked for a call, and stayed
        commands.submit(tx, actions.CallbackAnswered(state.id))
        return
    language = customers.get(tx, state.customer_id).language
    line = lines.find("voice", state.line) if lines else None
    hello = words.say(CALLBACK_GREETING, language, sender=line.name if line else "")
    steps = [hello, *waiting.park(words, str(state.queue), language)]
    _ring(tx, state, found[1], steps)


def call_into_room(tx: Tx, state: Interaction) -> bool:
    """The agent who comes first is there: call the customer; False when no callback is owed."""
    found = open_one(tx, state.id)
    if found is None or found[0].state != "assigned":
        return False
    _ring(tx, state, found[1], [Bridge(room_of(state.id), "customer")])
    return True


def _ring(tx: Tx, state: Interaction, callback: Callback, steps: Sequence[Step]) -> None:
    op_id = attempt_op(state.id, callback.attempts)
    ring_customer(tx, state, op_id, callback.address, steps)


def answered(tx: Tx, leg: Leg) -> None:
    """A leg is up: if it is the customer called back, the floor is told."""
    if leg.party == "customer" and _is_attempt(tx, leg):
        commands.submit(tx, actions.CallbackAnswered(leg.interaction_id))


def failed(tx: Tx, leg: Leg, cause: str) -> bool:
    """A leg ended: whether it was a callback that nobody took; then the floor is told."""
    if leg.state == "up" or not _is_attempt(tx, leg):
        return False
    commands.submit(tx, actions.CallbackFailed(leg.interaction_id, cause))
    return True


def given_up_by_agent(tx: Tx, state: Interaction) -> bool:
    """The agent hangs up while the customer is still being called: the attempt is over, and the
    agent, who did answer, stays available. False for any other call."""
    item = queries.waiting_one(tx, state.id)
    if item is None or not item.queue or state.answered_at is not None:
        return False
    if open_one(tx, state.id) is not None:
        commands.submit(tx, actions.CallbackFailed(state.id, "agent_left"))
    elif state.direction == "outbound":
        commands.submit(tx, actions.Ended(state.id, "agent_left"))
    else:
        return False
    return True


def _is_attempt(tx: Tx, leg: Leg) -> bool:
    found = open_one(tx, leg.interaction_id)
    return found is not None and leg.op_id == attempt_op(leg.interaction_id, found[1].attempts)


def given_up(tx: Tx, event: Event) -> None:
    """An attempt failed and another is planned: what still rings of the old one ends."""
    if not event.data.get("attempts"):
        return
    for leg in legs.living(tx, event.interaction_id):
        if leg.party == "customer" and leg.state != "up":
            op_id = derived_id("hangup", leg.id, "given_up")
            queue_command(tx, op_id, "hangup", leg, cause="given_up")
