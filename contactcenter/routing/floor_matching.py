"""Bringing what waits and who is free together: placing, pulling, offering, returning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from contactcenter.routing.circles import widened, widenings
from contactcenter.routing.effects import Decision, Offered
from contactcenter.routing.floor_state import NEVER, FloorState
from contactcenter.routing.model import Agent, Queue, Reservation, Waiting
from contactcenter.routing.policies import Overflow

LOOK_EVERY_S = 5
"""How often the measures of a queue are looked at while something waits there."""


class FloorMatching(FloorState):
    """Who gets what, carried out."""

    def __init__(self) -> None:
        super().__init__()
        self.overdue: list[UUID] = []
        """Interactions refused so often that they are to be escalated, at the command's end."""

    # -- what waits --------------------------------------------------------------------------

    def put_waiting(self, item: Waiting, now: datetime) -> None:
        """A changed item, in the circle of ``now`` and watched while it waits."""
        if item.state == "waiting":
            self.wait(self.staged(item, now), now)
        else:
            self.keep(item)

    def wait(self, item: Waiting, now: datetime) -> None:
        """The item waits, watched, in the circle it has."""
        self.keep(item)
        self.watch(item, now)
        self._have_looked_at(item, now)

    def staged(self, item: Waiting, now: datetime) -> Waiting:
        """The item with its circle and step as of ``now``, and no longer held for preferred agents
        once the hold is over or none of them is signed in."""
        item = widened(self.queues[item.queue], item, now)
        held = (
            item.held
            and item.preferred_until is not None
            and item.preferred_until > now
            and any(self._may_yet(agent, item) for agent in item.preferred)
        )
        return item if held == item.held else replace(item, held=held)

    def _may_yet(self, agent: UUID, item: Waiting) -> bool:
        """Whether a preferred agent may still be asked before the hold is over."""
        state = self.states.get(agent)
        if state is None or state.presence == "offline" or item.preferred_until is None:
            return False
        return not item.excludes(agent, item.preferred_until)

    def watch(self, item: Waiting, since: datetime) -> None:
        """Set the next time after ``since`` at which the item is to be looked at again; one that
        must not be missed may have passed while it was offered. Looking sets the one after it. To
        look once too often does no harm: a floor rebuilt begins with the first of all times."""
        queue = self.queues[item.queue]
        dues = [due for due in self._may_widen(queue, item) if due > since]
        if queue.overflow:
            dues.extend(self._own_wait_bounds(queue, item))
        musts = (self.wait_limit(item), self.told_next(item))
        dues.extend(must for must in musts if must is not None)
        if dues:
            self.set_timer(min(dues), "waiting", item.interaction)

    def _may_widen(self, queue: Queue, item: Waiting) -> Iterator[datetime]:
        """When others may have it than before."""
        if item.excluded:
            yield from item.excluded.values()
        for delay in self.matcher.delays(item.interaction):
            yield item.entered_first + timedelta(seconds=delay)
        if queue.rings or item.steps or queue.anyone_after_s is not None:
            yield from widenings(queue, item)
        if item.preferred_until is not None:
            yield item.preferred_until

    def watch_all(self, item: Waiting) -> None:
        """Set every time at which the item is to be looked at, for a floor rebuilt."""
        if item.state == "waiting":
            self.watch(item, NEVER)
        elif item.callback is not None and item.callback.due_at is not None:
            self.set_timer(item.callback.due_at, "waiting", item.interaction)

    def wait_limit(self, item: Waiting) -> datetime | None:
        """When the item has waited as long as its queue allows; callbacks may wait on."""
        longest = self.queues[item.queue].max_wait_s
        return (
            None
            if longest is None or item.callback is not None
            else item.entered_queue + timedelta(seconds=longest)
        )

    def told_next(self, item: Waiting) -> datetime | None:
        """When the item hears its next announcement: on a grid, so that many are told at once."""
        rule = self.queues[item.queue].announcements
        if rule is None or item.is_away():
            return None
        if item.told_at is None or item.told_at < item.entered_queue:
            return _on_grid(item.entered_queue + timedelta(seconds=rule.first_s))
        return _on_grid(item.told_at + timedelta(seconds=rule.every_s))

    @staticmethod
    def _own_wait_bounds(queue: Queue, item: Waiting) -> Iterable[datetime]:
        for n, rule in enumerate(queue.overflow):
            if is_timed(rule) and rule.above is not None and n not in item.fired:
                yield item.entered_queue + timedelta(seconds=rule.above)

    def _have_looked_at(self, item: Waiting, now: datetime) -> None:
        """Have the queue's measures looked at regularly, where rules depend on them, and when this
        item has waited as long as one of them says."""
        queue = self.queues[item.queue]
        if not queue.overflow and queue.blending is None:
            return
        due = self.queue_states[queue.name].look_at
        want = self.next_look(queue, (item,), now)
        if due is None or due <= now or due > want:
            self.look_again(queue.name, want)

    @staticmethod
    def next_look(queue: Queue, items: Iterable[Waiting], now: datetime) -> datetime:
        """When a queue in which these wait is to be looked at after ``now``."""
        due = now + timedelta(seconds=LOOK_EVERY_S)
        for n, rule in enumerate(queue.overflow):
            if rule.measure != "own_wait_s" or rule.above is None or is_timed(rule):
                continue
            after = timedelta(seconds=rule.above)
            reached = (item.entered_queue + after for item in items if n not in item.fired)
            due = min((at for at in reached if now < at < due), default=due)
        return due

    # -- together ----------------------------------------------------------------------------

    def place(self, interaction: UUID, now: datetime) -> None:
        """Offer it to the best agent, if one may have it."""
        item = self.waiting[interaction]
        decision = self.matcher.best_agent(item, now)
        if decision is not None:
            self._offer_to(decision, item, now)

    def place_new(self, item: Waiting, now: datetime) -> Waiting:
        """A newcomer goes to the best agent at once, or waits from now on; as it is then."""
        item = self.staged(item, now)
        decision = self.matcher.best_agent(item, now)
        if decision is None:
            self.wait(item, now)
        else:
            self._offer_to(decision, item, now)
        return self.waiting[item.interaction]

    def place_all(self, items: Iterable[Waiting], now: datetime) -> None:
        """Place several in the order of their score."""
        for item in sorted(items, key=self._score):
            if self.waiting[item.interaction].state == "waiting":
                self.place(item.interaction, now)

    def pull(self, agent: UUID, now: datetime) -> None:
        """Give the agent what waits for them, while capacity lasts."""
        while (decision := self.matcher.best_item(agent, now)) is not None:
            self._offer_to(decision, self.waiting[decision.interaction], now)

    def _score(self, item: Waiting) -> tuple[int, datetime, datetime, UUID]:
        queue = self.queues[item.queue]
        minutes = item.priority + queue.priority
        age = item.age_from()
        strict = -minutes if queue.caller_order == "priority" else 0
        return (strict, age - timedelta(minutes=minutes), age, item.interaction)

    def _offer_to(self, decision: Decision, item: Waiting, now: datetime) -> None:
        """To the agent decided for, and to more where the queue asks several at once."""
        most = self.queues[item.queue].offer_to
        decisions, agents = [decision], {decision.agent}
        while len(decisions) < most:
            more = self.matcher.best_agent(item, now, agents)
            if more is None:
                break
            decisions.append(more)
            agents.add(more.agent)
        item = replace(item, state="offered", offers=item.offers + 1)
        self.keep(item)
        for one in decisions:
            self._offer(one, item, now)

    def _offer(self, decision: Decision, item: Waiting, now: datetime) -> None:
        queue, agent = self.queues[item.queue], decision.agent
        expires_at = now + timedelta(seconds=queue.offer_s[item.channel])
        reservation = Reservation(
            id=self.reservation_id(item.interaction, agent, self.seq, item.offers),
            interaction=item.interaction,
            agent=agent,
            queue=item.queue,
            channel=item.channel,
            state="pending",
            offered_at=now,
            expires_at=expires_at,
            due_at=expires_at,
            wrap_up=queue.wrap_up,
            direction=item.direction,
        )
        self.changes.born.add(reservation.id)
        self.put_reservation(reservation)
        self.out.decisions.append(decision)
        self.out.effects.append(Offered(**reference(reservation), expires_at=expires_at))
        self.refresh(agent, now, 1.0 / self.agents[agent].weight)

    def return_all(self, gone: Iterable[Reservation], now: datetime, *, exclude: bool) -> None:
        """The interactions of ended reservations stand in their places again, and are placed;
        not those that other agents are still asked about."""
        back = []
        for reservation in gone:
            item = self.waiting[reservation.interaction]
            queue = self.queues[item.queue]
            excluded = {who: until for who, until in item.excluded.items() if until > now}
            if exclude:
                until = now + timedelta(seconds=queue.exclude_s)
                excluded[str(reservation.agent)] = until
            still = bool(self.asking(item.interaction))
            state = "offered" if still else "waiting"
            self.put_waiting(replace(item, state=state, excluded=excluded), now)
            if not still:
                back.append(self.waiting[item.interaction])
            most = queue.max_offers
            if exclude and not still and most is not None and item.offers >= most:
                self.overdue.append(item.interaction)
        self.place_all([one for one in back if one.interaction not in self.overdue], now)

    def put_agent(self, agent: Agent, now: datetime) -> None:
        """A new or changed agent; what they hold stays theirs."""
        self.know(agent)
        self.refresh(agent.id, now)
        for interaction in list(self.matcher.waiting_for(agent.id)):
            self.watch(self.waiting[interaction], now)
        self.pull(agent.id, now)


def _on_grid(at: datetime) -> datetime:
    """The next whole ``LOOK_EVERY_S``, or ``at`` if it is one."""
    over = (at - NEVER) % timedelta(seconds=LOOK_EVERY_S)
    return at + timedelta(seconds=LOOK_EVERY_S) - over if over else at


def is_timed(rule: Overflow) -> bool:
    """Whether the moment at which the rule holds is known beforehand; the others, and those that
    depend on another queue's taking it, are looked at."""
    return rule.measure == "own_wait_s" and not rule.skip_if_nobody and not rule.then.move


def reference(reservation: Reservation) -> dict[str, Any]:
    """The fields that every effect on a reservation carries."""
    return {
        "reservation": reservation.id,
        "interaction": reservation.interaction,
        "agent": reservation.agent,
        "queue": reservation.queue,
        "channel": reservation.channel,
    }
