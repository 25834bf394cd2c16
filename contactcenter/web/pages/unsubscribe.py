"""The unsubscribe page. GET shows a button and changes nothing (scanners follow links); POST acts,
without cookie, redirect or confirmation, as RFC 8058 asks of one-click."""

from __future__ import annotations

from aiohttp import web

from contactcenter.core.errors import Invalid, NotFound
from contactcenter.handling import unsubscribe
from contactcenter.handling.unsubscribe import Recipient
from contactcenter.web.pages.render import language_of, near, page
from contactcenter.web.pages.texts import TEXTS
from contactcenter.web.ports import SERVICES

_ONE_CLICK = "One-Click"


async def show(request: web.Request) -> web.StreamResponse:
    """``GET /unsubscribe/{token}``."""
    try:
        to = await _recipient(request)
    except (Invalid, NotFound):
        return _bad_link(request)
    return page(
        request,
        "unsubscribe",
        language=near(to.language),
        address=masked(to.address),
        action=request.path,
    )


async def act(request: web.Request) -> web.StreamResponse:
    """``POST /unsubscribe/{token}``."""
    try:
        to = await _recipient(request)
    except (Invalid, NotFound):
        return _bad_link(request)
    form = await request.post()
    source = "one_click" if form.get("List-Unsubscribe") == _ONE_CLICK else "page"
    await request.app[SERVICES].db.write(lambda tx: unsubscribe.opt_out(tx, to, source))
    language = near(to.language)
    t = TEXTS[language]
    return page(
        request,
        "message",
        language=language,
        title=t["unsubscribed"],
        lead=t["unsubscribed_lead"],
        address=masked(to.address),
        note=t["unsubscribed_note"],
    )


async def _recipient(request: web.Request) -> Recipient:
    services = request.app[SERVICES]
    token = request.match_info["token"]
    return await services.db.read(lambda tx: unsubscribe.recipient(tx, services.secrets, token))


def _bad_link(request: web.Request) -> web.Response:
    t = TEXTS[language_of(request)]
    return page(
        request,
        "message",
        status=404,
        title=t["bad_link"],
        lead=t["bad_link_lead"],
        address="",
        note="",
    )


def masked(address: str) -> str:
    """Enough to recognise one's own address, not enough to learn somebody else's."""
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}{'•' * max(2, len(name) - 1)}@{domain}"
    return f"{address[:3]}{'•' * max(2, len(address) - 6)}{address[-3:]}"


ROUTES = [
    web.get(unsubscribe.PATH + "{token}", show),
    web.post(unsubscribe.PATH + "{token}", act),
]
