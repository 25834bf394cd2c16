"""Who asks, whether this page of ours asked, and how often: checked before every handler."""

from __future__ import annotations

import base64
import hmac
import math
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

from contactcenter.core.access.accounts import Access
from contactcenter.core.access.model import Principal
from contactcenter.core.access.tokens import digest_of
from contactcenter.core.errors import Denied, NotSignedIn
from contactcenter.core.secrets import Secrets
from contactcenter.web.ports import Services, WebSettings
from contactcenter.web.problems import TooMany

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import MovingWindowRateLimiter

COOKIE = "cc_session"
CSRF_HEADER = "X-CSRF-Token"


class Limits:
    """Rate limits of this server node."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings

    # made at the first request that counts, not at the start: ``limits`` brings every storage

    @cached_property
    def _window(self) -> MovingWindowRateLimiter:
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        return MovingWindowRateLimiter(MemoryStorage())

    @cached_property
    def _sign_in(self) -> RateLimitItem:
        return _per_minute(self._settings.sign_in_per_min)

    @cached_property
    def _api(self) -> RateLimitItem:
        return _per_minute(self._settings.api_per_min)

    async def guarded_sign_in(
        self, access: Access, name: str, password: str, remote: str
    ) -> tuple[str, Principal]:
        """Sign in; ``TooMany`` after too many failures under this name from this address."""
        key = ("sign-in", name, remote)
        if not self._window.test(self._sign_in, *key):
            raise self._too_many(self._sign_in, *key)
        try:
            return await access.sign_in(name, password)
        except NotSignedIn:
            self._window.hit(self._sign_in, *key)
            raise

    def api(self, who: str) -> None:
        """Count a request; ``TooMany`` above the limit."""
        if not self._window.hit(self._api, "api", who):
            raise self._too_many(self._api, "api", who)

    def _too_many(self, limit: RateLimitItem, *key: str) -> TooMany:
        import time

        reset = self._window.get_window_stats(limit, *key).reset_time
        return TooMany("too many requests", max(1, math.ceil(reset - time.time())))


def _per_minute(count: int) -> RateLimitItem:
    from limits import RateLimitItemPerMinute

    return RateLimitItemPerMinute(count)


LIMITS = web.AppKey("limits", Limits)


def token_of(request: web.Request) -> tuple[str | None, bool]:
    """The token and whether it came as a cookie. A bearer header wins; the query is never read."""
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotSignedIn("Authorization: expected Bearer and a token")
        return token.strip(), False
    return request.cookies.get(COOKIE), True


def csrf_of(secrets: Secrets, token: str) -> str:
    """The CSRF value of a session: derived, so that nothing more is stored."""
    return _csrf_text(secrets.mac("csrf", digest_of(token))).decode()


def is_csrf(secrets: Secrets, token: str, given: str) -> bool:
    """Whether ``given`` is the session's CSRF value under any key in force."""
    digest = digest_of(token)
    return any(
        hmac.compare_digest(_csrf_text(hmac.digest(key, digest, "sha256")), given.encode())
        for key in secrets.keys("csrf")
    )


def _csrf_text(mac: bytes) -> bytes:
    return base64.urlsafe_b64encode(mac[:18])


def check_page(request: web.Request, settings: WebSettings) -> None:
    """``Denied`` when a browser says that another site's page asks (Fetch Metadata, Origin)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site not in (None, "same-origin", "none"):
        raise Denied("this request comes from another site's page", code="cross_site")
    origin = request.headers.get("Origin")
    if origin is not None and not _is_ours(origin, request, settings):
        raise Denied(
            "this request comes from another origin",
            code="cross_site",
            hint="set CC_PUBLIC_URL to the address browsers use",
        )


def check_socket(request: web.Request, settings: WebSettings) -> None:
    """``Denied`` unless a socket opened with the cookie says that our own page asks: browsers send
    cookies with sockets from any page, and always an Origin."""
    if "Authorization" in request.headers:
        return
    if "Origin" not in request.headers:
        raise Denied("a socket with a cookie needs an Origin", code="cross_site")
    check_page(request, settings)


def nobody() -> NotSignedIn:
    """What to raise when somebody must be signed in."""
    return NotSignedIn("the sign-in is missing or has ended", hint="sign in")


def _is_ours(origin: str, request: web.Request, settings: WebSettings) -> bool:
    if settings.public_url is not None and _origin(settings.public_url) == origin:
        return True
    return urlsplit(origin).netloc == request.host


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def caller(request: web.Request, services: Services) -> tuple[Principal | None, str]:
    """Who asks (None: nobody) and the CSRF value of the session."""
    token, by_cookie = token_of(request)
    if not token:
        return None, ""
    who = await services.access.principal(token)
    if by_cookie and request.method not in ("GET", "HEAD"):
        check_page(request, services.settings)
        if not is_csrf(services.secrets, token, request.headers.get(CSRF_HEADER, "")):
            raise Denied(
                f"{CSRF_HEADER} is missing or belongs to another sign-in",
                code="csrf",
                hint="take csrf from GET /api/v1/session",
            )
    return who, csrf_of(services.secrets, token)
