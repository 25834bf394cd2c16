"""Signing in and out by form, without JavaScript; the start page of each role."""

from __future__ import annotations

import contextlib

from aiohttp import web

from contactcenter.core.access.model import LANGUAGES, Role
from contactcenter.core.errors import ContactCenterError, Denied, Invalid, NotSignedIn
from contactcenter.web import guard
from contactcenter.web.live.presence import sign_out_of
from contactcenter.web.pages.render import LANGUAGE_COOKIE, language_of, page
from contactcenter.web.pages.texts import TEXTS
from contactcenter.web.ports import SERVICES
from contactcenter.web.problems import TooMany, status_of
from contactcenter.web.remote import remote_of
from contactcenter.web.serve import is_secure, set_cookie

HOMES: dict[Role, str] = {
    "agent": "/desk/agent",
    "supervisor": "/desk/floor",
    "marketer": "/desk/campaigns",
    "administrator": "/desk/admin",
}
_MAX_FIELD = 500


def local_path(value: str) -> str:
    """A path on this server to go on to, or ""; never another host (``//`` and ``\\`` are)."""
    is_local = value.startswith("/") and not value.startswith("//")
    is_plain = "\\" not in value and value.isprintable() and len(value) <= _MAX_FIELD
    return value if is_local and is_plain else ""


async def role_of(request: web.Request) -> Role | None:
    """The role behind the cookie, or None."""
    token = request.cookies.get(guard.COOKIE)
    if not token:
        return None
    try:
        return (await request.app[SERVICES].access.principal(token)).role
    except NotSignedIn:
        return None


async def start(request: web.Request) -> web.StreamResponse:
    """``GET /``: the desk of one's role, or the sign-in page."""
    role = await role_of(request)
    raise web.HTTPFound(HOMES[role] if role else "/sign-in")


async def show(request: web.Request) -> web.StreamResponse:
    """``GET /sign-in``."""
    onward = local_path(request.query.get("next", ""))
    role = await role_of(request)
    if role is not None:
        raise web.HTTPFound(onward or HOMES[role])
    reply = _form(request, onward=onward)
    if request.query.get("lang") in LANGUAGES:
        _keep_language(request, reply)
    return reply


async def submit(request: web.Request) -> web.StreamResponse:
    """``POST /sign-in``: the cookie and the way on, or the form again with what was wrong."""
    services = request.app[SERVICES]
    form = await request.post()
    name, password = (_field(form.get(each)) for each in ("name", "password"))
    onward = local_path(_field(form.get("next")))
    try:
        guard.check_page(request, services.settings)
        if not name or not password:
            raise Invalid("both fields are needed", code="malformed_request")
        limits, remote = request.app[guard.LIMITS], remote_of(request)
        token, who = await limits.guarded_sign_in(services.access, name, password, remote)
    except (NotSignedIn, TooMany, Denied, Invalid) as error:
        return _refused(request, error, name, onward)
    reply = web.Response(status=303, headers={"Location": onward or HOMES[who.role]})
    set_cookie(reply, guard.COOKIE, token, is_secure=is_secure(request))
    return reply


def _refused(
    request: web.Request, error: ContactCenterError, name: str, onward: str
) -> web.StreamResponse:
    reply = _form(request, fault=error.code, name=name, onward=onward, status=status_of(error))
    if isinstance(error, TooMany):
        reply.headers["Retry-After"] = str(error.retry_after_s)
    return reply


def _field(value: object) -> str:
    return value[:_MAX_FIELD] if isinstance(value, str) else ""


def _form(
    request: web.Request,
    *,
    onward: str = "",
    name: str = "",
    fault: str | None = None,
    status: int = 200,
) -> web.Response:
    choices = [(code, TEXTS[code]["language_name"]) for code in LANGUAGES]
    return page(
        request, "sign_in", next=onward, name=name, fault=fault, choices=choices, status=status
    )


def _keep_language(request: web.Request, reply: web.StreamResponse) -> None:
    reply.set_cookie(
        LANGUAGE_COOKIE,
        language_of(request),
        max_age=31_536_000,
        path="/",
        secure=is_secure(request),
        httponly=True,
        samesite="Lax",
    )


async def ask_sign_out(request: web.Request) -> web.StreamResponse:
    """``GET /sign-out``: a button, because a GET changes nothing."""
    return page(request, "sign_out")


async def sign_out(request: web.Request) -> web.StreamResponse:
    """``POST /sign-out``."""
    services = request.app[SERVICES]
    guard.check_page(request, services.settings)
    token = request.cookies.get(guard.COOKIE)
    reply = web.Response(status=303, headers={"Location": "/sign-in"})
    if token:
        with contextlib.suppress(NotSignedIn):
            await sign_out_of(services.db, await services.access.principal(token))
        set_cookie(reply, guard.COOKIE, None, is_secure=is_secure(request))
    return reply


ROUTES = [
    web.get("/", start),
    web.get("/sign-in", show),
    web.post("/sign-in", submit),
    web.get("/sign-out", ask_sign_out),
    web.post("/sign-out", sign_out),
]
