"""The floor's parts: what waits, reservations, agents, queues and timers, kept in step.

Nothing here decides anything: these are the moves below all others. Each notes the rows it changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from heapq import heappop, heappush
from uuid import UUID

from msgspec.structs import replace

from contactcenter.core.ids import derived_id
from contactcenter.routing.changes import Changes
from contactcenter.routing.effects import Decision, Effect, StateChanged
from contactcenter.routing.match import Matcher
from contactcenter.routing.match_removal import drop_agent, drop_queue
from contactcenter.routing.model import (
    Agent,
    AgentState,
    Membership,
    Queue,
    QueueState,
    Reservation,
    ReservationState,
    Waiting,
)
from contactcenter.routing.standing import Rooms, make_of, shown, standing

DIRECT = Queue("")
"""The rules for what belongs to no queue."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)

IN_QUEUE = frozenset({"waiting", "offered", "calling"})
"""States in which an interaction counts as waiting in its queue."""

Timer = tuple[datetime, str, UUID | str]
"""When, ``reservation``, ``waiting`` or ``queue``, and which."""


@dataclass(slots=True)
class Applied:
    """What one command brought about."""

    effects: list[Effect] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


class FloorState:
    """What is where. Every change leaves rows, timers and the matcher in step."""

    def __init__(self) -> None:
        self.reservation_id: Callable[..., UUID] = partial(derived_id, "reservation")
        """The id of a new reservation, from what it is about; the same for the same."""
        self.seq = 0
        self.now: datetime | None = None
        self.queues: dict[str, Queue] = {}
        self.queue_states: dict[str, QueueState] = {}
        self.agents: dict[UUID, Agent] = {}
        self.states: dict[UUID, AgentState] = {}
        self.waiting: dict[UUID, Waiting] = {}
        self.reservations: dict[UUID, Reservation] = {}
        self.held: dict[UUID, dict[UUID, Reservation]] = {}
        self.serving: dict[UUID, UUID] = {}
        """Interaction -> its accepted reservation, or the first pending one."""
        self.asked: dict[UUID, list[UUID]] = {}
        """Interaction -> its pending reservations, where there are several."""
        self.signed_in: Counter[str] = Counter()
        """Queue -> agents signed in."""
        self.on_duty: Counter[str] = Counter()
        """Queue -> agents signed in and not away."""
        self.in_queue: dict[str, dict[UUID, None]] = {}
        """Queue -> interactions that no agent has."""
        self.outbound: Counter[str] = Counter()
        """Queue -> live reservations of outbound interactions."""
        self.changes = Changes()
        self.out = Applied()
        self.matcher = Matcher()
        self._timers: list[Timer] = []
        self._makes: dict[object, Rooms] = {}
        self._rooms: dict[UUID, Rooms] = {}
        self._present: dict[UUID, tuple[str, Mapping[str, Membership]]] = {}

    # -- time --------------------------------------------------------------------------------

    def next_due(self) -> datetime | None:
        """When the next ``Tick`` has something to do."""
        while self._timers and not self._in_force(self._timers[0]):
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def pop_due(self, now: datetime) -> Timer | None:
        """The next timer that has come due, taken off."""
        due = self.next_due()
        return heappop(self._timers) if due is not None and due <= now else None

    def set_timer(self, due: datetime, kind: str, key: UUID | str) -> None:
        """Something is to be looked at then."""
        heappush(self._timers, (due, kind, key))

    def look_again(self, queue: str, due: datetime) -> None:
        """The queue's measures are to be looked at then."""
        self.put_queue_state(replace(self.queue_states[queue], look_at=due))
        self.set_timer(due, "queue", queue)

    def _in_force(self, timer: Timer) -> bool:
        due, kind, key = timer
        if kind == "queue":
            state = self.queue_states.get(str(key))
            return state is not None and state.look_at == due
        assert not isinstance(key, str)  # noqa: S101  # only queues have names for keys
        if kind == "reservation":
            reservation = self.reservations.get(key)
            return reservation is not None and reservation.due_at == due
        item = self.waiting.get(key)
        return item is not None and item.state in ("waiting", "later", "calling")

    # -- what waits --------------------------------------------------------------------------

    def keep(self, item: Waiting) -> None:
        """A new or changed item; it is in the matcher exactly while its state is ``waiting``."""
        key = item.interaction
        old = self.waiting.get(key)
        if old is not None:
            self._call_for(old, -1)
            if old.state == "waiting":
                self.matcher.remove(key)
            if old.state in IN_QUEUE:
                del self.in_queue[old.queue][key]
        self.waiting[key] = item
        self.changes.waiting[key] = item
        self._call_for(item, 1)
        if item.state in IN_QUEUE:
            self.in_queue.setdefault(item.queue, {})[key] = None
            if item.state == "waiting":
                self.matcher.add(item)

    def drop_waiting(self, interaction: UUID) -> None:
        """Off the floor."""
        self.matcher.remove(interaction)
        old = self.waiting.pop(interaction)
        self._call_for(old, -1)
        if old.state in IN_QUEUE:
            del self.in_queue[old.queue][interaction]
        self.changes.waiting[interaction] = None

    def _call_for(self, item: Waiting, step: int) -> None:
        if item.callback is not None and item.callback.agent is not None:
            self.matcher.called_for[item.callback.agent] += step

    # -- reservations ------------------------------------------------------------------------

    def put_reservation(self, reservation: Reservation) -> None:
        """A new or changed reservation that is live."""
        key, interaction = reservation.id, reservation.interaction
        if key not in self.reservations and reservation.direction == "outbound":
            self.outbound[reservation.queue] += 1
        self.reservations[key] = reservation
        held = self.held.get(reservation.agent)
        if held is None:
            held = self.held[reservation.agent] = {}
        held[key] = reservation
        self.changes.reservations[key] = reservation
        if reservation.state == "wrapping":
            self._unserve(reservation)
        elif reservation.state == "accepted":
            self.serving[interaction] = key
            self._unask(reservation)
        elif self.serving.setdefault(interaction, key) != key:
            first = self.serving[interaction]
            asked = self.asked.setdefault(interaction, [first])
            if key not in asked:
                asked.append(key)
        if reservation.due_at is not None:
            heappush(self._timers, (reservation.due_at, "reservation", key))

    def end_reservation(
        self,
        reservation: Reservation,
        state: ReservationState,
        now: datetime,
        reason: str | None = None,
        disposition: str | None = None,
    ) -> None:
        """It is over and takes no capacity; the caller refreshes the agent."""
        del self.reservations[reservation.id]
        del self.held[reservation.agent][reservation.id]
        if reservation.direction == "outbound":
            self.outbound[reservation.queue] -= 1
        self._unask(reservation)
        self._unserve(reservation)
        self.changes.reservations[reservation.id] = replace(
            reservation,
            state=state,
            due_at=None,
            ended_at=now,
            reason=reason,
            disposition=disposition,
        )

    def asking(self, interaction: UUID) -> list[Reservation]:
        """Its pending reservations, in the order of their ids."""
        keys = self.asked.get(interaction)
        if keys is None:
            key = self.serving.get(interaction)
            keys = [] if key is None else [key]
        found = [self.reservations[key] for key in sorted(keys)]
        return [one for one in found if one.state == "pending"]

    def _unask(self, reservation: Reservation) -> None:
        asked = self.asked.get(reservation.interaction)
        if asked is not None and reservation.id in asked:
            asked.remove(reservation.id)
            if not asked:
                del self.asked[reservation.interaction]

    def _unserve(self, reservation: Reservation) -> None:
        interaction = reservation.interaction
        if self.serving.get(interaction) == reservation.id:
            del self.serving[interaction]
            asked = self.asked.get(interaction)
            if asked:
                self.serving[interaction] = asked[0]

    def held_by(self, agent: UUID) -> list[Reservation]:
        """The live reservations of an agent, in a stable order."""
        held = self.held.get(agent, {}).values()
        return sorted(held, key=lambda one: (one.offered_at, one.id))

    # -- agents and queues -------------------------------------------------------------------

    def queue_of(self, reservation: Reservation) -> Queue:
        """Its queue; the plain defaults for an interaction the agent began."""
        return self.queues.get(reservation.queue) or DIRECT

    def put_queue_state(self, state: QueueState) -> None:
        """A queue goes otherwise now."""
        self.queue_states[state.name] = state
        self.changes.queue_states[state.name] = state

    def drop_queue(self, name: str) -> None:
        """The queue is no more; nothing waits in it."""
        drop_queue(self.matcher, name)
        self.changes.drop_queue(name, self.queues.pop(name).version)
        del self.queue_states[name]
        self.in_queue.pop(name, None)

    def drop_agent(self, agent: UUID) -> None:
        """They are no agent any more; they are signed out and hold nothing."""
        drop_agent(self.matcher, agent)
        self.changes.drop_agent(agent, self.agents.pop(agent).version)
        for known in (self.states, self.held, self._rooms, self._present):
            known.pop(agent, None)

    def know(self, agent: Agent) -> None:
        """Tell the matcher of an agent as they are."""
        is_new = agent.id not in self.agents
        self.agents[agent.id] = agent
        self._rooms[agent.id] = self._makes.setdefault(make_of(agent), {})
        state = self.states.setdefault(agent.id, AgentState(agent.id))
        held = self.held.get(agent.id, {}).values()
        self._count_presence(agent, state)
        self.matcher.put_agent(agent, standing(agent, state, held, self._rooms[agent.id]))
        if is_new:  # what was to be held for them may have come before them
            for item in self.waiting.values():
                if item.held and item.state == "waiting" and agent.id in item.preferred:
                    self.matcher.desks[agent.id].held.add(item.interaction, item.age_from())

    def refresh(self, agent: UUID, now: datetime, asked: float = 0.0) -> None:
        """Bring the agent's shown state and standing up to date; ``asked`` as ``shown`` has it."""
        held = self.held.get(agent, {}).values()
        old = self.states[agent]
        new = shown(old, held, now, asked)
        if new is not old:
            self.states[agent] = new
            if (
                new.state != old.state
                or new.reason != old.reason
                or new.next_state != old.next_state
            ):
                self.out.effects.append(
                    StateChanged(
                        agent=agent,
                        state=new.state,
                        reason=new.reason,
                        since=new.since or now,
                        next_state=new.next_state,
                    )
                )
        self.changes.states[agent] = new
        known = self.agents[agent]
        self._count_presence(known, new)
        self.matcher.stand(agent, standing(known, new, held, self._rooms[agent]))

    def _count_presence(self, agent: Agent, state: AgentState) -> None:
        was = self._present.get(agent.id, _ABSENT)
        if state.presence == was[0] and agent.queues is was[1]:
            return
        for presence, queues, step in ((*was, -1), (state.presence, agent.queues, 1)):
            if presence != "offline":
                for name in queues:
                    self.signed_in[name] += step
                    if presence == "available":
                        self.on_duty[name] += step
        self._present[agent.id] = (state.presence, agent.queues)


_ABSENT: tuple[str, Mapping[str, Membership]] = ("offline", {})
