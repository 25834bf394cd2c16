"""The matcher: who gets what. Pure, indexed, and deterministic down to the id.

Interactions that want the same (queue, channel, requirement, priority) form a *group*; within one
the oldest is always next, so a group keeps its waiting in one order and its free agents in another,
and a decision looks at heads only. Its cost grows with the groups an agent serves, not with the
floor.

Orders in force: an interaction takes the longest idle agent; an agent takes the highest priority of
their queues, then ``minutes waited + priority``; ties go to the lower id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from contactcenter.core.rules import Rule
from contactcenter.routing.effects import Decision
from contactcenter.routing.model import CHANNELS, Agent, Channel, Membership, Queue, Waiting
from contactcenter.routing.ordered import Ordered
from contactcenter.routing.skills import both, canonical, meets, parsed

GroupKey = tuple[str, Channel, str, int]
FREE = "free"
_KEPT_EMPTY = 1024
"""Groups kept while nothing waits in them; beyond, those of own requirements are dropped."""


@dataclass(slots=True, eq=False)
class Group:
    """All that waits for the same, and all who could serve it."""

    key: GroupKey
    rule: Rule
    waiting: Ordered = field(default_factory=Ordered)
    members: dict[UUID, Membership] = field(default_factory=dict)
    free: dict[int, Ordered] = field(default_factory=dict)
    """By the delay (s) of the member."""
    standing: Counter[str] = field(default_factory=Counter)
    """Standing on this channel -> how many members."""


@dataclass(slots=True, eq=False)
class _Desk:
    """An agent as the matcher sees one."""

    agent: Agent
    standing: dict[Channel, str]
    idle_since: datetime
    groups: dict[GroupKey, Group] = field(default_factory=dict)


class Matcher:
    """The index. The floor tells it every change; it answers who goes with whom."""

    def __init__(self) -> None:
        self._queues: dict[str, Queue] = {}
        self._desks: dict[UUID, _Desk] = {}
        self._of_queue: dict[str, set[UUID]] = {}
        self._groups: dict[GroupKey, Group] = {}
        self._items: dict[UUID, tuple[Waiting, Group]] = {}

    # -- what the floor tells ----------------------------------------------------------------

    def put_queue(self, queue: Queue) -> None:
        """A new or changed queue; what waits in it keeps waiting under the new rule."""
        self._queues[queue.name] = queue
        moved = [item for item, group in self._items.values() if group.key[0] == queue.name]
        for item in moved:
            self.remove(item.interaction)
        for key in [key for key in self._groups if key[0] == queue.name]:
            self._drop(key)
        for item in moved:
            self.add(item)

    def put_agent(self, agent: Agent, standing: Mapping[Channel, str], idle: datetime) -> None:
        """A new or changed agent."""
        old = self._desks.pop(agent.id, None)
        if old is not None:
            for group in list(old.groups.values()):
                self._leave(old, group)
            for name in old.agent.queues:
                self._of_queue[name].discard(agent.id)
        desk = self._desks[agent.id] = _Desk(agent, dict(standing), idle)
        for name in agent.queues:
            self._of_queue.setdefault(name, set()).add(agent.id)
        for group in self._groups.values():
            if group.key[0] in agent.queues:
                self._join(desk, group)

    def stand(self, agent: UUID, standing: Mapping[Channel, str], idle: datetime) -> None:
        """The agent's standing per channel: ``FREE`` or the reason why not."""
        desk = self._desks[agent]
        if desk.standing == standing and desk.idle_since == idle:
            return
        for group in desk.groups.values():
            channel = group.key[1]
            old, new = desk.standing[channel], standing[channel]
            if old != new:
                group.standing[old] -= 1
                group.standing[new] += 1
            self._seat(group, agent, new == FREE, idle)
        desk.standing = dict(standing)
        desk.idle_since = idle

    def add(self, item: Waiting) -> None:
        """The interaction waits (again)."""
        key = self._key(item)
        group = self._groups.get(key) or self._new_group(key)
        group.waiting.add(item.interaction, item.entered_first)
        self._items[item.interaction] = (item, group)

    def remove(self, interaction: UUID) -> None:
        """It waits no more (or not here)."""
        found = self._items.pop(interaction, None)
        if found is None:
            return
        group = found[1]
        group.waiting.remove(interaction)
        if not group.waiting and group.key[2] and len(self._groups) > _KEPT_EMPTY:
            self._drop(group.key)

    # -- what it answers ---------------------------------------------------------------------

    def best_agent(self, interaction: UUID, now: datetime) -> Decision | None:
        """The agent for this interaction, or None."""
        item, group = self._items[interaction]
        waited = item.waited(now)
        best: tuple[datetime, UUID] | None = None
        seats: Ordered | None = None
        for delay_s, free in group.free.items():
            if timedelta(seconds=delay_s) > waited:
                continue
            found = free.first(lambda agent: not item.excludes(agent, now))
            if found is not None:
                rank = (self._desks[found].idle_since, found)
                if best is None or rank < best:
                    best, seats = rank, free
        if best is None or seats is None:
            return None
        idle_since, agent = best
        tied = "id" if seats.tied(agent) else ""
        return self._decision(
            item, group, agent, now, "interaction", {"idle_since": idle_since.isoformat()}, tied
        )

    def best_item(self, agent: UUID, now: datetime) -> Decision | None:
        """The interaction for this agent, or None."""
        desk = self._desks[agent]
        ranks: list[_Rank] = []
        for group in desk.groups.values():
            if not group.waiting or desk.standing[group.key[1]] != FREE:
                continue
            found = group.waiting.first(lambda one: not self._items[one][0].excludes(agent, now))
            if found is None:
                continue
            item, member = self._items[found][0], group.members[agent]
            if timedelta(seconds=member.delay_s) > item.waited(now):
                continue  # the rest of this group has waited less
            score = item.entered_first - timedelta(minutes=group.key[3])
            ranks.append((-member.priority, score, item.entered_first, found))
        if not ranks:
            return None
        ranks.sort()
        best = ranks[0]
        item, group = self._items[best[3]]
        tied = _tie(*ranks[:2]) if len(ranks) > 1 else ""
        tied = tied or ("id" if group.waiting.tied(best[3]) else "")
        key = {
            "queue_priority": -best[0],
            "score_minutes": round((now - best[1]).total_seconds() / 60, 6),
        }
        return self._decision(item, group, agent, now, "agent", key, tied)

    def delays(self, interaction: UUID) -> Iterator[int]:
        """The distinct delays (s, above 0) of the agents who could serve this interaction."""
        return (delay for delay in self._items[interaction][1].free if delay > 0)

    def waiting_for(self, agent: UUID) -> Iterator[UUID]:
        """Everything that waits and that this agent could serve, were they free."""
        for group in self._desks[agent].groups.values():
            yield from group.waiting

    # -- inside ------------------------------------------------------------------------------

    def _key(self, item: Waiting) -> GroupKey:
        queue = self._queues[item.queue]
        return item.queue, item.channel, canonical(item.requires), item.priority + queue.priority

    def _new_group(self, key: GroupKey) -> Group:
        rule = both(self._queues[key[0]].requires, parsed(key[2]))
        group = self._groups[key] = Group(key, rule)
        for agent in sorted(self._of_queue.get(key[0], ())):
            self._join(self._desks[agent], group)
        return group

    def _drop(self, key: GroupKey) -> None:
        group = self._groups.pop(key)
        for agent in group.members:
            del self._desks[agent].groups[key]

    def _join(self, desk: _Desk, group: Group) -> None:
        name, channel = group.key[0], group.key[1]
        if not desk.agent.capacity.get(channel) or not meets(group.rule, desk.agent.levels()):
            return
        agent = desk.agent.id
        member = group.members[agent] = desk.agent.queues[name]
        group.free.setdefault(member.delay_s, Ordered())
        group.standing[desk.standing[channel]] += 1
        desk.groups[group.key] = group
        self._seat(group, agent, desk.standing[channel] == FREE, desk.idle_since)

    def _leave(self, desk: _Desk, group: Group) -> None:
        agent = desk.agent.id
        self._seat(group, agent, False, desk.idle_since)
        group.standing[desk.standing[group.key[1]]] -= 1
        del group.members[agent]
        del desk.groups[group.key]

    @staticmethod
    def _seat(group: Group, agent: UUID, is_free: bool, idle: datetime) -> None:
        seats = group.free[group.members[agent].delay_s]
        if is_free:
            seats.add(agent, idle)
        else:
            seats.remove(agent)

    def _decision(
        self,
        item: Waiting,
        group: Group,
        agent: UUID,
        now: datetime,
        cause: str,
        key: Mapping[str, object],
        tied: str,
    ) -> Decision:
        excluded = sum(until > now for until in item.excluded.values())
        refusals = {reason: n for reason, n in group.standing.items() if n and reason != FREE}
        skill = len(self._of_queue.get(item.queue, ())) - len(group.members)
        refusals |= {name: n for name, n in (("skill", skill), ("excluded", excluded)) if n}
        lower = group.standing[FREE] - 1
        if lower > 0:
            refusals["lower_order"] = lower
        return Decision(
            interaction=item.interaction,
            agent=agent,
            queue=item.queue,
            channel=item.channel,
            cause=cause,
            rule_version=self._queues[item.queue].version,
            key=key,
            tie_break=tied,
            refusals=dict(sorted(refusals.items())),
        )


_Rank = tuple[int, datetime, datetime, UUID]
_RANKS = ("queue_priority", "score", "entered_first", "id")


def _tie(winner: _Rank, other: _Rank) -> str:
    """The key that told ``winner`` from ``other``, when the score did not."""
    if winner[:2] != other[:2]:
        return ""
    return next(name for name, a, b in zip(_RANKS, winner, other, strict=True) if a != b)


NO_STANDING: Mapping[Channel, str] = dict.fromkeys(CHANNELS, "offline")
