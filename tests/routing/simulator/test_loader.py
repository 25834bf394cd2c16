"""Scenarios from files: what is read, and what is refused with its line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contactcenter.core.errors import NotFound
from contactcenter.core.located_yaml import FileInvalid
from contactcenter.routing.simulator.distributions import (
    Deterministic,
    Empirical,
    Exponential,
    Gamma,
    LogNormal,
)
from contactcenter.routing.simulator.loader import load_scenario, scenario_of
from contactcenter.routing.simulator.scenario import (
    Arriving,
    Length,
    PoissonArrivals,
    Scenario,
    Shift,
    TraceArrivals,
)
from contactcenter.routing.simulator.simulate import simulate
from contactcenter.routing.simulator.traces import read_seconds, read_trace

EXAMPLES = sorted((Path(__file__).parents[3] / "docs" / "examples").glob("*.yaml"))
SMALL = """
seed: 7
length: {interactions: 4000, warm_up: 400}
places: 30
defaults: {service: {exponential_s: 600}, patience: none, offer_s: 0, wrap_up_s: 0,
  service_level_s: 30}
queues:
  - {name: q1, requires: s1, arrivals: {poisson_per_min: 1.4}}
  - {name: q2, requires: s2, arrivals: {csv: calls.csv}}
agents:
  - {count: 15, skills: {s1: 5, s2: 3}, primary: s1, serves_first: primary}
agent_order: longest_idle
"""


def faults(text: str, folder: Path = Path()) -> list[str]:
    with pytest.raises(FileInvalid) as refused:
        scenario_of(text, "s.yaml", folder)
    return [str(fault) for fault in refused.value.faults]


def with_lines(*lines: str, base: str = "") -> str:
    """A scenario that would do, with more lines at its top."""
    base = base or (
        "queues: [{name: q, arrivals: {poisson_per_min: 1}}]\n"
        "agents: [{name: a}]\nlength: {time_s: 60}"
    )
    return "\n".join([*lines, base])


def read(text: str, folder: Path = Path()) -> Scenario:
    return scenario_of(text, "s.yaml", folder)


def test_the_smallest_form(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text("at_s,service_s,patience_s\n3,60,\n1,,20\n")
    scenario = read(SMALL, tmp_path)
    one, two = scenario.queues
    assert (scenario.seed, scenario.places) == (7, 30)
    assert scenario.length == Length(interactions=4000, warm_up=400.0)
    assert one.arrivals == PoissonArrivals(((0.0, 1.4 / 60),))
    assert (one.service, one.patience, one.service_level_s) == (Exponential(600.0), None, 30.0)
    order = {"agent_order": "longest_idle"}
    assert dict(one.config) == {"requires": "s1", "wrap_up": "none", **order}
    assert two.arrivals == TraceArrivals((Arriving(1.0, None, 20.0), Arriving(3.0, 60.0, None)))
    (group,) = scenario.agents
    assert (group.count, group.primary, group.serves_first) == (15, "s1", "primary")
    assert dict(group.config) == {"skills": {"s1": 5, "s2": 3}}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_library_is_whole(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.name
    short = simulate(replace(scenario, length=Length(interactions=150)))
    assert short.overall.answered.value


def test_distributions_and_what_a_queue_says_of_itself(tmp_path: Path) -> None:
    (tmp_path / "talks.csv").write_text("seconds\n10\n30\n")
    scenario = read(
        """
length: {time_s: 3600, warm_up: 60}
defaults: {patience: {exponential_s: 90}, wrap_up_s: 30}
queues:
  - {name: a, service: {lognormal_s: {mean: 200, sd: 100}}, arrivals: {poisson_per_min: 1}}
  - {name: b, service: {gamma_s: {mean: 200, sd: 100.5}}, patience: none, target_s: 40}
  - {name: c, service: {empirical_csv: talks.csv}, answers_in: 4, wraps_up_in: 0}
  - {name: d, service: {deterministic_s: 5}, channel: email, wrap_up: optional,
     direction: outbound}
