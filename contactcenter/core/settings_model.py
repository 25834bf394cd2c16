"""The settings by name: type, default, limits and help of each. ``settings`` puts them together."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from contactcenter.core.settings_sources import duration


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
    port: int | None = Field(default=None, ge=1, le=65535)


class SmtpSettings(_Part):
    """The relay mail goes out through, and the listener it comes in by."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: Literal["require", "opportunistic", "none"] = "require"
    """``none`` is allowed for loopback only."""
    listen_host: str = "127.0.0.1"
    listen_port: int | None = Field(default=None, ge=0, le=65535)
    """Port of the inbound listener; absent = no inbound mail. 0 = any free one."""
    drop: bool = False
    """The relay is a mail drop: nothing leaves this machine."""


class TwilioSettings(_Part):
    """A Twilio account, or a host that speaks its dialect."""

    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    previous_auth_token: SecretStr = SecretStr("")
    """Webhooks signed with it are still taken during a rotation."""
    api_key_sid: str = ""
    """An API key (SK...), for the audio of agents' browsers."""
    api_key_secret: SecretStr = SecretStr("")
    agent_addresses: dict[str, str] = {}
    """Agents with a telephone or SIP device: sign-in name -> ``+E.164``, ``sip:...`` or
    ``client:...``. All others are called in the browser."""
    hold_music_url: str = ""
    """What callers hear in a queue and on hold; default: Twilio's own music on hold, and silence
    between announcements."""
    calls_per_second: float = Field(default=1.0, ge=0)
    """How fast new calls are started; 1 is what Twilio gives a new account. 0: no pacing here."""
    api_base_url: str = "https://api.twilio.com"


class SettingsFields(_Part):
    """Everything a server node is told, each value right by itself."""

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
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of your reverse proxies: their ``X-Forwarded-For`` says who asks, which
    the limit of failed sign-ins counts by."""
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
        return duration(value) if isinstance(value, str) else value
