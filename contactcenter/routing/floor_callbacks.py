"""Callbacks: the customer keeps the place in the queue and is called when the turn comes.

Customer first: when an agent could take it, the customer is called; once reached they stand at
their old place, before all who came later, and get the next agent. Agent first: the agent is
offered it, accepts, and waits on the line while the customer is called. At an agreed time either
begins then.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from msgspec.structs import replace

from contactcenter.core.errors import Conflict
from contactcenter.routing.effects import CallbackDue, CallbackPlanned, Decision
from contactcenter.routing.floor_queues import FloorQueues
from contactcenter.routing.model import Callback, Reservation, Waiting

DIAL_S = 90
"""How long an attempt may take before it counts as failed, whatever the carrier says."""


class FloorCallbacks(FloorQueues):
    """The life of a callback."""

    def ask_callback(
        self,
        item: Waiting,
        address: str,
        first: Literal["customer", "agent"] | None,
        at: datetime | None,
        now: datetime,
    ) -> None:
        """The customer keeps the place and may hang up."""
        if item.state not in ("waiting", "offered", "later"):
            raise Conflict("no longer waiting", code="superseded")
        gone = self.withdraw_of(item.interaction, "callback", now)
        who = first or self.queues[item.queue].callback.first
        later = at is not None and at > now
        callback = Callback(address, who, at if later else None)
        self._rest(replace(item, direction="callback", callback=callback), now, later=later)
        self.free_up(gone, now)

    def _rest(self, item: Waiting, now: datetime, *, later: bool) -> None:
        """Wait for the turn, or for the agreed time."""
        callback = item.callback
        assert callback is not None  # noqa: S101  # given by the callers
        item = replace(item, state="later" if later else "waiting")
        self.put_waiting(item, now)
        self.out.effects.append(
            CallbackPlanned(
                interaction=item.interaction,
                queue=item.queue,
                due_at=callback.due_at,
                attempts=callback.attempts,
            )
        )
        if callback.due_at is not None:
            self.set_timer(callback.due_at, "waiting", item.interaction)
        if not later:
            self.place(item.interaction, now)

    def _offer_to(self, decision: Decision, item: Waiting, now: datetime) -> None:
        callback = item.callback
        if callback is None or callback.reached or callback.first == "agent":
            super()._offer_to(decision, item, now)
            return
        self.out.decisions.append(decision)
        callback = replace(callback, agent=decision.agent)
        self._call(item, callback, now, "calling")

    def _call(
        self,
        item: Waiting,
        callback: Callback,
        now: datetime,
        state: Literal["calling", "assigned"],
        reservation: Reservation | None = None,
    ) -> None:
        due = now + timedelta(seconds=DIAL_S)
        trying = replace(callback, attempts=callback.attempts + 1, due_at=due)
        self.keep(replace(item, state=state, callback=trying))
        if state == "calling":
            self.set_timer(due, "waiting", item.interaction)
        self.out.effects.append(
            CallbackDue(
                interaction=item.interaction,
                queue=item.queue,
                address=trying.address,
                attempt=trying.attempts,
                agent=reservation.agent if reservation else None,
            )
        )

    def accept(self, reservation: Reservation, now: datetime) -> None:
        super().accept(reservation, now)
        item = self.waiting[reservation.interaction]
        callback = item.callback
        if callback is None and item.direction == "outbound" and item.channel == "voice":
            taken = self.reservations[reservation.id]  # the customer's phone has to ring, too
            self.put_reservation(replace(taken, due_at=now + timedelta(seconds=DIAL_S)))
        elif callback is not None and callback.first == "agent" and not callback.reached:
            self.call_with(self.reservations[reservation.id], callback, now)

    def call_with(self, reservation: Reservation, callback: Callback, now: datetime) -> None:
        """The agent is on the line; the customer is called."""
        item = self.waiting[reservation.interaction]
        due = now + timedelta(seconds=DIAL_S)
        self.put_reservation(replace(reservation, due_at=due))
        self._call(item, callback, now, "assigned", reservation)

    def callback_answered(self, item: Waiting, now: datetime) -> None:
        """The customer is on the line: to an agent, at the old place."""
        callback = item.callback
        # "later": the attempt was given up while no server heard the customer answer it
        if callback is None or item.state not in ("calling", "assigned", "later"):
            raise Conflict("no callback is being made", code="superseded")
        reached = replace(item, callback=replace(callback, reached=True, due_at=None, agent=None))
        if item.state == "assigned":
            self.keep(reached)
            return
        self.put_waiting(replace(reached, state="waiting"), now)
        self.place(item.interaction, now)
        self.spare(callback, now)

    def spare(self, callback: Callback, now: datetime) -> None:
        """The agent for whom a customer was called may have others called."""
        if callback.agent is not None and callback.agent in self.agents:
            self.pull(callback.agent, now)

    def callback_failed(self, item: Waiting, reason: str, now: datetime) -> None:
        """Not reached: once more after the gap, while attempts are left."""
        callback = item.callback
        if callback is None or item.state not in ("calling", "assigned"):
            raise Conflict("no callback is being made", code="superseded")
        agent = None
        if item.state == "assigned":
            reservation = self.reservations[self.serving[item.interaction]]
            agent = reservation.agent
            self.withdraw(reservation, "callback_failed", now)
            self.refresh(agent, now)
        policy = self.queues[item.queue].callback
        if callback.attempts >= policy.attempts:
            self.dequeue(item, "callback_failed", close=True)
        else:
            due = now + timedelta(seconds=policy.gap_s)
            again = replace(callback, due_at=due, reached=False, agent=None)
            self._rest(replace(item, callback=again), now, later=True)
        if agent is not None:
            self.pull(agent, now)
        self.spare(callback, now)

    def callback_due(self, item: Waiting, now: datetime) -> None:
        """The agreed time has come, or an attempt led nowhere."""
        callback = item.callback
        if callback is None or callback.due_at is None or callback.due_at > now:
            return
        if item.state == "calling":
            self.callback_failed(item, "no_answer", now)
        elif item.state == "later":
            ready = replace(callback, due_at=None)
            self.put_waiting(replace(item, state="waiting", callback=ready), now)
            self.place(item.interaction, now)
