"""Settings: where they come from, and everything wrong with them told in one round."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contactcenter.core.errors import Invalid
from contactcenter.core.settings import Settings, load
from contactcenter.core.settings_sources import known

LINE = {"address": "+15550100001", "channel": "voice", "provider": "simulated", "name": "Main"}
TWILIO = {**LINE, "provider": "twilio"}
OTHER = {**LINE, "address": "+15550100002"}
SID = "AC" + "c" * 32
SECRET = "hunter2-hunter2-hunter2"
SECRETS = (
    "CC_SECRET_KEY", "CC_PREVIOUS_SECRET_KEY", "CC_SMTP__PASSWORD", "CC_TWILIO__AUTH_TOKEN",
    "CC_TWILIO__PREVIOUS_AUTH_TOKEN", "CC_TWILIO__API_KEY_SECRET",
)  # fmt: skip


def faults(file: Path | None = None, /, **environ: str) -> list[str]:
    """What is said, line by line, of an environment that is wrong."""
    with pytest.raises(Invalid) as caught:
        load(file, environ)
    first, *rest = caught.value.message.splitlines()
    assert first == "the settings are wrong:"
    named: Any = caught.value.details["settings"]
    assert len(rest) == len(named)
    return [line.strip() for line in rest]


def fault(file: Path | None = None, /, **environ: str) -> str:
    (only,) = faults(file, **environ)
    return only


def toml(folder: Path, text: str) -> Path:
    file = folder / "site.toml"
    file.write_text(text, "utf-8")
    return file


# -- what is right ---------------------------------------------------------------------------------


def test_nothing_given_is_a_server_on_loopback_with_an_embedded_database() -> None:
    found = load(environ={})
    assert found.url == "http://127.0.0.1:8080"
    assert found.database_url == "sqlite:///contactcenter-data/contactcenter.db"
    assert found.lines == ()


def test_the_environment_stands_over_the_file_name_by_name(tmp_path: Path) -> None:
    file = toml(tmp_path, 'port = 1\n[smtp]\nhost = "a.test"\nport = 2525\n')
    found = load(file, {"CC_SMTP__HOST": "b.test"})
    assert (found.port, found.smtp.host, found.smtp.port) == (1, "b.test", 2525)
    assert load(environ={"CC_CONFIG": str(file)}).smtp.host == "a.test"


def test_what_a_program_says_stands_over_both(tmp_path: Path) -> None:
    file = toml(tmp_path, "port = 1")
    assert load(file, {"CC_PORT": "2"}, {"port": 3}).port == 3


def test_lists_and_tables_are_json_in_the_environment() -> None:
    found = load(
        environ={
            "CC_LINES": json.dumps([TWILIO]),
            "CC_TWILIO": json.dumps({"account_sid": SID, "api_base_url": "http://127.0.0.1:1"}),
            "CC_TWILIO__AUTH_TOKEN": "{not JSON, a token",
            "CC_TWILIO__AGENT_ADDRESSES": '{"anna": "+15550100002", "bo": "sip:bo@x.test"}',
            "CC_TWILIO__CALLS_PER_SECOND": "2.5",
        }
    )
    assert found.lines[0].provider == "twilio"
    assert found.twilio.account_sid == SID
    assert found.twilio.auth_token.get_secret_value() == "{not JSON, a token"
    assert found.twilio.agent_addresses == {"anna": "+15550100002", "bo": "sip:bo@x.test"}
    assert found.twilio.calls_per_second == 2.5


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s" * 40 + "\n")
    environ = {f"{name}_FILE": str(file), "CC_TWILIO__API_KEY_SID": "SK1"}
    if name != "CC_TWILIO__API_KEY_SECRET":
        del environ["CC_TWILIO__API_KEY_SID"]
    part: Any = load(environ=environ)
    for step in name.removeprefix("CC_").lower().split("__"):
        part = getattr(part, step)
    assert part.get_secret_value() == "s" * 40


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("-5", -5), ("2m", 120), ("1.5h", 5400), ("1d", 86400)]
)
def test_an_offset_is_written_with_or_without_unit(text: str, seconds: float) -> None:
    assert load(environ={"CC_CLOCK_OFFSET": text}).clock_offset == timedelta(seconds=seconds)


def test_variables_of_the_tests_and_of_others_are_no_settings() -> None:
    load(environ={"CC_TEST_POSTGRES": "x", "CCACHE_DIR": "/x", "PATH": "/bin"})


# -- one fault, in words ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("CC_PORT", "many", "CC_PORT (port): given 'many'; allowed: a whole number from 0 to"),
        ("CC_PORT", "70000", "given '70000'; allowed: a whole number from 0 to 65535"),
        ("CC_SMTP__TLS", "maybe", "given 'maybe'; allowed: require, opportunistic or none"),
        ("CC_SMTP__DROP", "perhaps", "given 'perhaps'; allowed: true or false"),
        ("CC_CLOCK_OFFSET", "soon", "given 'soon'; allowed: seconds (120), or 2m, 1h, 1d"),
        ("CC_TWILIO__CALLS_PER_SECOND", "-1", "allowed: a number of at least 0"),
        ("CC_TWILIO__API_BASE_URL", "api", "given 'api'; allowed: an http or https address"),
        ("CC_TWILIO__AGENT_ADDRESSES", '{"anna": "5"}',
         "S anna (twilio.agent_addresses.anna): given '5'; allowed: + and digits"),
        ("CC_TIME_ZONE", "Mars/Base", "given 'Mars/Base'; allowed: an IANA name"),
        ("CC_TRUSTED_PROXIES", "10.0.0.0/8", "given '10.0.0.0/8'; allowed: a list of texts"),
        ("CC_TRUSTED_PROXIES", '["::1", "10.0.0.1/8"]', "given '10.0.0.1/8'; allowed: IP addresse"),
        ("CC_PUBLIC_URL", "cc.test", "given 'cc.test'; allowed: an http or https address"),
        ("CC_LINES", "[{", "CC_LINES (lines): given (hidden); allowed: JSON ("),
        ("CC_LINES", "one", "CC_LINES (lines): given (hidden); allowed: a list of tables"),
        ("CC_LINES", "[7]", "CC_LINES, line 1 (lines[0]): given (hidden); allowed: a list of"),
        ("CC_SMTP", "relay", "CC_SMTP (smtp): given (hidden); allowed: a table"),
        ("CC_TWILIO__API_KEY_SID", "SK1", "(twilio.api_key_secret): both or neither"),
        ("CC_SMTP__PASSWORD_FILE", "/no/such", "(smtp.password_file): given '/no/such'"),
        ("CC_CONFIG", "/no/such.toml", "given '/no/such.toml'; allowed: a file to read"),
    ],
)  # fmt: skip
def test_a_fault_says_both_names_what_was_given_and_what_is_allowed(
    variable: str, value: str, told: str
) -> None:
    assert told in fault(**{variable: value})


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("CC_SMPT__HOST", "CC_SMTP__HOST (smtp.host)"),
        ("CC_SITENAME", "CC_SITE_NAME (site_name)"),
        ("CC_AUTH_TOKEN", "CC_TWILIO__AUTH_TOKEN (twilio.auth_token)"),
        ("CC_SMTP_HOST", "CC_SMTP__HOST (smtp.host)"),
    ],
)
def test_an_unknown_name_says_which_was_meant(variable: str, meant: str) -> None:
    told = fault(**{variable: SECRET})
    assert told.startswith(f"{variable} (")
    assert f"no such setting; did you mean {meant}?" in told
    assert SECRET not in told


def test_a_name_like_no_other_is_refused_without_a_guess() -> None:
    assert fault(CC_XYZZY="1") == "CC_XYZZY (xyzzy): there is no such setting"


def test_only_single_settings_come_from_files(tmp_path: Path) -> None:
    assert "no such setting" in fault(CC_TWILIO_FILE=str(tmp_path))


def test_a_value_and_its_file_are_one_too_many(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(SECRET)
    told = fault(CC_SMTP__PASSWORD=SECRET, CC_SMTP__PASSWORD_FILE=str(file))
    assert "only one of CC_SMTP__PASSWORD and CC_SMTP__PASSWORD_FILE" in told


def test_the_file_s_faults_are_told_like_the_environment_s(tmp_path: Path) -> None:
    file = toml(
        tmp_path, 'prot = 1\n[smtp]\nhsot = "x"\n[[lines]]\nadress = "+1"\naddress = "+1"\n'
        'channel = "fax"\nprovider = "simulated"\nname = "N"\n[world]\nport = 9\n',
    )  # fmt: skip
    told = dict(line.split(": ", 1) for line in faults(file, CC_LOG_LEVEL="loud"))
    none = "there is no such setting; did you mean"
    assert told == {
        "CC_PROT (prot)": f"{none} CC_PORT (port)?",
        "CC_SMTP__HSOT (smtp.hsot)": f"{none} CC_SMTP__HOST (smtp.host)?",
        "CC_LOG_LEVEL (log_level)": "given 'loud'; allowed: debug, info, warning or error",
        "CC_LINES, line 1 channel (lines[0].channel)": (
            "given 'fax'; allowed: voice, sms or email"
        ),
        "CC_LINES, line 1 adress (lines[0].adress)": f"{none} address?",
    }


def test_a_broken_file_does_not_hide_the_environment_s_faults(tmp_path: Path) -> None:
    told = faults(toml(tmp_path, "port = = 1"), CC_PORT="x")
    assert [line.split(":")[0] for line in told] == ["CC_CONFIG (config)", "CC_PORT (port)"]


# -- all of them at once ---------------------------------------------------------------------------


def test_what_is_wrong_alone_and_what_is_wrong_together_come_in_one_round() -> None:
    lines = [
        TWILIO,
        {**TWILIO, "channel": "fax"},
        {"address": "+2", "channel": "sms", "provider": "smtp"},
        {**LINE, "address": "care@x.test", "channel": "email", "provider": "smtp"},
        TWILIO,
    ]
    told = faults(
        CC_PORT="x", CC_CLOCK_OFFSET="5m", CC_LINES=json.dumps(lines), CC_SECRET_KEY="short",
        CC_NONSENSE="1",
    )  # fmt: skip
    assert [line.partition(")")[0].partition("(")[2] for line in told] == [
        "nonsense", "port", "lines[1].channel", "lines[2].name", "lines[2].provider",
        "lines[4].address", "smtp.host", "twilio.account_sid", "twilio.auth_token", "clock_offset",
        "secret_key",
    ]  # fmt: skip


def test_a_fault_is_not_told_again_as_its_own_consequence() -> None:
    """A token that can not be read is not besides missing; a bad port is not besides needed."""
    told = faults(
        CC_LINES=json.dumps([TWILIO, OTHER]), CC_TWILIO__ACCOUNT_SID=SID,
        CC_TWILIO__AUTH_TOKEN_FILE="/no/such", CC_WORLD__PORT="x",
    )  # fmt: skip
    assert sorted(line.split(" ")[0] for line in told) == [
        "CC_TWILIO__AUTH_TOKEN_FILE", "CC_WORLD__PORT",
    ]  # fmt: skip


def test_once_all_that_was_told_is_mended_nothing_more_comes() -> None:
    """The point of one round: mending what is said is enough."""
    wrong = {"CC_PORT": "x", "CC_LINES": json.dumps([TWILIO]), "CC_SMTP__TLS": "no"}
    told = "\n".join(faults(**wrong))
    for name in ("CC_PORT", "CC_SMTP__TLS", "CC_TWILIO__ACCOUNT_SID", "CC_TWILIO__AUTH_TOKEN"):
        assert name in told
    mended = wrong | {
        "CC_PORT": "1", "CC_SMTP__TLS": "none", "CC_TWILIO__ACCOUNT_SID": SID,
        "CC_TWILIO__AUTH_TOKEN": SECRET,
    }  # fmt: skip
    assert load(environ=mended).port == 1


@pytest.mark.parametrize("drop", [True, False])
def test_the_clock_is_moved_only_where_nothing_leaves_this_machine(drop: bool) -> None:
    mail = {**LINE, "address": "care@x.test", "channel": "email", "provider": "smtp"}
    environ = {
        "CC_LINES": json.dumps([LINE, mail]), "CC_WORLD__PORT": "1", "CC_SMTP__HOST": "127.0.0.1",
        "CC_SMTP__DROP": str(drop), "CC_CLOCK_OFFSET": "1h",
    }  # fmt: skip
    if drop:
        assert load(environ=environ).clock_offset == timedelta(hours=1)
    else:
        told = fault(**environ)
        assert "given 3600 seconds; allowed: nothing while a line is real (care@x.test)" in told


def test_mail_without_encryption_stays_on_this_machine() -> None:
    found = load(environ={"CC_SMTP__HOST": "127.0.0.1", "CC_SMTP__TLS": "none"})
    assert found.smtp.tls == "none"
    assert "for a relay on loopback only" in fault(CC_SMTP__HOST="x.test", CC_SMTP__TLS="none")


# -- secrets ---------------------------------------------------------------------------------------


def test_no_fault_shows_a_secret() -> None:
    """In its own setting, in a name beside it, in a section, in an address, as an account."""
    told = "\n".join(
        faults(
            CC_SECRET_KEY=SECRET, CC_SECRET_KEYY=SECRET, CC_SMTP=SECRET,
            CC_TWILIO__ACCOUNT_SID=SECRET, CC_PUBLIC_URL=f"ftp://me:{SECRET}@x.test",
            CC_TWILIO__API_KEY_SECRET=SECRET, CC_LINES=json.dumps([{**LINE, "key": SECRET}]),
        )
    )  # fmt: skip
    for name in ("CC_SECRET_KEY ", "CC_SMTP ", "ACCOUNT_SID", "CC_PUBLIC_URL", "API_KEY_SID"):
        assert name in told
    assert SECRET not in told


@given(st.sampled_from(sorted(known(Settings))), st.sampled_from(["[", "{", "x", "{}", "[]", ""]))
def test_any_setting_given_anything_is_taken_or_refused_with_its_name(name: str, text: str) -> None:
    """No value of any setting ends in another error than ours."""
    variable = "CC_" + name.replace(".", "__").upper()
    with suppress(Invalid):
        load(environ={variable: text})
