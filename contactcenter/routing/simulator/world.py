"""One run: customers and agents around the production floor.

The world only does what people would: customers come, leave, hang up; agents sign in, answer, wrap
up. Who gets whom, and what time brings about, the floor decides (``Floor.apply`` and ``next_due``).
Nothing is kept of a customer whose story is over but counts.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from heapq import heappop, heappush
from typing import Any
from uuid import UUID

from contactcenter.routing import actions as do
from contactcenter.routing import effects as fx
from contactcenter.routing.floor import Floor
from contactcenter.routing.simulator.agents import FIRST_RESERVATION, Desk, hire, roster
from contactcenter.routing.simulator.arrivals import Customer, stream
from contactcenter.routing.simulator.clock import id_of, instant, seconds_of
from contactcenter.routing.simulator.lanes import Lane, Visit
from contactcenter.routing.simulator.recorder import Recorder
from contactcenter.routing.simulator.scenario import Scenario

DISPOSITION = "simulated"
ABANDONED = "abandoned"
FULL = "queue_full"
_NONE: Mapping[str, Any] = {}
LONGEST_END_S = 86_400.0
"""How long after the length those still waiting are given, should nobody be there to serve them."""
_FORGET_EVERY = 512
"""Commands after which the floor's notes for its store are dropped: a run has no store."""