agents: [{name: x, answers_in: {exponential_s: 3}, no_answer: 0.25, returns_after_s: 5}]
""",
        tmp_path,
    )
    a, b, c, d = scenario.queues
    assert (a.service, a.patience) == (LogNormal(200.0, 100.0), Exponential(90.0))
    assert (a.wrap_up, a.config["wrap_up"]) == (Deterministic(30.0), "mandatory")
    assert (b.service, b.patience, b.service_level_s) == (Gamma(200.0, 100.5), None, 40.0)
    assert (c.service, c.answer) == (Empirical((10.0, 30.0)), Deterministic(4.0))
    assert c.config["wrap_up"] == "none"
    assert (d.service, d.channel, d.config["wrap_up"]) == (Deterministic(5.0), "email", "optional")
    assert (d.service_level_s, d.direction, c.direction) == (20.0, "outbound", "inbound")
    (group,) = scenario.agents
    assert group.answer == Exponential(3.0)
    assert (group.no_answer, group.returns_after_s) == (0.25, 5.0)
    assert scenario.length == Length(time_s=3600.0, warm_up=60.0)


def test_times_of_day() -> None:
    scenario = read(
        """
starts_at: "08:00"
length: {time_s: 36000}
queues:
  - name: q
    arrivals: {poisson_per_min: [{from: "08:30", rate: 6}, {from: 7200, rate: 0}]}
agents:
  - name: x
    shifts:
      - {start: "08:30", end: "17:00", breaks: [{start: "12:00", end: "12:30"}]}
