"""Calls to Twilio's REST API: one place where its errors become ours and new calls are paced."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.core.clock import Clock
from contactcenter.core.errors import Conflict, ContactCenterError, TransportError

T = TypeVar("T")

GONE = {20404, 21220}
"""Resource not found; call not in a state that allows this (already over)."""
LATER = {20429, 30001, 14107, 10004}
"""Too many requests, queue overflow, concurrency limit: the same again may succeed."""


class TwilioApi:
    """The official client, from ``start`` to ``stop``."""

    def __init__(self, account: TwilioAccount, clock: Clock) -> None:
        self.account = account
        self.clock = clock
        self._client: Any = None
        self._users = 0

    async def start(self) -> None:
        """Open the connection pool; may be called by several adapters of one account."""
        self._users += 1
        if self._client is None:
            # Importing the library takes most of a second, so it waits until an adapter starts.
            from contactcenter.channels.voice.twilio_transport import make_client

            self._client = make_client(self.account, self.clock)

    async def stop(self) -> None:
        self._users = max(0, self._users - 1)
        if self._client is not None and self._users == 0:
            client, self._client = self._client, None
            await client.http_client.close()

    @property
    def client(self) -> Any:
        if self._client is None:
            raise TransportError("The Twilio adapter is not running.", permanent=False)
        return self._client

    async def do(self, request: Awaitable[T], *, changes: bool = True) -> T:
        """Await one request of the client and translate its faults.

        ``changes`` is False for look-ups, whose outcome can not be in doubt. Raises ``Conflict``
        (``leg_gone``) or ``TransportError``.
        """
        from twilio.base.exceptions import TwilioException

        try:
            return await request
        except TwilioException as exc:
            raise fault(exc, changes=changes) from exc
        except ValueError as exc:
            raise TransportError(
                "Twilio's answer can not be read.", permanent=False, unknown=changes
            ) from exc


def fault(exc: Exception, *, changes: bool) -> ContactCenterError:
    """What an error of the library means to us."""
    status = int(getattr(exc, "status", 0) or 0)
    code = int(getattr(exc, "code", 0) or 0)
    said = str(code or status or "")
    if code in GONE or status == 404:
        return Conflict("The call is over, or Twilio has no such call.", code="leg_gone")
    if status == 429 or code in LATER:
        return TransportError("Twilio asks us to slow down.", permanent=False, reply_code=said)
    if status >= 500 or status == 0:
        # A 5xx may come after the work was done.
        return TransportError(
            "Twilio failed.", permanent=False, unknown=changes and status != 0, reply_code=said
        )
    # Wrong credentials are ours to mend: the same content will do once they are right.
    permanent = status not in (401, 403)
    return TransportError(f"Twilio refused: {said}.", permanent=permanent, reply_code=said)


class Pacer:
    """Gives out turns ``per_second`` apart. Twilio queues faster calls for up to 24 hours."""

    def __init__(self, per_second: float | None, clock: Clock) -> None:
        self._gap = timedelta(seconds=1 / per_second) if per_second else timedelta(0)
        self._clock = clock
        self._free_at: datetime | None = None

    async def turn(self) -> None:
        now = self._clock.now()
        mine = max(now, self._free_at or now)
        self._free_at = mine + self._gap
        wait = (mine - now).total_seconds()
        if wait > 0:
            await self._clock.sleep(wait)
