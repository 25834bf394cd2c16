"""The matcher: who gets what. Pure, indexed, and deterministic down to the id.

Interactions that want the same (queue, channel, requirement, priority, circle) form a *group*;
within one the oldest is always next, so a group keeps its waiting in one order and its free agents
in another, and a decision looks at heads only. Its cost grows with the groups an agent serves, not
with the floor. What is held for preferred agents stands in no group until the hold is over.

An interaction takes the first free agent in the order of its queue; an agent takes what is held for
them, then the highest priority of their queues, then ``minutes waited + priority``; ties go to the
lower id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contactcenter.routing.circles import (
    FIRST,
    Circle,
    circle_of,
    queues_of,
    rule_of_text,
    text_at_best,
    text_of,
)
from contactcenter.routing.effects import Decision
from contactcenter.routing.match_orders import Group, GroupKey, Seat, Standing
from contactcenter.routing.model import Agent, Channel, Membership, Queue, Waiting
from contactcenter.routing.ordered import Ordered
from contactcenter.routing.skills import asks_interaction, meets

FREE = "free"
_KEPT_EMPTY = 1024
"""Groups kept while nothing waits in them; beyond, those of own requirements are dropped."""
_NOBODY: Collection[UUID] = ()


@dataclass(slots=True, eq=False)
class Desk:
    """An agent as the matcher sees one. ``held``: what waits for this agent by preference."""

    agent: Agent
    standing: Standing
    seats: dict[GroupKey, Seat] = field(default_factory=dict)
    held: Ordered = field(default_factory=Ordered)


class Matcher:
    """The index. The floor tells it every change; it answers who goes with whom.

    ``yields``: whether a blended queue gives way at a time; asked only for such queues.
    """

    def __init__(self, yields: Callable[[Queue, datetime], bool] | None = None) -> None:
        self.queues: dict[str, Queue] = {}
        self.asking: set[str] = set()
        """Queues whose requirement speaks of the interaction's attributes."""
        self.desks: dict[UUID, Desk] = {}
        self.of_queue: dict[str, set[UUID]] = {}
        self.groups: dict[GroupKey, Group] = {}
        self.items: dict[UUID, tuple[Waiting, Group | None]] = {}
        self.called_for: Counter[UUID] = Counter()
        """Agents for whom a customer is being called back."""
        self.yields = yields or (lambda queue, now: False)

    # -- what the floor tells ----------------------------------------------------------------

    def put_queue(self, queue: Queue) -> None:
        """A new or changed queue; what waits in it keeps waiting under the new rule."""
        self.queues[queue.name] = queue
        asks = asks_interaction(queue.requires)
        (self.asking.add if asks else self.asking.discard)(queue.name)
        moved = [item for item, _ in self.items.values() if item.queue == queue.name]
        for item in moved:
            self.remove(item.interaction)
        for key in [key for key in self.groups if key[0] == queue.name]:
            self.drop_group(key)
        for item in moved:
            self.add(item)

    def put_agent(self, agent: Agent, standing: Standing) -> None:
        """A new or changed agent."""
        desk = Desk(agent, standing)
        old = self.desks.pop(agent.id, None)
        if old is not None:
            desk.held = old.held
            for seat in list(old.seats.values()):
                self.leave(old, seat)
            for name in old.agent.queues:
                self.of_queue[name].discard(agent.id)
        self.desks[agent.id] = desk
        for name in agent.queues:
            self.of_queue.setdefault(name, set()).add(agent.id)
        for group in self.groups.values():
            self._join(desk, group)

    def stand(self, agent: UUID, standing: Standing) -> None:
        """The agent's standing has changed."""
        desk = self.desks[agent]
        before, desk.standing = desk.standing, standing
        was, on = before.on, standing.on
        if was is on and FREE not in on.values():
            return
        for seat in desk.seats.values():
            group = seat.group
            old, new = was[group.channel], on[group.channel]
            if old != new:
                counts = group.counts
                counts[old] -= 1
                counts[new] = counts.get(new, 0) + 1
                if old == FREE:
                    seat.free.pop(agent, None)
            if new == FREE:
                plain = group.is_plain
                key = standing.idle_since if plain else group.key_of(desk.agent, standing)
                seat.free.add(agent, key)

    def add(self, item: Waiting) -> None:
        """The interaction waits (again), in the circle it has reached."""
        if item.held:
            self.items[item.interaction] = (item, None)
            for agent in item.preferred:
                if agent in self.desks:
                    self.desks[agent].held.add(item.interaction, item.age_from())
            return
        group = self.group(self._key(item))
        group.waiting.add(item.interaction, item.age_from())
        self.items[item.interaction] = (item, group)

    def remove(self, interaction: UUID) -> None:
        """It waits no more (or not here)."""
        found = self.items.pop(interaction, None)
        if found is None:
            return
        item, group = found
        if group is None:
            for agent in item.preferred:
                if agent in self.desks:
                    self.desks[agent].held.remove(interaction)
            return
        group.waiting.remove(interaction)
        if not group.waiting and len(self.groups) > _KEPT_EMPTY and _is_passing(group.key):
            self.drop_group(group.key)

    # -- what it answers ---------------------------------------------------------------------

    def best_agent(
        self, item: Waiting, now: datetime, besides: Collection[UUID] = _NOBODY
    ) -> Decision | None:
        """The agent for this interaction, which need not wait yet, or None; not one of ``besides``,
        who are asked."""
        group = self._group_of(item)
        queue = self.queues[item.queue]
        if item.is_to_be_called():
            besides = {*besides, *(agent for agent, n in self.called_for.items() if n)}
        if group is None:
            return self._preferred(item, now, besides)
        if queue.blending is not None and self.yields(queue, now):
            return None
        best: tuple[Any, UUID] | None = None
        seats: Ordered | None = None
        for delay_s, free in group.free.items():
            if not free or (delay_s and timedelta(seconds=delay_s) > item.waited(now)):
                continue
            if item.excluded or besides:
                found = free.first(
                    lambda agent: agent not in besides and not item.excludes(agent, now)
                )
            else:
                found = free.first()
            if found is not None:
                rank = (free[found], found)
                if best is None or rank < best:
                    best, seats = rank, free
        if best is None or seats is None:
            return None
        key, agent = best
        told = group.told(key)
        return self._decision(item, group, agent, "interaction", told, seats.tie(agent, [*told]))

    def best_item(self, agent: UUID, now: datetime) -> Decision | None:
        """The interaction for this agent, or None."""
        desk = self.desks[agent]
        if desk.held and (mine := self._held_for(desk, now)) is not None:
            return mine
        on = desk.standing.on
        best: _Rank | None = None
        other: _Rank | None = None
        for seat in list(desk.seats.values()):  # asking for yields may make a group
            if not seat.group.waiting or on[seat.group.channel] != FREE:
                continue
            rank = self._first_of(seat, agent, now)
            if rank is None:
                continue
            if best is None or rank < best:
                best, other = rank, best
            elif other is None or rank < other:
                other = rank
        if best is None:
            return None
        item, found = self.items[best[4]]
        assert found is not None  # noqa: S101  # what a group returned stands in it
        tied = _tie(best, other) if other else ""
        if not tied:
            tied = found.waiting.tie(best[4], ["age"])
        key = {
            "queue_priority": -best[0],
            "score_minutes": round((now - best[2]).total_seconds() / 60, 6),
        }
        return self._decision(item, found, agent, "agent", key, tied)

    def delays(self, interaction: UUID) -> Iterator[int]:
        """The distinct delays (s, above 0) of the agents who could serve this interaction."""
        group = self.items[interaction][1]
        return iter(()) if group is None else (delay for delay in group.free if delay > 0)

    def waiting_for(self, agent: UUID) -> Iterator[UUID]:
        """Everything that waits and that this agent could serve, were they free."""
        desk = self.desks[agent]
        yield from desk.held
        for seat in desk.seats.values():
            yield from seat.group.waiting

    def group(self, key: GroupKey) -> Group:
        """The group of this key, made when it is new."""
        return self.groups.get(key) or self._new_group(key)

    def free_for(self, queue: str, channel: Channel) -> int:
        """How many free agents could serve what comes into the queue on this channel."""
        known = self.queues[queue]
        text = text_at_best(known, asks=queue in self.asking)
        return self.group((queue, channel, text, known.priority, FIRST)).free_seats()

    def idle_before(self, queue: str) -> list[UUID]:
        """The free agents for whom something waits in this queue, the longest idle first."""
        groups = (one for key, one in self.groups.items() if key[0] == queue and one.waiting)
        agents = {agent for group in groups for seats in group.free.values() for agent in seats}
        return sorted(agents, key=lambda one: (self.desks[one].standing.idle_since, one))

    # -- inside ------------------------------------------------------------------------------

    def _preferred(
        self, item: Waiting, now: datetime, besides: Collection[UUID]
    ) -> Decision | None:
        for agent in item.preferred:
            desk = self.desks.get(agent)
            if desk is None or desk.standing.on[item.channel] != FREE:
                continue
            if agent not in besides and not item.excludes(agent, now):
                return self._decision(item, None, agent, "interaction", {"preferred": True}, "")
        return None

    def _held_for(self, desk: Desk, now: datetime) -> Decision | None:
        def may(interaction: UUID) -> bool:
            item = self.items[interaction][0]
            free = desk.standing.on[item.channel] == FREE and self._may_call(item, desk.agent.id)
            return free and not item.excludes(desk.agent.id, now)

        found = desk.held.first(may)
        if found is None:
            return None
        item = self.items[found][0]
        tied = desk.held.tie(found, ["age"])
        return self._decision(item, None, desk.agent.id, "agent", {"preferred": True}, tied)

    def _may_call(self, item: Waiting, agent: UUID) -> bool:
        return not self.called_for[agent] or not item.is_to_be_called()

    def _first_of(self, seat: Seat, agent: UUID, now: datetime) -> _Rank | None:
        """The first in a group that this agent may have, as it ranks among all."""
        group, member = seat.group, seat.member
        queue = self.queues[group.key[0]]
        late = timedelta(seconds=member.delay_s)

        def may(interaction: UUID) -> bool:
            item = self.items[interaction][0]
            if item.excludes(agent, now) or not self._may_call(item, agent):
                return False
            return not late or item.waited(now) >= late

        found = group.waiting.first(may)
        if found is None or (queue.blending is not None and self.yields(queue, now)):
            return None
        age = group.waiting[found]
        priority = group.key[3]
        score = age - timedelta(minutes=priority) if priority else age
        return (-member.priority, -priority if group.is_strict else 0, score, age, found)

    def _key(self, item: Waiting) -> GroupKey:
        queue, circle = self.queues[item.queue], circle_of(item)
        text = text_of(queue, item, circle, asks=item.queue in self.asking)
        return item.queue, item.channel, text, item.priority + queue.priority, circle

    def _new_group(self, key: GroupKey) -> Group:
        queue = self.queues[key[0]]
        rule = rule_of_text(queue, key[4], key[2])
        strict = queue.caller_order == "priority"
        group = self.groups[key] = Group(key, rule, queue.agent_order, strict)
        agents = {one for name in queues_of(queue, key[4]) for one in self.of_queue.get(name, ())}
        for agent in sorted(agents):
            self._join(self.desks[agent], group)
        return group

    def drop_group(self, key: GroupKey) -> None:
        group = self.groups.pop(key)
        for agent in group.members:
            del self.desks[agent].seats[key]

    def membership(self, agent: Agent, queue: Queue, circle: Circle) -> Membership | None:
        """The agent's place in the first of the circle's queues that they are in."""
        if not queue.rings and not circle.added:
            return agent.queues.get(queue.name)
        names = queues_of(queue, circle)
        return next((agent.queues[name] for name in names if name in agent.queues), None)

    def _group_of(self, item: Waiting) -> Group | None:
        """Where the item stands or would stand."""
        found = self.items.get(item.interaction)
        if found is not None and found[0] is item:
            return found[1]
        return None if item.held else self.group(self._key(item))

    def _join(self, desk: Desk, group: Group) -> None:
        agent = desk.agent
        name, channel, _, _, circle = group.key
        member = self.membership(agent, self.queues[name], circle)
        if member is None or not agent.capacity.get(channel):
            return
        if not meets(group.rule, agent.levels(), agent.facts()):
            return
        free = group.free.setdefault(member.delay_s, Ordered())
        group.members[agent.id] = member
        desk.seats[group.key] = Seat(group, member, free)
        on = desk.standing.on[channel]
        group.counts[on] = group.counts.get(on, 0) + 1
        if on == FREE:
            free.add(agent.id, group.key_of(agent, desk.standing))

    @staticmethod
    def leave(desk: Desk, seat: Seat) -> None:
        group, agent = seat.group, desk.agent.id
        seat.free.remove(agent)
        group.counts[desk.standing.on[group.channel]] -= 1
        del group.members[agent]
        del desk.seats[group.key]

    def _decision(
        self,
        item: Waiting,
        group: Group | None,
        agent: UUID,
        cause: str,
        key: Mapping[str, Any],
        tied: str,
    ) -> Decision:
        refusals: dict[str, int] = {}
        if group is not None:
            refusals = {why: n for why, n in group.counts.items() if n and why != FREE}
            members = len(self.of_queue.get(item.queue, ()))
            skill = members - len(group.members)
            if skill > 0:
                refusals["skill"] = skill
            lower = group.counts[FREE] - 1
            if lower > 0:
                refusals["lower_order"] = lower
        if item.excluded:
            refusals["excluded"] = len(item.excluded)
        return Decision(
            interaction=item.interaction,
            agent=agent,
            queue=item.queue,
            channel=item.channel,
            cause=cause,
            rule_version=self.queues[item.queue].version,
            key=key,
            tie_break=tied,
            refusals=dict(sorted(refusals.items())) if len(refusals) > 1 else refusals,
        )


_Rank = tuple[int, int, datetime, datetime, UUID]
_RANKS = ("queue_priority", "priority", "score", "age", "id")


def _tie(winner: _Rank, other: _Rank) -> str:
    """The key that told ``winner`` from ``other``, when the score did not."""
    if winner[:3] != other[:3]:
        return ""
    return next(name for name, a, b in zip(_RANKS, winner, other, strict=True) if a != b)


def _is_passing(key: GroupKey) -> bool:
    """Whether the group comes from one interaction's own wishes."""
    return bool(key[2] or key[4].added)
