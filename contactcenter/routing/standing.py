"""What an agent's presence and work in hand amount to: the state shown, and who may be asked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from msgspec.structs import replace

from contactcenter.routing.fading import WINDOW_S, faded, gained
from contactcenter.routing.match import FREE
from contactcenter.routing.match_orders import Standing
from contactcenter.routing.model import (
    CHANNELS,
    Agent,
    AgentState,
    AgentStateName,
    Channel,
    Presence,
    Reservation,
)

_SHOWN: dict[str, AgentStateName] = {
    "accepted": "busy",
    "pending": "reserved",
    "wrapping": "wrap_up",
}
"""In order of precedence."""
_WORKING = ("busy", "wrap_up")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ABSENT: dict[Presence, str] = {"offline": "not_signed_in", "away": "away"}

Load = tuple[Presence, tuple[Channel, ...]]
"""The presence, and the channels of what is held."""
Room = tuple[dict[Channel, str], dict[str, int]]
"""Per channel ``FREE`` or why not; and how many more. Shared by many agents: not to be changed."""
Rooms = dict[Load, Room]
"""What loads amount to for agents of one make (``make_of``), as far as they were met."""


def make_of(agent: Agent) -> object:
    """What of an agent's configuration their room depends on."""
    capacity = tuple(sorted(agent.capacity.items()))
    return capacity, agent.shared, tuple(sorted(agent.interrupts.items()))


def standing(
    agent: Agent, state: AgentState, held: Collection[Reservation], rooms: Rooms
) -> Standing:
    """How the matcher is to take the agent; ``rooms`` are of the agent's make."""
    load = (state.presence, tuple([one.channel for one in held]))
    room = rooms.get(load)
    if room is None:
        room = rooms[load] = room_of(agent, *load)
    return Standing(
        room[0],
        state.idle_since or _NEVER,
        room[1],
        WINDOW_S if state.state in _WORKING else state.occupied_s,
        state.offers,
        state.faded_at,
        state.offered_at,
    )


def room_of(agent: Agent, presence: Presence, held: tuple[Channel, ...]) -> Room:
    """Per channel ``FREE``, or why the agent is not: not_signed_in, away, at_capacity, on_call;
    and how many more they could hold."""
    room = dict(agent.capacity)
    if presence != "available":
        return dict.fromkeys(CHANNELS, _ABSENT[presence]), room
    for channel in held:
        room[channel] -= 1
    return {channel: _on(channel, agent, held, room) for channel in CHANNELS}, room


def _on(channel: Channel, agent: Agent, held: tuple[Channel, ...], room: dict[str, int]) -> str:
    for shared in agent.shared:
        if channel in shared.channels:
            left = shared.most - sum(one in shared.channels for one in held)
            room[channel] = min(room[channel], left)
    if room[channel] <= 0:
        return "at_capacity"
    beside = agent.interrupts[channel]
    return FREE if all(one in beside for one in held) else "on_call"


def shown(
    state: AgentState, held: Collection[Reservation], now: datetime, asked: float = 0.0
) -> AgentState:
    """``state`` with what is shown of it brought up to date. A call outranks writing. ``asked``:
    what one more offer counts, if there was one."""
    name: AgentStateName = state.presence
    reason = state.presence_reason
    next_state = next_reason = None
    if held:
        name, reason = _work_of(held), None
        if state.presence != "available":
            next_state, next_reason = state.presence, state.presence_reason
    is_new = name != state.state or reason != state.reason or state.since is None
    if not is_new and not asked:
        if next_state == state.next_state and next_reason == state.next_reason:
            return state
        return replace(state, next_state=next_state, next_reason=next_reason)
    occupied, offers, before = state.occupied_s, state.offers, state.faded_at
    if before is not None and before < now:
        occupied, offers = faded(occupied, before, now), faded(offers, before, now)
        if state.state in _WORKING:
            occupied += gained(before, now)
    return replace(
        state,
        state=name,
        reason=reason,
        since=now if is_new else state.since,
        next_state=next_state,
        next_reason=next_reason,
        occupied_s=occupied,
        offers=offers + asked,
        faded_at=now,
        offered_at=now if asked else state.offered_at,
    )


def _work_of(held: Collection[Reservation]) -> AgentStateName:
    if len(held) == 1:
        (one,) = held
        return _SHOWN[one.state]
    calls = [one for one in held if one.channel == "voice"]
    states = {one.state for one in calls or held}
    return next(_SHOWN[one] for one in _SHOWN if one in states)