class World:
    """The state of a run; ``play`` it once."""

    def __init__(self, scenario: Scenario, seed: int, run: int) -> None:
        self.floor = Floor()
        reservations = itertools.count(FIRST_RESERVATION)
        self.floor.reservation_id = lambda *about: id_of(next(reservations))
        self.t = 0.0
        self.now = instant(0.0)
        self.waiting = 0
        """Customers taken in, neither answered nor gone."""
        self.decisions = 0
        self.commands = 0
        self.visits: dict[UUID, Visit] = {}
        self.desks: dict[UUID, Desk] = {}
        self.lanes = {load.name: Lane(load, seed, run) for load in scenario.queues}
        self.recorder = Recorder(scenario.length, self.lanes.values())
        self._events: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._numbers = itertools.count()
        self._coming = len(self.lanes) + (scenario.length.time_s is not None)
        """Queues that somebody may still come to, and the end of a length by time."""
        self._ids = itertools.count(1)
        self._todo: list[do.Command] = []
        self._most = math.inf if scenario.places is None else scenario.places
        """Waiting places; a line that an idle agent could speak on is one more."""
        self._refusals = stream(seed, run, "refusals")
        self._handlers: dict[type, Callable[[Any], None]] = {
            fx.Offered: self._offered,
            fx.Accepted: self._accepted,
            fx.WrapUpStarted: self._wrap_up,
            fx.WrappedUp: self._wrapped_up,
            fx.Dequeued: self._dequeued,
            fx.Closed: self._closed,
            fx.StateChanged: self._state,
        }
        self._open(scenario, seed, run)

    def _open(self, scenario: Scenario, seed: int, run: int) -> None:
        for load in scenario.queues:
            self.perform(do.ChangeQueue(load.name, 1, load.config))
        for desk, command in hire(scenario, self.floor.queues, seed, run):
            self.desks[desk.id] = desk
            self.perform(command)
            for when, act in roster(desk):
                self.at(when, self._follow_roster, (desk, act))
        for when in self.recorder.times():
            self.at(when, self._roll, None)
        for lane in self.lanes.values():
            self._expect(lane)

    # -- time --------------------------------------------------------------------------------

    def at(self, when: float, act: Callable[[Any], None], what: Any) -> None:
        """Let ``act(what)`` happen at second ``when``."""
        heappush(self._events, (when, next(self._numbers), act, what))

    def play(self) -> None:
        """Until the length is reached and every customer was answered or has gone."""
        events, floor, recorder, end = self._events, self.floor, self.recorder, math.inf
        while (self.waiting or not recorder.is_closed) and self.t <= end:
            if end == math.inf and (recorder.is_closed or not self._coming):
                end = self.t + LONGEST_END_S
            due = floor.next_due()
            if events:
                # Looked at anew after every tick: what the floor did may bring about what people
                # do before the event that was next.
                now = instant(events[0][0])
                if due is None or due > now:
                    self.t, _, act, what = heappop(events)
                    self.now = now
                    act(what)
                    continue
            elif due is None or not self.waiting:
                break
            self._tick(due)
        recorder.close(self.t)

    def _tick(self, due: Any) -> None:
        self.t, self.now = max(self.t, seconds_of(due)), due
        self.perform(do.Tick(due))

    def perform(self, command: do.Command) -> None:
        """Apply it, and whatever people do at once because of it."""
        self._apply(command)
        todo = self._todo
        if todo:
            # One offer, answered at once, is open; of several somebody may have been faster.
            alone = len(todo) == 1
            for then in todo:  # grows while it is read
                if alone or type(then) is not do.Accept or self._is_open(then.reservation):
                    self._apply(then)
                alone = False
            todo.clear()

    def _apply(self, command: do.Command) -> None:
        applied = self.floor.apply(command, self.now)
        if applied.decisions:
            self.decisions += len(applied.decisions)
        handlers = self._handlers
        for effect in applied.effects:
            handler = handlers.get(type(effect))
            if handler is not None:
                handler(effect)
        self.commands += 1
        if not self.commands % _FORGET_EVERY:
            self.floor.take_changes()

    def _is_open(self, reservation: UUID) -> bool:
        """Whether the offer still stands: somebody else may have been faster."""
        found = self.floor.reservations.get(reservation)
        return found is not None and found.state == "pending"

    # -- customers ---------------------------------------------------------------------------

    def _expect(self, lane: Lane) -> None:
        """The next customer of a queue."""
        customer = next(lane.comes, None)
        if customer is None:
            self._coming -= 1
        else:
            heappush(
                self._events, (customer[0], next(self._numbers), self._arrive, (lane, customer))
            )

    def _arrive(self, what: tuple[Lane, Customer]) -> None:
        lane, (at, service, patience, requires, priority) = what
        if not self.recorder.arrive(at):
            return
        self._expect(lane)
        lane.tally.offered += 1
        if self.waiting >= self._most + self.recorder.idle:
            lane.tally.blocked += 1
            return
        id_ = id_of(next(self._ids))
        visit = self.visits[id_] = Visit(id_, lane, at, service)
        self.waiting += 1
        self.perform(
            do.Enqueue(id_, lane.name, lane.channel, id_, requires, priority, _NONE, lane.direction)
        )
        if visit.agent is not None:
            return
        if not visit.is_offered and id_ in self.visits:
            visit.is_delayed = True
            visit.tally.delayed += 1
        if patience != math.inf:
            self.at(at + patience, self._lose_patience, visit)

    def _lose_patience(self, visit: Visit) -> None:
        if visit.agent is None and visit.id in self.visits:
            self.perform(do.Leave(visit.id, ABANDONED))

    def _hang_up(self, visit: Visit) -> None:
        if visit.lane.is_voice:
            self.perform(do.Ended(visit.id))
        else:
            self._complete(visit)

    # -- agents ------------------------------------------------------------------------------

    def _follow_roster(self, what: tuple[Desk, do.Command]) -> None:
        desk, act = what
        desk.due = act
        self.perform(act)

    def _return(self, desk: Desk) -> None:
        """Back from having missed a call, if the roster has them work."""
        if desk.due is not None:
            self.perform(desk.due)

    def _answer(self, offer: fx.Offered) -> None:
        if self._is_open(offer.reservation):
            self.perform(do.Accept(offer.reservation, offer.agent))

    def _complete(self, visit: Visit) -> None:
        if visit.agent is not None and visit.id in self.visits:
            self.perform(do.Complete(visit.id, visit.agent, DISPOSITION))

    def _roll(self, _: None) -> None:
        self.recorder.roll(self.t)

    # -- what the floor decided --------------------------------------------------------------

    def _offered(self, effect: fx.Offered) -> None:
        visit = self.visits[effect.interaction]
        visit.is_offered = True
        desk = self.desks[effect.agent]
        share = desk.group.no_answer
        if share and self._refusals.random() < share:
            return
        answer = desk.answer or visit.lane.answer
        if answer is None:
            self._todo.append(do.Accept(effect.reservation, effect.agent))
        else:
            self.at(self.t + answer(), self._answer, effect)

    def _accepted(self, effect: fx.Accepted) -> None:
        visit = self.visits[effect.interaction]
        if visit.agent is not None:
            return
        visit.agent = effect.agent
        lane, t = visit.lane, self.t
        self.waiting -= 1
        is_own = lane.name in self.desks[effect.agent].own
        visit.tally.answer(t - visit.at, lane.target_s, visit.is_delayed, is_own)
        lane.handling.change(1, t)
        if lane.is_voice:
            self._todo.append(do.MediaUp(visit.id))
            end = t + visit.service
        else:
            end = t + visit.service + (lane.wrap_up() if lane.wrap_up else 0.0)
        self.at(end, self._hang_up, visit)

    def _wrap_up(self, effect: fx.WrapUpStarted) -> None:
        if effect.mode != "fixed":
            visit = self.visits[effect.interaction]
            seconds = visit.lane.wrap_up() if visit.lane.wrap_up else 0.0
            self.at(self.t + seconds, self._complete, visit)

    def _wrapped_up(self, effect: fx.WrappedUp) -> None:
        self.visits[effect.interaction].lane.handling.change(-1, self.t)

    def _dequeued(self, effect: fx.Dequeued) -> None:
        visit = self.visits.pop(effect.interaction)
        self.waiting -= 1
        if effect.reason == ABANDONED:
            visit.tally.abandon(self.t - visit.at, visit.lane.target_s)
        elif effect.reason == FULL:
            visit.tally.blocked += 1
        else:
            visit.tally.flowed_out += 1

    def _closed(self, effect: fx.Closed) -> None:
        self.visits.pop(effect.interaction, None)

    def _state(self, effect: fx.StateChanged) -> None:
        desk, state, t = self.desks[effect.agent], effect.state, self.t
        working = state in ("busy", "wrap_up")
        if working is not desk.working:
            desk.working = working
            self.recorder.working.change(1 if working else -1, t)
        present = working or state in ("available", "reserved")
        if present is not desk.present:
            desk.present = present
            by = 1 if present else -1
            self.recorder.present.change(by, t)
            for name in desk.serves:
                self.lanes[name].staffed.change(by, t)
        if state == "away" and effect.reason in ("no_answer", "no_media"):
            self.at(t + desk.group.returns_after_s, self._return, desk)
