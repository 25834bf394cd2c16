"""The Twilio stand-in's exchange: starts, redirects and ends calls, carries texts."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

from contactcenter.standins import twilio_conferences as conferences
from contactcenter.standins.twilio_model import Call, Hooks, Message
from contactcenter.standins.twilio_player import Goto, Player
from contactcenter.standins.twilio_rules import ApiError
from contactcenter.standins.twilio_webhooks import HookFailed
from contactcenter.standins.twilio_world import Phone, World

STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START_WORDS = {"START", "YES", "UNSTOP"}


class Exchange:
    """Acts on one ``World``. ``calls_per_second`` queues faster calls, as Twilio does."""

    def __init__(self, world: World, calls_per_second: float | None = None) -> None:
        self.world = world
        self._gap = timedelta(seconds=1 / calls_per_second) if calls_per_second else timedelta(0)
        self._free_at: datetime | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def inbound(self, from_: str, to: str) -> Call:
        """Someone dials a number of the account."""
        world = self.world
        number = world.numbers[to]
        call = Call(world.account, from_, to, "inbound", world.clock.now())
        call.status_hooks = Hooks(number.status_url, frozenset({"completed"}))
        call.status = "ringing"
        world.calls[call.sid] = call
        start = Goto(number.voice_url)
        call.task = self._spawn(Player(world, call).play(start, number.fallback_url))
        return call

    def outbound(
        self,
        *,
        to: str,
        from_: str,
        start: Goto | str,
        timeout_s: int,
        hooks: Hooks,
        machine_hook: str = "",
    ) -> Call:
        """A call asked for by REST: queued, then placed when its turn comes."""
        world = self.world
        call = Call(world.account, from_, to, "outbound-api", world.clock.now())
        call.status_hooks = hooks
        world.calls[call.sid] = call
        call.task = self._spawn(self._place(call, start, timeout_s, machine_hook))
        return call

    async def _place(self, call: Call, start: Goto | str, timeout_s: int, machine: str) -> None:
        world = self.world
        now = world.clock.now()
        turn = max(now, self._free_at or now)
        self._free_at = turn + self._gap
        await asyncio.sleep((turn - now).total_seconds())
        world.progress(call)
        if not await world.ring(call, timeout_s):
            return
        if machine:
            call.answered_by = world.phones.get(call.to, Phone()).answered_by
            verdict = world.params(call) | {
                "AnsweredBy": call.answered_by,
                "MachineDetectionDuration": "900",
            }
            world.hooks.report(machine, verdict)
        await Player(world, call).play(start)

    async def redirect(self, call: Call, start: Goto | str) -> None:
        """Replace what a call in progress does."""
        if call.status != "in-progress":
            raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
        await self._stop_playing(call)
        call.task = self._spawn(Player(self.world, call).play(start))

    async def hang_up(self, call: Call, status: str = "completed") -> None:
        """End the call and wait until what it did has been taken down."""
        conferences.leave(self.world, call, "participant_hung_up")
        self.world.end(call, status)
        await self._stop_playing(call)

    async def _stop_playing(self, call: Call) -> None:
        task = call.task
        if task is None or task.done():
            return
        task.cancel()
        await asyncio.wait({task})

    def text_out(self, *, to: str, from_: str, body: str, hook: str) -> Message:
        """A text asked for by REST."""
        world = self.world
        message = Message(world.account, from_, to, body, "outbound-api", world.clock.now())
        message.hook = hook
        world.messages[message.sid] = message
        self._spawn(self._carry(message))
        return message

    async def _carry(self, message: Message) -> None:
        world = self.world
        message.error = error = world.phones.get(message.to, Phone()).text_error
        message.error = ""
        for state in ("sent", "undelivered" if error else "delivered"):
            await world.sleep(0.2)
            message.status = state
            message.error = error if state == "undelivered" else ""
            params = {
                "AccountSid": world.account,
                "MessageSid": message.sid,
                "SmsSid": message.sid,
                "MessageStatus": state,
                "SmsStatus": state,
                "From": message.from_,
                "To": message.to,
            }
            if message.error:
                params["ErrorCode"] = message.error
            world.hooks.report(message.hook, params)
            world.poke()

    async def text_in(self, from_: str, to: str, body: str) -> Message:
        """Someone texts a number of the account. Raises ``HookFailed`` when it can not be told."""
        world = self.world
        message = Message(world.account, from_, to, body, "inbound", world.clock.now())
        message.status = "received"
        world.messages[message.sid] = message
        params = {
            "AccountSid": world.account,
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "From": from_,
            "To": to,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
        }
        word = "".join(body.split()).upper()
        if word in STOP_WORDS:
            world.stopped.add(from_)
            params["OptOutType"] = "STOP"
        elif word in START_WORDS:
            world.stopped.discard(from_)
            params["OptOutType"] = "START"
        try:
            await world.hooks.document(world.numbers[to].sms_url, params)
        except HookFailed as exc:
            world.alerts.append(str(exc))
            raise
        return message

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
