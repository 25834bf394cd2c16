"""The Twilio stand-in's REST face: the part of the 2010-04-01 API the product and its tests use.

Every action is a function of (face, form, path parts); the table ``ROUTES`` names them.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qs

from aiohttp import web

from contactcenter.standins import twilio_conferences as conferences
from contactcenter.standins import twilio_rules as rules
from contactcenter.standins.twilio_exchange import Exchange
from contactcenter.standins.twilio_model import (
    VERSION,
    Call,
    Conference,
    Hooks,
    Participant,
    Queue,
    Recording,
)
from contactcenter.standins.twilio_player import Goto
from contactcenter.standins.twilio_reader import TwimlError, read
from contactcenter.standins.twilio_rules import ApiError, Form, one
from contactcenter.standins.twilio_world import World

CURRENT = "Twilio.CURRENT"


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

    exchange: Exchange
    token: str
    faults: Faults = field(default_factory=Faults)
    requests: list[tuple[str, str, dict[str, list[str]]]] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.exchange.world

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
        pair = base64.b64encode(f"{self.world.account}:{self.token}".encode()).decode()
        if not hmac.compare_digest(given.encode(), f"Basic {pair}".encode()):
            raise ApiError(401, 20003, "Authenticate")

    async def _act(self, request: web.Request, form: Form) -> tuple[int, Any]:
        prefix = f"/{VERSION}/Accounts/{self.world.account}/"
        if not request.path.startswith(prefix):
            raise rules.not_found(request.path)
        for method, pattern, action in ROUTES:
            found = re.fullmatch(pattern, request.path[len(prefix) :])
            if found and method == request.method:
                status = 201 if action in CREATES else 200
                return status, await action(self, form, *found.groups())
        raise rules.not_found(request.path)

    def call(self, sid: str) -> Call:
        return _known(self.world.calls, sid, "Calls")

    def conference(self, sid: str) -> Conference:
        return _known(self.world.conferences, sid, "Conferences")

    def participant(self, conference: str, who: str) -> tuple[Conference, Participant]:
        """By call or by label, of a conference that is running."""
        room = self.conference(conference)
        for sid, inside in room.inside.items():
            if who in (sid, inside.label):
                return room, inside
        raise rules.not_found(f"Conferences/{conference}/Participants/{who}")


Action = Callable[..., Awaitable[Any]]
T = TypeVar("T")


def _known(things: dict[str, T], sid: str, kind: str) -> T:
    if sid not in things:
        raise rules.not_found(f"/{kind}/{sid}.json")
    return things[sid]


def _page(form: Form, key: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    """One page, the newest first."""
    size = rules.check_whole(form, "PageSize", 1, 1000, 50, 20001)
    number = rules.check_whole(form, "Page", 0, 10_000, 0, 20001)
    shown = items[::-1][number * size : (number + 1) * size]
    more = len(items) > (number + 1) * size
    following = f"/{VERSION}/{key}.json?Page={number + 1}&PageSize={size}" if more else None
    return {
        key: shown, "page": number, "page_size": size, "start": number * size,
        "end": number * size + len(shown) - 1, "uri": "", "first_page_uri": "",
        "next_page_uri": following, "previous_page_uri": None,
    }  # fmt: skip


def _since(form: Form, name: str) -> datetime | None:
    value = one(form, name)
    try:
        return datetime.fromisoformat(value) if value else None
    except ValueError as exc:
        raise ApiError(400, 20001, f"Invalid {name}: {value}") from exc


def _document(form: Form) -> Goto | str:
    """What a call shall play; a document given outright is read at once."""
    twiml = one(form, "Twiml")
    if not twiml:
        return Goto(one(form, "Url"))
    try:
        read(twiml)
    except TwimlError as exc:
        raise ApiError(400, exc.code, str(exc)) from exc
    return twiml


async def list_calls(face: Face, form: Form) -> Any:
    rules.check_known("list calls", form)
    wanted = {"to": one(form, "To"), "from_": one(form, "From"), "status": one(form, "Status")}
    found = [
        call.as_json()
        for call in face.world.calls.values()
        if all(not value or getattr(call, name) == value for name, value in wanted.items())
    ]
    return _page(form, "calls", found)


async def create_call(face: Face, form: Form) -> Any:
    rules.check_new_call(form, face.world.numbers)
    events = rules.check_events(form, "StatusCallbackEvent", rules.CALL_EVENTS, 21626)
    call = face.exchange.outbound(
        to=one(form, "To"),
        from_=one(form, "From"),
        start=_document(form),
        timeout_s=int(one(form, "Timeout", "60")),
        hooks=Hooks(one(form, "StatusCallback"), events),
        machine_hook=one(form, "AsyncAmdStatusCallback"),
    )
    return call.as_json()


async def get_call(face: Face, form: Form, sid: str) -> Any:
    return face.call(sid).as_json()


async def update_call(face: Face, form: Form, sid: str) -> Any:
    rules.check_known("update call", form)
    call = face.call(sid)
    status = rules.check_choice(form, "Status", {"completed", "canceled"})
    rules.check_document(form, needed=not status)
    if status:
        if not call.live:
            raise ApiError(400, 21220, "Call is not in-progress.")
        ringing = call.status in ("queued", "ringing")
        await face.exchange.hang_up(call, "canceled" if ringing else "completed")
    else:
        await face.exchange.redirect(call, _document(form))
    return call.as_json()


async def list_conferences(face: Face, form: Form) -> Any:
    rules.check_known("list conferences", form)
    name, status = one(form, "FriendlyName"), one(form, "Status")
    # A conference its first party waits in is already listed as in progress.
    found = [
        room.as_json() | ({"status": "in-progress"} if room.status == "init" else {})
        for room in face.world.conferences.values()
        if (not name or room.name == name)
        and (
            not status or status == room.status or (status, room.status) == ("in-progress", "init")
        )
    ]
    return _page(form, "conferences", found)


async def get_conference(face: Face, form: Form, sid: str) -> Any:
    return face.conference(sid).as_json()


async def update_conference(face: Face, form: Form, sid: str) -> Any:
    rules.check_known("update conference", form)
    room = face.conference(sid)
    if rules.check_choice(form, "Status", {"completed"}):
        conferences.end(face.world, room, "conference-ended-via-api")
    return room.as_json()


async def list_participants(face: Face, form: Form, sid: str) -> Any:
    rules.check_known("list participants", form)
    room = face.conference(sid)
    return _page(form, "participants", [room.participant_json(p) for p in room.inside.values()])


async def get_participant(face: Face, form: Form, sid: str, who: str) -> Any:
    room, inside = face.participant(sid, who)
    return room.participant_json(inside)


async def update_participant(face: Face, form: Form, sid: str, who: str) -> Any:
    rules.check_known("update participant", form)
    room, inside = face.participant(sid, who)
    wish = {name: rules.check_choice(form, name, {"true", "false"}) for name in ("Muted", "Hold")}
    conferences.change(
        face.world,
        room,
        inside,
        muted=wish["Muted"] == "true" if wish["Muted"] else None,
        hold=wish["Hold"] == "true" if wish["Hold"] else None,
    )
    return room.participant_json(inside)


async def kick_participant(face: Face, form: Form, sid: str, who: str) -> Any:
    _, inside = face.participant(sid, who)
    conferences.leave(face.world, inside.call, "participant_updated_via_api")
    return None


async def create_recording(face: Face, form: Form, sid: str) -> Any:
    rules.check_known("create recording", form)
    rules.check_events(form, "RecordingStatusCallbackEvent", rules.RECORDING_EVENTS, 20001)
    call = face.call(sid)
    if call.status != "in-progress":
        raise ApiError(400, 21220, "Requested resource is not eligible for recording")
    channels = rules.check_choice(form, "RecordingChannels", {"mono", "dual"})
    recording = Recording(face.world.account, sid, face.world.clock.now(), "StartCallRecordingAPI")
    recording.channels = 2 if channels == "dual" else 1
    recording.hook = rules.check_url(form, "RecordingStatusCallback", 21609)
    face.world.recordings[recording.sid] = recording
    return recording.as_json()


async def update_recording(face: Face, form: Form, sid: str, which: str) -> Any:
    rules.check_known("update recording", form)
    running = face.world.running(sid)
    chosen = [r for r in running if which in (r.sid, CURRENT)]
    if not chosen:
        raise rules.not_found(f"/Calls/{sid}/Recordings/{which}.json")
    status = rules.check_choice(form, "Status", {"in-progress", "paused", "stopped"})
    rules.check_choice(form, "PauseBehavior", {"skip", "silence"})
    if status == "stopped":
        face.world.finish_recording(chosen[-1])
    elif status:
        chosen[-1].status = status
    return chosen[-1].as_json()


async def list_recordings(face: Face, form: Form, sid: str = "") -> Any:
    rules.check_known("list recordings", form)
    wanted = sid or one(form, "CallSid")
    found = [r.as_json() for r in face.world.recordings.values() if not wanted or r.call == wanted]
    return _page(form, "recordings", found)


async def get_recording(face: Face, form: Form, sid: str) -> Any:
    return _known(face.world.recordings, sid, "Recordings").as_json()


async def create_message(face: Face, form: Form) -> Any:
    rules.check_new_message(form, face.world.numbers, face.world.stopped)
    message = face.exchange.text_out(
        to=one(form, "To"),
        from_=one(form, "From"),
        body=one(form, "Body"),
        hook=one(form, "StatusCallback"),
    )
    return message.as_json()


async def list_messages(face: Face, form: Form) -> Any:
    rules.check_known("list messages", form)
    to, from_, after = one(form, "To"), one(form, "From"), _since(form, "DateSent>")
    found = [
        message.as_json()
        for message in face.world.messages.values()
        if (not to or message.to == to)
        and (not from_ or message.from_ == from_)
        and (after is None or message.created >= after)
    ]
    return _page(form, "messages", found)


async def get_message(face: Face, form: Form, sid: str) -> Any:
    return _known(face.world.messages, sid, "Messages").as_json()


async def list_queues(face: Face, form: Form) -> Any:
    rules.check_known("list queues", form)
    return _page(form, "queues", [queue.as_json() for queue in face.world.queues.values()])


async def create_queue(face: Face, form: Form) -> Any:
    rules.check_known("create queue", form)
    name = one(form, "FriendlyName")
    if not name or name in face.world.queues:
        raise ApiError(400, 22003 if name else 22001, "Queue name is missing or taken.")
    queue = Queue(face.world.account, name, face.world.clock.now())
    queue.max_size = rules.check_whole(form, "MaxSize", 0, 5000, 1000, 20001)
    face.world.queues[name] = queue
    return queue.as_json()


CREATES = (create_call, create_message, create_recording, create_queue)
_SID = r"([A-Za-z]{2}[0-9a-f]{32})"
ROUTES: list[tuple[str, str, Action]] = [
    ("GET", r"Calls\.json", list_calls),
    ("POST", r"Calls\.json", create_call),
    ("GET", rf"Calls/{_SID}\.json", get_call),
    ("POST", rf"Calls/{_SID}\.json", update_call),
    ("POST", rf"Calls/{_SID}/Recordings\.json", create_recording),
    ("GET", rf"Calls/{_SID}/Recordings\.json", list_recordings),
    ("POST", rf"Calls/{_SID}/Recordings/([A-Za-z0-9.]+)\.json", update_recording),
    ("GET", r"Conferences\.json", list_conferences),
    ("GET", rf"Conferences/{_SID}\.json", get_conference),
    ("POST", rf"Conferences/{_SID}\.json", update_conference),
    ("GET", rf"Conferences/{_SID}/Participants\.json", list_participants),
    ("GET", rf"Conferences/{_SID}/Participants/([^/]+)\.json", get_participant),
    ("POST", rf"Conferences/{_SID}/Participants/([^/]+)\.json", update_participant),
    ("DELETE", rf"Conferences/{_SID}/Participants/([^/]+)\.json", kick_participant),
    ("GET", r"Recordings\.json", list_recordings),
    ("GET", rf"Recordings/{_SID}\.json", get_recording),
    ("POST", r"Messages\.json", create_message),
    ("GET", r"Messages\.json", list_messages),
    ("GET", rf"Messages/{_SID}\.json", get_message),
    ("GET", r"Queues\.json", list_queues),
    ("POST", r"Queues\.json", create_queue),
]
