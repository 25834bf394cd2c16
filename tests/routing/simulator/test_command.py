"""``contactcenter routing simulate``: its JSON, its page, its refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contactcenter.cli.main import run

SCENARIO = """
name: small
seed: 4
length: {interactions: 400, warm_up: 40}
defaults: {service: {exponential_s: 60}}
queues:
  - {name: a, requires: a, arrivals: {poisson_per_min: 2}}
  - {name: b, requires: b, arrivals: {poisson_per_min: 1}}
agents:
  - {count: 3, skills: {a: 3, b: 3}, primary: a}
"""
KEYS = (
    "offered blocked abandoned answered asa_s wait_if_delayed_s p_delayed service_level occupancy"
)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "s.yaml"
    path.write_text(SCENARIO)
    return path


def test_json(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["routing", "simulate", str(scenario), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    for figures in (data, *data["queues"].values()):
        for key in KEYS.split():
            assert set(figures[key]) == {"value", "ci95"}
    assert list(data["queues"]) == ["a", "b"]
    assert (data["seed"], data["runs"], data["scenario"]) == (4, 1, "small")
    assert data["offered"]["value"] == 360
    assert 0 < data["occupancy"]["value"] < 1
    assert data["occupancy"]["ci95"] > 0
    assert data["decisions"] >= 400
    assert data["decisions_per_s"] > 0
    assert data["peak_memory_bytes"] > 10_000_000


def test_seed_and_runs(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for more in ([], ["--seed", "4"], ["--seed", "5"], ["--runs", "2"]):
        assert run(["routing", "simulate", str(scenario), "--json", *more]) == 0
        found.append(json.loads(capsys.readouterr().out))
    plain, same, other, twice = found
    assert plain["asa_s"] == same["asa_s"] != other["asa_s"]
    assert other["seed"] == 5
    assert (twice["runs"], twice["offered"]["value"]) == (2, 360)


def test_a_page_for_people(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["routing", "simulate", str(scenario)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["overall", "a", "b"]
    assert any(line.startswith("speed of answer (s)") and "±" in line for line in lines)
    assert any(line.startswith("service level") and "%" in line for line in lines)
    assert "1 run, seed 4" in lines[-2]
    assert "decisions in" in lines[-1]


def test_what_is_not_known_is_a_dash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "length: {time_s: 60}\nagents: [{name: x}]\n"
        "queues: [{name: q, arrivals: {poisson_per_min: 60}}, {name: quiet}]"
    )
    assert run(["routing", "simulate", str(path)]) == 0
    (line,) = [one for one in capsys.readouterr().out.splitlines() if one.startswith("service le")]
    assert line.endswith("-")


def test_every_fault_is_told(scenario: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario.write_text(SCENARIO.replace("seed: 4", "sead: 4").replace("count: 3", "count: 0"))
    assert run(["routing", "simulate", str(scenario)]) == 1
    said = capsys.readouterr().err
    assert "s.yaml:3: scenario: unknown key 'sead'" in said
    assert "s.yaml:10: agents: count must be a whole number" in said
    assert "did you mean 'seed'?" in said


def test_no_such_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["routing", "simulate", str(tmp_path / "none.yaml")]) == 2
    assert "can not be read" in capsys.readouterr().err
