"""What the server may say by a code, the pages say in words, in both languages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from contactcenter.channels.voice.twilio_events import CAUSES
from contactcenter.crm.model import KINDS

_PAGES = Path(__file__).parents[2] / "ui" / "src"
_READ_APART = {"caption", "message_received", "message_queued", "menu_step"}
_AWAY_BY_THE_FLOOR = {"signed_in", "connection_lost", "no_answer", "no_media"}
_OUR_HANGUPS = {"agent", "given_up", "withdrawn", "carrier_lost", "rejected"}


def _words(language: str) -> Any:
    return json.loads((_PAGES / "text" / f"{language}.json").read_text(encoding="utf-8"))


def _silent() -> set[str]:
    """Kinds that a conversation leaves out, as the page lists them."""
    source = (_PAGES / "agent" / "reading.ts").read_text(encoding="utf-8")
    found = re.search(r"const SILENT = new Set\(\[(.*?)\]\)", source, re.DOTALL)
    assert found is not None
    return set(re.findall(r"'([a-z_]+)'", found[1]))


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_kind_of_event_has_words(language: str) -> None:
    assert _silent() <= KINDS.keys()
    assert KINDS.keys() - _silent() - _READ_APART <= _words(language)["event"].keys()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_reason_to_be_away_and_every_end_of_a_call_has_words(language: str) -> None:
    codes = _words(language)["codes"]
    assert codes["away"].keys() >= _AWAY_BY_THE_FLOOR
    assert codes["cause"].keys() >= _OUR_HANGUPS | set(CAUSES.values())
