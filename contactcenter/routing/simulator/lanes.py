"""A queue in a run, and a customer in it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from contactcenter.routing.simulator.arrivals import Customer, customers, stream
from contactcenter.routing.simulator.distributions import Deterministic, Distribution, Draw
from contactcenter.routing.simulator.scenario import QueueLoad
from contactcenter.routing.simulator.tallies import Level, Tally

_WRAP_UP = "wrap_up"


class Lane:
    """Who comes to a queue and what became of those of the present batch."""

    __slots__ = (
        "answer",
        "channel",
        "comes",
        "direction",
        "handling",
        "is_voice",
        "name",
        "staffed",
        "tally",
        "target_s",
        "wrap_up",
    )

    def __init__(self, load: QueueLoad, seed: int, run: int) -> None:
        self.name = load.name
        self.channel = load.channel
        self.direction = load.direction
        self.is_voice = load.channel == "voice"
        self.target_s = load.service_level_s
        self.comes: Iterator[Customer] = customers(load, seed, run)
        self.answer = delay(load.answer, seed, run, "answer", load.name)
        self.wrap_up = delay(load.wrap_up, seed, run, _WRAP_UP, load.name)
        self.tally = Tally()
        self.handling = Level()
        """Its interactions in the hands of agents."""
        self.staffed = Level()
        """Agents present who serve it."""

    def next_tally(self, at_s: float) -> Tally:
        """Begin another; the old one, with its seconds."""
        old, self.tally = self.tally, Tally()
        old.handled_s = self.handling.take(at_s)
        old.staffed_s = self.staffed.take(at_s)
        return old


def delay(law: Distribution, seed: int, run: int, *purpose: str) -> Draw | None:
    """A sampler; None for what takes no time, so that nothing need be drawn or scheduled."""
    if isinstance(law, Deterministic) and law.mean_s == 0:
        return None
    return law.sampler(stream(seed, run, *purpose))


class Visit:
    """One customer on the floor, until nobody owes them anything."""

    __slots__ = ("agent", "at", "id", "is_delayed", "is_offered", "lane", "service", "tally")

    def __init__(self, id_: UUID, lane: Lane, at: float, service: float) -> None:
        self.id = id_
        self.lane = lane
        self.at = at
        self.service = service
        self.tally = lane.tally
        self.is_offered = False
        self.is_delayed = False
        self.agent: UUID | None = None
        """Who answered."""
