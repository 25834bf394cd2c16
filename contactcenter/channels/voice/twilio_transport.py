"""The official client's HTTP side, made safe to use. Imported only when an adapter starts.

The library's own asynchronous transport ignores its timeout and, told to retry, posts again after
a 5xx: two calls, two texts. Here each request has a timeout, only what was surely not taken is
sent again (a refused connection, 429), and a request of unknown outcome says so.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.core.clock import Clock
from contactcenter.core.errors import TransportError

ATTEMPTS = 4
FIRST_WAIT_S = 0.5
KEEPALIVE_S = 10.0
"""Shorter than the far side's idle limit: a post on a connection it just closed would be lost in
doubt."""


class Transport(AsyncHttpClient):  # type: ignore[misc]
    """Sends the client's requests to ``base_url`` instead of the host the client names.

    Must be made inside a running loop and closed.
    """

    def __init__(self, base_url: str, timeout_s: float, clock: Clock) -> None:
        # The parent would log each request with its query, and so addresses; its log is not used.
        super().__init__(None, True, timeout_s)
        self._base = base_url.rstrip("/")
        self._clock = clock
        self._limit = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(5.0, timeout_s))
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(keepalive_timeout=KEEPALIVE_S, limit=64)
        )

    async def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Raises ``TransportError``: not sent, or (``unknown``) perhaps taken."""
        target = self._target(url, params)
        body = urlencode(data, doseq=True).encode() if data else None
        sent = dict(headers or {})
        if auth:
            pair = b64encode(":".join(auth).encode()).decode()
            sent["Authorization"] = f"Basic {pair}"
        wait = FIRST_WAIT_S
        for attempt in range(1, ATTEMPTS + 1):
            last = attempt == ATTEMPTS
            try:
                status, text, answered = await self._send(
                    method, target, body, sent, allow_redirects
                )
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
                if last:
                    raise TransportError(
                        "Twilio can not be reached.", permanent=False, reply_code="unreachable"
                    ) from exc
            except (aiohttp.ClientError, TimeoutError) as exc:
                raise TransportError(
                    "Twilio did not answer.",
                    permanent=False,
                    unknown=method.upper() != "GET",
                    reply_code="no_answer",
                ) from exc
            else:
                if status != 429 or last:
                    return Response(status, text, answered)
                wait = _retry_after(answered, wait)
            await self._clock.sleep(wait)
            wait *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _send(
        self,
        method: str,
        target: str,
        body: bytes | None,
        headers: dict[str, str],
        allow_redirects: bool,
    ) -> tuple[int, str, Any]:
        async with self._session.request(
            method,
            target,
            data=body,
            headers=headers,
            timeout=self._limit,
            allow_redirects=allow_redirects,
        ) as reply:
            return reply.status, await reply.text(), reply.headers

    def _target(self, url: str, params: dict[str, object] | None) -> str:
        parts = urlsplit(url)
        given = {name: value for name, value in (params or {}).items() if value is not None}
        query = "&".join(part for part in (parts.query, urlencode(given, doseq=True)) if part)
        return self._base + parts.path + (f"?{query}" if query else "")

    async def close(self) -> None:
        await self._session.close()


def _retry_after(headers: Any, otherwise: float) -> float:
    """Seconds Twilio asks us to wait, at most 10."""
    asked = str(headers.get("Retry-After", ""))
    return min(10.0, float(asked)) if asked.isdigit() else otherwise


def make_client(account: TwilioAccount, clock: Clock) -> Client:
    """The unmodified client over our transport. An empty environment: settings come from us."""
    return Client(
        account.account_sid,
        account.auth_tokens[0],
        http_client=Transport(account.api_base_url, account.request_timeout_s, clock),
        environment={"-": "-"},
    )
