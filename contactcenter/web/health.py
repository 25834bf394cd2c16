"""``/healthz``: the process answers. ``/readyz``: it can do its work."""

from __future__ import annotations

import asyncio

from aiohttp import web
from sqlalchemy import literal, select
from sqlalchemy.exc import SQLAlchemyError

from contactcenter.web.ports import SERVICES

_PATIENCE_S = 2.0


async def healthz(request: web.Request) -> web.Response:
    """Alive: says nothing of the database, so that its loss does not restart the server."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Ready: the database answers. 503 with the failed part's name, no detail for strangers."""
    parts = {"database": await _database(request)}
    is_ready = all(parts.values())
    words = {name: "ok" if good else "failed" for name, good in parts.items()}
    body = {"status": "ready" if is_ready else "not_ready", "parts": words}
    return web.json_response(body, status=200 if is_ready else 503)


async def _database(request: web.Request) -> bool:
    db = request.app[SERVICES].db
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return bool(await db.read(lambda tx: tx.scalar(select(literal(1)))))
    except (SQLAlchemyError, OSError, TimeoutError):
        return False
