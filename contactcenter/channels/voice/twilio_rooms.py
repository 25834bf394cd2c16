"""Rooms on Twilio are conferences: join, hold, mute, record."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Literal

from contactcenter.channels.voice.steps import Bridge, Role, Step
from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.channels.voice.twilio_api import TwilioApi
from contactcenter.channels.voice.twilio_book import Book, Once, keep
from contactcenter.channels.voice.twilio_legs import TwilioLegs, fitting
from contactcenter.core.errors import Conflict, TransportError

CURRENT = "Twilio.CURRENT"
"""Twilio's name for the recording that is running on a call."""


class TwilioRooms:
    """The ports ``Rooms`` and ``Recording``."""

    def __init__(
        self, account: TwilioAccount, api: TwilioApi, book: Book, once: Once, legs: TwilioLegs
    ) -> None:
        self._account = account
        self._api = api
        self._book = book
        self._once = once
        self._legs = legs
        self._doubts: OrderedDict[str, None] = OrderedDict()

    async def join(self, op_id: str, leg: str, room: str, role: Role) -> None:
        """Bring a call that is up into the room; the parked one too, it leaves its queue.

        ``whisper`` needs the agent's leg: ``Conflict`` (``no_agent``) when none is in the room.
        Brought again after a lost answer it looks first: to join twice is to be torn out once.
        """
        if op_id in self._doubts and await self._is_in(leg, room):
            return
        coach = await self._agent_in(room) if role == "whisper" else None
        script = await self._legs.script(op_id, leg, coach)
        try:
            await self._legs.play(op_id, leg, fitting([Bridge(room, role)], script))
        except TransportError as exc:
            if exc.unknown:
                keep(self._doubts, op_id, None)
            raise

    async def leave(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        await self._legs.run(op_id, leg, steps)

    async def hold(self, op_id: str, leg: str, on: bool) -> None:
        """``Conflict`` (``not_in_room``) when the leg is in none."""
        change: dict[str, Any] = {"hold": on}
        if on and self._account.hold_music_url:
            change |= {"hold_url": self._account.hold_music_url, "hold_method": "GET"}
        await self._once.run(op_id, lambda: self._change(leg, change))

    async def mute(self, op_id: str, leg: str, on: bool) -> None:
        """``Conflict`` (``not_in_room``) when the leg is in none."""
        await self._once.run(op_id, lambda: self._change(leg, {"muted": on}))

    async def record(
        self, op_id: str, room: str, action: Literal["start", "pause", "resume", "stop"]
    ) -> None:
        """Records the customer's leg in two channels.

        Twilio can not start recording a running conference, but it can a call; the call hears and
        says the same. A pause is filled with silence.
        """
        await self._once.run(op_id, lambda: self._record(room, action))

    async def _record(self, room: str, action: str) -> None:
        leg = await self._leg_of(room, "customer", "no_customer")
        recordings = self._api.client.calls(leg).recordings
        if action == "start":
            line = await self._legs.line_of(leg)
            await self._api.do(
                recordings.create_async(
                    recording_channels="dual",
                    recording_status_callback=self._account.webhook("recording", line),
                    recording_status_callback_event=["completed"],
                )
            )
            return
        change = {
            "pause": {"status": "paused", "pause_behavior": "silence"},
            "resume": {"status": "in-progress"},
            "stop": {"status": "stopped"},
        }[action]
        running = self._api.client.calls(leg).recordings(CURRENT)
        await self._api.do(running.update_async(**change))

    async def _change(self, leg: str, change: dict[str, Any]) -> None:
        conference = await self._conference_of(leg)
        if conference is not None:
            participant = self._api.client.conferences(conference).participants(leg)
            try:
                await self._api.do(participant.update_async(**change))
            except Conflict:
                # What we remember may be old: the room ended and began again, or the leg moved.
                self._book.left(leg)
                conference = await self._conference_of(leg)
                if conference is None:
                    raise
                participant = self._api.client.conferences(conference).participants(leg)
                await self._api.do(participant.update_async(**change))
            return
        raise Conflict("The leg is in no room.", code="not_in_room")

    async def _conference_of(self, leg: str) -> str | None:
        """The conference a leg is in: remembered, else asked of Twilio."""
        if leg not in self._book.rooms:
            await self._legs.rooms()
        room = self._book.rooms.get(leg, "")
        return self._book.conferences.get(room)

    async def _agent_in(self, room: str) -> str:
        return await self._leg_of(room, "agent", "no_agent")

    async def _is_in(self, leg: str, room: str) -> bool:
        return any(one.call_sid == leg for one in await self._inside(room))

    async def _inside(self, room: str) -> list[Any]:
        """Who is in the room, asked of Twilio."""
        listing = self._api.client.conferences.list_async(
            friendly_name=room, status="in-progress", limit=1
        )
        conferences = await self._api.do(listing, changes=False)
        return [one for each in conferences for one in await self._legs.inside(each.sid)]

    async def _leg_of(self, room: str, role: str, missing: str) -> str:
        """The leg that plays ``role`` in ``room``, by the label our documents give it."""
        for one in await self._inside(room):
            if (one.label or "").startswith(role + ":"):
                return str(one.call_sid)
        raise Conflict(f"The room has no {role}.", code=missing)
