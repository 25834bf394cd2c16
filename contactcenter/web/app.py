"""Builds the aiohttp application from its parts."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from contactcenter.web import guard, health, metrics, middleware
from contactcenter.web.openapi import document
from contactcenter.web.operations import all_operations
from contactcenter.web.pages import desks, sign_in, unsubscribe
from contactcenter.web.ports import SERVICES, Services
from contactcenter.web.serve import AiohttpHandler, handler_of

PREFIX = "/api/v1"


def build(services: Services, extra_routes: Iterable[web.RouteDef] = ()) -> web.Application:
    """The application; it starts and stops with aiohttp's own signals."""
    app = web.Application(
        middlewares=[middleware.outer], client_max_size=services.settings.max_body
    )
    app[SERVICES] = services
    app[guard.LIMITS] = guard.Limits(services.settings)
    app[metrics.METRICS] = metrics.Metrics()
    operations = all_operations()
    for each in operations:
        app.router.add_route(each.method, PREFIX + each.path, handler_of(each))
    app.router.add_get("/api/openapi.json", _serve_json(document(operations)))
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", metrics.page)
    for routes in (sign_in.ROUTES, unsubscribe.ROUTES, desks.ROUTES, extra_routes):
        app.add_routes(routes)
    return app


def _serve_json(body: bytes) -> AiohttpHandler:
    async def serve(request: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": "application/json"})

    return serve
