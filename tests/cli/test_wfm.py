"""``contactcenter wfm``: published figures by hand of the command, precise refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contactcenter.cli.main import run

GMR = ["wfm", "erlang", "--per-min", "48", "--service-s", "60", "--agents", "50"]
STEADY_KEYS = {
    "within_s", "service_level", "p_delayed", "asa_s", "wait_s", "answered_wait_s",
    "wait_if_delayed_s", "abandoned", "blocked", "occupancy", "queue_length",
}  # fmt: skip
LOAD_KEYS = {"per_min", "service_s", "patience_s", "places", "agents", "erlangs"}


def wfm(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Exit code and both outputs; argparse's own refusals too."""
    try:
        code = run(argv)
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def wfm_json(capsys: pytest.CaptureFixture[str], *argv: str) -> Any:
    code, out, err = wfm(capsys, *argv, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def test_the_published_example(capsys: pytest.CaptureFixture[str]) -> None:
    patient = wfm_json(capsys, *GMR, "--model", "c")
    assert round(patient["asa_s"], 1) == 20.8
    assert round(patient["wait_percentiles_s"]["90"], 1) == 58.1
    impatient = wfm_json(capsys, *GMR, "--model", "a", "--patience-s", "120")
    assert round(100 * impatient["abandoned"], 1) == 3.1
    assert round(impatient["asa_s"], 1) == 3.7
    lost = wfm_json(capsys, *GMR, "--model", "b")
    assert lost["places"] == 0
    assert lost["p_delayed"] == lost["asa_s"] == 0
    assert lost["wait_if_delayed_s"] is None
    assert lost["blocked"] == pytest.approx(0.0833, abs=5e-5)


def test_pooled_agents_with_places(capsys: pytest.CaptureFixture[str]) -> None:
    load = ["--per-min", "8.4", "--service-s", "600", "--agents", "90", "--places", "30"]
    pooled = wfm_json(capsys, "wfm", "erlang", "--model", "c", *load)
    assert round(100 * pooled["blocked"], 4) == 0.3643
    assert round(pooled["asa_s"] / 60, 4) == 0.4500


def test_the_keys_are_as_documented(capsys: pytest.CaptureFixture[str]) -> None:
    found = wfm_json(capsys, *GMR, "--model", "c", "--within-s", "30")
    assert set(found) == LOAD_KEYS | STEADY_KEYS | {"model", "wait_percentiles_s"}
    assert (found["within_s"], found["erlangs"]) == (30, 48)
    staffed = wfm_json(
        capsys, "wfm", "staff", "--per-min", "48", "--service-s", "60", "--asa-s", "9"
    )
    assert set(staffed) == {"target", "shrinkage", "intervals", "peak_agents", "peak_rostered"}
    (row,) = staffed["intervals"]
    assert set(row) == LOAD_KEYS | STEADY_KEYS | {"start", "rostered"}
    page = (Path(__file__).parents[2] / "docs" / "reference" / "wfm.md").read_text("utf-8")
    documented = {*found, *staffed, *row, *staffed["target"], "check", "holds", "ci95"}
    assert not [key for key in documented if f"`{key}`" not in page]


def test_a_page_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = wfm(capsys, *GMR, "--model", "a", "--patience-s", "120")
    assert code == 0
    assert "Erlang A: 48 per minute, 60 s each, 50 agents, patience 120 s" in out
    assert "3.71 s" in out
    assert "97.20%" in out


@pytest.fixture
def day(tmp_path: Path) -> str:
    file = tmp_path / "day.csv"
    file.write_text(
        "start,per_min,service_s,patience_s\n"
        "08:00,3.2,180,\n08:30,6.4,,120\n09:00,11,185,\n03:00,0,180,\n",
        encoding="utf-8-sig",
    )
    return str(file)


def test_a_day_is_staffed(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = ["--service-level", "80%", "--shrinkage", "0.3", "--service-s", "180"]
    found = wfm_json(capsys, "wfm", "staff", day, *target)
    rows = found["intervals"]
    assert [row["start"] for row in rows] == ["08:00", "08:30", "09:00", "03:00"]
    assert [row["agents"] for row in rows] == [13, 21, 39, 0]
    assert [row["rostered"] for row in rows] == [19, 30, 56, 0]
    assert (rows[0]["patience_s"], rows[1]["patience_s"]) == (None, 120)
    assert all(row["service_level"] >= 0.8 for row in rows[:3])
    assert "asa_s" not in rows[3]
    assert (found["peak_agents"], found["peak_rostered"]) == (39, 56)
    code, out, _ = wfm(capsys, "wfm", "staff", day, *target)
    assert code == 0
    assert out.splitlines()[-1] == "peak: 39 serving, 56 rostered"


def test_a_check_plays_each_interval(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["wfm", "staff", day, "--service-level", "0.8", "--service-s", "180", "--check"]
    found = wfm_json(capsys, *argv, "--interactions", "4000", "--seed", "3")
    checks = [row.get("check") for row in found["intervals"]]
    assert checks[3] is None
    for row, check in zip(found["intervals"][:3], checks[:3], strict=True):
        assert check["holds"] is True
        level = check["service_level"]
        assert abs(level["value"] - row["service_level"]) <= 3 * level["ci95"]
    again = wfm_json(capsys, *argv, "--interactions", "4000", "--seed", "3")
    assert again == found


def test_a_check_that_speaks_against_the_staff_fails(
    day: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from contactcenter.core.measures import erlang, staffing

    true = staffing.least_agents

    def two_too_few(*args: Any, **named: Any) -> Any:
        right = true(*args, **named)
        station = right.station
        fewer = erlang.Station(
            station.per_min, station.service_s, station.agents - 2, station.patience_s
        )
        return erlang.steady(fewer)

    monkeypatch.setattr(staffing, "least_agents", two_too_few)
    argv = ["wfm", "staff", day, "--service-level", "0.8", "--service-s", "180", "--check"]
    argv += ["--interactions", "4000"]
    code, out, _ = wfm(capsys, *argv)
    assert code == 1
    assert "MISSED" in out


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--model", "c", "--per-min", "50"], "50 agents can not serve 50 erlangs"),
        (["--model", "c", "--per-min", "50"], "hint: take at least 51 agents"),
        (["--model", "a"], "--model a needs --patience-s"),
        (["--model", "c", "--patience-s", "60"], "hint: take --model a"),
        (["--model", "b", "--places", "3"], "there nobody may wait"),
        (["--model", "d"], "choose from"),
        (["--model", "c", "--per-min", "0"], "0 is not allowed: a number above 0"),
        (["--model", "c", "--per-min", "nan"], "'nan' is not a number"),
        (["--model", "c", "--agents", "2.5"], "a whole number of at least 1"),
        (["--model", "c", "--agents", "200000"], "allowed are 1 to 100,000"),
        (["--model", "c", "--within-s", "-1"], "at least 0"),
    ],
)
def test_wrong_input_is_refused(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = wfm(capsys, *GMR, *argv)
    assert (code, out) == (2, "")
    assert words in err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "no target is given"),
        (["--asa-s", "5"], "nothing to staff"),
        (["--per-min", "3", "--service-s", "60"], "no target is given"),
        (["--per-min", "3", "--service-s", "60", "--service-level", "80"], "write 0.8 or 80%"),
        (["--per-min", "3", "--service-s", "60", "--service-level", "1"], "service_level is 1"),
        (["--per-min", "3", "--service-s", "60", "--asa-s", "5", "--shrinkage", "1"], "below 1"),
        (["nowhere.csv", "--asa-s", "5"], "nowhere.csv: can not be read"),
        (["nowhere.csv", "--asa-s", "5", "--per-min", "3"], "which counts?"),
    ],
)
def test_wrong_targets_are_refused(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = wfm(capsys, "wfm", "staff", *argv)
    assert (code, out) == (2, "")
    assert words in err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ":1: column 'start' is missing"),
        ("start,per_min,calls\n1,2,3\n", ":1: unknown column 'calls'"),
        ("start,per_min\n1,2\n", ":1: column 'service_s' is missing"),
        ("start,start,per_min,service_s\n1,1,2,3\n", ":1: column 'start' twice"),
        ("start,per_min,service_s\n", ":1: no interval stands below the header"),
        ("start,per_min,service_s\n8,1,60\n9,x,60\n", ":3: per_min is 'x'"),
        ("start,per_min,service_s\n8,-1,60\n", ":2: per_min is -1: it must be a number of at"),
        ("start,per_min,service_s\n8,1,0\n", ":2: service_s is 0: it must be a number above 0"),
        ("start,per_min,service_s\n8,1,60,9\n", ":2: more cells than the header has columns"),
        ("start,per_min,service_s\n8,,60\n", ":2: per_min is empty: write 0"),
        ("start,per_min,service_s\n8,1,\n", ":2: service_s is empty"),
        ("start,per_min,service_s\n,1,60\n", ":2: start is empty"),
        ("start,per_min,service_s,places\n8,1,60,1.5\n", "it must be a whole number"),
        ("start,per_min,service_s\n8,1,60000000\n", "8: not even 100,000 agents"),
    ],
)
def test_faults_of_a_file_name_their_line(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "day.csv"
    file.write_text(text)
    code, out, err = wfm(capsys, "wfm", "staff", str(file), "--service-level", "80%")
    assert (code, out) == (2, "")
    assert words in err
