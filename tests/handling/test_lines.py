"""Lines by channel and address."""

from __future__ import annotations

import pytest

from contactcenter.core.errors import Invalid
from contactcenter.handling.lines import Line, Lines

BOTH = Lines(
    [
        Line("+44100", "voice", "twilio", "Main"),
        Line("+44100", "sms", "simulated", "Main"),
        Line("+44200", "sms", "simulated", "Other"),
    ]
)


def test_a_number_may_be_a_line_of_two_channels() -> None:
    assert BOTH.get("voice", "+44100").provider == "twilio"
    assert BOTH.get("sms", "+44100").provider == "simulated"


def test_an_unknown_line_is_told_with_those_there_are() -> None:
    with pytest.raises(Invalid, match=r"no sms line \+1; lines: \+44100, \+44200") as refused:
        BOTH.get("sms", "+1")
    assert refused.value.code == "unknown_line"
    with pytest.raises(Invalid, match="lines: none"):
        BOTH.get("email", "a@b")
    assert BOTH.find("voice", "+44200") is None


def test_the_first_line_of_a_channel_is_the_default_sender() -> None:
    first = BOTH.first("sms")
    assert first is not None
    assert first.address == "+44100"
    assert BOTH.first("email") is None
