"""The least agents: truly least, for every kind of target; whom to roster."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contactcenter.core.errors import Invalid
from contactcenter.core.measures.erlang import Station, Unstable, steady
from contactcenter.core.measures.staffing import Target, least_agents, rostered


def meets(station: Station, target: Target) -> bool:
    try:
        return target.met(steady(station))
    except Unstable:
        return False


TARGETS = [
    Target(service_level=0.8, within_s=20),
    Target(service_level=0.95, within_s=0),
    Target(asa_s=5),
    Target(abandoned=0.02),
    Target(blocked=0.01),
    Target(service_level=0.5, within_s=60, max_occupancy=0.8),
]


@settings(deadline=None)
@given(
    per_min=st.floats(0.05, 60),
    service_s=st.floats(10, 400),
    patience_s=st.one_of(st.none(), st.floats(30, 600)),
    places=st.one_of(st.none(), st.integers(0, 30)),
    target=st.sampled_from(TARGETS),
)
def test_it_is_met_and_one_agent_less_misses_it(
    per_min: float, service_s: float, patience_s: float | None, places: int | None, target: Target
) -> None:
    found = least_agents(per_min, service_s, target, patience_s=patience_s, places=places)
    agents = found.station.agents
    assert target.met(found)
    fewer = [
        count
        for count in range(max(1, agents - 3), agents)
        if meets(Station(per_min, service_s, count, patience_s, places), target)
    ]
    assert not fewer


def test_known_counts() -> None:
    """1,000 erlangs of one-second calls need little more; 80% in 20 s of 48 erlangs needs 52."""
    assert least_agents(48, 60, Target(service_level=0.8)).station.agents == 52
    assert least_agents(60_000, 1, Target(service_level=0.8)).station.agents == 1001
    impatient = least_agents(48, 60, Target(abandoned=0.03), patience_s=120)
    assert impatient.station.agents == 51
    lines = least_agents(84.064, 60, Target(blocked=0.01), places=0)
    assert lines.station.agents == 100


def test_occupancy_is_kept_below_its_limit() -> None:
    bare = least_agents(48, 60, Target(service_level=0.8))
    spared = least_agents(48, 60, Target(service_level=0.8, max_occupancy=0.85))
    assert bare.occupancy > 0.85 >= spared.occupancy
    assert spared.station.agents == 57


@pytest.mark.parametrize(
    ("agents", "shrinkage", "expected"),
    [(7, 0.3, 10), (52, 0.0, 52), (52, 0.3, 75), (1, 0.99, 100), (0, 0.3, 0)],
)
def test_rostered(agents: int, shrinkage: float, expected: int) -> None:
    assert rostered(agents, shrinkage) == expected


@pytest.mark.parametrize("shrinkage", [-0.1, 1.0, 2.0])
def test_shrinkage_is_a_share(shrinkage: float) -> None:
    with pytest.raises(Invalid, match="at least 0 and below 1"):
        rostered(5, shrinkage)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({}, "no target"),
        ({"max_occupancy": 0.8}, "no target"),
        ({"service_level": 1.0}, "service_level is 1: it must be between 0 and 1"),
        ({"service_level": 80.0}, "service_level is 80"),
        ({"abandoned": 0.0}, "abandoned is 0"),
        ({"asa_s": -1.0}, "asa_s is -1: it must be above 0"),
        ({"asa_s": 5.0, "max_occupancy": 1.2}, "max_occupancy is 1.2"),
    ],
)
def test_a_wrong_target_names_itself(wrong: dict[str, float], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        Target(**wrong)


def test_what_nobody_can_meet_is_said() -> None:
    with pytest.raises(Invalid, match=r"not even 100,000 agents"):
        least_agents(60, 120_000, Target(service_level=0.8))
