"""Calling a customer: the leg, its log entry and the command, once per ``op_id``."""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.channels.voice.steps import Step
from contactcenter.core.db import Tx
from contactcenter.crm import log
from contactcenter.crm.model import Interaction, NewEvent
from contactcenter.handling import legs
from contactcenter.handling.voice_commands import queue_command

RING_CUSTOMER_S = 40.0
"""How long an outgoing call rings."""


def ring_customer(
    tx: Tx, state: Interaction, op_id: object, address: str, steps: Sequence[Step]
) -> None:
    """Call ``address`` from the line of the interaction; ``steps`` run when it is answered."""
    if any(one.op_id == str(op_id) for one in legs.of_interaction(tx, state.id)):
        return
    leg = legs.add(
        tx,
        state.id,
        provider=state.provider,
        line=state.line,
        ref=f"{legs.AWAITED}{op_id}",
        party="customer",
        state="starting",
        op_id=str(op_id),
    )
    data = {"leg": str(leg.id), "party": "customer", "direction": "outbound"}
    log.append(tx, state.id, NewEvent("leg_started", "system", data))
    queue_command(
        tx,
        op_id,
        "originate",
        leg,
        steps=steps,
        to=address,
        from_=state.line,
        ring_timeout_s=RING_CUSTOMER_S,
    )
