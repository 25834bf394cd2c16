"""``docs/howto/connect-twilio.md``: its files and commands are taken from the page and used."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.cli.main import run
from contactcenter.core.settings import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/howto/connect-twilio.md").read_text("utf-8")


def block(kind: str) -> str:
    """The page's one block of that kind."""
    (text,) = re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    return str(text)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the reader stands after step 4."""
    (tmp_path / "menus").mkdir()
    (tmp_path / "menus/front.yaml").write_text(block("yaml"), "utf-8")
    (tmp_path / "site.toml").write_text(block("toml"), "utf-8")
    (tmp_path / "twilio.token").write_text("the token\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CC_TWILIO__AUTH_TOKEN_FILE", "twilio.token")
    return tmp_path


def test_the_settings_are_taken_as_they_stand(folder: Path) -> None:
    found = load(folder / "site.toml")
    assert found.twilio.auth_token.get_secret_value() == "the token"
    assert found.twilio.agent_addresses == {"anna": "+15550100009"}
    assert {(line.channel, line.provider) for line in found.lines} == {
        ("voice", "twilio"), ("sms", "twilio"),
    }  # fmt: skip


def test_the_menu_is_without_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "contactcenter menu check menus/front.yaml --queues sales" in PAGE
    assert run(["menu", "check", "menus/front.yaml", "--queues", "sales"]) == 0


def test_the_addresses_to_enter_are_the_ones_we_answer(folder: Path) -> None:
    settings = load(folder / "site.toml")
    number = settings.lines[0].address
    account = TwilioAccount(
        account_sid=settings.twilio.account_sid, auth_tokens=("t",), lines=(number,),
        public_base_url=settings.url,
    ).checked()  # fmt: skip
    for kind in ("voice", "fallback", "status", "sms"):
        assert f"`{account.webhook(kind, number)}`" in PAGE


def test_every_setting_it_names_exists() -> None:
    from contactcenter.core.settings import Settings
    from contactcenter.core.settings_sources import known

    names = set(re.findall(r"`(twilio\.[a-z_]+)`", PAGE))
    assert len(names) >= 6
    assert names <= known(Settings).keys()
    assert tomllib.loads(block("toml")).keys() <= known(Settings).keys()


def test_the_doctor_says_what_the_page_says() -> None:
    source = "".join(
        (ROOT / "contactcenter" / name).read_text("utf-8")
        for name in ("app/doctor.py", "app/doctor_twilio.py", "channels/voice/twilio_receiver.py")
    )
    for words in (
        "refuses the auth token", "is no number of this account", "webhooks are signed for",
        "unknown_line", "refused a webhook without a valid signature",
    ):  # fmt: skip
        assert words in PAGE
        assert words in source
