"""The e-mail port: hand a prepared message to a relay, take raw messages from a listener."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTaken:
    """A raw message accepted at SMTP level for ``rcpt_to``; acknowledged after the sink returns.

    ``event_id`` is stable over repeated deliveries of the same bytes (digest of envelope and
    content). ``raw`` is the whole RFC 5322 message.
    """

    provider: str
    line: str
    event_id: str
    mail_from: str
    rcpt_to: tuple[str, ...]
    raw: bytes
    at: datetime


MailSink = Callable[[MailTaken], Awaitable[None]]
"""The core's entry. Returns only after message and raw bytes are durable; then 250 is said."""


@dataclass(frozen=True, slots=True)
class MailHanded:
    """The relay's final reply to a message it took (``250 ...``)."""

    provider_ref: str
    reply: str


class MailOut(Protocol):
    """A relay with kept connections."""

    @property
    def provider(self) -> str: ...

    async def send(
        self, message_key: str, *, mail_from: str, rcpt_to: str, raw: bytes
    ) -> MailHanded:
        """Hand one message over, once. ``TransportError(unknown=True)`` when the connection was
        lost after DATA was sent and before a reply came."""
        ...

    async def stop(self) -> None: ...


class MailIn(Protocol):
    """A source of inbound mail for ``addresses``."""

    @property
    def provider(self) -> str: ...

    @property
    def addresses(self) -> Sequence[str]: ...

    async def start(self, sink: MailSink) -> None: ...

    async def stop(self) -> None: ...
