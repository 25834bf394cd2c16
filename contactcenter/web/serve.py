"""Runs an operation for a request: who, how often, what; then the handler; then the reply."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pydantic_core
from aiohttp import web
from pydantic import BaseModel, ValidationError

from contactcenter.core.errors import ContactCenterError, Invalid
from contactcenter.web import guard, idempotency
from contactcenter.web.call import Call, etag_of, parse_if_match
from contactcenter.web.middleware import REQUEST_ID
from contactcenter.web.operation import Operation
from contactcenter.web.ports import COMPARISONS, FOLLOWER, SERVICES
from contactcenter.web.problems import TooLarge, malformed
from contactcenter.web.remote import remote_of

AiohttpHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]

JSON = "application/json"


def handler_of(operation: Operation) -> AiohttpHandler:
    """The aiohttp handler of an operation."""

    async def handle(request: web.Request) -> web.StreamResponse:
        call = await _call(request, operation)
        arguments = await _arguments(request, operation)
        if call.idempotency_key is None or call.principal is None:
            return await _run(operation, call, arguments)
        return await _run_once(request, operation, call, arguments)

    return handle


async def _call(request: web.Request, operation: Operation) -> Call:
    """Authenticate, authorise, count; the call its handler will see."""
    services = request.app[SERVICES]
    who, csrf = None, ""
    if operation.roles is None:
        if operation.is_unsafe:
            guard.check_page(request, services.settings)
    else:
        who, csrf = await guard.caller(request, services)
    call = Call(
        services=services,
        limits=request.app[guard.LIMITS],
        follower=request.app[FOLLOWER],
        comparisons=request.app[COMPARISONS],
        request_id=request[REQUEST_ID],
        principal=who,
        csrf=csrf,
        remote=remote_of(request),
        is_secure=is_secure(request),
    )
    if operation.roles is not None:
        call.who.need(operation.roles)
        call.limits.api(str(call.who.id))
    if operation.has_version and operation.is_unsafe:
        call.if_match = parse_if_match(request.headers.get("If-Match"))
    if operation.is_idempotent:
        call.idempotency_key = idempotency.checked_key(request.headers.get(idempotency.HEADER))
    return call


def is_secure(request: web.Request) -> bool:
    """Whether browsers reach us by https, so that cookies may be Secure."""
    public = request.app[SERVICES].settings.public_url
    return request.secure or (public or "").startswith("https:")


async def _arguments(request: web.Request, operation: Operation) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for name, adapter in operation.parts.items():
        try:
            arguments[name] = adapter.validate_python(request.match_info[name])
        except ValidationError as error:
            raise malformed(f"path.{name}", error) from None
    if operation.query is not None:
        arguments["query"] = _query(request, operation.query)
    elif request.query:
        raise Invalid(f"query.{next(iter(request.query))}: unknown", code="malformed_request")
    if operation.body is not None:
        is_absent = not operation.needs_body and not request.body_exists
        arguments["body"] = None if is_absent else await _body(request, operation.body)
    return arguments


def _query(request: web.Request, kind: type[BaseModel]) -> BaseModel:
    names = list(request.query)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Invalid(f"query.{twice}: given more than once", code="malformed_request")
    try:
        return kind.model_validate(dict(request.query))
    except ValidationError as error:
        raise malformed("query", error) from None


async def _body(request: web.Request, kind: type[BaseModel]) -> BaseModel:
    if request.content_type != JSON:
        raise Invalid(f"the body must be {JSON}", code="malformed_request")
    raw = await read_body(request)
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        raise malformed("body", error) from None


async def read_body(request: web.Request) -> bytes:
    """The whole body; ``TooLarge`` above the configured size."""
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        limit = request.app[SERVICES].settings.max_body
        raise TooLarge(f"the body is longer than {limit} bytes") from None


async def _run(operation: Operation, call: Call, arguments: dict[str, Any]) -> web.Response:
    result = await operation.handler(call, **arguments)
    status, body = _encode(operation, call, result)
    return _reply(call, status, body)


async def _run_once(
    request: web.Request, operation: Operation, call: Call, arguments: dict[str, Any]
) -> web.Response:
    db, who, key = call.services.db, call.who, call.idempotency_key or ""
    mark = idempotency.fingerprint(request.method, request.path_qs, await read_body(request))
    kept = await idempotency.claim(db, who.id, key, mark)
    if kept is not None:
        call.etag = kept.etag
        repeated = _reply(call, kept.status, kept.body)
        repeated.headers["Idempotency-Replayed"] = "true"
        return repeated
    try:
        result = await operation.handler(call, **arguments)
    except ContactCenterError:
        await idempotency.release(db, who.id, key)
        raise
    status, body = _encode(operation, call, result)
    await idempotency.keep(db, who.id, key, idempotency.Kept(status, body, call.etag))
    return _reply(call, status, body)


def _encode(operation: Operation, call: Call, result: Any) -> tuple[int, bytes]:
    if result is None:
        return 204, b""
    status = next(
        (code for code, kind in operation.replies.items() if kind and type(result) is kind),
        operation.status,
    )
    return call.status or status, pydantic_core.to_json(result)


def _reply(call: Call, status: int, body: bytes) -> web.Response:
    reply = web.Response(status=status, body=body or None)
    if body:
        reply.headers["Content-Type"] = JSON
    if call.etag is not None:
        reply.headers["ETag"] = etag_of(call.etag)
    for name, value in call.cookies.items():
        set_cookie(reply, name, value, is_secure=call.is_secure)
    return reply


def set_cookie(reply: web.StreamResponse, name: str, value: str | None, *, is_secure: bool) -> None:
    """Give the session cookie, or take it away (None). It ends with the browser's session."""
    if value is None:
        reply.del_cookie(name, path="/", secure=is_secure, httponly=True, samesite="Lax")
    else:
        reply.set_cookie(name, value, path="/", secure=is_secure, httponly=True, samesite="Lax")