"""
    )
    assert scenario.queues[0].arrivals == PoissonArrivals(((1800.0, 0.1), (7200.0, 0.0)))
    assert scenario.agents[0].shifts == (Shift(1800.0, 32400.0, ((14400.0, 16200.0),)),)


def test_a_trace_of_all_queues_gives_the_length(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text(
        "at,queue,requires,priority\n09:00:01,b,,\n09:00:02,a,gold,-2\n"
        '10:00,a,"{""or"": [""x"", ""y""]}",\n'
    )
    scenario = read(
        'starts_at: "09:00"\narrivals: {csv: day.csv}\n'
        "queues: [{name: a}, {name: b}]\nagents: [{name: x}]",
        tmp_path,
    )
    a, b = scenario.queues
    assert a.arrivals == TraceArrivals(
        (
            Arriving(2.0, requires="gold", priority=-2),
            Arriving(3600.0, requires={"or": ["x", "y"]}),
        )
    )
    assert b.arrivals == TraceArrivals((Arriving(1.0),))
    assert scenario.length == Length(time_s=3601.0)


def test_instants_count_from_their_first_midnight(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("at\n2026-03-01T23:00:00+01:00\n2026-03-02T00:30:00+01:00\n12.5\n")
    found = read_trace(path, 22 * 3600.0)
    assert [one.at_s for one in found[""]] == [12.5, 3600.0, 9000.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (with_lines("sed: 3"), "s.yaml:1: scenario: unknown key 'sed'"),
        (with_lines("seed: -1"), "s.yaml:1: scenario: seed must be a whole number"),
        (with_lines("", "places: many"), "s.yaml:2: scenario: places must be a whole number"),
        (with_lines("defaults: {patient: 3}"), "s.yaml:1: defaults: unknown key 'patient'"),
        (
            with_lines("defaults: {service: {normal_s: 3}}"),
            "s.yaml:1: defaults: service: unknown key 'normal_s'",
        ),
        (
            with_lines("defaults: {service: {}}"),
            "s.yaml:1: defaults: service: one distribution",
        ),
        (
            with_lines("defaults: {service: {exponential_s: 0}}"),
            "s.yaml:1: defaults: service: exponential_s must be a number from 0.001",
        ),
        (
            with_lines("defaults: {service: {gamma_s: {mean: 3}}}"),
            "s.yaml:1: defaults: service: gamma_s: sd is missing",
        ),
        (
            with_lines("defaults: {service: {empirical_csv: gone.csv}}"),
            "s.yaml:1: defaults: service: empirical_csv: gone.csv can not be read",
        ),
        (with_lines("defaults: {wrap_up_s: soon}"), "s.yaml:1: defaults: wrap_up_s must be a num"),
        (with_lines("arrivals: {csv: gone.csv}"), "s.yaml:1: arrivals: gone.csv can not be read"),
        (with_lines(base="queues: []\nagents: []\nlength: {time_s: 6}"), "no queue has arrivals"),
        (with_lines(base="length: {time_s: 6}"), "s.yaml:1: scenario: queues is missing"),
    ],
)
def test_faults_of_the_whole(text: str, said: str) -> None:
    assert any(said in fault for fault in faults(text)), faults(text)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        ("{}", "length: either interactions or time_s"),
        ("{interactions: 5, time_s: 5}", "length: either interactions or time_s"),
        ("{interactions: 5, warm_up: 5}", "length: warm_up leaves nothing to measure"),
        ("{interactions: 0}", "length: interactions must be a whole number from 1"),
        ("{hours: 3}", "length: unknown key 'hours'"),
    ],
)
def test_faults_of_the_length(length: str, said: str) -> None:
    text = (
        f"length: {length}\nqueues: [{{name: q, arrivals: {{poisson_per_min: 1}}}}]\n"
        "agents: [{name: a}]"
    )
    assert any(fault.startswith(f"s.yaml:1: {said}") for fault in faults(text)), faults(text)


def test_an_order_for_every_queue_but_those_with_their_own() -> None:
    text = (
        "agent_order: [highest_level, longest_idle]\nlength: {time_s: 60}\n"
        "queues: [{name: q, arrivals: {poisson_per_min: 1}}, {name: r, agent_order: round_robin}]\n"
        "agents: [{name: x}]"
    )
    orders = [queue.config["agent_order"] for queue in read(text).queues]
    assert orders == [["highest_level", "longest_idle"], "round_robin"]
    assert any("agent_order" in fault for fault in faults(text.replace("round_robin", "tallest")))


def test_a_length_is_needed_where_customers_never_end() -> None:
    text = "queues: [{name: q, arrivals: {poisson_per_min: 1}}]\nagents: [{name: a}]"
    assert faults(text) == ["s.yaml:1: length is missing"]


@pytest.mark.parametrize(
    ("queue", "said"),
    [
        ("requires: {all: [x]}", "s.yaml:4: "),
        ("wrap_up: sometimes", "s.yaml:4: queue q.wrap_up"),
        ("max_wait_s: -4", "s.yaml:4: queue q.max_wait_s"),
        ("colour: red", "s.yaml:4: queue q: unexpected 'colour'"),
        ("channel: fax", "s.yaml:4: queue q: unknown channel 'fax'"),
        ("patience: {exponential: 3}", "s.yaml:4: queue q: patience: unknown key"),
        ("arrivals: {poisson: 3}", "s.yaml:4: queue q: arrivals: unknown key 'poisson'"),
        ("arrivals: {}", "s.yaml:4: queue q: arrivals: one of poisson_per_min, csv"),
        ("arrivals: {poisson_per_min: [{from: 0}]}", "s.yaml:4: queue q: arrivals"),
        (
            "arrivals: {poisson_per_min: [{from: 9, rate: 1}, {from: 9, rate: 2}]}",
            "steps stand in order of time",
        ),
        ("service_level_s: x", "s.yaml:4: queue q: service_level_s must be a number"),
    ],
)
def test_faults_of_a_queue(queue: str, said: str) -> None:
    text = f"length: {{time_s: 60}}\nqueues:\n  - name: q\n    {queue}\nagents: [{{name: a}}]"
    assert any(said in fault for fault in faults(text)), faults(text)


@pytest.mark.parametrize(
    ("agents", "said"),
    [
        ("skills: {s: 9}", "s.yaml:5: agent x.skills.s.level"),
        ("queues: [q, elsewhere]", "s.yaml:5: x: no queue 'elsewhere'"),
        ("primary: piano", "s.yaml:4: x: primary 'piano' is none of the skills"),
        ("serves_first: me", "s.yaml:5: x: unknown serves_first 'me'"),
        ("count: 0", "s.yaml:5: agents: count must be a whole number from 1"),
        ("no_answer: 1.5", "s.yaml:5: x: no_answer must be a number from 0 to 1"),
        ("shifts: [{start: 5}]", "s.yaml:5: x: shift: end is missing"),
        ("shifts: [{start: 5, end: 4}]", "s.yaml:5: x: shift: ends before it starts"),
        ('shifts: [{start: "25:90", end: 5}]', "s.yaml:5: x: shift start"),
        (
            "shifts: [{start: 0, end: 9, breaks: [{start: 1, end: 4}, {start: 3, end: 5}]}]",
            "s.yaml:5: x: breaks overlap, or leave the shift",
        ),
        (
            "shifts: [{start: 0, end: 9, breaks: [{start: 8, end: 10}]}]",
            "s.yaml:5: x: breaks overlap, or leave the shift",
        ),
        ("salary: 5", "s.yaml:5: agent x: unexpected 'salary'"),
    ],
)
def test_faults_of_agents(agents: str, said: str) -> None:
    text = (
        "length: {time_s: 60}\nqueues: [{name: q, arrivals: {poisson_per_min: 1}}]\nagents:\n"
        f"  - name: x\n    {agents}"
    )
    assert any(said in fault for fault in faults(text)), faults(text)


def test_names_are_used_once() -> None:
    text = (
        "length: {time_s: 60}\n"
        "queues: [{name: q, arrivals: {poisson_per_min: 1}}, {name: q}]\n"
        "agents: [{name: x}, {name: x}]"
    )
    assert faults(text) == [
        "s.yaml:2: two queues have one name",
        "s.yaml:3: two groups of agents have one name",
    ]


def test_a_time_before_the_start() -> None:
    text = with_lines(
        'starts_at: "09:00"',
        base='queues: [{name: q, arrivals: {poisson_per_min: [{from: "08:00", rate: 1}]}}]\n'
        "agents: [{name: x}]\nlength: {time_s: 5}",
    )
    assert faults(text) == [
        "s.yaml:2: queue q: arrivals: poisson_per_min: from is before the scenario starts"
    ]


@pytest.mark.parametrize(
    ("csv", "said"),
    [
        ("when\n3\n", "calls.csv:1: unexpected column 'when'"),
        ("service_s\n3\n", "calls.csv:1: no column at or at_s"),
        ("at_s\nsoon\n", "calls.csv:2: at_s 'soon' is not a number of seconds"),
        ("at_s\n-1\n", "calls.csv:2: at_s '-1' is not a number of seconds"),
        ("at_s,service_s\n1,nan\n", "calls.csv:2: service_s 'nan' is not a number"),
        ("at_s,priority\n1,high\n", "calls.csv:2: priority 'high' is not a whole number"),
        ('at_s,requires\n1,"{""all"": 3}"\n', "calls.csv:2: requires: "),
        ("at\nyesterday\n", "calls.csv:2: 'yesterday' is neither"),
        ("at\n2026-01-01T00:00Z\n2026-01-01T00:00\n", "calls.csv:3: some instants have an offset"),
        ("at_s,queue\n1,q2\n", "s.yaml:9: queue q2: arrivals: this trace has a column queue"),
    ],
)
def test_faults_of_a_trace(tmp_path: Path, csv: str, said: str) -> None:
    (tmp_path / "calls.csv").write_text(csv)
    assert any(said in fault for fault in faults(SMALL, tmp_path)), faults(SMALL, tmp_path)


def test_a_trace_names_queues_that_exist(tmp_path: Path) -> None:
    (tmp_path / "day.csv").write_text("at_s,queue\n1,q\n2,nowhere\n3,\n")
    text = "arrivals: {csv: day.csv}\nqueues: [{name: q}]\nagents: [{name: x}]"
    assert faults(text, tmp_path) == [
        "s.yaml:1: arrivals: this trace has no column queue",
        "s.yaml:1: the trace names a queue 'nowhere'",
    ]


def test_durations_observed(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("3.5\n\n4\n")
    assert read_seconds(path) == (3.5, 4.0)
    path.write_text("seconds\n1\nx\n")
    with pytest.raises(FileInvalid, match=r"d\.csv:3: a duration 'x'"):
        read_seconds(path)
    path.write_text("seconds\n")
    with pytest.raises(FileInvalid, match="no durations"):
        read_seconds(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="can not be read"):
        load_scenario(tmp_path / "none.yaml")
