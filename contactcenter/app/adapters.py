"""Adapters by provider, made from the settings. Nothing else imports them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

from contactcenter.channels.receiver import Receiver
from contactcenter.channels.sms.base import SmsAdapter
from contactcenter.channels.voice.base import VoiceAdapter
from contactcenter.core.access import accounts
from contactcenter.core.clock import Clock
from contactcenter.core.db import Database
from contactcenter.core.secrets import Secrets
from contactcenter.core.settings import LineSettings, Settings
from contactcenter.handling.lines import Line
from contactcenter.web import media


@dataclass(slots=True)
class Adapters:
    """Everything that speaks to the outside, by provider."""

    voice: dict[str, VoiceAdapter] = field(default_factory=dict)
    sms: dict[str, SmsAdapter] = field(default_factory=dict)
    receivers: dict[str, Receiver] = field(default_factory=dict)


def lines_of(settings: Settings) -> Sequence[Line]:
    """The configured lines as handling knows them."""
    return [
        Line(
            address=one.address,
            channel=one.channel,
            provider=one.provider,
            name=one.name,
            menu=one.menu,
            queue=one.queue,
            languages=one.languages,
            region=one.region,
            from_name=one.from_name or one.name,
        )
        for one in settings.lines
    ]


@dataclass(frozen=True, slots=True)
class _Site:
    """What adapters are made of besides their lines."""

    settings: Settings
    clock: Clock
    db: Database | None
    secrets: Secrets | None


def make(
    settings: Settings, clock: Clock, *, db: Database | None = None, secrets: Secrets | None = None
) -> Adapters:
    """One adapter per provider and channel that a line names.

    ``db`` tells agents' sign-in names; without it every agent is called in the browser.
    ``secrets`` sign the addresses of recordings.
    """
    site = _Site(settings, clock, db, secrets)
    adapters = Adapters()
    by_provider: Mapping[str, Any] = {"simulated": _simulated, "twilio": _twilio}
    for provider, build in by_provider.items():
        lines = [line for line in settings.lines if line.provider == provider]
        if lines:
            build(site, lines, adapters)
    return adapters


def _addresses(lines: Sequence[LineSettings], channel: str) -> list[str]:
    return [line.address for line in lines if line.channel == channel]


def _simulated(site: _Site, lines: Sequence[LineSettings], adapters: Adapters) -> None:
    from contactcenter.channels.sms.simulated import SimulatedSms
    from contactcenter.channels.voice.simulated import SimulatedVoice
    from contactcenter.channels.voice.simulated_transport import LoopbackWorld

    world = LoopbackWorld(site.settings.world.host, site.settings.world.port or 0)
    voice, sms = _addresses(lines, "voice"), _addresses(lines, "sms")
    if voice:
        adapters.voice["simulated"] = SimulatedVoice(lines=voice, transport=world, clock=site.clock)
    if sms:
        adapters.sms["simulated"] = SimulatedSms(lines=sms, transport=world, clock=site.clock)


def _twilio(site: _Site, lines: Sequence[LineSettings], adapters: Adapters) -> None:
    from contactcenter.channels.sms.twilio import TwilioSms
    from contactcenter.channels.voice.twilio import TwilioVoice
    from contactcenter.channels.voice.twilio_account import TwilioAccount
    from contactcenter.channels.voice.twilio_api import TwilioApi
    from contactcenter.channels.voice.twilio_receiver import TwilioReceiver

    given = site.settings.twilio
    tokens = (given.auth_token.get_secret_value(), given.previous_auth_token.get_secret_value())
    account = TwilioAccount(
        account_sid=given.account_sid,
        auth_tokens=tuple(token for token in tokens if token),
        public_base_url=site.settings.url,
        lines=tuple(dict.fromkeys(line.address for line in lines)),
        api_base_url=given.api_base_url,
        calls_per_second=given.calls_per_second or None,
        hold_music_url=given.hold_music_url,
        api_key_sid=given.api_key_sid,
        api_key_secret=given.api_key_secret.get_secret_value(),
    ).checked()
    if site.secrets is not None:
        account = replace(
            account,
            seal_media=partial(site.secrets.sign, media.PURPOSE),
            open_media=partial(site.secrets.unsign, media.PURPOSE),
        )
    receiver, api = TwilioReceiver(account), TwilioApi(account, site.clock)
    adapters.receivers["twilio"] = receiver
    if _addresses(lines, "voice"):
        adapters.voice["twilio"] = TwilioVoice(
            account, api, receiver, _agent_address(given.agent_addresses, site.db)
        )
    if _addresses(lines, "sms"):
        adapters.sms["twilio"] = TwilioSms(account, api, receiver)


def _agent_address(
    addresses: Mapping[str, str], db: Database | None
) -> Callable[[str], Awaitable[str]]:
    """Settings name agents by sign-in name, calls by id; asked anew each time, so that an agent
    added meanwhile is known."""

    async def of(agent: str) -> str:
        if not addresses or db is None:
            return ""
        account = await db.read(lambda tx: accounts.get(tx, UUID(agent)))
        return addresses.get(account.name, "")

    return of
