"""What a living leg should be doing now: asked after a restart, decided from the log alone."""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.channels.voice.steps import Bridge, Hangup, Step
from contactcenter.core.db import Tx
from contactcenter.crm import customers, log
from contactcenter.crm.model import Interaction
from contactcenter.handling import legs, waiting
from contactcenter.handling.legs import Leg, room_of
from contactcenter.handling.lines import Lines
from contactcenter.handling.menus import Menus
from contactcenter.handling.words import Words


def resume(tx: Tx, leg: Leg, lines: Lines, menus: Menus, words: Words) -> Sequence[Step] | None:
    """The steps to run on ``leg``; None when it does already what it should."""
    state = log.load(tx, leg.interaction_id)
    if state.closed_at or state.state in ("wrap_up", "open"):
        return [Hangup("resumed_after_end")]
    if leg.state != "up" or leg.room is not None:
        return None  # it rings, and its first steps wait with the carrier; or it is in the room
    if leg.party == "agent":
        if state.state == "assigned" and state.agent_id == leg.agent_id:
            return [Bridge(room_of(state.id), "agent")]
        return [Hangup("too_late")]
    if state.state == "in_menu":
        return menus.again(tx, state, lines.get("voice", state.line), leg)
    if _is_expected(tx, state):
        return [Bridge(room_of(state.id), "customer")]
    return waiting.park(words, str(state.queue), customers.get(tx, state.customer_id).language)


def _is_expected(tx: Tx, state: Interaction) -> bool:
    """Whether an agent is up and waits in the room, or we called the customer ourselves."""
    if state.direction == "outbound" and state.state not in ("waiting", "offered"):
        return True
    if state.state != "assigned" or state.agent_id is None:
        return False
    agent = legs.agent_leg(tx, state.id, state.agent_id)
    return agent is not None and agent.state == "up"
