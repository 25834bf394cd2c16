"""Queues in steady state: Erlang B, C and A, and M/M/n/K+M of which they are cases.

Poisson arrivals, exponential service, n agents, waiting places K (0: Erlang B; none stated:
unlimited), exponential patience (none stated: nobody leaves; stated: Erlang A).

Sources: A. K. Erlang (1917) for B and C; C. Palm (1957) and O. Garnett, A. Mandelbaum,
M. Reiman, "Designing a call center with impatient customers", M&SOM 4 (2002), for A. The states
n, n+1, ... form a birth-and-death chain; everything below n enters through Erlang's B, whose
recurrence never leaves [0, 1], and everything above is summed from logarithms, so that
thousands of erlangs and deep overload neither overflow nor cancel.

Shares: ``blocked`` is of all attempts; all others are of those who entered.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from contactcenter.core.errors import Invalid
from contactcenter.core.measures import waits

MOST_AGENTS = 100_000
MOST_PLACES = 1_000_000
_NEGLIGIBLE = math.log(1e-20)


class Unstable(Invalid):
    """The queue would grow without end: there is no steady state to compute."""

    code = "unstable"


@dataclass(frozen=True, slots=True)
class Station:
    """Agents who share one stream of interactions.

    ``patience_s`` None: nobody leaves. ``places`` None: unlimited waiting places.
    """

    per_min: float
    service_s: float
    agents: int
    patience_s: float | None = None
    places: int | None = None

    def __post_init__(self) -> None:
        for name in ("per_min", "service_s", "patience_s"):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and value > 0):
                raise Invalid(f"{name} is {value}: it must be a number above 0")
        if not 1 <= self.agents <= MOST_AGENTS:
            raise Invalid(f"agents is {self.agents}: allowed are 1 to {MOST_AGENTS:,}")
        if self.places is not None and not 0 <= self.places <= MOST_PLACES:
            raise Invalid(f"places is {self.places}: allowed are 0 to {MOST_PLACES:,}")

    @property
    def erlangs(self) -> float:
        """Offered load: arrivals in a service time."""
        return self.per_min / 60 * self.service_s

    @property
    def rates(self) -> waits.Rates:
        """Per second: arrivals, all agents' completions, one waiting customer's leaving."""
        leaving = 0.0 if self.patience_s is None else 1 / self.patience_s
        return waits.Rates(self.per_min / 60, self.agents / self.service_s, leaving)


def erlang_b(erlangs: float, agents: int) -> float:
    """Share of attempts that find all agents busy when nobody may wait (Erlang 1917)."""
    blocked = 1.0
    for busy in range(1, agents + 1):
        blocked = erlangs * blocked / (busy + erlangs * blocked)
    return blocked


def erlang_c(erlangs: float, agents: int) -> float:
    """Share that waits when all may and none leaves (Erlang 1917). Raises ``Unstable``."""
    if erlangs >= agents:
        raise _unstable(erlangs, agents)
    blocked = erlang_b(erlangs, agents)
    return agents * blocked / (agents - erlangs * (1 - blocked))


def _unstable(erlangs: float, agents: int) -> Unstable:
    return Unstable(
        f"{agents} agents can not serve {erlangs:g} erlangs when nobody leaves:"
        " the queue would grow without end",
        hint=f"take at least {math.floor(erlangs) + 1} agents, or state a patience or places",
        details={"erlangs": erlangs, "agents": agents, "least_agents": math.floor(erlangs) + 1},
    )


@dataclass(frozen=True, slots=True)
class Steady:
    """A station's steady state. Times are seconds; see the module about shares."""

    station: Station
    blocked: float
    delayed: waits.Delayed
    """Those who enter and wait, by the number already waiting."""

    @property
    def entered_per_s(self) -> float:
        """Arrivals that find an agent or a place."""
        return self.station.rates.arrivals * (1 - self.blocked)

    @property
    def p_delayed(self) -> float:
        """Share of the entered who wait at all."""
        return self.delayed.share

    @property
    def queue_length(self) -> float:
        """Mean number waiting (Little: entered per second x mean wait)."""
        return self.entered_per_s * self.asa_s

    @property
    def asa_s(self) -> float:
        """Average speed of answer as the literature has it: the mean wait of all who entered.

        The house's reports take the mean over the answered: ``answered_wait_s``. The two are one
        where nobody leaves.
        """
        return self.delayed.wait_s

    @property
    def answered_wait_s(self) -> float:
        """Mean wait of those answered; infinite when none is."""
        answered = 1 - self.abandoned
        return self.delayed.answered_wait_s / answered if answered > 0 else math.inf

    @property
    def wait_if_delayed_s(self) -> float | None:
        """Mean wait of those who wait."""
        return self.asa_s / self.p_delayed if self.p_delayed else None

    @property
    def abandoned(self) -> float:
        """Share of the entered who leave unanswered."""
        return min(1.0, self.station.rates.leaving * self.asa_s)

    @property
    def occupancy(self) -> float:
        """Share of the agents' time in service."""
        served = self.entered_per_s * (1 - self.abandoned) * self.station.service_s
        return min(1.0, served / self.station.agents)

    def p_longer(self, than_s: float) -> float:
        """Share of the entered who wait longer than this, whether answered or gone."""
        return self.delayed.longer(than_s)

    def service_level(self, within_s: float) -> float:
        """Answered within / (answered + abandoned after): the house's definition."""
        late = self.delayed.answered_later(within_s)
        left_late = max(0.0, self.p_longer(within_s) - late)
        answered = 1 - self.abandoned
        whole = answered + left_late
        return max(0.0, answered - late) / whole if whole > 0 else 0.0

    def wait_percentile_s(self, share: float) -> float:
        """The wait that this share of the entered does not exceed; 0 < share < 1."""
        if not 0 < share < 1:
            raise Invalid(f"a percentile of {share}: it must lie between 0 and 1")
        if self.p_delayed <= 1 - share:
            return 0.0
        low, high = 0.0, self.station.service_s
        while self.p_longer(high) > 1 - share:
            low, high = high, high * 2
        while high - low > 1e-9 * high:
            middle = (low + high) / 2
            low, high = (middle, high) if self.p_longer(middle) > 1 - share else (low, middle)
        return high


