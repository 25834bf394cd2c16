"""Logs carry ids, never personal values or secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from contactcenter.core import logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers, root.level = before[0], before[1]
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_lines_carry_the_ids_that_were_bound(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    logs.bind(request_id="r-1", interaction="i-1")
    structlog.get_logger("x").info("offered", queue="billing")
    line = _lines(capsys)[0]
    assert line["event"] == "offered"
    assert (line["request_id"], line["interaction"], line["queue"]) == ("r-1", "i-1", "billing")


@pytest.mark.parametrize(
    "secret",
    [
        {"password": "hunter2"},
        {"auth_token": "hunter2"},
        {"headers": {"Authorization": "Bearer hunter2", "Cookie": "a=hunter2"}},
        {"url": "postgresql://cc:hunter2@db/cc"},
        {"text": "hunter2"},
        {"detail": "call +44 7700 900hunter2".replace("hunter2", "123")},
        {"detail": ["mail mary@example.org please"]},
    ],
)
def test_nothing_personal_and_no_secret_is_written(
    secret: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("info", "json")
    structlog.get_logger().warning("trial", **secret)
    written = capsys.readouterr().err
    for leak in ("hunter2", "900123", "mary@"):
        assert leak not in written
    assert "[redacted]" in written


def test_the_standard_library_goes_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", "json")
    logging.getLogger("other").error("mail to mary@example.org failed")
    logging.getLogger("other").debug("not shown")
    assert [line["event"] for line in _lines(capsys)] == ["mail to [redacted] failed"]


def test_ids_are_not_taken_for_phone_numbers() -> None:
    key = "01a2048a-5f0a-77fc-adb3-ea0ec996aef2"
    assert logs.redact(key) == key
    assert logs.redact("2026-11-22T18:35:06.890461+00:00") == "2026-11-22T18:35:06.890461+00:00"
