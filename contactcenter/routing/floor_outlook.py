"""What those who wait may be told: their position, and the wait to expect as a band."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from contactcenter.routing.estimate import Situation, estimate
from contactcenter.routing.floor_measures import handling, leaving_per_s
from contactcenter.routing.floor_offers import FloorOffers
from contactcenter.routing.hours import Hours
from contactcenter.routing.hours_read import read_hours
from contactcenter.routing.model import Queue, Waiting

COVERAGE = 0.8
"""An announced band holds the wait this often."""

_PLACES = (*range(1, 21), 24, 28, 33, 40, 50, 60, 75, 100, 130, 160, 200)
"""Positions at which the wait is estimated: an estimate costs a millisecond."""


class FloorOutlook(FloorOffers):
    """Position, wait and opening hours, computed when asked."""

    def __init__(self) -> None:
        super().__init__()
        self._hours: dict[str, tuple[int, Hours]] = {}
        self._lines: dict[str, dict[UUID, int]] = {}
        self._bands: dict[tuple[str, int], tuple[int, int] | None] = {}

    def is_open(self, queue: Queue, now: datetime) -> bool:
        """Whether the queue's hours are now; a queue without hours is always open."""
        if queue.hours is None:
            return True
        known = self._hours.get(queue.name)
        if known is None or known[0] != queue.version:
            known = self._hours[queue.name] = (queue.version, read_hours(queue.hours))
        return known[1].is_open(now)

    def drop_queue(self, name: str) -> None:
        """The queue is no more; a later one of its name begins anew."""
        self._hours.pop(name, None)
        super().drop_queue(name)

    def waiting_in(self, name: str) -> list[Waiting]:
        """What waits in the queue and is not being offered."""
        keys = self.in_queue.get(name, {})
        return [item for key in keys if (item := self.waiting[key]).state == "waiting"]

    def forget_outlook(self) -> None:
        """What is told was reckoned for one tick."""
        self._lines.clear()
        self._bands.clear()

    def position(self, item: Waiting) -> int:
        """The place in the line when the tick began, 1 for the next. The line is ordered once a
        tick, however many are told."""
        line = self._lines.get(item.queue)
        if line is None or item.interaction not in line:
            ordered = sorted(self.waiting_in(item.queue), key=self._score)
            line = {one.interaction: n for n, one in enumerate(ordered, start=1)}
            self._lines[item.queue] = line
        return line[item.interaction]

    def wait_band(self, queue: str, position: int, now: datetime) -> tuple[int, int] | None:
        """The wait (s) to expect at about this position; None when the model is unsure, and far
        back in the line, where its band would be too wide to be of use."""
        place = next((one for one in _PLACES if one >= position), None)
        if place is None:
            return None
        key = (queue, place)
        if key not in self._bands:
            self._bands[key] = self._band(queue, place, now)
        return self._bands[key]

    def _band(self, queue: str, position: int, now: datetime) -> tuple[int, int] | None:
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
