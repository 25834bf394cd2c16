"""What an agent's presence and work in hand amount to: the state shown, and who may be asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from contactcenter.routing.match import FREE
from contactcenter.routing.model import (
    CHANNELS,
    MAY_JOIN,
    Agent,
    AgentState,
    AgentStateName,
    Channel,
    Reservation,
)

_SHOWN: dict[str, AgentStateName] = {
    "accepted": "busy",
    "pending": "reserved",
    "wrapping": "wrap_up",
}
"""In order of precedence."""


def standing(agent: Agent, state: AgentState, held: Collection[Reservation]) -> dict[Channel, str]:
    """Per channel ``FREE``, or why the agent is not: offline, away, at_capacity, on_call."""
    if state.presence != "available":
        return dict.fromkeys(CHANNELS, state.presence)
    load = Counter(one.channel for one in held)
    return {channel: _on(channel, agent, load) for channel in CHANNELS}


def _on(channel: Channel, agent: Agent, load: Counter[Channel]) -> str:
    if load[channel] >= agent.capacity.get(channel, 0):
        return "at_capacity"
    return FREE if load.keys() <= MAY_JOIN[channel] else "on_call"


def shown(state: AgentState, held: Collection[Reservation], now: datetime) -> AgentState:
    """``state`` with what is shown of it brought up to date. A call outranks writing."""
    calls = [one for one in held if one.channel == "voice"]
    states = {one.state for one in calls or held}
    name = next((_SHOWN[one] for one in _SHOWN if one in states), None)
    if name is None:
        new = replace(
            state,
            state=state.presence,
            reason=state.presence_reason,
            next_state=None,
            next_reason=None,
        )
    else:
        leaving = state.presence != "available"
        new = replace(
            state,
            state=name,
            reason=None,
            next_state=state.presence if leaving else None,
            next_reason=state.presence_reason if leaving else None,
        )
    if (new.state, new.reason) != (state.state, state.reason) or new.since is None:
        new = replace(new, since=now)
    return new
