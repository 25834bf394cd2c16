"""From settings to lines and adapters: one per provider and channel that a line names."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.app import adapters
from contactcenter.channels.sms.simulated import SimulatedSms
from contactcenter.channels.sms.twilio import TwilioSms
from contactcenter.channels.voice.simulated import SimulatedVoice
from contactcenter.channels.voice.twilio import TwilioVoice
from contactcenter.core.clock import SystemClock
from contactcenter.core.errors import Invalid
from contactcenter.core.settings import Settings, load

SIMULATED = {"provider": "simulated", "name": "Main"}
TWILIO = {"provider": "twilio", "name": "Twilio"}
ACCOUNT = {"account_sid": "AC" + "c" * 32, "auth_token": "token"}


def settings(*lines: dict[str, Any], **more: Any) -> Settings:
    given = {
        "lines": list(lines), "world": {"port": 1}, "public_url": "https://cc.example.org",
        "twilio": ACCOUNT, **more,
    }  # fmt: skip
    return load(environ={}, overrides=given)


def line(address: str, channel: str, of: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"address": address, "channel": channel, **of, **more}


def made(*lines: dict[str, Any]) -> adapters.Adapters:
    return adapters.make(settings(*lines), SystemClock())


def test_no_line_needs_no_adapter() -> None:
    found = made()
    assert (found.voice, found.sms, found.receivers) == ({}, {}, {})


def test_each_channel_of_a_provider_gets_its_own_lines() -> None:
    found = made(
        line("+1", "voice", SIMULATED), line("+2", "voice", SIMULATED), line("+2", "sms", SIMULATED)
    )
    voice, sms = found.voice["simulated"], found.sms["simulated"]
    assert isinstance(voice, SimulatedVoice)
    assert isinstance(sms, SimulatedSms)
    assert (list(voice.lines), list(sms.lines)) == (["+1", "+2"], ["+2"])
    assert found.receivers == {}


def test_a_channel_that_no_line_uses_has_no_adapter() -> None:
    assert list(made(line("+1", "sms", SIMULATED)).voice) == []
    assert list(made(line("+1", "voice", SIMULATED)).sms) == []


def test_two_providers_side_by_side() -> None:
    found = made(
        line("+15550100001", "voice", TWILIO), line("+15550100001", "sms", TWILIO),
        line("+1", "voice", SIMULATED),
    )  # fmt: skip
    assert isinstance(found.voice["twilio"], TwilioVoice)
    assert isinstance(found.sms["twilio"], TwilioSms)
    assert sorted(found.voice) == ["simulated", "twilio"]
    assert list(found.receivers) == ["twilio"]
    assert list(found.voice["twilio"].lines) == ["+15550100001"]


def test_a_wrong_account_is_refused_before_anything_starts() -> None:
    with pytest.raises(Invalid, match="account_sid"):
        settings(line("+15550100001", "sms", TWILIO), twilio={**ACCOUNT, "account_sid": "nope"})


def test_lines_carry_what_the_settings_say() -> None:
    found = adapters.lines_of(
        settings(
            line("+1", "voice", SIMULATED, menu="front", queue="sales", languages=["en", "zh-CN"],
                 region="GB"),
            line("care@x.example", "email", {"provider": "smtp", "name": "Care"},
                 from_name="Customer Care"),
            smtp={"host": "127.0.0.1", "tls": "none"},
        )
    )  # fmt: skip
    voice, mail = found
    assert (voice.menu, voice.queue, voice.languages, voice.region, voice.from_name) == (
        "front", "sales", ("en", "zh-CN"), "GB", "Main",
    )  # fmt: skip
    assert (mail.address, mail.from_name, mail.menu) == ("care@x.example", "Customer Care", None)
