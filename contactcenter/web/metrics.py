"""Prometheus metrics of this server node, in a registry of its own."""

from __future__ import annotations

from collections import Counter as Counted

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from contactcenter.web.shapes.desk import FloorInfo

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """The counters and gauges; names begin with ``contactcenter_``."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "contactcenter_http_requests",
            "Requests answered",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "contactcenter_http_request_seconds",
            "Time to answer a request",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.events = Counter(
            "contactcenter_log_events",
            "Events of the interaction log seen by this node",
            ["kind"],
            registry=self.registry,
        )
        self.sockets = Gauge(
            "contactcenter_live_sockets", "Open live sockets", registry=self.registry
        )
        self.waiting = Gauge(
            "contactcenter_floor_waiting",
            "Interactions waiting for an agent",
            ["queue"],
            registry=self.registry,
        )
        self.agents = Gauge(
            "contactcenter_floor_agents", "Agents by state", ["state"], registry=self.registry
        )
        self.in_menu = Gauge(
            "contactcenter_floor_in_menu", "Calls in a menu", registry=self.registry
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request under its route's pattern, never under its path."""
        self._requests.labels(method, route, str(status)).inc()
        if status != 101:
            self._seconds.labels(route).observe(seconds)

    def floor(self, info: FloorInfo) -> None:
        """Set the gauges of the floor."""
        for row in info.queues:
            self.waiting.labels(row.name).set(row.waiting)
        states = Counted(agent.state for agent in info.agents)
        for state in ("offline", "available", "reserved", "busy", "wrap_up", "away"):
            self.agents.labels(state).set(states[state])
        self.in_menu.set(info.calls_in_menu)

    def text(self) -> bytes:
        return generate_latest(self.registry)


METRICS = web.AppKey("metrics", Metrics)
