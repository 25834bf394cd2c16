"""One typed settings object: defaults, then a TOML file, then ``CC_*`` variables.

``CC_DATABASE`` sets ``database``, ``CC_SMTP__HOST`` sets ``smtp.host``, ``CC_LINES`` takes JSON.
A secret may come from a file: ``CC_SECRET_KEY_FILE``. Everything wrong is reported at once, each
with its place and what is allowed; an unknown name is refused.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from contactcenter.core.errors import Invalid

_PREFIX = "CC_"
_NOT_SETTINGS = ("CC_TEST_",)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class LineSettings(_Part):
    """One number or mailbox."""

    address: str
    channel: Literal["voice", "sms", "email"]
    provider: str
    """``simulated``, ``twilio`` or ``smtp``."""
    name: str
    menu: str | None = None
    """The menu that answers, by name."""
    queue: str | None = None
    """The queue that takes what no menu answers."""
    languages: tuple[str, ...] = ("en",)
    region: str | None = None
    """ISO 3166 country that reads numbers without a country code."""
    from_name: str = ""


class WorldSettings(_Part):
    """The simulated carrier's world (a second process)."""

    host: str = "127.0.0.1"
    port: int | None = None


class SmtpSettings(_Part):
    """The relay mail goes out through, and the listener it comes in by."""

    host: str = ""
    port: int = 587
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: Literal["require", "opportunistic", "none"] = "require"
    """``none`` is allowed for loopback only."""
    listen_host: str = "127.0.0.1"
    listen_port: int | None = None
    """Port of the inbound listener; absent = no inbound mail. 0 = any free one."""
    drop: bool = False
    """The relay is a mail drop: nothing leaves this machine."""


class TwilioSettings(_Part):
    """A Twilio account, or a host that speaks its dialect."""

    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    previous_auth_token: SecretStr = SecretStr("")
    api_base_url: str = "https://api.twilio.com"


class Settings(_Part):
    """Everything a server node is told."""

    database: str = ""
    """``sqlite:///FILE`` or ``postgresql://...``; default: a file in ``data_dir``."""
    data_dir: Path = Path("contactcenter-data")
    """Blobs, the embedded database and its key."""
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    share_port: bool = False
    """Several processes of this machine listen on the port (``serve --workers``)."""
    public_url: str = ""
    """The URL providers and customers reach us by; default: http://host:port."""
    site_name: str = "contactcenter"
    time_zone: str = "UTC"
    """IANA name of the site's zone: business hours and days of reports."""
    secret_key: SecretStr = SecretStr("")
    """At least 32 characters; embedded: made in ``data_dir``."""
    previous_secret_key: SecretStr = SecretStr("")
    """Still accepted during a rotation."""
    clock_offset: timedelta = timedelta(0)
    """For trials: shifts the server's clock by seconds (also 2m, 1h, 1d). Refused unless every line
    is simulated or a drop."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "console"
    menus_dir: Path | None = None
    templates_dir: Path | None = None
    handset: str = ""
    """URL of the standins process; set by ``demo``."""
    world: WorldSettings = WorldSettings()
    smtp: SmtpSettings = SmtpSettings()
    twilio: TwilioSettings = TwilioSettings()
    lines: tuple[LineSettings, ...] = ()

    @field_validator("clock_offset", mode="before")
    @classmethod
    def _offset(cls, value: Any) -> Any:
        return _duration(value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        faults = [*_line_faults(self), *_clock_faults(self), *_smtp_faults(self)]
        key = self.secret_key.get_secret_value()
        if key and len(key) < 32:
            faults.append("secret_key: at least 32 characters")
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data_dir / 'contactcenter.db'}"

    @property
    def url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


_DURATION = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([smhd]?)")
_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError("write seconds (120), or 2m, 1h, 1d")
    return timedelta(seconds=float(found[1]) * _UNITS[found[2]])


def _line_faults(settings: Settings) -> list[str]:
    faults = []
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(settings.lines):
        place = f"lines.{number} ({line.address})"
        if (line.channel, line.address) in seen:
            faults.append(f"{place}: this {line.channel} line is there twice")
        seen.add((line.channel, line.address))
        allowed = {"email": {"smtp"}}.get(line.channel, {"simulated", "twilio"})
        if line.provider not in allowed:
            faults.append(
                f"{place}: provider of a {line.channel} line: {', '.join(sorted(allowed))}"
            )
        if line.provider == "twilio" and not settings.twilio.account_sid:
            faults.append(f"{place}: twilio.account_sid and twilio.auth_token are needed")
        if line.provider == "simulated" and settings.world.port is None:
            faults.append(f"{place}: world.port is needed (contactcenter demo sets it)")
        if line.channel == "email" and not settings.smtp.host:
            faults.append(f"{place}: smtp.host is needed")
    return faults


def _clock_faults(settings: Settings) -> list[str]:
    if not settings.clock_offset:
        return []
    real = [
        line.address
        for line in settings.lines
        if not (line.provider == "simulated" or (line.provider == "smtp" and settings.smtp.drop))
    ]
    if real:
        return [f"clock_offset: refused while a line is real ({', '.join(real)})"]
    return []


def _smtp_faults(settings: Settings) -> list[str]:
    loopback = settings.smtp.host in ("localhost", "::1") or settings.smtp.host.startswith("127.")
    if settings.smtp.host and settings.smtp.tls == "none" and not loopback:
        return ["smtp.tls: none is allowed for a relay on loopback only; use require"]
    return []


def load(
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings; ``Invalid`` with every fault at once."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    file = file or (Path(environ["CC_CONFIG"]) if environ.get("CC_CONFIG") else None)
    if file is not None:
        values = _from_file(file)
    _merge(values, _from_environ(environ))
    _merge(values, dict(overrides or {}))
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        faults = "\n".join(f"  {_place(e)}: {_words(e)}" for e in error.errors())
        raise Invalid(
            f"the settings are wrong:\n{faults}",
            code="settings",
            hint="contactcenter doctor explains each setting",
        ) from None


def _place(error: Any) -> str:
    return ".".join(str(part) for part in error["loc"]) or "settings"


def _words(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ")


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise Invalid(f"settings file {file}: {error.strerror}", code="settings") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"settings file {file}: {error}", code="settings") from None


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, text in environ.items():
        if not name.startswith(_PREFIX) or name == "CC_CONFIG" or name.startswith(_NOT_SETTINGS):
            continue
        key = name.removeprefix(_PREFIX).lower()
        if key.endswith("_file") and key != "file":
            key, text = key.removesuffix("_file"), _secret(name, text)
        _put(values, key.split("__"), text)
    return values


def _secret(name: str, file: str) -> str:
    try:
        return Path(file).read_text("utf-8").strip()
    except OSError as error:
        raise Invalid(f"{name}: {file}: {error.strerror}", code="settings") from None


def _put(values: dict[str, Any], path: list[str], text: str) -> None:
    for part in path[:-1]:
        values = values.setdefault(part, {})
    is_json = text.startswith(("[", "{"))
    try:
        values[path[-1]] = json.loads(text) if is_json else text
    except json.JSONDecodeError as error:
        raise Invalid(f"CC_{'__'.join(path).upper()}: {error}", code="settings") from None


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value
