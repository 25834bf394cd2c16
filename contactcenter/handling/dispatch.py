"""What follows from the router's decisions, made from the log: a call lost in a crash is made up.

A consumer of the log, so every accepted reservation is acted on after its commit and exactly once
in effect: what it writes are voice commands keyed by ids derived from the event.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from contactcenter.channels.voice.steps import Bridge
from contactcenter.core.db import Tx
from contactcenter.core.ids import derived_id
from contactcenter.crm import log
from contactcenter.crm.log import Event
from contactcenter.crm.model import NewEvent
from contactcenter.handling import callbacks, emergency_calls, interruptions, legs
from contactcenter.handling.announcing import announce
from contactcenter.handling.left_queue import left_queue
from contactcenter.handling.legs import room_of
from contactcenter.handling.lines import Lines
from contactcenter.handling.menus import Menus
from contactcenter.handling.voice_commands import queue_command
from contactcenter.handling.words import Words

RING_S = 20.0
"""How long an agent's own leg may ring before the call is taken back."""


def dispatch(
    tx: Tx,
    events: Sequence[Event],
    words: Words | None = None,
    menus: Menus | None = None,
    lines: Lines | None = None,
) -> None:
    """The ``handle`` of the consumer named ``dispatch``."""
    said = words or Words()
    # by interaction, as the router locks them: two that lock in one order never deadlock
    for event in sorted(events, key=lambda one: one.interaction_id):
        if event.kind == "accepted":
            _call_agent(tx, event)
            interruptions.follow(tx, event)
        elif event.kind == "withdrawn":
            _end_agents_leg(tx, event)
            interruptions.follow(tx, event)
        elif event.kind == "announced":
            announce(tx, event, lines, said)
        elif event.kind == "callback_due":
            callbacks.due(tx, event, lines, said)
        elif event.kind == "callback_planned":
            callbacks.given_up(tx, event)
        elif event.kind == "dequeued":
            left_queue(tx, event, menus, lines, said)
        elif event.kind in ("emergency_began", "emergency_over"):
            emergency_calls.act(tx, event, menus, lines, said)
        elif event.kind in ("wrapped_up", "closed", "wrap_up_started"):
            _end_legs(tx, event)
            if event.kind == "wrapped_up":
                interruptions.follow(tx, event)


def _call_agent(tx: Tx, event: Event) -> None:
    state = log.load(tx, event.interaction_id)
    agent = UUID(event.data["agent"])
    if state.channel != "voice" or state.state != "assigned" or state.agent_id != agent:
        return  # no call, or no longer this agent's
    customer = legs.customer_leg(tx, state.id)
    owed = state.direction == "outbound" or callbacks.open_one(tx, state.id) is not None
    is_gone = customer is None and not owed
    if is_gone or legs.agent_leg(tx, state.id, agent) is not None:
        return  # the customer has gone meanwhile, or this was done before the crash
    op_id = derived_id("agent-leg", event.data["reservation"])
    leg = legs.add(
        tx,
        state.id,
        provider=state.provider,
        line=state.line,
        ref=f"{legs.AWAITED}{op_id}",
        party="agent",
        state="starting",
        agent_id=agent,
        op_id=str(op_id),
    )
    data = {"leg": str(leg.id), "party": "agent", "direction": "outbound", "agent": str(agent)}
    log.append(tx, state.id, NewEvent("leg_started", "system", data))
    queue_command(
        tx,
        op_id,
        "originate",
        leg,
        steps=[Bridge(room_of(state.id), "agent")],
        to=f"agent:{agent}",
        from_=state.line,
        ring_timeout_s=RING_S,
    )


def _end_agents_leg(tx: Tx, event: Event) -> None:
    """An offer or an accepted call was taken back: that agent's leg, if there is one, rings on."""
    leg = legs.agent_leg(tx, event.interaction_id, UUID(event.data["agent"]))
    if leg is not None:
        op_id = derived_id("hangup", leg.id, event.kind)
        queue_command(tx, op_id, "hangup", leg, cause="withdrawn")


def _end_legs(tx: Tx, event: Event) -> None:
    for leg in legs.living(tx, event.interaction_id):
        op_id = derived_id("hangup", leg.id, event.kind)
        queue_command(tx, op_id, "hangup", leg, cause=event.kind)
