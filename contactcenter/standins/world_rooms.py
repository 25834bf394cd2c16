"""Rooms of the simulated world: who hears whom, hold, mute, captions, recordings.

Speech is text here. "Connected" means: both legs in one room; what either says becomes a caption
on the other unless muted or on hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol

from contactcenter.channels.voice import world as protocol
from contactcenter.channels.voice.steps import Role
from contactcenter.core.clock import Clock
from contactcenter.core.errors import Conflict, Invalid, NotFound
from contactcenter.core.ids import derived_id
from contactcenter.standins.world_state import Leg, Recording, Room, hears
from contactcenter.standins.world_store import WorldStore


class Emit(Protocol):
    def __call__(self, leg: Leg, kind: Callable[..., Any], **values: object) -> None: ...


def _unheard(leg: Leg, kind: Callable[..., Any], **values: object) -> None:
    """Stands until the calls bind their own ``emit``."""


class Rooms:
    """Rooms by name; a room exists while a leg is in it."""

    def __init__(self, clock: Clock, store: WorldStore) -> None:
        self._clock = clock
        self._store = store
        self.rooms: dict[str, Room] = {}
        self.emit: Emit = _unheard

    def join(self, leg: Leg, name: str, role: Role) -> None:
        if not leg.is_up:
            raise Conflict(f"the leg {leg.id} is not up yet", code="leg_not_up")
        if leg.room is not None and leg.room.name == name:
            leg.role = role
            return
        self.leave(leg)
        self._enter(leg, self.rooms.setdefault(name, Room(name)), role)
        self.emit(leg, protocol.RoomJoined, room=name)

    def connect_privately(self, leg: Leg, far: Leg) -> None:
        """The two ends of a ``Dial`` hear each other; the server is not told of the room."""
        room = self.rooms.setdefault(f"dial:{leg.id}", Room(f"dial:{leg.id}", private=True))
        self._enter(leg, room, "customer")
        self._enter(far, room, "agent")

    def leave(self, leg: Leg, reason: str = "taken_out") -> None:
        room = leg.room
        if room is None:
            return
        if len(room.legs) == 1:
            self._finish(leg, room.recording)
            room.recording = None
            del self.rooms[room.name]
        room.legs.remove(leg)
        leg.room = None
        self._set_held(leg, False)
        if leg.phone is not None:
            leg.phone.connected = False
        if not room.private:
            self.emit(leg, protocol.RoomLeft, room=room.name, reason=reason)

    def hold(self, leg: Leg, on: bool) -> None:
        if leg.room is None:
            raise Conflict("the leg is in no room", code="not_in_room", hint="join it first")
        self._set_held(leg, on)

    def mute(self, leg: Leg, on: bool) -> None:
        if leg.muted != on:
            leg.muted = on
            self.emit(leg, protocol.MuteSet, on=on)

    def speak(self, leg: Leg, text: str, language: str = "") -> bool:
        """``leg`` says ``text`` into its room; whether anybody heard it."""
        room = leg.room
        if room is None:
            raise Conflict("the leg is in no room", code="not_in_room", hint="join it first")
        listeners = [each for each in room.legs if hears(each, leg)]
        if room.recording is not None and not leg.held and not leg.muted:
            room.recording.take(self._clock.now(), leg.role, text)
        for listener in listeners:
            if listener.phone is not None:
                listener.phone.show("caption", **{"from": leg.party, "text": text})
        if listeners and not room.private:
            self.emit(leg, protocol.Caption, text=text, language=language)
        return bool(listeners)

    # -- recordings ----------------------------------------------------------------------------

    def record_room(self, op_id: str, name: str, action: str) -> None:
        room = self.rooms.get(name)
        if room is None:
            raise NotFound(f"there is no room {name}", hint="a room exists while a leg is in it")
        if action == "start" and room.recording is None:
            room.recording = self._new_recording(op_id)
        elif action == "stop":
            owner = next((leg for leg in room.legs if leg.role == "customer"), room.legs[0])
            self._finish(owner, room.recording)
            room.recording = None
        elif room.recording is not None:
            room.recording.paused = action == "pause"

    def record_leg(self, op_id: str, leg: Leg, action: str) -> None:
        if action == "start" and leg.recording is None:
            leg.recording = self._new_recording(op_id)
        elif action == "stop":
            self.stop_leg_recording(leg)
        elif action in ("pause", "resume"):
            raise Invalid("a leg's own recording can only start and stop")

    def stop_leg_recording(self, leg: Leg) -> None:
        self._finish(leg, leg.recording)
        leg.recording = None

    def fetch(self, media: str) -> str:
        body = self._store.recording(media)
        if body is None:
            raise NotFound(f"there is no recording {media}")
        return body

    # -- inside --------------------------------------------------------------------------------

    def _enter(self, leg: Leg, room: Room, role: Role) -> None:
        leg.room, leg.role = room, role
        room.legs.append(leg)
        talking = [each for each in room.legs if each.role not in ("monitor", "whisper")]
        if len(talking) < 2:
            return
        for each in talking:
            if each.phone is not None and not each.phone.connected:
                each.phone.connected = True
                each.phone.show("connected")

    def _set_held(self, leg: Leg, on: bool) -> None:
        if leg.held == on:
            return
        leg.held = on
        self.emit(leg, protocol.HoldSet, on=on)
        if leg.phone is not None:
            leg.phone.show("held", on=on)

    def _new_recording(self, op_id: str) -> Recording:
        return Recording(str(derived_id("recording", op_id)), self._clock.now())

    def _finish(self, owner: Leg, recording: Recording | None) -> None:
        if recording is None:
            return
        media = f"simulated/{recording.id}"
        seconds = (self._clock.now() - recording.started_at).total_seconds()
        body = {"seconds": seconds, "lines": recording.lines}
        self._store.add_recording(media, json.dumps(body, ensure_ascii=False))
        self.emit(owner, protocol.Recorded, recording=recording.id, media=media, seconds=seconds)
