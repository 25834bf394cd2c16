"""For the handset page of the demo: whom to be, and whom to reach."""

from __future__ import annotations

from aiohttp import web

from contactcenter.crm import customers
from contactcenter.web.ports import SERVICES

_SHOWN = 12


def people_routes() -> list[web.RouteDef]:
    """``/handset/people`` and ``/handset/lines``; a demo's customers are nobody's secret."""
    return [web.get("/handset/people", _people), web.get("/handset/lines", _lines)]


async def _people(request: web.Request) -> web.Response:
    db = request.app[SERVICES].db
    found = await db.read(lambda tx: customers.search(tx, "", limit=_SHOWN))
    items = []
    for one in found:
        by_kind = {address.kind: address.value for address in one.addresses}
        items.append(
            {
                "name": one.name or by_kind.get("phone", ""),
                "phone": by_kind.get("phone", ""),
                "email": by_kind.get("email", ""),
                "language": one.language,
            }
        )
    return web.json_response(items)


async def _lines(request: web.Request) -> web.Response:
    lines = request.app[SERVICES].lines
    return web.json_response([{"address": x.address, "channel": x.channel} for x in lines])
