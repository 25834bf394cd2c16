"""``/healthz``: the process answers. ``/readyz``: it can do its work. ``/metrics``: Prometheus."""

from __future__ import annotations

import asyncio

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import literal, select
from sqlalchemy.exc import SQLAlchemyError

from contactcenter.analytics import floor
from contactcenter.web.floor_records import floor_info
from contactcenter.web.metrics import METRICS
from contactcenter.web.ports import FOLLOWER, SERVICES

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


async def metrics_page(request: web.Request) -> web.Response:
    """``GET /metrics``: the floor's gauges are read at each scrape."""
    services, metrics = request.app[SERVICES], request.app[METRICS]
    counts = request.app[FOLLOWER].counts
    metrics.floor(floor_info(await services.db.read(lambda tx: floor.read(tx, counts))))
    return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})
