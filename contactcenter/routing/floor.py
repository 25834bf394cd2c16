"""The floor in memory: agents, reservations and everything that waits, as a pure state machine.

``Floor.apply(command, now)`` says what follows or raises one of ``core.errors`` with nothing
changed; time passing is the command ``Tick``, due at ``next_due``. The same commands at the same
times give the same effects, ids included. Between commands this holds: nothing waits that an agent
with free capacity may have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contactcenter.core.errors import Conflict, Denied, Invalid, NotFound
from contactcenter.core.ids import derived_id
from contactcenter.routing import actions
from contactcenter.routing.changes import Changes
from contactcenter.routing.config import agent_from, queue_from
from contactcenter.routing.effects import Accepted, Moved
from contactcenter.routing.floor_moves import Applied, FloorMoves, reference
from contactcenter.routing.model import Presence, Reservation, Waiting
from contactcenter.routing.skills import requirement


class Floor(FloorMoves):
    """What every command means."""

    def apply(self, command: actions.Command, now: datetime) -> Applied:
        """Carry the command out. Time never runs backwards: an earlier ``now`` counts as the last.

        Raises ``Conflict`` (``superseded``: a lost race), ``NotFound``, ``Denied``, ``Invalid``.
        """
        at = self.skip(now)
        self.out = Applied()
        _HANDLERS[type(command)](self, command, at)
        return self.out

    def skip(self, now: datetime) -> datetime:
        """Count a command that can not be read or stored, without carrying it out; its time."""
        self.seq += 1
        self.now = now if self.now is None else max(now, self.now)
        return self.now

    def take_changes(self) -> Changes:
        """The rows changed since the last time this was asked."""
        changes, self.changes = self.changes, Changes()
        return changes

    # -- what waits --------------------------------------------------------------------------

    def _enqueue(self, command: actions.Enqueue, now: datetime) -> None:
        if command.queue not in self.queues:
            raise NotFound(f"no queue {command.queue}", code="unknown_queue")
        requirement(command.requires)
        old = self.waiting.get(command.interaction)
        if old is None:
            item = Waiting(
                interaction=command.interaction,
                channel=command.channel,
                queue=command.queue,
                customer=command.customer,
                requires=command.requires,
                priority=command.priority,
                entered_first=now,
                entered_queue=now,
                attributes=dict(command.attributes),
            )
            self.changes.add_waiting(item)
            self.put_waiting(item, now)
            self.place(command.interaction, now)
            return
        if old.state == "assigned":
            raise Conflict("an agent has this interaction", code="superseded")
        self._move(old, command, now)

    def _move(self, old: Waiting, command: actions.Enqueue, now: datetime) -> None:
        gone = self._withdraw_of(old, "moved", now)
        item = replace(
            old,
            queue=command.queue,
            requires=command.requires,
            priority=command.priority,
            attributes=dict(command.attributes),
            entered_queue=now if command.queue != old.queue else old.entered_queue,
            state="waiting",
        )
        self.put_waiting(item, now)
        if item.queue != old.queue:
            self.out.effects.append(
                Moved(interaction=item.interaction, queue=item.queue, from_=old.queue)
            )
        self.place(item.interaction, now)
        self._free_up(gone, now)

    def _withdraw_of(self, item: Waiting, reason: str, now: datetime) -> UUID | None:
        """Withdraw the offer of an item; the agent asked, for ``_free_up``."""
        if item.state != "offered":
            return None
        reservation = self.reservations[self.serving[item.interaction]]
        self.withdraw(reservation, reason, now)
        self.refresh(reservation.agent, now)
        return reservation.agent

    def _free_up(self, agent: UUID | None, now: datetime) -> None:
        if agent is not None:
            self.pull(agent, now)

    def _leave(self, command: actions.Leave, now: datetime) -> None:
        self._over(command.interaction, command.reason, now, close=command.close)

    def _ended(self, command: actions.Ended, now: datetime) -> None:
        self._over(command.interaction, command.reason, now, close=True)

    def _over(self, interaction: UUID, reason: str, now: datetime, *, close: bool) -> None:
        item = self.waiting.get(interaction)
        if item is None:
            raise _superseded("the interaction is not on the floor")
        if item.state != "assigned":
            gone = self._withdraw_of(item, "customer_left", now)
            self.dequeue(item, reason, close=close)
            self._free_up(gone, now)
            return
        reservation = self.reservations[self.serving[interaction]]
        if reservation.channel == "voice" and reservation.media_at is None:
            # accepted, but they never heard each other: the customer was not answered
            self.withdraw(reservation, "customer_left", now)
            self.dequeue(item, reason, close=close)
            self.refresh(reservation.agent, now)
            self.pull(reservation.agent, now)
            return
        self.start_wrap_up(reservation, now)

    # -- reservations ------------------------------------------------------------------------

    def _pending(self, reservation: UUID, agent: UUID) -> Reservation:
        found = self.reservations.get(reservation)
        if found is not None and found.agent != agent:
            raise Denied("this offer is not yours")
        if found is None or found.state != "pending":
            raise _superseded("the offer is no longer open")
        return found

    def _accept(self, command: actions.Accept, now: datetime) -> None:
        self.accept(self._pending(command.reservation, command.agent), now)

    def _reject(self, command: actions.Reject, now: datetime) -> None:
        self.reject(self._pending(command.reservation, command.agent), command.reason, now)

    def _accepted(self, interaction: UUID) -> Reservation:
        key = self.serving.get(interaction)
        reservation = self.reservations[key] if key else None
        if reservation is None or reservation.state != "accepted":
            raise _superseded("no agent has this call")
        return reservation

    def _media_up(self, command: actions.MediaUp, now: datetime) -> None:
        reservation = self._accepted(command.interaction)
        if reservation.media_at is None:
            self.put_reservation(replace(reservation, media_at=now, due_at=None))

    def _media_failed(self, command: actions.MediaFailed, now: datetime) -> None:
        reservation = self._accepted(command.interaction)
        if reservation.media_at is not None or reservation.channel != "voice":
            raise _superseded("the call is connected")
        self.missed(reservation, now)

    def _complete(self, command: actions.Complete, now: datetime) -> None:
        held = self.held_by(self._known(command.agent))
        mine = [one for one in held if one.interaction == command.interaction]
        working = [one for one in mine if one.state != "pending"]
        if not working:
            raise _superseded("your work on this interaction has ended, or never began")
        reservation = working[0]
        if reservation.state == "accepted" and reservation.channel == "voice":
            raise Conflict("the call has not ended", code="not_ended", hint="hang up first")
        must = reservation.wrap_up in ("mandatory", "mandatory_limit", "fixed")
        if must and not command.disposition:
            raise Invalid("a disposition is needed here", code="disposition_missing")
        if reservation.state == "accepted":
            self.drop_waiting(reservation.interaction)
        elif reservation.wrap_up == "fixed":
            self.put_reservation(replace(reservation, disposition=command.disposition))
            return
        self.complete(reservation, command.disposition, "agent", now)

    def _assign(self, command: actions.Assign, now: datetime) -> None:
        agent = self.agents[self._known(command.agent)]
        if command.queue and command.queue not in self.queues:
            raise NotFound(f"no queue {command.queue}", code="unknown_queue")
        if command.interaction in self.waiting:
            raise Conflict("the interaction is on the floor already", code="superseded")
        load = sum(one.channel == command.channel for one in self.held_by(agent.id))
        if load >= agent.capacity.get(command.channel, 0):
            raise Conflict("you have as many of these as you may hold", code="at_capacity")
        item = Waiting(
            interaction=command.interaction,
            channel=command.channel,
            queue=command.queue,
            customer=command.customer,
            requires=None,
            priority=0,
            entered_first=now,
            entered_queue=now,
            state="assigned",
        )
        self.changes.add_waiting(item)
        self.put_waiting(item, now)
        reservation = Reservation(
            id=derived_id("reservation", command.interaction, self.seq, "own"),
            interaction=command.interaction,
            agent=agent.id,
            queue=command.queue,
            channel=command.channel,
            state="accepted",
            offered_at=now,
            expires_at=now,
            accepted_at=now,
            media_at=now,
        )
        reservation = replace(reservation, wrap_up=self.queue_of(reservation).wrap_up)
        self.changes.born.add(reservation.id)
        self.put_reservation(reservation)
        self.out.effects.append(Accepted(**reference(reservation)))
        self.refresh(agent.id, now)

    # -- agents ------------------------------------------------------------------------------

    def _known(self, agent: UUID) -> UUID:
        if agent not in self.agents:
            raise NotFound(f"no agent {agent}", code="unknown_agent")
        return agent

    def _set_state(self, command: actions.SetState, now: datetime) -> None:
        agent = self._known(command.agent)
        if command.state == "away" and not command.reason:
            raise Invalid("away needs a reason")
        reason = command.reason if command.state == "away" else None
        self.set_presence(agent, command.state, reason, now)

    def _sign_in(self, command: actions.SignIn, now: datetime) -> None:
        state = self.states[self._known(command.agent)]
        if state.presence == "offline":
            self.set_presence(command.agent, "away", "signed_in", now)
        elif state.resume is not None:
            presence, reason = state.resume
            self.set_presence(command.agent, _PRESENCE[presence], reason, now)

    def _sign_out(self, command: actions.SignOut, now: datetime) -> None:
        self.set_presence(self._known(command.agent), "offline", None, now)

    def _lose_connection(self, command: actions.LoseConnection, now: datetime) -> None:
        state = self.states[self._known(command.agent)]
        if state.presence != "offline" and state.resume is None:
            before = (state.presence, state.presence_reason)
            self.set_presence(command.agent, "away", "connection_lost", now, before)

    # -- configuration and time --------------------------------------------------------------

    def _change_queue(self, command: actions.ChangeQueue, now: datetime) -> None:
        old = self.queues.get(command.name)
        if old is not None and old.version >= command.version:
            return
        queue = queue_from(command.name, command.version, command.config)
        self.queues[queue.name] = queue
        self.matcher.put_queue(queue)
        items = [
            item
            for item in self.waiting.values()
            if item.queue == queue.name and item.state == "waiting"
        ]
        for item in items:
            self.watch(item, now)
        self.place_all(items, now)

    def _change_agent(self, command: actions.ChangeAgent, now: datetime) -> None:
        old = self.agents.get(command.agent)
        if old is None or old.version < command.version:
            config = (command.version, command.name, command.config, command.site)
            self.put_agent(agent_from(command.agent, *config), now)

    def _tick(self, command: actions.Tick, now: datetime) -> None:
        while (timer := self.pop_due(now)) is not None:
            kind, key = timer[1:]
            if kind == "waiting":
                self._recheck(self.waiting[key], now)
                continue
            reservation = self.reservations[key]
            if reservation.state == "wrapping":
                self.complete(reservation, reservation.disposition, "limit", now)
            else:
                self.missed(reservation, now)

    def _recheck(self, item: Waiting, now: datetime) -> None:
        limit = self.wait_limit(item)
        if limit is not None and limit <= now:
            self.dequeue(item, "wait_limit", close=False)
        else:
            self.place(item.interaction, now)

    def _settle(self, command: actions.Settle, now: datetime) -> None:
        self.place_all([one for one in self.waiting.values() if one.state == "waiting"], now)


_PRESENCE: Mapping[str, Presence] = {
    "offline": "offline",
    "available": "available",
    "away": "away",
}


def _superseded(message: str) -> Conflict:
    return Conflict(message, code="superseded", hint="look again: somebody was faster")


_HANDLERS: Mapping[type, Callable[[Any, Any, datetime], None]] = {
    actions.Enqueue: Floor._enqueue,
    actions.Assign: Floor._assign,
    actions.Leave: Floor._leave,
    actions.Ended: Floor._ended,
    actions.Accept: Floor._accept,
    actions.Reject: Floor._reject,
    actions.MediaUp: Floor._media_up,
    actions.MediaFailed: Floor._media_failed,
    actions.Complete: Floor._complete,
    actions.SetState: Floor._set_state,
    actions.SignIn: Floor._sign_in,
    actions.SignOut: Floor._sign_out,
    actions.LoseConnection: Floor._lose_connection,
    actions.ChangeQueue: Floor._change_queue,
    actions.ChangeAgent: Floor._change_agent,
    actions.Tick: Floor._tick,
    actions.Settle: Floor._settle,
}
