"""What happened in one batch of a run to the customers of one queue; levels over time."""

from __future__ import annotations

from contactcenter.routing.simulator.histogram import Histogram, merged


class Tally:
    """Counts of the customers who *entered* in this batch, whenever their story ended; handled and
    staffed seconds of the time it covers."""

    __slots__ = (
        "abandoned",
        "abandoned_late",
        "abandoned_waited_s",
        "answered",
        "blocked",
        "delayed",
        "delayed_answered",
        "delayed_waited_s",
        "flowed_out",
        "handled_s",
        "in_target",
        "longest_s",
        "offered",
        "primary",
        "staffed_s",
        "waited_s",
        "waits",
    )

    def __init__(self) -> None:
        self.offered = 0
        self.blocked = 0
        self.abandoned = 0
        self.abandoned_late = 0
        """After more than the service level's T."""
        self.abandoned_waited_s = 0.0
        self.answered = 0
        self.in_target = 0
        self.flowed_out = 0
        self.delayed = 0
        """Not offered to an agent the moment they entered; the blocked are not among them."""
        self.delayed_answered = 0
        self.delayed_waited_s = 0.0
        self.primary = 0
        """Answered by an agent in the skill that is primary to them."""
        self.waited_s = 0.0
        """Sum over the answered."""
        self.longest_s = 0.0
        self.handled_s = 0.0
        self.staffed_s = 0.0
        self.waits = Histogram()
        """Of the answered."""

    @property
    def entered(self) -> int:
        """Those the floor took in."""
        return self.offered - self.blocked

    def answer(self, waited_s: float, target_s: float, delayed: bool, primary: bool) -> None:
        """An agent and the customer hear each other after ``waited_s``."""
        self.answered += 1
        self.primary += primary
        if waited_s <= target_s:
            self.in_target += 1
        if delayed:
            self.delayed_answered += 1
            self.delayed_waited_s += waited_s
        if waited_s > self.longest_s:
            self.longest_s = waited_s
        self.waited_s += waited_s
        self.waits.add(waited_s)

    def abandon(self, waited_s: float, target_s: float) -> None:
        """The customer left after ``waited_s``."""
        self.abandoned += 1
        self.abandoned_late += waited_s > target_s
        self.abandoned_waited_s += waited_s
        if waited_s > self.longest_s:
            self.longest_s = waited_s

    def include(self, other: Tally) -> None:
        """Add what ``other`` counted."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest_s = max(self.longest_s, other.longest_s)
        self.waits = merged((self.waits, other.waits))


_SUMS = tuple(name for name in Tally.__slots__ if name not in ("longest_s", "waits"))


class Level:
    """How many of something there are, and the integral of it over time."""

    __slots__ = ("_area", "_since", "count")

    def __init__(self) -> None:
        self.count = 0
        self._area = 0.0
        self._since = 0.0

    def change(self, by: int, at_s: float) -> None:
        """``by`` more, from now on."""
        self._area += self.count * (at_s - self._since)
        self._since = at_s
        self.count += by

    def take(self, at_s: float) -> float:
        """The integral since it was last taken."""
        self.change(0, at_s)
        area, self._area = self._area, 0.0
        return area
