"""What the Twilio stand-in's REST face does: one function per action.

Each takes the desk, the form (of a GET, its query) and the parts of the path, and returns what is
written as JSON. Raises ``ApiError``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

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
T = TypeVar("T")


@dataclass(slots=True)
class Desk:
    """Finds what a path names."""

    exchange: Exchange

    @property
    def world(self) -> World:
        return self.exchange.world

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


async def list_calls(desk: Desk, form: Form) -> Any:
    rules.check_known("list calls", form)
    wanted = {"to": one(form, "To"), "from_": one(form, "From"), "status": one(form, "Status")}
    found = [
        call.as_json()
        for call in desk.world.calls.values()
        if all(not value or getattr(call, name) == value for name, value in wanted.items())
    ]
    return _page(form, "calls", found)


async def create_call(desk: Desk, form: Form) -> Any:
    rules.check_new_call(form, desk.world.numbers)
    events = rules.check_events(form, "StatusCallbackEvent", rules.CALL_EVENTS, 21626)
    call = desk.exchange.outbound(
        to=one(form, "To"),
        from_=one(form, "From"),
        start=_document(form),
        timeout_s=int(one(form, "Timeout", "60")),
        hooks=Hooks(one(form, "StatusCallback"), events),
        machine_hook=one(form, "AsyncAmdStatusCallback"),
    )
    return call.as_json()


async def get_call(desk: Desk, form: Form, sid: str) -> Any:
    return desk.call(sid).as_json()


async def update_call(desk: Desk, form: Form, sid: str) -> Any:
    rules.check_known("update call", form)
    call = desk.call(sid)
    status = rules.check_choice(form, "Status", {"completed", "canceled"})
    rules.check_document(form, needed=not status)
    if status:
        if not call.live:
            raise ApiError(400, 21220, "Call is not in-progress.")
        ringing = call.status in ("queued", "ringing")
        await desk.exchange.hang_up(call, "canceled" if ringing else "completed")
    else:
        await desk.exchange.redirect(call, _document(form))
    return call.as_json()


async def list_conferences(desk: Desk, form: Form) -> Any:
    rules.check_known("list conferences", form)
    name, status = one(form, "FriendlyName"), one(form, "Status")
    # A conference its first party waits in is already listed as in progress.
    found = [
        room.as_json() | ({"status": "in-progress"} if room.status == "init" else {})
        for room in desk.world.conferences.values()
        if (not name or room.name == name)
        and (
            not status or status == room.status or (status, room.status) == ("in-progress", "init")
        )
    ]
    return _page(form, "conferences", found)


async def get_conference(desk: Desk, form: Form, sid: str) -> Any:
    return desk.conference(sid).as_json()


async def update_conference(desk: Desk, form: Form, sid: str) -> Any:
    rules.check_known("update conference", form)
    room = desk.conference(sid)
    if rules.check_choice(form, "Status", {"completed"}):
        conferences.end(desk.world, room, "conference-ended-via-api")
    return room.as_json()


async def list_participants(desk: Desk, form: Form, sid: str) -> Any:
    rules.check_known("list participants", form)
    room = desk.conference(sid)
    return _page(form, "participants", [room.participant_json(p) for p in room.inside.values()])


async def get_participant(desk: Desk, form: Form, sid: str, who: str) -> Any:
    room, inside = desk.participant(sid, who)
    return room.participant_json(inside)


async def update_participant(desk: Desk, form: Form, sid: str, who: str) -> Any:
    rules.check_known("update participant", form)
    room, inside = desk.participant(sid, who)
    wish = {name: rules.check_choice(form, name, {"true", "false"}) for name in ("Muted", "Hold")}
    conferences.change(
        desk.world,
        room,
        inside,
        muted=wish["Muted"] == "true" if wish["Muted"] else None,
        hold=wish["Hold"] == "true" if wish["Hold"] else None,
    )
    return room.participant_json(inside)


async def kick_participant(desk: Desk, form: Form, sid: str, who: str) -> Any:
    _, inside = desk.participant(sid, who)
    conferences.leave(desk.world, inside.call, "participant_updated_via_api")
    return None


async def create_recording(desk: Desk, form: Form, sid: str) -> Any:
    rules.check_known("create recording", form)
    rules.check_events(form, "RecordingStatusCallbackEvent", rules.RECORDING_EVENTS, 20001)
    call = desk.call(sid)
    if call.status != "in-progress":
        raise ApiError(400, 21220, "Requested resource is not eligible for recording")
    channels = rules.check_choice(form, "RecordingChannels", {"mono", "dual"})
    recording = Recording(desk.world.account, sid, desk.world.clock.now(), "StartCallRecordingAPI")
    recording.channels = 2 if channels == "dual" else 1
    recording.hook = rules.check_url(form, "RecordingStatusCallback", 21609)
    desk.world.recordings[recording.sid] = recording
    return recording.as_json()


async def update_recording(desk: Desk, form: Form, sid: str, which: str) -> Any:
    rules.check_known("update recording", form)
    running = desk.world.running(sid)
    chosen = [r for r in running if which in (r.sid, CURRENT)]
    if not chosen:
        raise rules.not_found(f"/Calls/{sid}/Recordings/{which}.json")
    status = rules.check_choice(form, "Status", {"in-progress", "paused", "stopped"})
    rules.check_choice(form, "PauseBehavior", {"skip", "silence"})
    if status == "stopped":
        desk.world.finish_recording(chosen[-1])
    elif status:
        chosen[-1].status = status
    return chosen[-1].as_json()


async def list_recordings(desk: Desk, form: Form, sid: str = "") -> Any:
    rules.check_known("list recordings", form)
    wanted = sid or one(form, "CallSid")
    found = [r.as_json() for r in desk.world.recordings.values() if not wanted or r.call == wanted]
    return _page(form, "recordings", found)


async def get_recording(desk: Desk, form: Form, sid: str) -> Any:
    return _known(desk.world.recordings, sid, "Recordings").as_json()


async def create_message(desk: Desk, form: Form) -> Any:
    rules.check_new_message(form, desk.world.numbers, desk.world.stopped)
    message = desk.exchange.text_out(
        to=one(form, "To"),
        from_=one(form, "From"),
        body=one(form, "Body"),
        hook=one(form, "StatusCallback"),
    )
    return message.as_json()


async def list_messages(desk: Desk, form: Form) -> Any:
    rules.check_known("list messages", form)
    to, from_, after = one(form, "To"), one(form, "From"), _since(form, "DateSent>")
    found = [
        message.as_json()
        for message in desk.world.messages.values()
        if (not to or message.to == to)
        and (not from_ or message.from_ == from_)
        and (after is None or message.created >= after)
    ]
    return _page(form, "messages", found)


async def get_message(desk: Desk, form: Form, sid: str) -> Any:
    return _known(desk.world.messages, sid, "Messages").as_json()


async def list_queues(desk: Desk, form: Form) -> Any:
    rules.check_known("list queues", form)
    return _page(form, "queues", [queue.as_json() for queue in desk.world.queues.values()])


async def create_queue(desk: Desk, form: Form) -> Any:
    rules.check_known("create queue", form)
    name = one(form, "FriendlyName")
    if not name or name in desk.world.queues:
        raise ApiError(400, 22003 if name else 22001, "Queue name is missing or taken.")
    queue = Queue(desk.world.account, name, desk.world.clock.now())
    queue.max_size = rules.check_whole(form, "MaxSize", 0, 5000, 1000, 20001)
    desk.world.queues[name] = queue
    return queue.as_json()
