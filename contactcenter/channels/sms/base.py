"""The SMS port. Outbound states move by the rank in ``RANK`` alone; late reports never regress."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsReceived:
    """A text came in on ``line``. ``event_id`` is the provider's message id, stable."""

    provider: str
    line: str
    event_id: str
    from_: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsReported:
    """The carrier's word on a text we sent: ``state`` is one of ours (``sent``, ``delivered``,
    ``failed``, ``rejected``); ``code`` the provider's own error code, may be empty."""

    provider: str
    line: str
    event_id: str
    message_key: str
    provider_ref: str
    state: str
    code: str
    at: datetime


SmsEvent = SmsReceived | SmsReported
SmsSink = Callable[[SmsEvent], Awaitable[None]]
"""The core's entry. Returns once the event is durable; only then is it acknowledged."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A hand-over that was taken. ``state``: ``sent`` when the carrier has it."""

    provider_ref: str
    state: str = "sent"


class SmsAdapter(Protocol):
    """One configured SMS account."""

    @property
    def provider(self) -> str: ...

    @property
    def lines(self) -> Sequence[str]: ...

    async def start(self, sink: SmsSink) -> None: ...

    async def send(self, message_key: str, *, line: str, to: str, text: str) -> Handed:
        """Hand one text over, once. Raises ``TransportError``; with ``unknown`` set when the
        request may have been taken. The same ``message_key`` twice sends once where the provider
        can know it."""
        ...

    async def look_up(
        self,
        message_key: str,
        *,
        line: str = "",
        to: str = "",
        text: str = "",
        since: datetime | None = None,
    ) -> Handed | None:
        """What the provider knows of our key; None when it does not have it.

        The other arguments are the caller's record of the hand-over, for providers that do not
        know our key: with them a message of before a restart can be found.
        """
        ...

    async def stop(self) -> None: ...
