"""What those who wait may be told: their position, and the wait to expect as a band."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from contactcenter.routing.estimate import Situation, estimate
from contactcenter.routing.floor_measures import handling, leaving_per_s
from contactcenter.routing.floor_offers import FloorOffers
from contactcenter.routing.hours import Hours
from contactcenter.routing.hours_read import read_hours
from contactcenter.routing.model import Queue, Waiting

COVERAGE = 0.8
"""An announced band holds the wait this often."""


class FloorOutlook(FloorOffers):
    """Position, wait and opening hours, computed when asked."""

    def __init__(self) -> None:
        super().__init__()
        self._hours: dict[str, tuple[int, Hours]] = {}

    def is_open(self, queue: Queue, now: datetime) -> bool:
        """Whether the queue's hours are now; a queue without hours is always open."""
        if queue.hours is None:
            return True
        known = self._hours.get(queue.name)
        if known is None or known[0] != queue.version:
            known = self._hours[queue.name] = (queue.version, read_hours(queue.hours))
        return known[1].is_open(now)

    def waiting_in(self, name: str) -> list[Waiting]:
        """What waits in the queue and is not being offered."""
        keys = self.in_queue.get(name, {})
        return [item for key in keys if (item := self.waiting[key]).state == "waiting"]

    def position(self, item: Waiting) -> int:
        """The place in the line, 1 for the next. Goes through the queue."""
        mine = self._score(item)
        return 1 + sum(self._score(one) < mine for one in self.waiting_in(item.queue))

    def wait_band(self, queue: str, position: int, now: datetime) -> tuple[int, int] | None:
        """The wait (s) to expect at this position; None when the model is unsure."""
        state = self.queue_states[queue]
        found = estimate(
            Situation(
                position=position,
                serving_s=list(self._serving_s(queue, now)),
                handling=handling(state, now),
                leaving_per_s=leaving_per_s(state),
            ),
            coverage=COVERAGE,
        )
        return None if found is None else (round(found.low_s), round(found.high_s))

    def _serving_s(self, queue: str, now: datetime) -> Iterator[float]:
        """How long each agent of the queue who is at work has been at the newest interaction."""
        for agent in sorted(self.matcher.of_queue.get(queue, ())):
            held = self.held.get(agent)
            begun = [one.accepted_at for one in held.values() if one.accepted_at] if held else []
            if begun and self.states[agent].presence == "available":
                yield (now - max(begun)).total_seconds()
