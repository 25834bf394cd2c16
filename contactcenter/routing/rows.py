"""The floor as plain rows: what is stored, and what a floor is rebuilt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contactcenter.routing.actions import ChangeAgent, ChangeQueue
from contactcenter.routing.changes import Changes
from contactcenter.routing.config import agent_data, agent_from, queue_data, queue_from
from contactcenter.routing.floor import Floor
from contactcenter.routing.model import AgentState, QueueState, Reservation, Waiting


@dataclass(frozen=True, slots=True)
class FloorRows:
    """Everything the floor is, each part in the order of its key. ``seq`` commands led here, the
    last at ``now``."""

    seq: int
    now: datetime | None
    queues: Sequence[ChangeQueue]
    agents: Sequence[ChangeAgent]
    states: Sequence[AgentState]
    waiting: Sequence[Waiting]
    reservations: Sequence[Reservation]
    queue_states: Sequence[QueueState] = ()


def rows_of(floor: Floor) -> FloorRows:
    """The floor as rows; equal floors give equal rows."""
    return FloorRows(
        seq=floor.seq,
        now=floor.now,
        queues=[
            ChangeQueue(name, queue.version, queue_data(queue))
            for name, queue in sorted(floor.queues.items())
        ],
        agents=[
            ChangeAgent(key, agent.version, agent.name, agent_data(agent), agent.site)
            for key, agent in sorted(floor.agents.items())
        ],
        states=[state for _, state in sorted(floor.states.items())],
        waiting=[item for _, item in sorted(floor.waiting.items())],
        reservations=[one for _, one in sorted(floor.reservations.items())],
        queue_states=[state for _, state in sorted(floor.queue_states.items())],
    )


def floor_of(rows: FloorRows) -> Floor:
    """The floor these rows describe, timers and index included."""
    floor = Floor()
    floor.seq, floor.now = rows.seq, rows.now
    states = {state.name: state for state in rows.queue_states}
    for queue in rows.queues:
        floor.queues[queue.name] = queue_from(queue.name, queue.version, queue.config)
        if floor.queues[queue.name].blending is not None:
            floor.blended.add(queue.name)
        floor.matcher.put_queue(floor.queues[queue.name])
        state = states.get(queue.name) or QueueState(queue.name)
        floor.queue_states[queue.name] = state
        if state.look_at is not None:
            floor.set_timer(state.look_at, "queue", queue.name)
    for reservation in sorted(rows.reservations, key=lambda one: (one.offered_at, one.id)):
        floor.put_reservation(reservation)
    floor.states = {state.agent: state for state in rows.states}
    for one in rows.agents:
        floor.know(agent_from(one.agent, one.version, one.name, one.config, one.site))
    for item in rows.waiting:
        floor.keep(item)
        floor.watch_all(item)
    floor.changes = Changes()
    return floor
