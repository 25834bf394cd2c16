"""Builds the aiohttp application from its parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial

from aiohttp import web

from contactcenter.analytics import floor
from contactcenter.analytics.floor import FloorFollower
from contactcenter.core.db import Tx
from contactcenter.crm.log import LOG
from contactcenter.routing.commands import FLOOR_DONE
from contactcenter.web import guard, health, media, metrics, middleware, upkeep, webhooks
from contactcenter.web.comparisons import Comparisons
from contactcenter.web.floor_records import floor_info
from contactcenter.web.kept_up import kept_up
from contactcenter.web.live.hub import HUB, Hub
from contactcenter.web.live.polled import Picture
from contactcenter.web.live.socket import live
from contactcenter.web.openapi import document
from contactcenter.web.operation import FLOOR, Operation
from contactcenter.web.operations import all_operations, all_pictures
from contactcenter.web.pages import desks, sign_in, unsubscribe
from contactcenter.web.ports import COMPARISONS, FOLLOWER, SERVICES, Services
from contactcenter.web.serve import handler_of
from contactcenter.web.shapes.desk import FloorInfo

PREFIX = "/api/v1"


def build(services: Services, extra_routes: Iterable[web.RouteDef] = ()) -> web.Application:
    """The application; its followers start and stop with aiohttp's own signals.

    ``extra_routes`` are mounted behind the same middleware (the handset of the demo).
    """
    app = web.Application(
        middlewares=[middleware.outer], client_max_size=services.settings.max_body
    )
    app[SERVICES] = services
    app[guard.LIMITS] = guard.Limits(services.settings)
    app[metrics.METRICS] = metrics.Metrics()
    app[FOLLOWER] = FloorFollower(services.db, services.bus, services.settings.time_zone)
    app[COMPARISONS] = Comparisons(services.db)
    pictures = [_floor_picture(app), *all_pictures()]
    app[HUB] = Hub(services, pictures, app[metrics.METRICS])
    _add_routes(app, services, extra_routes)
    app.cleanup_ctx.append(_following)
    app.on_shutdown.append(_close_sockets)
    return app


def _add_routes(
    app: web.Application, services: Services, extra_routes: Iterable[web.RouteDef]
) -> None:
    operations = all_operations()
    for each in operations:
        app.router.add_route(each.method, PREFIX + each.path, handler_of(each))
    app.router.add_get(PREFIX + "/live", live)
    app.router.add_get("/api/openapi.json", _Described(operations).serve)
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics_page)
    hooks = webhooks.routes(services.extras.get("receivers", {}))
    played = media.routes(services.extras.get("blobs"), services.secrets)
    for routes in (sign_in.ROUTES, unsubscribe.ROUTES, desks.ROUTES, hooks, played, extra_routes):
        app.add_routes(routes)


def _floor_picture(app: web.Application) -> Picture:
    follower = app[FOLLOWER]

    def read(tx: Tx, part: str) -> FloorInfo:
        return floor_info(floor.read(tx, follower.counts))

    return Picture("floor", "floor", FLOOR, (LOG, FLOOR_DONE), read, gap_s=0.25)


async def _following(app: web.Application) -> AsyncIterator[None]:
    await app[HUB].start()
    db = app[SERVICES].db
    tasks = [
        asyncio.create_task(kept_up(app[FOLLOWER].run), name="floor-follower"),
        asyncio.create_task(kept_up(partial(upkeep.run, db)), name="upkeep"),
    ]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await app[COMPARISONS].stop()
    await app[HUB].stop()


async def _close_sockets(app: web.Application) -> None:
    app[HUB].close_all()


class _Described:
    """The OpenAPI document, made when somebody asks first: a sixth of the start otherwise."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._operations = operations
        self._making = asyncio.Lock()
        self._body = b""

    async def serve(self, request: web.Request) -> web.Response:
        async with self._making:
            if not self._body:
                self._body = await asyncio.to_thread(document, self._operations)
        return web.Response(body=self._body, headers={"Content-Type": "application/json"})
