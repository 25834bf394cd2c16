"""The proofs in their short form, and that a wrong figure would not pass."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contactcenter.cli.main import run
from contactcenter.routing.simulator.intervals import Figure
from contactcenter.trials.proofs import proofs, speed
from contactcenter.trials.proofs.bare import pooling_bare
from contactcenter.trials.proofs.model import Check, Told, at_least
from contactcenter.trials.proofs.settings import able, pooling
from contactcenter.trials.proofs.theory import near


@pytest.mark.slow
@pytest.mark.parametrize("name", proofs.PROOFS)
def test_short_form(name: str) -> None:
    checks = proofs.PROOFS[name](False, lambda words: None)
    assert checks
    assert not [check for check in checks if not check.holds]


def test_a_wrong_figure_does_not_pass() -> None:
    figure = Figure(0.44, 0.02)
    assert near("asa", 0.45, figure).holds
    assert not near("asa", 0.51, figure).holds
    assert near("asa", 27.0, figure, 60).holds
    assert at_least("gap", 0.9, 0.9).holds
    assert not at_least("gap", 0.9, 0.89).holds
    assert not Check("offered", 5, 6, 0).holds


def test_the_bare_loop_is_the_floors_double_only_under_its_rules() -> None:
    """Another order of serving gives other waits: so the agreement says something."""
    assert sum(one.offered for one in pooling_bare(2, 3000, 5)) == 2700
    two, six = (sum(one.waited_s for one in pooling_bare(each, 3000, 5)) for each in (2, 6))
    assert two > six > 0


def test_every_pair_of_kinds_is_spoken_by_equally_many() -> None:
    pairs = [tuple(able(2, own, way)) for own in range(6) for way in range(5)]
    assert len(set(pairs)) == len(pairs) == 30
    assert all(sorted(able(6, own, way)) == [0, 1, 2, 3, 4, 5] for own, way in pairs if way < 5)
    assert able(1, 3, 2) == [3]
    scenario = pooling(2, 1000, 1)
    assert sum(group.count for group in scenario.agents) == 90


def test_speed_beside_a_bare_loop() -> None:
    found = speed.measure(400, rounds=1)
    assert found.ratio == found.simulator / found.bare > 0


def test_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def sound(full: bool, told: Told) -> list[Check]:
        """All is well."""
        told("looked")
        return [Check("one", 1.0, 1.01 if full else 1.0, 0.001, "by hand")]

    monkeypatch.setattr(proofs, "PROOFS", {"sound": sound})
    assert run(["routing", "prove", "--list"]) == 0
    assert capsys.readouterr().out == "sound         All is well.\n"
    assert run(["routing", "prove", "--jobs", "1"]) == 0
    said = capsys.readouterr()
    assert "holds  one: 1, known 1 ± 0.001 (by hand)" in said.out
    assert "looked" in said.err
    assert run(["routing", "prove", "sound", "--full", "--json"]) == 1
    data: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert data["sound"]["checks"][0]["holds"] is False
    assert data["sound"]["checks"][0]["measured"] == 1.01
    assert run(["routing", "prove", "unsound"]) == 2
    assert "allowed: sound" in capsys.readouterr().err


def test_several_proofs_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["routing", "prove", "same-as-bare", "patience", "--jobs", "2", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)) == ["same-as-bare", "patience"]
