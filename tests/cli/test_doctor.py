"""``contactcenter doctor`` finds what is wrong, says what to do, and hides secrets."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from contactcenter.cli.main import run


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CC_PORT", "0")


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        yield probe.getsockname()[1]


def _findings(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    return {one["part"]: one for one in json.loads(capsys.readouterr().out)}


def test_an_empty_place_needs_its_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 1
    database = _findings(capsys)["database"]
    assert database["state"] == "fault"
    assert database["hint"] == "run: contactcenter migrate"


def test_a_migrated_place_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["migrate"]) == 0
    capsys.readouterr()
    assert run(["doctor", "--json"]) == 0
    found = _findings(capsys)
    assert {one["state"] for one in found.values()} <= {"ok", "note"}
    assert found["lines"]["state"] == "note"


def test_a_relay_that_is_not_there_is_a_fault(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    line = {"address": "a@b.test", "channel": "email", "provider": "smtp", "name": "B"}
    monkeypatch.setenv("CC_LINES", json.dumps([line]))
    monkeypatch.setenv("CC_SMTP__HOST", "127.0.0.1")
    monkeypatch.setenv("CC_SMTP__PORT", str(closed_port))
    monkeypatch.setenv("CC_SMTP__TLS", "none")
    run(["migrate"])
    capsys.readouterr()
    assert run(["doctor", "--json"]) == 1
    assert _findings(capsys)["smtp (a@b.test)"]["state"] == "fault"


def test_wrong_settings_are_told_all_at_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC_PORT", "many")
    monkeypatch.setenv("CC_NONSENSE", "1")
    monkeypatch.setenv("CC_CLOCK_OFFSET", "soon")
    assert run(["doctor"]) == 1
    told = capsys.readouterr().err
    for word in ("port", "nonsense", "clock_offset", "hint:"):
        assert word in told


def test_secrets_are_hidden_in_the_list(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC_SECRET_KEY", "hunter2" * 6)
    assert run(["doctor", "--settings"]) == 0
    shown = capsys.readouterr().out
    assert "CC_SECRET_KEY" in shown
    assert "hunter2" not in shown
