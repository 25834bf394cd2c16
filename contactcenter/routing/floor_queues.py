"""What queues do besides matching: limits for newcomers, overflow, announcements, blending."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from contactcenter.routing.effects import Announced, Closed, Dequeued, Moved, Widened
from contactcenter.routing.floor_matching import is_timed
from contactcenter.routing.floor_measures import abandoned, mean_handle_s, service_level_percent
from contactcenter.routing.floor_outlook import FloorOutlook
from contactcenter.routing.model import Queue, QueueState, Waiting
from contactcenter.routing.policies import Consequence, Measure, Overflow

_MOST_MOVES = 10
"""Moves at one entry: configuration has no cycles, but two versions of it might meet."""


class FloorQueues(FloorOutlook):
    """The rules of queues, carried out."""

    def __init__(self) -> None:
        super().__init__()
        self.matcher.yields = self.yields
        self.blended: set[str] = set()
        """Queues of blended work."""

    def drop_queue(self, name: str) -> None:
        """The queue is no more."""
        self.blended.discard(name)
        super().drop_queue(name)

    # -- coming and going --------------------------------------------------------------------

    def enter(self, item: Waiting, now: datetime, moves: int = 0) -> None:
        """Into the queue: to an agent at once, else past its limits, else it waits."""
        turned = self._turned_away(item, now)
        if turned is not None and moves < _MOST_MOVES:
            self.keep(item)
            self._send_on(item, turned, now, moves)
            return
        item = self.place_new(item, now)
        if item.state != "waiting":
            return
        queue = self.queues[item.queue]
        most = queue.limits.max_length
        if most is not None and len(self.in_queue[item.queue]) > most and moves < _MOST_MOVES:
            full = queue.limits.full_then or Consequence(leave="queue_full")
            self._send_on(item, full, now, moves)
            return
        self.overflow(item, now)

    def admit(self, item: Waiting, now: datetime) -> None:
        """Into the queue, past its limits."""
        self.place_new(item, now)

    def _turned_away(self, item: Waiting, now: datetime) -> Consequence | None:
        """What a newcomer meets before any agent is asked."""
        queue = self.queues[item.queue]
        if self.queue_states[queue.name].closed or not self.is_open(queue, now):
            return queue.limits.closed_then or Consequence(leave="queue_closed")
        if queue.limits.nobody_then is not None and not self.signed_in[queue.name]:
            return queue.limits.nobody_then
        return None

    def _turns_away(self, name: str, item: Waiting, now: datetime) -> bool:
        """Whether another queue would not keep the item: then it waits on where it is."""
        queue = self.queues.get(name)
        if queue is None or self._turned_away(replace(item, queue=name), now) is not None:
            return True
        most = queue.limits.max_length
        full = most is not None and len(self.in_queue.get(name, ())) >= most
        return full and not self.matcher.free_for(name, item.channel)

    def shift(self, item: Waiting, queue: str, now: datetime, moves: int = 0) -> None:
        """To another queue, keeping the place; the circle begins anew."""
        self.out.effects.append(Moved(interaction=item.interaction, queue=queue, from_=item.queue))
        self.enter(moved(item, queue, now), now, moves)

    def dequeue(self, item: Waiting, reason: str, *, close: bool) -> None:
        """Take out what no agent has."""
        self.drop_waiting(item.interaction)
        state = self.queue_states.get(item.queue)
        if state is not None and reason == "abandoned" and self.now is not None:
            wait_s = (self.now - item.entered_queue).total_seconds()
            queue = self.queues[item.queue]
            self.put_queue_state(abandoned(state, queue, wait_s, self.now))
        self.out.effects.append(
            Dequeued(interaction=item.interaction, queue=item.queue, reason=reason)
        )
        if close:
            self.out.effects.append(Closed(interaction=item.interaction, reason=reason))

    def _send_on(self, item: Waiting, action: Consequence, now: datetime, moves: int) -> None:
        """It may not stay: what a limit says, which always takes it out of this queue."""
        if action.move and action.move not in self.queues:
            action = Consequence(leave="no_such_queue")
        elif action.callback:
            action = Consequence(leave="callback_offered")
        self.carry_out(item, action, now, moves)

    # -- rules -------------------------------------------------------------------------------

    def carry_out(self, item: Waiting, action: Consequence, now: datetime, moves: int = 0) -> None:
        """What a rule says becomes of an item that no agent has."""
        if action.move:
            if action.move in self.queues:
                self.shift(item, action.move, now, moves + 1)
        elif action.leave:
            self.dequeue(item, action.leave, close=False)
        elif action.add:
            added = tuple(dict.fromkeys((*item.added, *action.add)))
            self.put_waiting(replace(item, added=added), now)
            self.out.effects.append(
                Widened(interaction=item.interaction, queue=item.queue, added=action.add)
            )
            self.place(item.interaction, now)
        elif not item.is_away():
            told = Announced(
                interaction=item.interaction,
                queue=item.queue,
                prompt=action.play,
                callback=action.callback,
            )
            self.out.effects.append(told)

    def overflow(self, item: Waiting, now: datetime, *, timed: bool = False) -> None:
        """Carry out the rules whose condition holds for this item, each once; with ``timed`` only
        those whose moment was known beforehand."""
        queue = self.queues[item.queue]
        for n, rule in enumerate(queue.overflow):
            if n in item.fired or (timed and not is_timed(rule)):
                continue
            if self._holds(rule, item, now):
                self._fire(n, rule, item, now)
                found = self.waiting.get(item.interaction)
                if found is None or found.state != "waiting" or found.queue != queue.name:
                    return
                item = found

    def _fire(self, n: int, rule: Overflow, item: Waiting, now: datetime) -> None:
        item = replace(item, fired=(*item.fired, n))
        self.put_waiting(item, now)
        if rule.then.leave and item.is_away():
            return  # who was promised a call is not turned away
        self.carry_out(self.waiting[item.interaction], rule.then, now)

    def _holds(self, rule: Overflow, item: Waiting, now: datetime) -> bool:
        if rule.then.move and self._turns_away(rule.then.move, item, now):
            return False
        if rule.skip_if_nobody:
            towards = (*rule.then.add, rule.then.move) if rule.then.move else rule.then.add
            if towards and not any(self.signed_in[name] for name in towards):
                return False
        if rule.measure == "own_wait_s":
            return rule.above is not None and now - item.entered_queue >= timedelta(
                seconds=rule.above
            )
        return rule.holds(self.measured(rule.measure, rule.of or item.queue, now))

    def look(self, name: str, now: datetime) -> None:
        """Look at the measures of a queue: overflow from its end, blended work from its head."""
        queue = self.queues[name]
        self.put_queue_state(replace(self.queue_states[name], look_at=None))
        there = self.waiting_in(name)
        for n, rule in enumerate(queue.overflow):
            if is_timed(rule):
                continue
            for item in sorted(self.waiting_in(name), key=self._score, reverse=True):
                if n in item.fired:
                    continue
                if not self._holds(rule, item, now):
                    if rule.measure == "own_wait_s":
                        continue
                    break
                self._fire(n, rule, item, now)
        if there and (still := self.waiting_in(name)):
            self.look_again(name, self.next_look(queue, still, now))

    def recheck(self, item: Waiting, now: datetime) -> None:
        """Its time has come for something: the limit, a wider circle, a rule, an announcement."""
        limit = self.wait_limit(item)
        if limit is not None and limit <= now:
            then = self.queues[item.queue].limits.wait_then or Consequence(leave="wait_limit")
            self._send_on(item, then, now, 0)
            return
        staged = self.staged(item, now)
        if staged is not item:
            self.put_waiting(staged, now)
        self.overflow(staged, now, timed=True)
        found = self.waiting.get(item.interaction)
        if found is not None and found.state == "waiting":
            self._tell(found, now)
            self.place(item.interaction, now)
            found = self.waiting[item.interaction]
            if found.state == "waiting":
                self.watch(found, now)

    # -- measures ----------------------------------------------------------------------------

    def measured(self, measure: Measure, name: str, now: datetime) -> float | None:
        """A measure of a queue; None when it is not known (or there is no such queue)."""
        state = self.queue_states.get(name)
        return None if state is None else _MEASURES[measure](self, state, now)

    def length(self, name: str) -> int:
        """How many wait for an agent."""
        return len(self.in_queue.get(name, ()))

    def longest_wait_s(self, name: str, now: datetime) -> float:
        """The longest wait (s) in the queue now."""
        waits = (self.waiting[key].entered_queue for key in self.in_queue.get(name, ()))
        first = min(waits, default=now)
        return (now - first).total_seconds()

    def wait_estimate_s(self, name: str, ahead: int) -> float | None:
        """The wait (s) to expect with so many ahead; None when too little is known."""
        mean = mean_handle_s(self.queue_states[name])
        agents = self.on_duty[name]
        return None if mean is None or not agents else ahead * mean / agents

    def yields(self, queue: Queue, now: datetime) -> bool:
        """Whether a blended queue gives way to its inbound ones at this moment."""
        rule = queue.blending
        if rule is None:
            return False
        signed_in = self.signed_in[queue.name]
        if 100 * (self.outbound[queue.name] + 1) > rule.max_share_percent * signed_in:
            return True
        names = [name for name in rule.yields_to if name in self.queue_states]
        if rule.reserve and any(
            self.matcher.free_for(name, "voice") - self.promised <= rule.reserve for name in names
        ):
            return True
        return any(self._is_strained(name, queue) for name in names)

    @property
    def promised(self) -> int:
        """How many agents are kept for customers who are being called back."""
        return sum(self.matcher.called_for.values())

    def blend(self, now: datetime) -> None:
        """Where blended work need not give way, its free agents take it: what opened the way may
        have been anything."""
        for name in sorted(self.blended):
            queue = self.queues[name]
            if not self.in_queue.get(name) or self.yields(queue, now):
                continue
            for agent in self.matcher.idle_before(name):
                self.pull(agent, now)
                if self.yields(queue, now):
                    break

    def _is_strained(self, name: str, queue: Queue) -> bool:
        rule = queue.blending
        assert rule is not None  # noqa: S101  # asked for blended queues only
        if rule.wait_above_s is not None:
            wait = self.wait_estimate_s(name, self.length(name))
            if wait is not None and wait > rule.wait_above_s:
                return True
        if rule.service_level_below is None:
            return False
        level = service_level_percent(self.queue_states[name])
        return level is not None and level < rule.service_level_below

    # -- announcements -----------------------------------------------------------------------

    def _tell(self, item: Waiting, now: datetime) -> None:
        due = self.told_next(item)
        rule = self.queues[item.queue].announcements
        if rule is None or due is None or due > now:
            return
        position = self.position(item)
        band = self.wait_band(item.queue, position, now) if rule.wait else None
        self.out.effects.append(
            Announced(
                interaction=item.interaction,
                queue=item.queue,
                position=position if rule.position else None,
                low_s=band[0] if band else None,
                high_s=band[1] if band else None,
                prompt=rule.prompts[item.told % len(rule.prompts)] if rule.prompts else "",
            )
        )
        self.put_waiting(replace(item, told_at=now, told=item.told + 1), now)


def moved(item: Waiting, queue: str, now: datetime) -> Waiting:
    """The item in another queue: the place is kept, all that belongs to the stay begins anew."""
    return replace(
        item,
        queue=queue,
        entered_queue=now if queue != item.queue else item.entered_queue,
        state="waiting",
        added=(),
        fired=(),
        told_at=None,
        told=0,
        ring=0,
        anyone=False,
        step=0,
        held=False,
    )


_MEASURES: Mapping[Measure, Callable[[FloorQueues, QueueState, datetime], float | None]] = {
    "length": lambda floor, state, now: floor.length(state.name),
    "longest_wait_s": lambda floor, state, now: floor.longest_wait_s(state.name, now),
    "wait_estimate_s": lambda floor, state, now: floor.wait_estimate_s(
        state.name, floor.length(state.name)
    ),
    "service_level_percent": lambda floor, state, now: service_level_percent(state),
}
