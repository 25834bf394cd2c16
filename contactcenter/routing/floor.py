"""The floor in memory: agents, reservations and everything that waits, as a pure state machine.

``Floor.apply(command, now)`` says what follows or raises one of ``core.errors`` with nothing
changed; time passing is the command ``Tick``, due at ``next_due``. The same commands at the same
times give the same effects, ids included. Between commands this holds: nothing waits that an agent
with free capacity may have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from contactcenter.core.errors import Conflict, Denied, Invalid, NotFound
from contactcenter.routing import actions
from contactcenter.routing.changes import Changes
from contactcenter.routing.config import agent_from, queue_from
from contactcenter.routing.effects import QueueClosed
from contactcenter.routing.floor_removal import FloorRemoval
from contactcenter.routing.floor_state import Applied
from contactcenter.routing.model import (
    NOTHING,
    Presence,
    QueueState,
    Reservation,
    Waiting,
)
from contactcenter.routing.policies import LONGEST_S
from contactcenter.routing.skills import requirement


class Floor(FloorRemoval):
    """What every command means."""

    def apply(self, command: actions.Command, now: datetime) -> Applied:
        """Carry the command out. Time never runs backwards: an earlier ``now`` counts as the last.

        Raises ``Conflict`` (``superseded``: a lost race), ``NotFound``, ``Denied``, ``Invalid``.
        """
        at = self.skip(now)
        self.out = Applied()
        _HANDLERS[type(command)](self, command, at)
        if self.overdue:
            self.escalate(at)
        if self.blended:
            self.blend(at)
        return self.out

    def skip(self, now: datetime) -> datetime:
        """Count a command that can not be read or stored, without carrying it out; its time."""
        self.seq += 1
        if self.now is None or now > self.now:
            self.now = now
        return self.now

    def take_changes(self) -> Changes:
        """The rows changed since the last time this was asked."""
        changes, self.changes = self.changes, Changes()
        return changes

    # -- what waits --------------------------------------------------------------------------

    def _enqueue(self, command: actions.Enqueue, now: datetime) -> None:
        if command.queue not in self.queues:
            raise NotFound(f"no queue {command.queue}", code="unknown_queue")
        for needed in command.requirements():
            requirement(needed)
        old = self.waiting.get(command.interaction)
        if old is None:
            hold = _hold(command)
            item = Waiting(
                interaction=command.interaction,
                channel=command.channel,
                queue=command.queue,
                customer=command.customer,
                requires=command.requires,
                priority=command.priority,
                entered_first=now,
                entered_queue=now,
                attributes=command.attributes or NOTHING,
                direction=command.direction,
                steps=command.steps,
                preferred=command.preferred,
                preferred_until=now + hold if hold else None,
                held=hold is not None,
                age_s=command.age_s,
            )
            self.changes.add_waiting(item)
            (self.admit if command.manual else self.enter)(item, now)
            return
        if old.state == "assigned":
            raise Conflict("an agent has this interaction", code="superseded")
        self.move(old, command, now)

    def _leave(self, command: actions.Leave, now: datetime) -> None:
        self._over(command.interaction, command.reason, now, close=command.close)

    def _ended(self, command: actions.Ended, now: datetime) -> None:
        self._over(command.interaction, command.reason, now, close=True)

    def _over(self, interaction: UUID, reason: str, now: datetime, *, close: bool) -> None:
        item = self.waiting.get(interaction)
        if item is None:
            raise _superseded("the interaction is not on the floor")
        if _keeps_its_place(item, reason):
            return
        if item.state != "assigned":
            gone = self.withdraw_of(interaction, "customer_left", now)
            self.dequeue(item, reason, close=close)
            self.free_up(gone, now)
            if item.callback is not None:
                self.spare(item.callback, now)
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
            self.media_up(reservation, now)

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
        item = Waiting(
            interaction=command.interaction,
            channel=command.channel,
            queue=command.queue,
            customer=command.customer,
            requires=None,
            priority=0,
            entered_first=now,
            entered_queue=now,
            direction="outbound",
        )
        self.has_room(agent, command.channel)
        self.changes.add_waiting(item)
        self.give(item, agent, now, heard=True)

    def _pull_one(self, command: actions.Pull, now: datetime) -> None:
        agent = self.agents[self._known(command.agent)]
        item = self.waiting.get(command.interaction)
        if item is None or item.state not in ("waiting", "offered"):
            raise _superseded("the interaction does not wait")
        if self.states[agent.id].presence == "offline":
            raise Conflict(f"{agent.name} is not signed in", code="not_signed_in")
        mine = [one for one in self.asking(item.interaction) if one.agent == agent.id]
        if mine:
            self.accept(mine[0], now)
            return
        self.has_room(agent, item.channel)
        gone = self.withdraw_of(item.interaction, "pulled", now)
        item = self.waiting[item.interaction]
        taken = self.give(item, agent, now, heard=item.channel != "voice")
        if item.callback is not None and not item.callback.reached:
            self.call_with(taken, item.callback, now)
        self.free_up(gone, now)

    def _extend(self, command: actions.ExtendWrapUp, now: datetime) -> None:
        if not 0 < command.seconds <= _MOST_MORE_S:
            raise Invalid(f"seconds: from 1 to {_MOST_MORE_S}")
        held = self.held_by(self._known(command.agent))
        mine = [one for one in held if one.interaction == command.interaction]
        if not mine:
            raise _superseded("your work on this interaction has ended")
        self.extend(mine[0], command.seconds, now)

    # -- callbacks ---------------------------------------------------------------------------

    def _on_floor(self, interaction: UUID) -> Waiting:
        item = self.waiting.get(interaction)
        if item is None:
            raise _superseded("the interaction is not on the floor")
        return item

    def _ask_callback(self, command: actions.AskCallback, now: datetime) -> None:
        if not command.address:
            raise Invalid("a callback needs an address")
        item = self._on_floor(command.interaction)
        self.ask_callback(item, command.address, command.first, command.at, now)

    def _callback_answered(self, command: actions.CallbackAnswered, now: datetime) -> None:
        self.callback_answered(self._on_floor(command.interaction), now)

    def _callback_failed(self, command: actions.CallbackFailed, now: datetime) -> None:
        self.callback_failed(self._on_floor(command.interaction), command.reason, now)

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
        if queue.name not in self.queue_states:
            self.put_queue_state(QueueState(queue.name))
        (self.blended.add if queue.blending else self.blended.discard)(queue.name)
        self.matcher.put_queue(queue)
        items = [
            item
            for item in self.waiting.values()
            if item.queue == queue.name and item.state == "waiting"
        ]
        for item in items:
            fired = item.fired if old is not None and old.overflow == queue.overflow else ()
            self.put_waiting(replace(item, fired=fired), now)
        self.place_all(items, now)

    def _close_queue(self, command: actions.CloseQueue, now: datetime) -> None:
        state = self.queue_states.get(command.queue)
        if state is None:
            raise NotFound(f"no queue {command.queue}", code="unknown_queue")
        reason = command.reason if command.closed else None
        self.put_queue_state(replace(state, closed=command.closed, closed_reason=reason))
        self.out.effects.append(
            QueueClosed(queue=command.queue, closed=command.closed, reason=reason)
        )

    def _change_agent(self, command: actions.ChangeAgent, now: datetime) -> None:
        old = self.agents.get(command.agent)
        if old is None or old.version < command.version:
            config = (command.version, command.name, command.config, command.site)
            self.put_agent(agent_from(command.agent, *config), now)


_MOST_MORE_S = 3600


def _hold(command: actions.Enqueue) -> timedelta | None:
    """How long the preferred agents have it to themselves."""
    if not command.preferred or command.hold_s <= 0:
        return None
    return timedelta(seconds=min(command.hold_s, LONGEST_S))


def _keeps_its_place(item: Waiting, reason: str) -> bool:
    """The caller who asked for a callback hung up, as they may."""
    callback = item.callback
    return callback is not None and not callback.reached and reason == "abandoned"


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
    actions.RemoveQueue: Floor.remove_queue,
    actions.RemoveAgent: Floor.remove_agent,
    actions.Pull: Floor._pull_one,
    actions.ExtendWrapUp: Floor._extend,
    actions.CloseQueue: Floor._close_queue,
    actions.AskCallback: Floor._ask_callback,
    actions.CallbackAnswered: Floor._callback_answered,
    actions.CallbackFailed: Floor._callback_failed,
    actions.Tick: lambda floor, command, now: floor.pass_time(now),
    actions.Settle: lambda floor, command, now: floor.settle(now),
}
