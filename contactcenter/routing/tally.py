"""Counting what happened on a floor from its effects, whether recorded or played again.

The definitions are the glossary's. A call counts as answered when the agent took it: what a re-run
can not know is how long a carrier took to connect it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contactcenter.core.measures import QueueCounts, occupancy
from contactcenter.routing import effects as fx
from contactcenter.routing.floor import Floor

_HANDLING = ("busy", "wrap_up")


@dataclass(slots=True)
class _Entry:
    queue: str
    at: datetime


@dataclass(slots=True)
class Tally:
    """Of the interactions whose entry into a queue it saw, and of all agents' time."""

    counts: dict[str, QueueCounts] = field(default_factory=lambda: defaultdict(QueueCounts))
    targets: dict[str, float] = field(default_factory=dict)
    longest_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    offers: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Agents' time by state shown."""
    _entries: dict[UUID, _Entry] = field(default_factory=dict)
    _states: dict[UUID, tuple[str, datetime]] = field(default_factory=dict)

    def begin(self, floor: Floor, at: datetime) -> None:
        """The agents' states and the queues' targets at the beginning."""
        self._states = {agent: (state.state, at) for agent, state in floor.states.items()}
        self.targets = {name: queue.target_s for name, queue in floor.queues.items()}

    def entered(self, interaction: UUID, queue: str, at: datetime) -> None:
        """A new interaction on the floor."""
        self._entries[interaction] = _Entry(queue, at)
        self.counts[queue].offered += 1

    def take(self, effect: fx.Effect, at: datetime) -> None:
        """One effect, in order."""
        match effect:
            case fx.StateChanged():
                self._state(effect.agent, effect.state, at)
            case fx.Offered():
                self.offers[effect.queue] += 1
            case fx.Accepted():
                entry = self._entries.pop(effect.interaction, None)
                if entry is not None:
                    waited_s = self._waited(entry, at)
                    self.counts[entry.queue].answer(waited_s, self._target(entry.queue))
            case fx.Dequeued():
                self._left(effect, at)
            case fx.Moved():
                entry = self._entries.get(effect.interaction)
                if entry is not None:
                    self.counts[entry.queue].flowed_out += 1
                    self.counts[effect.queue].offered += 1
                    self.counts[effect.queue].moved_in += 1
                    entry.queue = effect.queue

    def _left(self, effect: fx.Dequeued, at: datetime) -> None:
        entry = self._entries.pop(effect.interaction, None)
        if entry is None:
            return
        waited_s = self._waited(entry, at)
        if effect.reason == "abandoned":
            self.counts[entry.queue].abandon(waited_s, self._target(entry.queue))
        else:
            self.counts[entry.queue].flowed_out += 1

    def _waited(self, entry: _Entry, at: datetime) -> float:
        waited_s = (at - entry.at).total_seconds()
        self.longest_s[entry.queue] = max(self.longest_s[entry.queue], waited_s)
        return waited_s

    def _target(self, queue: str) -> float:
        return self.targets.get(queue, 20.0)

    def _state(self, agent: UUID, state: str, at: datetime) -> None:
        old = self._states.get(agent)
        if old is not None:
            self.seconds[old[0]] += (at - old[1]).total_seconds()
        self._states[agent] = (state, at)

    def end(self, at: datetime) -> None:
        """The period is over."""
        for agent, (state, _) in list(self._states.items()):
            self._state(agent, state, at)

    def measures(self) -> dict[str, dict[str, Any]]:
        """Queue -> its measures; ``""`` is the whole floor, which alone has an occupancy."""
        waiting = Counter(entry.queue for entry in self._entries.values())
        found = {
            name: _measures(each, waiting[name], self.longest_s[name], self.offers[name])
            for name, each in sorted(self.counts.items())
        }
        whole = _sum(self.counts)
        whole.offered, whole.flowed_out = whole.offered_anew, whole.flowed_out - whole.moved_in
        longest = max(self.longest_s.values(), default=0.0)
        total = _measures(whole, sum(waiting.values()), longest, sum(self.offers.values()))
        handled = sum(self.seconds[state] for state in _HANDLING)
        share = occupancy(handled, self.seconds["available"], self.seconds["reserved"])
        return {"": total | {"occupancy": share}} | found


def _measures(counts: QueueCounts, waiting: int, longest_s: float, offers: int) -> dict[str, Any]:
    return {
        "offered": counts.offered,
        "answered": counts.answered,
        "abandoned": counts.abandoned,
        "flowed_out": counts.flowed_out,
        "waiting_at_end": waiting,
        "asa_s": counts.asa_s,
        "longest_wait_s": longest_s,
        "service_level": counts.service_level,
        "abandonment_rate": counts.abandonment_rate,
        "offers": offers,
    }


def _sum(found: Mapping[str, QueueCounts]) -> QueueCounts:
    total = QueueCounts()
    for one in found.values():
        for name in QueueCounts.__dataclass_fields__:
            setattr(total, name, getattr(total, name) + getattr(one, name))
    return total
