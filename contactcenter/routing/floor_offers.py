"""What becomes of offers: accepted, refused, missed, withdrawn; then wrap-up. And of agents."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from msgspec.structs import replace

from contactcenter.core.errors import Conflict
from contactcenter.routing.effects import (
    Accepted,
    Closed,
    Expired,
    Rejected,
    Withdrawn,
    WrappedUp,
    WrapUpStarted,
)
from contactcenter.routing.floor_matching import FloorMatching, reference
from contactcenter.routing.floor_measures import answered, handled
from contactcenter.routing.model import (
    WRAP_UP_TIMEOUT,
    Agent,
    Channel,
    Presence,
    QueueState,
    Reservation,
    Waiting,
)


class FloorOffers(FloorMatching):
    """The life of a reservation."""

    def accept(self, reservation: Reservation, now: datetime) -> None:
        """The interaction is the agent's, the others asked are told no; a call then has its time
        to get media."""
        others: list[Reservation] = []
        if reservation.interaction in self.asked:
            others = [one for one in self.asking(reservation.interaction) if one != reservation]
        queue = self.queues[reservation.queue]
        due = None
        if reservation.channel == "voice":
            due = now + timedelta(seconds=queue.media_s)
        self.put_reservation(replace(reservation, state="accepted", accepted_at=now, due_at=due))
        item = self.waiting[reservation.interaction]
        self.keep(replace(item, state="assigned"))
        self.out.effects.append(Accepted(**reference(reservation)))
        if reservation.channel != "voice":
            self._answered(item, now)
        self.refresh(reservation.agent, now)
        for other in others:
            self.withdraw(other, "another_won", now)
            self.refresh(other.agent, now)
        for other in others:
            self.pull(other.agent, now)

    def media_up(self, reservation: Reservation, now: datetime) -> None:
        """Agent and customer hear each other."""
        self.put_reservation(replace(reservation, media_at=now, due_at=None))
        self._answered(self.waiting[reservation.interaction], now)

    def _answered(self, item: Waiting, now: datetime) -> None:
        state = self.queue_states.get(item.queue)
        if state is not None:
            wait_s = (now - item.entered_queue).total_seconds()
            self.put_queue_state(answered(state, self.queues[item.queue], wait_s, now))

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

    def withdraw_of(self, interaction: UUID, reason: str, now: datetime) -> list[UUID]:
        """Withdraw all offers of an interaction; the agents asked, for ``free_up``."""
        agents = []
        for reservation in self.asking(interaction):
            self.withdraw(reservation, reason, now)
            self.refresh(reservation.agent, now)
            agents.append(reservation.agent)
        return agents

    def free_up(self, agents: list[UUID], now: datetime) -> None:
        """What waits for agents who were asked in vain."""
        for agent in agents:
            self.pull(agent, now)

    def has_room(self, agent: Agent, channel: Channel) -> None:
        """``Conflict`` (``at_capacity``) when the agent may hold no more of the channel."""
        load = sum(one.channel == channel for one in self.held_by(agent.id))
        if load >= agent.capacity.get(channel, 0):
            raise Conflict("you have as many of these as you may hold", code="at_capacity")

    def give(self, item: Waiting, agent: Agent, now: datetime, *, heard: bool) -> Reservation:
        """The interaction is the agent's without an offer."""
        due = None if heard else now + timedelta(seconds=self.queues[item.queue].media_s)
        reservation = Reservation(
            id=self.reservation_id(item.interaction, self.seq, "own"),
            interaction=item.interaction,
            agent=agent.id,
            queue=item.queue,
            channel=item.channel,
            state="accepted",
            offered_at=now,
            expires_at=now,
            due_at=due,
            accepted_at=now,
            media_at=now if heard else None,
            direction=item.direction,
        )
        reservation = replace(reservation, wrap_up=self.queue_of(reservation).wrap_up)
        self.changes.born.add(reservation.id)
        self.keep(replace(item, state="assigned"))
        self.put_reservation(reservation)
        self.out.effects.append(Accepted(**reference(reservation)))
        self.refresh(agent.id, now)
        return reservation

    # -- wrap-up -----------------------------------------------------------------------------

    def start_wrap_up(self, reservation: Reservation, now: datetime) -> None:
        """The exchange is over; the agent's work may go on."""
        if reservation.interaction in self.waiting:
            self.drop_waiting(reservation.interaction)
        mode = reservation.wrap_up
        limited = mode in ("optional", "mandatory_limit", "fixed")
        due = now + timedelta(seconds=self.queue_of(reservation).wrap_up_s) if limited else None
        wrapping = replace(reservation, state="wrapping", wrapping_at=now, due_at=due)
        if mode == "none":
            self.complete(wrapping, None, "queue", now)
            return
        self.put_reservation(wrapping)
        self.out.effects.append(WrapUpStarted(**reference(reservation), mode=mode, until=due))
        self.refresh(reservation.agent, now)

    def extend(self, reservation: Reservation, seconds: int, now: datetime) -> None:
        """More time for a wrap-up that has a limit."""
        if reservation.state != "wrapping" or reservation.due_at is None:
            raise Conflict("no wrap-up with a limit is running", code="no_limit")
        due = reservation.due_at + timedelta(seconds=seconds)
        self.put_reservation(replace(reservation, due_at=due))
        mode = reservation.wrap_up
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
        agent = reservation.agent
        self.end_reservation(reservation, "completed", now, disposition=disposition)
        self.out.effects.append(WrappedUp(**reference(reservation), disposition=disposition, by=by))
        if reservation.interaction not in self.waiting:
            self.out.effects.append(Closed(interaction=reservation.interaction, reason="handled"))
        clock = self.agents[agent].idle_clock
        if clock == "any" or reservation.direction != "outbound":
            self.states[agent] = replace(self.states[agent], idle_since=now)
        queue_state: QueueState | None = self.queue_states.get(reservation.queue)
        if queue_state is not None and reservation.accepted_at is not None:
            seconds = (now - reservation.accepted_at).total_seconds()
            self.put_queue_state(handled(queue_state, seconds, now))
        self.refresh(agent, now)
        self.pull(agent, now)

    # -- agents ------------------------------------------------------------------------------

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
        elif presence == "offline":
            self._let_go(agent, now)

    def _let_go(self, agent: UUID, now: datetime) -> None:
        """What was held for an agent who is gone may go to others."""
        held = [self.waiting[one] for one in self.matcher.desks[agent].held]
        for item in held:
            self.put_waiting(item, now)
        self.place_all([self.waiting[one.interaction] for one in held], now)
