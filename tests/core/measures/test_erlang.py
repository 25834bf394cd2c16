"""Erlang B, C, A and M/M/n/K+M: exact rows, published figures, limits, and no overflow."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.core.errors import Invalid
from contactcenter.core.measures.erlang import Station, Unstable, erlang_b, erlang_c, steady
from tests.core.measures.reference import figures, rows

GMR = Station(per_min=48, service_s=60, agents=50)
"""Garnett, Mandelbaum, Reiman (2002), table 1: 48 calls/min of 1 min, 50 agents."""

IMPATIENT = Station(per_min=48, service_s=60, agents=50, patience_s=120)


@pytest.mark.parametrize(("station", "expected"), list(rows()))
def test_the_reference_rows(station: Station, expected: dict[str, float]) -> None:
    assert figures(steady(station), expected) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_whole_reference(sample_data: Path) -> None:
    with (sample_data / "erlang_reference.csv").open(encoding="utf-8") as source:
        pairs = list(rows(source))
    assert len(pairs) >= 28
    for station, expected in pairs:
        assert figures(steady(station), expected) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_published_example_to_its_printed_digits() -> None:
    patient, impatient = steady(GMR), steady(IMPATIENT)
    assert round(patient.asa_s, 1) == 20.8
    assert round(patient.wait_percentile_s(0.9), 1) == 58.1
    assert round(100 * impatient.abandoned, 1) == 3.1
    assert round(100 * impatient.abandoned, 3) == 3.091
    assert round(impatient.asa_s, 1) == 3.7


@pytest.mark.parametrize("agents", [1, 3, 20])
@pytest.mark.parametrize("load", [Fraction(1, 2), Fraction(7, 3), 19])
def test_b_is_the_sum_of_its_definition(agents: int, load: Fraction) -> None:
    terms = [Fraction(load) ** k / math.factorial(k) for k in range(agents + 1)]
    assert erlang_b(float(load), agents) == pytest.approx(float(terms[-1] / sum(terms)), rel=1e-12)


def direct(station: Station, states: int) -> list[float]:
    """The chain's probabilities by plain products, where they do not overflow."""
    weights = [1.0]
    arrivals, service = station.per_min / 60, 1 / station.service_s
    leaving = 1 / station.patience_s if station.patience_s else 0.0
    for state in range(1, states + 1):
        busy = min(state, station.agents)
        weights.append(weights[-1] * arrivals / (busy * service + (state - busy) * leaving))
    return [each / sum(weights) for each in weights]


@settings(deadline=None)
@given(
    per_min=st.floats(0.1, 20),
    service_s=st.floats(5, 200),
    agents=st.integers(1, 25),
    patience_s=st.one_of(st.none(), st.floats(5, 900)),
    places=st.integers(0, 40),
)
def test_any_small_station_agrees_with_its_chain(
    per_min: float, service_s: float, agents: int, patience_s: float | None, places: int
) -> None:
    station = Station(per_min, service_s, agents, patience_s, places)
    found, chain = steady(station), direct(station, agents + places)
    waiting = sum(n * p for n, p in enumerate(chain[agents:]))
    busy = sum(min(n, agents) * p for n, p in enumerate(chain))
    assert found.blocked == pytest.approx(chain[-1], rel=1e-9, abs=1e-12)
    assert found.queue_length == pytest.approx(waiting, rel=1e-7, abs=1e-9)
    assert found.occupancy == pytest.approx(busy / agents, rel=1e-9, abs=1e-9)
    assert found.p_delayed == pytest.approx(
        sum(chain[agents:-1]) / (1 - chain[-1]), rel=1e-9, abs=1e-12
    )


@settings(deadline=None)
@given(
    load=st.floats(0.3, 1.4),
    agents=st.integers(1, 60),
    patience_s=st.floats(20, 600),
    within_s=st.floats(0, 300),
)
def test_shares_are_shares_and_waits_fit_together(
    load: float, agents: int, patience_s: float, within_s: float
) -> None:
    found = steady(Station(load * agents, 60, agents, patience_s))
    for value in (found.p_delayed, found.abandoned, found.occupancy, found.service_level(within_s)):
        assert 0 <= value <= 1
    assert found.p_longer(0) == pytest.approx(found.p_delayed)
    assert found.p_longer(within_s) >= found.p_longer(within_s + 1)
    assert found.service_level(within_s) <= found.service_level(within_s + 1) + 1e-12


