"""What is wrong with the settings taken together, though each of them may be right by itself."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import SecretStr

from contactcenter.core.settings_faults import Fault
from contactcenter.core.settings_model import LineSettings, SettingsFields

MIN_KEY = 32
_PROVIDERS = {"voice": ("simulated", "twilio"), "sms": ("simulated", "twilio"), "email": ("smtp",)}


def whole_faults(settings: SettingsFields) -> list[Fault]:
    """Every one of them; empty when the settings go together."""
    return [
        *_line_faults(settings),
        *_twilio_faults(settings),
        *_clock_faults(settings),
        *_smtp_faults(settings),
        *_key_faults(settings),
        *_address_faults(settings),
    ]


def _line_faults(settings: SettingsFields) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(settings.lines):
        place = f"lines.{number}"
        if line.channel in _PROVIDERS and (line.channel, line.address) in seen:
            yield Fault(
                f"{place}.address",
                line.address,
                f"each {line.channel} line once; it is there twice",
            )
        seen.add((line.channel, line.address))
        allowed = _PROVIDERS.get(line.channel, ())
        if allowed and line.provider and line.provider not in allowed:
            words = f"{' or '.join(allowed)} for a line of channel {line.channel}"
            yield Fault(f"{place}.provider", line.provider, words)
    yield from _missing(settings)


def _missing(settings: SettingsFields) -> Iterator[Fault]:
    """What the lines need and is not there, each once."""
    simulated = _of(settings, "simulated")
    if simulated and settings.world.port is None:
        yield Fault(
            "world.port", None, f"needed for {simulated}: the simulated carrier's port, "
            "which contactcenter demo sets",
        )  # fmt: skip
    smtp = _of(settings, "smtp")
    if smtp and not settings.smtp.host:
        yield Fault("smtp.host", None, f"needed for {smtp}: the name of the mail relay")


def _of(settings: SettingsFields, provider: str) -> str:
    return ", ".join(dict.fromkeys(x.address for x in settings.lines if _is(x, provider)))


def _is(line: LineSettings, provider: str) -> bool:
    return line.provider == provider and provider in _PROVIDERS.get(line.channel, (provider,))


def _twilio_faults(settings: SettingsFields) -> Iterator[Fault]:
    twilio, lines = settings.twilio, _of(settings, "twilio")
    sid = twilio.account_sid
    shape = "AC and 32 hexadecimal digits, as the Twilio console shows it"
    if sid and not (sid.startswith("AC") and len(sid) == 34 and _is_hex(sid[2:])):
        # what does not even begin like one may be a token in the wrong place
        yield Fault("twilio.account_sid", sid if sid.startswith("AC") else SecretStr(sid), shape)
    elif lines and not sid:
        yield Fault("twilio.account_sid", None, f"needed for {lines}: {shape}")
    if lines and not twilio.auth_token.get_secret_value():
        yield Fault("twilio.auth_token", None, f"needed for {lines}: the account's auth token")
    key, secret = twilio.api_key_sid, twilio.api_key_secret.get_secret_value()
    pair = "both or neither of twilio.api_key_sid and twilio.api_key_secret"
    if key and not secret:
        yield Fault("twilio.api_key_secret", None, pair)
    if secret and not key:
        yield Fault("twilio.api_key_sid", None, pair)
    for name in ("api_base_url", "hold_music_url"):
        url = getattr(twilio, name)
        if url and not _is_web(url):
            yield Fault(f"twilio.{name}", url, "an http or https address")
    yield from _agent_faults(twilio.agent_addresses)


def _agent_faults(addresses: dict[str, str]) -> Iterator[Fault]:
    for agent, address in addresses.items():
        is_number = address.startswith("+") and address[1:].isdigit() and len(address) <= 16
        if not (is_number or address.startswith(("sip:", "client:"))):
            yield Fault(
                f"twilio.agent_addresses.{agent}", address, "+ and digits (E.164), sip:... or "
                "client:...",
            )  # fmt: skip


def _clock_faults(settings: SettingsFields) -> Iterator[Fault]:
    real = [
        line.address
        for line in settings.lines
        if not (line.provider == "simulated" or (line.provider == "smtp" and settings.smtp.drop))
    ]
    if settings.clock_offset and real:
        yield Fault(
            "clock_offset", settings.clock_offset, f"nothing while a line is real "
            f"({', '.join(real)}): simulated lines and smtp.drop only",
        )  # fmt: skip


def _smtp_faults(settings: SettingsFields) -> Iterator[Fault]:
    host = settings.smtp.host
    loopback = host in ("localhost", "::1") or host.startswith("127.")
    if host and settings.smtp.tls == "none" and not loopback:
        yield Fault(
            "smtp.tls", "none", "require or opportunistic; none for a relay on loopback only"
        )


def _key_faults(settings: SettingsFields) -> Iterator[Fault]:
    keys: dict[str, SecretStr] = {
        "secret_key": settings.secret_key, "previous_secret_key": settings.previous_secret_key
    }  # fmt: skip
    for name, secret in keys.items():
        key = secret.get_secret_value()
        if key and len(key) < MIN_KEY:
            yield Fault(
                name, secret, f"at least {MIN_KEY} characters, such as: openssl rand -hex 32"
            )


def _address_faults(settings: SettingsFields) -> Iterator[Fault]:
    if settings.public_url and not _is_web(settings.public_url):
        yield Fault("public_url", settings.public_url, "an http or https address without a query")
    for proxy in settings.trusted_proxies:
        try:
            ip_network(proxy)
        except ValueError:
            words = "IP addresses and networks, such as 10.0.0.7 or 10.0.0.0/8"
            yield Fault("trusted_proxies", proxy, words)
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield Fault("time_zone", settings.time_zone, "an IANA name, such as Europe/Berlin")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not parts.query


def _is_hex(text: str) -> bool:
    return all(char in "0123456789abcdefABCDEF" for char in text)
