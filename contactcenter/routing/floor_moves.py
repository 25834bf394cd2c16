"""The floor's parts and the moves that commands are made of; ``floor`` drives it.

Every move leaves agents, reservations, what waits and the matcher in step, and notes rows and
effects as it goes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any, Literal
from uuid import UUID

from contactcenter.core.ids import derived_id
from contactcenter.routing.changes import Changes
from contactcenter.routing.effects import (
    Accepted,
    Closed,
    Decision,
    Dequeued,
    Effect,
    Expired,
    Offered,
    Rejected,
    StateChanged,
    Withdrawn,
    WrappedUp,
    WrapUpStarted,
)
from contactcenter.routing.match import NO_STANDING, Matcher
from contactcenter.routing.model import (
    WRAP_UP_TIMEOUT,
    Agent,
    AgentState,
    Presence,
    Queue,
    Reservation,
    ReservationState,
    Waiting,
)
from contactcenter.routing.standing import shown, standing

DIRECT = Queue("")
"""The rules for what belongs to no queue."""

_Timer = tuple[datetime, str, UUID]


@dataclass(slots=True)
class Applied:
    """What one command brought about."""

    effects: list[Effect] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


class FloorMoves:
    """State and moves. Nothing here decides whether a command is allowed."""

    def __init__(self) -> None:
        self.seq = 0
        self.now: datetime | None = None
        self.queues: dict[str, Queue] = {}
        self.agents: dict[UUID, Agent] = {}
        self.states: dict[UUID, AgentState] = {}
        self.waiting: dict[UUID, Waiting] = {}
        self.reservations: dict[UUID, Reservation] = {}
        self.held: dict[UUID, dict[UUID, Reservation]] = {}
        self.serving: dict[UUID, UUID] = {}
        """Interaction -> its pending or accepted reservation."""
        self.changes = Changes()
        self.out = Applied()
        self.matcher = Matcher()
        self._timers: list[_Timer] = []

    # -- time --------------------------------------------------------------------------------

    def next_due(self) -> datetime | None:
        """When the next ``Tick`` has something to do."""
        while self._timers and not self._in_force(self._timers[0]):
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def pop_due(self, now: datetime) -> _Timer | None:
        """The next timer that has come due, taken off."""
        due = self.next_due()
        return heappop(self._timers) if due is not None and due <= now else None

    def _in_force(self, timer: _Timer) -> bool:
        due, kind, key = timer
        if kind == "reservation":
            reservation = self.reservations.get(key)
            return reservation is not None and reservation.due_at == due
        item = self.waiting.get(key)
        return item is not None and item.state == "waiting"

    # -- what waits --------------------------------------------------------------------------

    def put_waiting(self, item: Waiting, now: datetime) -> None:
        """A changed item; it is in the matcher exactly while its state is ``waiting``."""
        self.matcher.remove(item.interaction)
        self.waiting[item.interaction] = item
        self.changes.waiting[item.interaction] = item
        if item.state == "waiting":
            self.matcher.add(item)
            self.watch(item, now)

    def drop_waiting(self, interaction: UUID) -> None:
        """Off the floor."""
        self.matcher.remove(interaction)
        del self.waiting[interaction]
        self.changes.waiting[interaction] = None

    def watch(self, item: Waiting, now: datetime) -> None:
        """Set the times at which somebody else may have it, and the one at which it waited enough
        (which may have passed while it was offered: then the next tick takes it out)."""
        dues = set(item.excluded.values())
        dues |= {
            item.entered_first + timedelta(seconds=delay)
            for delay in self.matcher.delays(item.interaction)
        }
        dues = {due for due in dues if due > now}
        limit = self.wait_limit(item)
        if limit is not None:
            dues.add(limit)
        for due in dues:
            heappush(self._timers, (due, "waiting", item.interaction))

    def wait_limit(self, item: Waiting) -> datetime | None:
        """When the item has waited as long as its queue allows."""
        longest = self.queues[item.queue].max_wait_s
        return None if longest is None else item.entered_queue + timedelta(seconds=longest)

    def dequeue(self, item: Waiting, reason: str, *, close: bool) -> None:
        """Take out what no agent has."""
        self.drop_waiting(item.interaction)
        self.out.effects.append(
            Dequeued(interaction=item.interaction, queue=item.queue, reason=reason)
        )
        if close:
            self.out.effects.append(Closed(interaction=item.interaction, reason=reason))

    def place(self, interaction: UUID, now: datetime) -> None:
        """Offer it to the best agent, if one may have it."""
        decision = self.matcher.best_agent(interaction, now)
        if decision is not None:
            self._offer(decision, now)

    def pull(self, agent: UUID, now: datetime) -> None:
        """Give the agent what waits for them, while capacity lasts."""
        while (decision := self.matcher.best_item(agent, now)) is not None:
            self._offer(decision, now)

    def return_all(self, gone: Iterable[Reservation], now: datetime, *, exclude: bool) -> None:
        """The interactions of ended reservations stand in their places again, and are placed."""
        back = []
        for reservation in gone:
            item = self.waiting[reservation.interaction]
            excluded = {who: until for who, until in item.excluded.items() if until > now}
            if exclude:
                seconds = self.queues[item.queue].exclude_s
                excluded[str(reservation.agent)] = now + timedelta(seconds=seconds)
            self.put_waiting(replace(item, state="waiting", excluded=excluded), now)
            back.append(self.waiting[item.interaction])
        self.place_all(back, now)

    def place_all(self, items: Iterable[Waiting], now: datetime) -> None:
        """Place several in the order of their score."""
        for item in sorted(items, key=self._score):
            self.place(item.interaction, now)

    def _score(self, item: Waiting) -> tuple[datetime, datetime, UUID]:
        minutes = item.priority + self.queues[item.queue].priority
        return (
            item.entered_first - timedelta(minutes=minutes),
            item.entered_first,
            item.interaction,
        )

    # -- reservations ------------------------------------------------------------------------

    def _offer(self, decision: Decision, now: datetime) -> None:
        item = self.waiting[decision.interaction]
        item = replace(item, state="offered", offers=item.offers + 1)
        self.put_waiting(item, now)
        seconds = self.queues[item.queue].offer_s[item.channel]
        expires_at = now + timedelta(seconds=seconds)
        reservation = Reservation(
            id=derived_id("reservation", item.interaction, self.seq, item.offers),
            interaction=item.interaction,
            agent=decision.agent,
            queue=item.queue,
            channel=item.channel,
            state="pending",
            offered_at=now,
            expires_at=expires_at,
            due_at=expires_at,
            wrap_up=self.queues[item.queue].wrap_up,
        )
        self.changes.born.add(reservation.id)
        self.put_reservation(reservation)
        self.out.decisions.append(decision)
        self.out.effects.append(Offered(**reference(reservation), expires_at=expires_at))
        self.refresh(decision.agent, now)

    def put_reservation(self, reservation: Reservation) -> None:
        """A new or changed reservation that is live."""
        self.reservations[reservation.id] = reservation
        self.held.setdefault(reservation.agent, {})[reservation.id] = reservation
        self.changes.reservations[reservation.id] = reservation
        if reservation.state == "wrapping":
            if self.serving.get(reservation.interaction) == reservation.id:
                del self.serving[reservation.interaction]
        else:
            self.serving[reservation.interaction] = reservation.id
        if reservation.due_at is not None:
            heappush(self._timers, (reservation.due_at, "reservation", reservation.id))

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
        if self.serving.get(reservation.interaction) == reservation.id:
            del self.serving[reservation.interaction]
        self.changes.reservations[reservation.id] = replace(
            reservation,
            state=state,
            due_at=None,
            ended_at=now,
            reason=reason,
            disposition=disposition,
        )

    def accept(self, reservation: Reservation, now: datetime) -> None:
        """The interaction is the agent's; a call then has its time to get media."""
        due = None
        if reservation.channel == "voice":
            due = now + timedelta(seconds=self.queues[reservation.queue].media_s)
        self.put_reservation(replace(reservation, state="accepted", accepted_at=now, due_at=due))
        self.put_waiting(replace(self.waiting[reservation.interaction], state="assigned"), now)
        self.out.effects.append(Accepted(**reference(reservation)))
        self.refresh(reservation.agent, now)

    def reject(self, reservation: Reservation, reason: str, now: datetime) -> None:
        """Refused: back to its place, not to this agent for a while."""
        self.end_reservation(reservation, "rejected", now, reason)
        self.out.effects.append(Rejected(**reference(reservation), reason=reason))
        self.refresh(reservation.agent, now)
        self.return_all([reservation], now, exclude=True)
        self.pull(reservation.agent, now)

    def missed(self, reservation: Reservation, now: datetime) -> None:
        """No answer, or an accepted call without media: the agent is away and told so."""
        if reservation.state == "pending":
            self.end_reservation(reservation, "expired", now)
            self.out.effects.append(Expired(**reference(reservation)))
            why = "no_answer"
        else:
            self.withdraw(reservation, "no_media", now)
            why = "no_media"
        self.set_presence(reservation.agent, "away", why, now)
        self.return_all([reservation], now, exclude=True)

    def withdraw(self, reservation: Reservation, reason: str, now: datetime) -> None:
        """Taken back; the caller refreshes the agent and sees to the interaction."""
        self.end_reservation(reservation, "withdrawn", now, reason)
        self.out.effects.append(Withdrawn(**reference(reservation), reason=reason))

    def withdraw_offers(self, agent: UUID, reason: str, now: datetime) -> list[Reservation]:
        """All pending offers of an agent; their interactions are for the caller to return."""
        pending = [one for one in self.held_by(agent) if one.state == "pending"]
        for reservation in pending:
            self.withdraw(reservation, reason, now)
        return pending

    def start_wrap_up(self, reservation: Reservation, now: datetime) -> None:
        """The exchange is over; the agent's work may go on."""
        if reservation.interaction in self.waiting:
            self.drop_waiting(reservation.interaction)
        mode = reservation.wrap_up
        limited = mode in ("optional", "mandatory_limit", "fixed")
        due = now + timedelta(seconds=self.queue_of(reservation).wrap_up_s) if limited else None
        wrapping = replace(reservation, state="wrapping", wrapping_at=now, due_at=due)
        self.put_reservation(wrapping)
        if mode == "none":
            self.complete(wrapping, None, "queue", now)
            return
        self.out.effects.append(WrapUpStarted(**reference(reservation), mode=mode, until=due))
        self.refresh(reservation.agent, now)

    def complete(
        self,
        reservation: Reservation,
        disposition: str | None,
        by: Literal["agent", "limit", "queue"],
        now: datetime,
    ) -> None:
        """The agent's work is done: capacity is free and the idle clock starts."""
        if by == "limit" and disposition is None and reservation.wrap_up != "optional":
            disposition = WRAP_UP_TIMEOUT
        self.end_reservation(reservation, "completed", now, disposition=disposition)
        self.out.effects.append(WrappedUp(**reference(reservation), disposition=disposition, by=by))
        if reservation.interaction not in self.waiting:
            self.out.effects.append(Closed(interaction=reservation.interaction, reason="handled"))
        self.states[reservation.agent] = replace(self.states[reservation.agent], idle_since=now)
        self.refresh(reservation.agent, now)
        self.pull(reservation.agent, now)

    def queue_of(self, reservation: Reservation) -> Queue:
        """Its queue; the plain defaults for an interaction the agent began."""
        return self.queues.get(reservation.queue) or DIRECT

    # -- agents ------------------------------------------------------------------------------

    def held_by(self, agent: UUID) -> list[Reservation]:
        """The live reservations of an agent, in a stable order."""
        held = self.held.get(agent, {}).values()
        return sorted(held, key=lambda one: (one.offered_at, one.id))

    def set_presence(
        self,
        agent: UUID,
        presence: Presence,
        reason: str | None,
        now: datetime,
        resume: tuple[str, str | None] | None = None,
    ) -> None:
        """The agent's choice or lot; offers do not outlive an agent who is not available."""
        old = self.states[agent]
        idle = now if old.presence == "offline" and presence != "offline" else old.idle_since
        self.states[agent] = replace(
            old, presence=presence, presence_reason=reason, idle_since=idle, resume=resume
        )
        gone: list[Reservation] = []
        if presence != "available":
            why = "connection_lost" if reason == "connection_lost" else f"agent_{presence}"
            gone = self.withdraw_offers(agent, why, now)
        self.refresh(agent, now)
        self.return_all(gone, now, exclude=False)
        if presence == "available":
            self.pull(agent, now)

    def refresh(self, agent: UUID, now: datetime) -> None:
        """Bring the agent's shown state and standing up to date."""
        held = self.held.get(agent, {}).values()
        old = self.states[agent]
        new = self.states[agent] = shown(old, held, now)
        self.changes.states[agent] = new
        looks = (new.state, new.reason, new.next_state)
        if looks != (old.state, old.reason, old.next_state):
            self.out.effects.append(
                StateChanged(
                    agent=agent,
                    state=new.state,
                    reason=new.reason,
                    since=new.since or now,
                    next_state=new.next_state,
                )
            )
        where = standing(self.agents[agent], new, held)
        self.matcher.stand(agent, where, new.idle_since or now)

    def put_agent(self, agent: Agent, now: datetime) -> None:
        """A new or changed agent; what they hold stays theirs."""
        self.agents[agent.id] = agent
        state = self.states.setdefault(agent.id, AgentState(agent.id))
        self.matcher.put_agent(agent, NO_STANDING, state.idle_since or now)
        self.refresh(agent.id, now)
        for interaction in list(self.matcher.waiting_for(agent.id)):
            self.watch(self.waiting[interaction], now)
        self.pull(agent.id, now)


def reference(reservation: Reservation) -> dict[str, Any]:
    """The fields that every effect on a reservation carries."""
    return {
        "reservation": reservation.id,
        "interaction": reservation.interaction,
        "agent": reservation.agent,
        "queue": reservation.queue,
        "channel": reservation.channel,
    }