@pytest.mark.parametrize(
    "station", [GMR, IMPATIENT, Station(8.4, 600, 90, None, 30), Station(70, 60, 50, 90, 40)]
)
def test_means_are_integrals_of_tails(station: Station) -> None:
    """Computed by other formulas than the means themselves."""
    found = steady(station)
    step = found.asa_s / 100
    middles = [(n + 0.5) * step for n in range(2500)]
    assert found.p_longer(middles[-1]) < 1e-6
    whole = step * sum(found.p_longer(at) for at in middles)
    assert whole == pytest.approx(found.asa_s, rel=1e-3)
    answered = step * sum(found.delayed.answered_later(at) for at in middles)
    assert answered == pytest.approx(found.answered_wait_s * (1 - found.abandoned), rel=1e-3)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("station", [GMR, IMPATIENT, Station(8.4, 600, 90, None, 30)])
def test_a_percentile_is_the_inverse_of_the_tail(station: Station, share: float) -> None:
    found = steady(station)
    wait = found.wait_percentile_s(share)
    if wait:
        assert found.p_longer(wait) == pytest.approx(1 - share, rel=1e-6)
    else:
        assert found.p_delayed <= 1 - share


def test_great_patience_is_c_and_little_is_b() -> None:
    patient = steady(Station(48, 60, 50, patience_s=1e9))
    assert patient.asa_s == pytest.approx(steady(GMR).asa_s, rel=1e-4)
    assert patient.service_level(20) == pytest.approx(steady(GMR).service_level(20), rel=1e-4)
    hasty = steady(Station(48, 60, 50, patience_s=1e-6))
    assert hasty.abandoned == pytest.approx(erlang_b(48, 50), rel=1e-4)
    many = steady(Station(48, 60, 50, places=5000))
    assert many.asa_s == pytest.approx(steady(GMR).asa_s, rel=1e-9)
    assert many.service_level(20) == pytest.approx(steady(GMR).service_level(20), rel=1e-9)


@pytest.mark.parametrize(
    "station",
    [
        Station(5_000, 60, 5_010),
        Station(100_000, 60, 100, patience_s=600),
        Station(5_000, 60, 1_000, patience_s=36_000, places=50_000),
        Station(20_000, 60, 10_000, places=100_000),
        Station(0.001, 1, 5_000),
        Station(3_000, 60, 3_000, patience_s=1e7),
    ],
)
def test_nothing_overflows(station: Station) -> None:
    found = steady(station)
    values = [found.blocked, found.p_delayed, found.abandoned, found.occupancy, found.asa_s]
    assert all(math.isfinite(value) and value >= 0 for value in values)
    # What comes is blocked, leaves or is served; more than full the agents can not be.
    served = (1 - found.blocked) * (1 - found.abandoned) * station.erlangs
    assert served <= station.agents * (1 + 1e-6)
    assert served == pytest.approx(found.occupancy * station.agents, rel=1e-6)
    assert 0 <= found.service_level(20) <= 1


def test_overload_is_fluid() -> None:
    """Twice the capacity, patience of 10 minutes: half leave, whatever the details."""
    found = steady(Station(200, 60, 100, patience_s=600))
    assert found.abandoned == pytest.approx(0.5, abs=1e-6)
    assert found.queue_length == pytest.approx(1000, rel=1e-6)


def test_too_much_load_is_a_precise_error() -> None:
    with pytest.raises(Unstable, match="50 agents can not serve 50 erlangs") as caught:
        steady(Station(50, 60, 50))
    assert caught.value.code == "unstable"
    assert caught.value.details["least_agents"] == 51
    assert "at least 51 agents" in (caught.value.hint or "")
    with pytest.raises(Unstable):
        erlang_c(7.5, 7)
    assert erlang_c(6.5, 7) < 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"per_min": 0}, "per_min is 0"),
        ({"per_min": math.nan}, "per_min is nan"),
        ({"service_s": -1}, "service_s is -1"),
        ({"agents": 0}, "allowed are 1 to 100,000"),
        ({"patience_s": 0.0}, "patience_s is 0.0"),
        ({"places": -1}, "allowed are 0 to 1,000,000"),
    ],
)
def test_wrong_values_name_themselves(wrong: dict[str, float], words: str) -> None:
    values = {"per_min": 1.0, "service_s": 60.0, "agents": 2, **wrong}
    with pytest.raises(Invalid, match=words):
        Station(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5])
def test_a_percentile_lies_between(share: float) -> None:
    with pytest.raises(Invalid, match="between 0 and 1"):
        steady(GMR).wait_percentile_s(share)
