"""The one place where errors become HTTP: RFC 9457 problem details with a stable code."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web
from pydantic import ValidationError

from contactcenter.core.errors import (
    Conflict,
    ContactCenterError,
    Denied,
    Invalid,
    NotFound,
    NotSignedIn,
    TransportError,
    Unsupported,
)

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[ContactCenterError], int], ...] = (
    (NotSignedIn, 401),
    (Denied, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Unsupported, 422),
    (Invalid, 400),
    (TransportError, 502),
    (ContactCenterError, 500),
)


class TooMany(ContactCenterError):
    """A rate limit is reached; ``retry_after_s`` says when to come again."""

    code = "too_many_requests"

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message, hint=f"try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class VersionChanged(ContactCenterError):
    """``If-Match`` names a version that is no longer the stored one (RFC 9110 13.1.1)."""

    code = "version_changed"


class KeyReused(ContactCenterError):
    """An ``Idempotency-Key`` came again with another request."""

    code = "idempotency_key_reused"


class TooLarge(ContactCenterError):
    """The body is longer than this place takes."""

    code = "body_too_large"


_WEB_STATUS: Mapping[type[ContactCenterError], int] = {
    TooMany: 429,
    VersionChanged: 412,
    KeyReused: 422,
    TooLarge: 413,
}


def status_of(error: ContactCenterError) -> int:
    """The HTTP status of an expected fault."""
    direct = _WEB_STATUS.get(type(error))
    return direct or next(status for kind, status in _STATUS if isinstance(error, kind))


def reply_of(error: ContactCenterError, request_id: str) -> web.Response:
    """The problem reply of an expected fault."""
    faults = error.details.get("errors")
    answer = reply(
        status_of(error),
        code=error.code,
        detail=error.message,
        hint=error.hint,
        request_id=request_id,
        errors=list(faults) if isinstance(faults, list) else [],
    )
    if isinstance(error, NotSignedIn):
        answer.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def reply(
    status: int,
    *,
    code: str,
    detail: str,
    request_id: str,
    hint: str | None = None,
    errors: list[dict[str, str]] | None = None,
) -> web.Response:
    """A problem reply."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "hint": hint,
        "request_id": request_id,
        "errors": errors or [],
    }
    return web.Response(
        status=status, body=msgspec.json.encode(body), headers={"Content-Type": MEDIA_TYPE}
    )


def malformed(place: str, error: ValidationError) -> Invalid:
    """What pydantic found, as one fault per field: where and what, never the value given."""
    faults = [
        {"where": ".".join([place, *map(str, each["loc"])]), "what": each["msg"]}
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    first = faults[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return Invalid(
        f"{first['where']}: {first['what']}{more}",
        code="malformed_request",
        details={"errors": faults},
    )
