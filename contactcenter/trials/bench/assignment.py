"""What a decision costs on a small and on a large floor, with every rule of queues in force.

The floor is full: every agent has a call and ten times as many wait. Then calls end one after the
other, each giving its agent the next, and a new one arrives for each: the commands of the product,
``Ended``, ``Accept``, ``MediaUp`` and ``Enqueue``, with one decision among them. Large and small
floors take turns; the ratio is the cost on the large one to that on the small one.
"""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from contactcenter.routing import actions as do
from contactcenter.routing.effects import Offered
from contactcenter.routing.floor import Floor
from contactcenter.trials.bench.model import Bound, Figure, Row, compared
from contactcenter.trials.bench.place import Place

SMALL, LARGE = 100, 10_000
PER_AGENT = 10
SKILLS = 20
_START = datetime(2026, 1, 5, 9, tzinfo=UTC)
_CUSTOMER = UUID(int=1)
_GOAL = Bound("<=", 4.0)
_AIM_MS = Bound("<=", 0.2)
_AIM_BYTES = Bound("<=", 1024)


async def measure(place: Place) -> Sequence[Row]:
    """One row: cost of a decision, large floor to small."""
    agents = 300 if place.is_short else LARGE
    small, large = Crowd(SMALL), Crowd(agents)
    decisions = 50 if place.is_short else 1500
    for crowd in (small, large):
        crowd.serve(decisions // 5)  # groups are made when first met
    pairs = []
    for _ in range(2 if place.is_short else 7):
        cost = large.serve(decisions) / decisions
        pairs.append((cost * 1e6, small.serve(decisions) / decisions * 1e6))
    bytes_each = _memory(agents, 2_000 if place.is_short else 20_000)
    middle = sorted(ours for ours, _ in pairs)[len(pairs) // 2]
    figures = [
        Figure("decision", middle / 1000, "ms", _AIM_MS),
        Figure("waiting item", bytes_each, "B", _AIM_BYTES),
    ]
    return [compared("assignment", "", "us", pairs, _GOAL, figures)]


def rules(n: int) -> dict[str, object]:
    """A queue that has every kind of rule."""
    helper = f"q{(n + 1) % SKILLS}"
    return {
        "requires": {"skill": f"s{n}", "level": 2},
        "agent_order": ["lowest_level", "least_occupied"],
        "rings": [{"after_s": 600, "drop": [f"s{n}"]}, {"after_s": 900, "add": [helper]}],
        "anyone_after_s": 1200,
        "overflow": [
            {"measure": "own_wait_s", "above": 3000, "then": {"add": [helper]}},
            {"measure": "length", "above": 1_000_000, "then": {"move": helper}},
            {"measure": "service_level_percent", "below": 1, "then": {"callback": True}},
        ],
        "limits": {"max_length": 1_000_000, "nobody_then": {"leave": "voicemail"}},
        "announcements": {"first_s": 600, "every_s": 600},
        "sticky": {"hold_s": 20},
        "max_wait_s": 7200,
        "max_offers": 5,
        "wrap_up": "none",
    }


class Crowd:
    """A floor on which everybody is busy and ten times as many wait."""

    def __init__(self, agents: int) -> None:
        self._chance = random.Random(1)
        self._floor = Floor()
        self._now = _START
        self._calls = self._numbered()
        self._talking: list[UUID] = []
        for n in range(SKILLS):
            self._floor.apply(do.ChangeQueue(f"q{n}", 1, rules(n)), self._now)
        for n in range(agents):
            self._floor.apply(_agent(n), self._now)
            self._floor.apply(do.SetState(UUID(int=2**96 + n), "available"), self._now)
        for _ in range(agents * (PER_AGENT + 2)):
            self._arrive()
            if self.waiting >= agents * PER_AGENT:
                break

    @property
    def waiting(self) -> int:
        """How many wait for an agent."""
        return sum(map(len, self._floor.in_queue.values()))

    def serve(self, decisions: int) -> float:
        """So many calls end and begin; the seconds it took."""
        began = time.process_time()
        for _ in range(decisions):
            self._now += timedelta(milliseconds=5)
            place = self._chance.randrange(len(self._talking))
            ended = self._talking[place]
            self._talking[place] = self._talking[-1]
            self._talking.pop()
            self._taken(self._floor.apply(do.Ended(ended), self._now).effects)
            self._arrive()
        self._floor.take_changes()
        return time.process_time() - began

    def _arrive(self) -> None:
        queue = f"q{self._chance.randrange(SKILLS)}"
        command = do.Enqueue(next(self._calls), queue, "voice", _CUSTOMER)
        self._taken(self._floor.apply(command, self._now).effects)

    def _taken(self, effects: Sequence[object]) -> None:
        for effect in effects:
            if isinstance(effect, Offered):
                self._floor.apply(do.Accept(effect.reservation, effect.agent), self._now)
                self._floor.apply(do.MediaUp(effect.interaction), self._now)
                self._talking.append(effect.interaction)

    @staticmethod
    def _numbered() -> Iterator[UUID]:
        number = 2**64
        while True:
            number += 1
            yield UUID(int=number)


def _agent(n: int) -> do.ChangeAgent:
    mine = [(n + step) % SKILLS for step in (0, 1, 7)]
    config = {
        "skills": {f"s{one}": 2 + (n + one) % 4 for one in mine},
        "queues": {f"q{one}": {"priority": 0} for one in mine},
    }
    return do.ChangeAgent(UUID(int=2**96 + n), 1, f"agent {n}", config)


def _memory(agents: int, items: int) -> float:
    """Bytes of one more waiting interaction, index and timers included."""
    crowd = Crowd(min(agents, 100))
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(items):
        crowd._arrive()
    crowd._floor.take_changes()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / items
