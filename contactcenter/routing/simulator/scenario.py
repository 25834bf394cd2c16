"""What a run is about: load, agents and limits as frozen values. Times are seconds from the start.

Queues and agents carry the product's own configuration (``routing.config``); what stands beside it
here is what the product can not know: when customers come, how long they talk and how long they
stay patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from contactcenter.routing.model import Channel, Direction
from contactcenter.routing.simulator.distributions import Deterministic, Distribution, Exponential

ServesFirst = Literal["primary", "longest_waiting"]
AT_ONCE = Deterministic(0.0)
THREE_MINUTES = Exponential(180.0)


@dataclass(frozen=True, slots=True)
class PoissonArrivals:
    """``steps``: (from second, customers a second), ascending; the last rate holds for ever."""

    steps: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Arriving:
    """One line of a trace. None: drawn like everybody's. ``requires`` and ``priority`` as in
    ``actions.Enqueue``."""

    at_s: float
    service_s: float | None = None
    patience_s: float | None = None
    requires: Any = None
    priority: int = 0


@dataclass(frozen=True, slots=True)
class TraceArrivals:
    """Customers as they came, in order of time."""

    arrivings: tuple[Arriving, ...]


Arrivals = PoissonArrivals | TraceArrivals


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """A queue and who comes to it.

    ``config`` is the queue's in the product's form. ``patience`` None: nobody leaves. ``answer``
    and ``wrap_up``: how long its agents take to accept an offer and to wrap up. ``service_level_s``
    is the T of the service level.
    """

    name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    arrivals: Arrivals | None = None
    service: Distribution = THREE_MINUTES
    patience: Distribution | None = None
    channel: Channel = "voice"
    direction: Direction = "inbound"
    answer: Distribution = AT_ONCE
    wrap_up: Distribution = AT_ONCE
    service_level_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Shift:
    """Signed in from ``start_s`` to ``end_s``, away during each of ``breaks``."""

    start_s: float
    end_s: float
    breaks: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class AgentGroup:
    """``count`` agents alike.

    ``config`` is the agent's in the product's form; without ``queues`` in it they serve every queue
    whose requirement they meet, by ``serves_first``. ``primary`` is the skill whose queues count
    as their own. ``shifts`` empty: always there. ``answer`` None: as the queue says. ``no_answer``
    is the share of offers they let expire; they come back after ``returns_after_s``.
    """

    name: str
    count: int = 1
    config: Mapping[str, Any] = field(default_factory=dict)
    primary: str | None = None
    serves_first: ServesFirst = "longest_waiting"
    shifts: tuple[Shift, ...] = ()
    answer: Distribution | None = None
    no_answer: float = 0.0
    returns_after_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Length:
    """Of a run, warm-up included, by customers or by time: one of the two is given. ``warm_up``
    counts in the same unit and is not measured."""

    interactions: int | None = None
    time_s: float | None = None
    warm_up: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """All of it. ``places``: how many may wait while every agent is at work (None: any number). The
    lines of idle agents are places too, so ``places`` and the agents present make the lines of the
    floor, as in M/M/n/K and in Wallace and Whitt's trunk lines."""

    queues: tuple[QueueLoad, ...]
    agents: tuple[AgentGroup, ...]
    length: Length
    seed: int = 1
    places: int | None = None
    name: str = ""