def steady(station: Station) -> Steady:
    """Solve a station. Raises ``Unstable`` when it has no steady state."""
    rates, unlimited = station.rates, station.places is None
    below = erlang_b(station.erlangs, station.agents)
    if unlimited and not rates.leaving:
        waiting = erlang_c(station.erlangs, station.agents)
        return Steady(station, 0.0, waits.Unlimited(rates, waiting))
    logs = _logs(rates, station.places)
    top = max(logs)
    # The sum over all states, with the state "all busy, none waiting" as e^0.
    under = -math.log(below) if below else math.inf
    above = (
        top + math.log(sum(math.exp(each - top) for each in logs[1:])) if logs[1:] else -math.inf
    )
    whole = _log_sum(under, above)
    shares = [math.exp(each - whole) for each in logs]
    blocked = 0.0 if unlimited else shares.pop()
    entered = 1 - blocked
    return Steady(station, blocked, waits.Limited(rates, [each / entered for each in shares]))


def _log_sum(one: float, two: float) -> float:
    top = max(one, two)
    return top if math.isinf(top) else top + math.log(math.exp(one - top) + math.exp(two - top))


def _logs(rates: waits.Rates, places: int | None) -> list[float]:
    """Logarithms of the weights of 0, 1, ... waiting, up to the places or to nothing."""
    logs, here, top = [0.0], 0.0, 0.0
    while places is None or len(logs) <= places:
        step = rates.arrivals / (rates.completions + len(logs) * rates.leaving)
        here += math.log(step)
        top = max(top, here)
        logs.append(here)
        # Steps only shrink: once they are below 1 the rest is a bounded tail.
        if places is None and step < 1 and here - top - math.log(1 - step) < _NEGLIGIBLE:
            break
    return logs
