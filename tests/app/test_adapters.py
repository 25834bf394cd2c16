"""From settings to lines and adapters: one per provider and channel that a line names."""

from __future__ import annotations

from typing import Any

import pytest

from contactcenter.app import adapters
from contactcenter.channels.sms.simulated import SimulatedSms
from contactcenter.channels.sms.twilio import TwilioSms
from contactcenter.channels.voice.simulated import SimulatedVoice
from contactcenter.channels.voice.steps import Hangup, Play
from contactcenter.channels.voice.twilio import TwilioVoice
from contactcenter.channels.voice.twilio_twiml import Script, render
from contactcenter.core.access import accounts
from contactcenter.core.clock import SystemClock
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid
from contactcenter.core.secrets import Secrets
from contactcenter.core.settings import Settings, load
from contactcenter.web import media

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


async def test_everything_of_the_account_reaches_the_adapter(db: Database) -> None:
    given = {
        **ACCOUNT, "api_key_sid": "SK1", "api_key_secret": "secret" * 6, "calls_per_second": 0,
        "hold_music_url": "https://cdn.test/hold.mp3", "agent_addresses": {"anna": "+15550100009"},
    }  # fmt: skip
    found = adapters.make(
        settings(line("+15550100001", "voice", TWILIO), twilio=given), SystemClock(), db=db,
        secrets=Secrets(["k" * 40]),
    )  # fmt: skip
    voice = found.voice["twilio"]
    assert "agent_media" in voice.capabilities
    media = await voice.agent_side.agent_media("00000000-0000-7000-8000-000000000001")
    assert (media.kind, media.token.count(".")) == ("twilio", 2)
    account: Any = voice.legs._account  # type: ignore[attr-defined]  # how it was made
    assert account.calls_per_second is None
    assert account.hold_music_url == "https://cdn.test/hold.mp3"
    assert "secret" not in repr(account)


async def test_a_stored_prompt_is_played_from_a_signed_address(db: Database) -> None:
    secrets = Secrets(["k" * 40])
    found = adapters.make(
        settings(line("+15550100001", "voice", TWILIO)), SystemClock(), db=db, secrets=secrets
    )
    account: Any = found.voice["twilio"].legs._account  # type: ignore[attr-defined]  # as above
    document = render([Play("a" * 64), Hangup()], Script(account, "+15550100001", "op"))
    address = document.partition("<Play>")[2].partition("</Play>")[0]
    site, _, token = address.rpartition("/")
    assert site == "https://cc.example.org/media"
    assert secrets.unsign(media.PURPOSE, token) == "a" * 64
    assert render([Play("a" * 64), Hangup()], Script(account, "+15550100001", "op")) == document
    assert account.media_key(address) == "a" * 64


async def test_agents_are_known_by_their_sign_in_names(db: Database) -> None:
    def create(tx: Tx, name: str) -> str:
        return str(
            accounts.create(
                tx, name=name, display_name=name, role="agent", language="en", password_hash="x"
            )
        )

    address = adapters._agent_address({"anna": "+15550100009"}, db)
    anna, bo = [await db.write(lambda tx, n=n: create(tx, n)) for n in ("anna", "bo")]  # type: ignore[misc]  # bound now
    assert (await address(anna), await address(bo)) == ("+15550100009", "")
    assert await adapters._agent_address({}, db)(anna) == ""
