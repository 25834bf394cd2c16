"""What every request goes through: an id, the errors' mapping, the security headers, counting."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

from aiohttp import web
from sqlalchemy.exc import InterfaceError, OperationalError

from contactcenter.core import logs
from contactcenter.core.errors import ContactCenterError
from contactcenter.web import problems
from contactcenter.web.metrics import METRICS
from contactcenter.web.ports import SERVICES

REQUEST_ID = web.RequestKey("request_id", str)
HEADER = "X-Request-Id"

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data: blob:; "
    "font-src 'self'; "
    "media-src 'self' blob:; "
    "connect-src 'self'; "
    "manifest-src 'self'; "
    "base-uri 'none'; "
    "form-action 'self'; "
    "frame-ancestors 'none'"
)
"""Pages: everything from here, nothing inline (CSP level 3)."""

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""API replies are never a page."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=()",
}


@web.middleware
async def outer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Gives the request an id, turns faults into problem replies, adds the headers."""
    given = request.headers.get(HEADER, "")
    request[REQUEST_ID] = given if _GIVEN_ID.match(given) else uuid4().hex
    logs.bind(request_id=request[REQUEST_ID])
    began = time.perf_counter()
    try:
        reply = await handler(request)
    except web.HTTPException as error:
        reply = _of_http(request, error)
    except ContactCenterError as error:
        reply = problems.reply_of(error, request[REQUEST_ID])
    except (OperationalError, InterfaceError, ConnectionError) as error:
        _log.error("the database did not answer: %s", type(error).__name__)
        reply = _unavailable(request)
    except Exception:  # noqa: BLE001  # the outer edge: nothing of the fault may leave but its id
        _log.exception("request failed")
        reply = problems.reply(
            500,
            code="internal",
            detail="the server failed on this request",
            hint="give the request id to the operator",
            request_id=request[REQUEST_ID],
        )
    _count(request, reply.status, time.perf_counter() - began)
    if not reply.prepared:
        _add_headers(request, reply)
    return reply


def _count(request: web.Request, status: int, seconds: float) -> None:
    """Into the metrics and the log: changes and faults at info, reading at debug."""
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else "none"
    request.app[METRICS].request(request.method, route, status, seconds)
    is_quiet = request.method in ("GET", "HEAD") and status < 400
    # never the path: a link's token stands in it
    fields = {"method": request.method, "route": route, "status": status}
    if "id" in request.match_info:
        fields["id"] = request.match_info["id"][:36]
    _log.log(
        logging.DEBUG if is_quiet else logging.INFO,
        "request",
        extra=fields | {"ms": round(seconds * 1000, 1)},
    )


def _unavailable(request: web.Request) -> web.StreamResponse:
    reply = problems.reply(
        503,
        code="unavailable",
        detail="the database does not answer",
        hint="try again in a moment",
        request_id=request[REQUEST_ID],
    )
    reply.headers["Retry-After"] = "1"
    return reply


def _of_http(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    """aiohttp's own faults (no such path, wrong method) in our form; redirects pass."""
    if error.status < 400:
        return web.Response(status=error.status, headers={"Location": error.headers["Location"]})
    codes = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
    reply = problems.reply(
        error.status,
        code=codes.get(error.status, "bad_request"),
        detail=f"{request.method} {request.path}: {error.reason}",
        request_id=request[REQUEST_ID],
    )
    if isinstance(error, web.HTTPMethodNotAllowed):
        reply.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
    return reply


def _add_headers(request: web.Request, reply: web.StreamResponse) -> None:
    headers = reply.headers
    headers[HEADER] = request[REQUEST_ID]
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    is_page = reply.content_type in ("text/html", "image/svg+xml")
    headers.setdefault("Content-Security-Policy", PAGE_POLICY if is_page else DATA_POLICY)
    if request.path.startswith("/api/"):
        headers.setdefault("Cache-Control", "no-store")
    if (request.app[SERVICES].settings.public_url or "").startswith("https:"):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
