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
from contactcenter.handling import legs
from contactcenter.handling.calls import room_of
from contactcenter.handling.voice_commands import queue_command

RING_S = 20.0
"""How long an agent's own leg may ring before the call is taken back."""


def dispatch(tx: Tx, events: Sequence[Event]) -> None:
    """The ``handle`` of the consumer named ``dispatch``."""
    for event in events:
        if event.kind == "accepted":
            _call_agent(tx, event)
        elif event.kind in ("wrapped_up", "closed", "wrap_up_started"):
            _end_legs(tx, event)


def _call_agent(tx: Tx, event: Event) -> None:
    state = log.load(tx, event.interaction_id)
    if state.channel != "voice" or state.closed_at:
        return
    customer = legs.customer_leg(tx, state.id)
    agent = UUID(event.data["agent"])
    is_gone = customer is None and state.direction == "inbound"
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


def _end_legs(tx: Tx, event: Event) -> None:
    for leg in legs.living(tx, event.interaction_id):
        op_id = derived_id("hangup", leg.id, event.kind)
        queue_command(tx, op_id, "hangup", leg, cause=event.kind)
