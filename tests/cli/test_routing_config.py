"""``contactcenter routing config``: shown, checked, compared, applied, rolled back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contactcenter.cli.main import run as main

FILE = """\
skills: {german: Speaks German}
queues:
  care: {requires: german, target_s: 30}
  sales: {limits: {max_length: 5, full_then: {move: care}}}
"""


@pytest.fixture
def store(tmp_path: Path, capsys: Any) -> str:
    url = f"sqlite:///{tmp_path}/site.db"
    assert main(["migrate", "--database", url]) == 0
    capsys.readouterr()
    return url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "routing.yaml"
    path.write_text(FILE, "utf-8")
    return path


def config(store: str, *argv: str) -> int:
    return main(["routing", "config", *argv, "--database", store])


def test_what_a_file_leaves_out_goes_only_when_told_so(store: str, file: Path, capsys: Any) -> None:
    assert config(store, "apply", str(file)) == 0
    less = file.with_name("less.yaml")
    less.write_text("queues:\n  care: {requires: german, target_s: 30}\n", "utf-8")
    capsys.readouterr()
    assert config(store, "diff", str(less)) == 0
    assert capsys.readouterr().out == "nothing differs\n"
    assert config(store, "diff", str(less), "--remove") == 0
    assert capsys.readouterr().out.startswith("- queues.sales: ")
    assert config(store, "apply", str(less), "--remove") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "version 2"
    assert config(store, "show") == 0
    assert "sales" not in capsys.readouterr().out
    assert config(store, "rollback", "1") == 0
    assert capsys.readouterr().out.startswith("+ queues.sales: ")
    gone = file.with_name("gone.yaml")
    gone.write_text(
        "queues:\n  sales: {limits: {max_length: 5, full_then: {move: care}}}\n", "utf-8"
    )
    assert config(store, "check", str(gone), "--remove") == 1
    assert "unknown queue 'care'" in capsys.readouterr().err


def test_applied_shown_and_applied_again(store: str, file: Path, capsys: Any) -> None:
    assert config(store, "apply", str(file), "--note", "opening day") == 0
    out = capsys.readouterr()
    assert out.out.splitlines()[-1] == "version 1"
    assert '+ queues.care: {"requires": {"skill": "german"}, "target_s": 30}' in out.out
    assert config(store, "show") == 0
    shown = capsys.readouterr().out
    again = file.with_name("again.yaml")
    again.write_text(shown, "utf-8")
    assert config(store, "diff", str(again)) == 0
    assert capsys.readouterr().out == "nothing differs\n"
    assert config(store, "history", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["by"], told["note"]) == (1, "system", "opening day")


def test_a_dry_run_tells_and_changes_nothing(store: str, file: Path, capsys: Any) -> None:
    assert config(store, "apply", str(file), "--dry-run") == 0
    out = capsys.readouterr()
    assert "+ queues.sales" in out.out
    assert f"{file}:3: warning: queues.care: no agent is in this queue" in out.err
    assert config(store, "history") == 0
    assert capsys.readouterr().out == ""


def test_every_fault_is_told_with_file_and_line(store: str, file: Path, capsys: Any) -> None:
    file.write_text(FILE.replace("move: care", "move: sales").replace("target_s", "targets"))
    for argv in (["check"], ["diff"], ["apply"], ["check", "--alone"]):
        assert config(store, argv[0], str(file), *argv[1:]) == 1
        told = capsys.readouterr().err
        assert f"{file}:3: queues.care.targets: unknown key 'targets'" in told
        assert "did you mean 'target_s'?" in told
        assert f"{file}:4: queues.sales.limits.full_then.move: moves in a circle" in told
    assert config(store, "check", str(file), "--json") == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(one["line"], one["severity"]) for one in lines} == {(3, "error"), (4, "error")}
    assert config(store, "check", str(file.with_name("none.yaml"))) == 1
    assert "can not be read" in capsys.readouterr().err


def test_back_to_an_older_version(store: str, file: Path, capsys: Any) -> None:
    config(store, "apply", str(file))
    file.write_text(FILE.replace("target_s: 30", "target_s: 5"))
    config(store, "apply", str(file))
    capsys.readouterr()
    assert config(store, "rollback", "1", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    change = {"where": "queues.care.target_s", "kind": "changed", "before": 5, "after": 30}
    assert made == {"version": 3, "changes": [change]}
    assert config(store, "show", "--version", "2") == 0
    assert "target_s: 5" in capsys.readouterr().out
    assert config(store, "rollback", "9") == 1
    assert "no version 9" in capsys.readouterr().err
