"""Legs on Twilio: start, instruct and end calls, and look up what became of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from contactcenter.channels.voice.base import Earlier, LiveLeg
from contactcenter.channels.voice.steps import Dial, Step
from contactcenter.channels.voice.twilio_account import TwilioAccount
from contactcenter.channels.voice.twilio_api import Pacer, TwilioApi
from contactcenter.channels.voice.twilio_book import Book, Once, keep
from contactcenter.channels.voice.twilio_twiml import Script, render
from contactcenter.core.errors import Conflict, Invalid, TransportError

MAX_TWIML = 4000
"""Characters Twilio takes in a request (error 32018 beyond)."""
LOOK_UP_WAITS_S = (0.5, 1.5, 3.0)
CLOCK_SLACK = timedelta(seconds=5)
SETTLE = timedelta(seconds=15)
"""A request may still be under way this long after we gave up on it."""
_STATES: dict[str, Literal["offered", "ringing", "up"]] = {
    "queued": "ringing",
    "ringing": "ringing",
    "in-progress": "up",
}


AgentAddress = Callable[[str], Awaitable[str]]
"""An agent's telephone, SIP or client address by the agent's id; "" to call in the browser."""


async def in_the_browser(agent: str) -> str:
    """No agent has an address of its own."""
    return ""


class TwilioLegs:
    """The port ``Legs``."""

    def __init__(
        self,
        account: TwilioAccount,
        api: TwilioApi,
        book: Book,
        once: Once,
        agent_address: AgentAddress = in_the_browser,
    ) -> None:
        self._account = account
        self._api = api
        self._book = book
        self._once = once
        self._pacer = Pacer(account.calls_per_second, api.clock)
        self._doubts: dict[str, datetime] = {}
        self._sought: OrderedDict[str, None] = OrderedDict()
        self._agent_address = agent_address

    async def originate(
        self,
        op_id: str,
        *,
        to: str,
        from_: str,
        steps: Sequence[Step],
        ring_timeout_s: float = 30.0,
        machine_detection: bool = False,
        earlier: Earlier | None = None,
    ) -> str:
        """Start a call. ``from_`` must be one of the account's lines.

        When Twilio's answer is lost, the call is looked for by its ``op_id`` (which its reports
        carry) and among the newest calls to that number; ``TransportError(unknown=True)`` only
        when neither tells. The same is done for an ``earlier`` try of another process.
        """
        if from_ not in self._account.lines:
            raise Invalid("An outgoing call must show a line of this account.", code="caller_id")
        request = {
            "to": await self._target(to),
            "from_": from_,
            "twiml": fitting(steps, Script(self._account, from_, op_id)),
            "timeout": max(1, min(600, round(ring_timeout_s))),
            "status_callback": self._account.webhook("status", from_, op=op_id),
            "status_callback_event": ["initiated", "ringing", "answered", "completed"],
            "status_callback_method": "POST",
        }
        if machine_detection:
            # Asynchronous: whoever answers must not wait for the verdict.
            request |= {
                "machine_detection": "Enable",
                "async_amd": "true",
                "async_amd_status_callback": self._account.webhook("machine", from_, op=op_id),
            }
        return await self._once.run(op_id, lambda: self._start(op_id, request, earlier))

    async def run(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        """Replace what the leg does. Raises ``Invalid`` for steps over ``MAX_TWIML``."""
        await self.play(op_id, leg, fitting(steps, await self.script(op_id, leg)))

    async def play(self, op_id: str, leg: str, document: str) -> None:
        """Give the leg a document of ours."""
        await self._update(op_id, leg, twiml=document)

    async def hangup(self, op_id: str, leg: str, cause: str = "normal") -> None:
        """End the call, ringing or answered. Twilio has no word for ``cause``; it stays ours."""
        await self._update(op_id, leg, status="completed")

    async def transfer(self, op_id: str, leg: str, target: str) -> None:
        """Connect the leg to ``target`` without us between."""
        await self.run(op_id, leg, [Dial(target)])

    async def live(self) -> Sequence[LiveLeg]:
        """Calls of our lines that are not over; parties called by a ``Dial`` step left out."""
        rooms = await self.rooms()
        found: list[LiveLeg] = []
        for status in _STATES:
            listing = self._api.client.calls.list_async(status=status, limit=1000)
            for call in await self._api.do(listing, changes=False):
                leg = self._live(call, rooms)
                if leg is not None:
                    found.append(leg)
        return found

    async def script(self, op_id: str, leg: str, coach: str | None = None) -> Script:
        """Where a command's document belongs: to the line the leg came in or went out on."""
        return Script(self._account, await self.line_of(leg), op_id, coach=coach)

    async def line_of(self, leg: str) -> str:
        """The leg's line: remembered, else asked of Twilio."""
        if leg not in self._book.lines:
            call = await self._api.do(self._api.client.calls(leg).fetch_async(), changes=False)
            ours = [n for n in (str(call.to), str(call._from)) if n in self._account.lines]
            self._book.met(leg, ours[0] if ours else self._account.lines[0])
        return self._book.lines[leg]

    async def rooms(self) -> dict[str, str]:
        """Which leg is in which room, asked of Twilio; the book is brought up to date."""
        conferences = await self._api.do(
            self._api.client.conferences.list_async(status="in-progress", limit=1000),
            changes=False,
        )
        rooms: dict[str, str] = {}
        for conference in conferences:
            for one in await self.inside(conference.sid):
                rooms[one.call_sid] = conference.friendly_name
                self._book.joined(one.call_sid, conference.friendly_name, conference.sid)
        return rooms

    async def inside(self, conference: str) -> list[Any]:
        """The participants of a conference; none when it has just ended."""
        participants = self._api.client.conferences(conference).participants
        try:
            found: list[Any] = await self._api.do(participants.list_async(limit=50), changes=False)
        except Conflict:
            return []
        return found

    async def _target(self, to: str) -> str:
        agent = to.removeprefix("agent:") if to.startswith("agent:") else ""
        return (agent and await self._agent_address(agent)) or self._account.agent_target(to)

    async def _update(self, op_id: str, leg: str, **change: str) -> None:
        calls = self._api.client.calls
        await self._once.run(op_id, lambda: self._api.do(calls(leg).update_async(**change)))

    async def _start(self, op_id: str, request: dict[str, Any], earlier: Earlier | None) -> str:
        leg = await self._of_before(op_id, request, earlier) or await self._create(op_id, request)
        self._doubts.pop(op_id, None)
        self._book.started(op_id, leg)
        self._book.met(leg, request["from_"])
        return leg

    async def _create(self, op_id: str, request: dict[str, Any]) -> str:
        await self._pacer.turn()
        keep(self._sought, op_id, None)  # what this process does from now on, it knows itself
        began = self._api.clock.now()
        try:
            call = await self._api.do(self._api.client.calls.create_async(**request))
        except TransportError as exc:
            if not exc.unknown:
                raise
            self._doubts[op_id] = began
            self._sought.pop(op_id, None)
            leg = await self._look_up(op_id, request, Earlier(began))
            if leg is None:
                raise
            return leg
        return str(call.sid)

    async def _of_before(
        self, op_id: str, request: dict[str, Any], earlier: Earlier | None
    ) -> str | None:
        """The call of an earlier try of this op; None when there was none, or surely no call.

        Who brings an op again after an unknown outcome must not start a second call: until Twilio
        lists none for ``SETTLE``, the outcome stays unknown.
        """
        if op_id in self._book.legs:  # a report told of it after we had given up
            return self._book.legs[op_id]
        tried = Earlier(self._doubts[op_id]) if op_id in self._doubts else earlier
        if tried is None or op_id in self._sought:
            return None
        leg = await self._look_up(op_id, request, tried)
        if leg is None and self._api.clock.now() - tried.since < SETTLE:
            raise _doubt("The first request may still be under way.")
        return leg

    async def _look_up(self, op_id: str, request: dict[str, Any], tried: Earlier) -> str | None:
        """The call of a request whose answer was lost; None when Twilio shows none. Raises
        ``TransportError(unknown=True)`` when several fit: one of them may be it."""
        shown: list[str] = []
        for wait in LOOK_UP_WAITS_S:
            await self._api.clock.sleep(wait)
            if op_id in self._book.legs:
                return self._book.legs[op_id]
            try:
                newest = await self._api.do(
                    self._api.client.calls.list_async(
                        to=request["to"], from_=request["from_"], limit=20
                    ),
                    changes=False,
                )
            except TransportError:
                continue  # the look-up failed, not the call: the next try may tell
            shown = [
                str(call.sid)
                for call in newest
                if call.date_created >= tried.since - CLOCK_SLACK
                and call.direction == "outbound-api"
                and call.sid not in self._book.ops
                and call.sid not in tried.others
            ]
            if len(shown) == 1:
                return shown[0]
        if shown:
            raise _doubt("Several calls fit.")
        return None

    def _live(self, call: Any, rooms: dict[str, str]) -> LiveLeg | None:
        inbound = call.direction == "inbound"
        from_, to = str(call._from), str(call.to)
        line = to if inbound else from_
        if line not in self._account.lines or call.direction == "outbound-dial":
            return None
        state = _STATES[call.status]
        return LiveLeg(
            leg=call.sid,
            line=line,
            from_=from_,
            to=to,
            state="offered" if inbound and state == "ringing" else state,
            direction="inbound" if inbound else "outbound",
            room=rooms.get(call.sid),
            op_id=self._book.ops.get(call.sid, ""),
        )


def _doubt(why: str) -> TransportError:
    return TransportError(why, permanent=False, unknown=True)


def fitting(steps: Sequence[Step], script: Script) -> str:
    """The document, or ``Invalid`` (``steps_too_long``) when Twilio would refuse its length."""
    document = render(steps, script)
    if len(document) > MAX_TWIML:
        raise Invalid(
            "These steps are too long to be sent to a call.",
            code="steps_too_long",
            hint="Shorten the prompts or let the call ask for them with Next.",
            details={"characters": len(document), "max": MAX_TWIML},
        )
    return document
