"""The end of a leg, and what it means for whoever is left: every case ends in a defined state.

Customer gone: the agent's leg is ended, the interaction leaves queue or menu, or goes to wrap-up.
Agent gone before both heard each other: the reservation comes back through the router, the customer
waits on. Agent gone while talking: a normal end ends the call; a failure of ours or the carrier's
is told to the customer first.
"""

from __future__ import annotations

from contactcenter.channels.voice.base import LegEnded
from contactcenter.channels.voice.steps import Hangup
from contactcenter.core.db import Tx
from contactcenter.core.ids import derived_id
from contactcenter.crm import customers
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import callbacks, legs, waiting
from contactcenter.handling.call_reports import append, caught_up, hang_up, left
from contactcenter.handling.legs import Leg
from contactcenter.handling.menus import Menus
from contactcenter.handling.voice_commands import queue_command
from contactcenter.handling.words import AGENT_LOST, Words
from contactcenter.routing import actions, commands, queries

_GIVEN_UP = "given_up"
"""Stands as the step list of a customer's leg that is no longer wanted."""


def ended(tx: Tx, event: LegEnded, leg: Leg, menus: Menus, words: Words) -> None:
    """Take the end of a leg."""
    caught_up(tx, event, leg, event.reached)
    if leg.room is not None:  # its leaving is reported later, or never
        left(tx, leg, leg.room, "ended", event)
    legs.change(tx, leg.id, state="ended", ended_at=event.at, room=None)
    data = {"leg": str(leg.id), "cause": event.cause, "party": leg.party}
    actor = "customer" if leg.party == "customer" else "carrier"
    state = append(tx, leg, NewEvent("leg_ended", actor, data, at=event.at))
    if leg.party == "customer":
        if not callbacks.failed(tx, leg, event.cause):
            _customer_gone(tx, state, leg, menus, event.cause)
    elif state.state == "assigned" and state.agent_id == leg.agent_id:
        _agent_gone(tx, state, leg, event.cause, words)


def _customer_gone(tx: Tx, state: Interaction, leg: Leg, menus: Menus, cause: str) -> None:
    if leg.op_id == _GIVEN_UP:
        return  # the agent was lost before the customer answered: the call waits for another
    if state.state == "in_menu":
        menus.hung_up(tx, state)
    for other in legs.living(tx, state.id):
        hang_up(tx, other, "customer_left")
    never = state.direction == "outbound" and state.answered_at is None
    waiting.customer_left(tx, state, cause if never and cause != "normal" else "abandoned")


def _agent_gone(tx: Tx, state: Interaction, leg: Leg, cause: str, words: Words) -> None:
    customer = legs.customer_leg(tx, state.id)
    if state.answered_at is None and _is_of_a_queue(tx, state):
        commands.submit(tx, actions.MediaFailed(state.id))
        if customer is None:
            return
        if customer.state != "up":
            legs.change(tx, customer.id, op_id=_GIVEN_UP)
            hang_up(tx, customer, "agent_left")
        elif leg.state == "up":  # the customer was asked into the room: back to the music
            _run(tx, customer, "park", leg, waiting.park(words, str(state.queue), _of(tx, state)))
    elif customer is None:
        if state.ended_at is None:  # an outgoing call whose customer was never called
            commands.submit(tx, actions.Ended(state.id))
    elif state.answered_at is None or cause == "normal":
        hang_up(tx, customer, "agent_left")
    else:
        sorry = words.say(AGENT_LOST, _of(tx, state))
        _run(tx, customer, "sorry", leg, [sorry, Hangup("agent_lost")])


def _is_of_a_queue(tx: Tx, state: Interaction) -> bool:
    """Whether it goes back to its queue when its agent is lost: all but an agent's own calls."""
    item = queries.waiting_one(tx, state.id)
    return item is not None and bool(item.queue)


def _of(tx: Tx, state: Interaction) -> str:
    return customers.get(tx, state.customer_id).language


def _run(tx: Tx, customer: Leg, what: str, because: Leg, steps: waiting.Steps) -> None:
    queue_command(tx, derived_id(what, customer.id, because.id), "run", customer, steps=steps)
