"""Settings of an account and the addresses made from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contactcenter.channels.voice.twilio_account import TwilioAccount, path_of
from contactcenter.core.errors import Invalid

ACCOUNT = TwilioAccount(
    account_sid="AC" + "0" * 32,
    auth_tokens=("secret",),
    public_base_url="https://cc.example.com",
    lines=("+15550001111",),
)
AGENT = "0197aa11-bb22-7cc3-8dd4-eeff00112233"


def test_all_faults_are_named_at_once() -> None:
    broken = TwilioAccount(
        "XX", ("",), "cc.example.com", (), api_base_url="https://a/?b=c", request_timeout_s=0,
        calls_per_second=0, api_key_sid="SK1",
    )  # fmt: skip
    assert len(broken.faults()) == 8
    with pytest.raises(Invalid, match="auth_tokens"):
        broken.checked()
    assert ACCOUNT.checked() is ACCOUNT


def test_the_secret_of_the_browser_key_is_not_shown() -> None:
    shown = repr(replace(ACCOUNT, api_key_sid="SK1", api_key_secret="hidden-away"))
    assert "hidden-away" not in shown


def test_a_webhook_s_address_leads_back_to_kind_and_line() -> None:
    url = ACCOUNT.webhook("voice", "+15550001111", op="a b", do="next", none="")
    assert url == "https://cc.example.com/webhooks/twilio/voice/+15550001111?op=a+b&do=next"
    assert path_of(url) == ("voice", "+15550001111")
    assert path_of("/webhooks/twilio/voice/%2B15550001111") == ("voice", "+15550001111")


@pytest.mark.parametrize(
    "target", ["/", "/webhooks/twilio/voice", "/webhooks/twilio//x", "/webhooks/twilio/a/b/c"]
)
def test_other_paths_are_not_ours(target: str) -> None:
    assert path_of(target) is None


@pytest.mark.parametrize("target", ["/webhooks/x?a=%2B1", "/desk/webhooks/x?a=%2B1"])
def test_a_base_with_a_path_works_stripped_or_not(target: str) -> None:
    account = replace(ACCOUNT, public_base_url="https://cc.example.com/desk/")
    assert account.public_url(target) == "https://cc.example.com/desk/webhooks/x?a=%2B1"


@pytest.mark.parametrize("media", ["menus/wél come.wav", "https://cdn.example/a.mp3"])
def test_media_addresses_lead_back_to_the_key(media: str) -> None:
    for account in (ACCOUNT, replace(ACCOUNT, media_base_url="https://cdn.example/m/")):
        assert account.media_key(account.media_url(media)) == media


def test_agents_are_called_in_the_browser() -> None:
    assert ACCOUNT.agent_target(f"agent:{AGENT}") == "client:agent_" + AGENT.replace("-", "")
    assert ACCOUNT.agent_target("+15552223333") == "+15552223333"
