"""The Twilio stand-in's REST face: the part of the 2010-04-01 API the product and its tests use.

The table ``ROUTES`` names the actions of ``twilio_actions``; here is what stands before them:
credentials, faults to order, and the way errors are written.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from contactcenter.standins import twilio_actions as actions
from contactcenter.standins.twilio_actions import Desk
from contactcenter.standins.twilio_model import VERSION
from contactcenter.standins.twilio_rules import ApiError, Form, not_found


@dataclass(slots=True)
class Faults:
    """What the API does wrong to the next requests that change something.

    ``busy``: that many get 429 with code 20429. ``lost``: that many are carried out, and then the
    connection breaks before an answer. ``broken``: that many get 503 and nothing is done.
    ``slow_s`` delays every answer.
    """

    busy: int = 0
    lost: int = 0
    broken: int = 0
    slow_s: float = 0.0


@dataclass(slots=True)
class Face:
    """The HTTP side of one account."""

    desk: Desk
    token: str
    faults: Faults = field(default_factory=Faults)
    requests: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self.handle)
        return app

    async def handle(self, request: web.Request) -> web.StreamResponse:
        try:
            self._authorize(request)
            form: dict[str, list[str]] = parse_qs(
                await request.text() if request.method == "POST" else request.query_string,
                keep_blank_values=True,
            )
            self.requests.append((request.method, request.path, form))
            changes = request.method != "GET"
            if changes and self.faults.busy > 0:
                self.faults.busy -= 1
                raise ApiError(429, 20429, "Too Many Requests")
            if changes and self.faults.broken > 0:
                self.faults.broken -= 1
                raise ApiError(503, 20503, "Service unavailable")
            status, body = await self._act(request, form)
            if self.faults.slow_s:
                await asyncio.sleep(self.faults.slow_s)
            if changes and self.faults.lost > 0:
                self.faults.lost -= 1
                if request.transport is not None:
                    request.transport.abort()
                return web.Response(status=500)
        except ApiError as exc:
            return web.json_response(exc.as_json(), status=exc.status)
        return web.Response(status=204) if body is None else web.json_response(body, status=status)

    def _authorize(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        pair = base64.b64encode(f"{self.desk.world.account}:{self.token}".encode()).decode()
        if not hmac.compare_digest(given.encode(), f"Basic {pair}".encode()):
            raise ApiError(401, 20003, "Authenticate")

    async def _act(self, request: web.Request, form: Form) -> tuple[int, Any]:
        prefix = f"/{VERSION}/Accounts/{self.desk.world.account}/"
        if not request.path.startswith(prefix):
            raise not_found(request.path)
        for method, pattern, action in ROUTES:
            found = re.fullmatch(pattern, request.path[len(prefix) :])
            if found and method == request.method:
                status = 201 if action in CREATES else 200
                return status, await action(self.desk, form, *found.groups())
        raise not_found(request.path)


Action = Callable[..., Awaitable[Any]]
CREATES = (
    actions.create_call,
    actions.create_message,
    actions.create_recording,
    actions.create_queue,
)
_SID = r"([A-Za-z]{2}[0-9a-f]{32})"
ROUTES: list[tuple[str, str, Action]] = [
    ("GET", r"Calls\.json", actions.list_calls),
    ("POST", r"Calls\.json", actions.create_call),
    ("GET", rf"Calls/{_SID}\.json", actions.get_call),
    ("POST", rf"Calls/{_SID}\.json", actions.update_call),
    ("POST", rf"Calls/{_SID}/Recordings\.json", actions.create_recording),
    ("GET", rf"Calls/{_SID}/Recordings\.json", actions.list_recordings),
    ("POST", rf"Calls/{_SID}/Recordings/([A-Za-z0-9.]+)\.json", actions.update_recording),
    ("GET", r"Conferences\.json", actions.list_conferences),
    ("GET", rf"Conferences/{_SID}\.json", actions.get_conference),
    ("POST", rf"Conferences/{_SID}\.json", actions.update_conference),
    ("GET", rf"Conferences/{_SID}/Participants\.json", actions.list_participants),
    ("GET", rf"Conferences/{_SID}/Participants/([^/]+)\.json", actions.get_participant),
    ("POST", rf"Conferences/{_SID}/Participants/([^/]+)\.json", actions.update_participant),
    ("DELETE", rf"Conferences/{_SID}/Participants/([^/]+)\.json", actions.kick_participant),
    ("GET", r"Recordings\.json", actions.list_recordings),
    ("GET", rf"Recordings/{_SID}\.json", actions.get_recording),
    ("POST", r"Messages\.json", actions.create_message),
    ("GET", r"Messages\.json", actions.list_messages),
    ("GET", rf"Messages/{_SID}\.json", actions.get_message),
    ("GET", r"Queues\.json", actions.list_queues),
    ("POST", r"Queues\.json", actions.create_queue),
]
