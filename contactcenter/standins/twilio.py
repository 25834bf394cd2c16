"""A Twilio to run against: the REST face, signed webhooks, and people who phone and text.

Nothing here imports the product's adapter. Point an account's ``api_base_url`` at ``url``; the
unmodified ``twilio`` client is served::

    async with TwilioStandin(account_sid, token, pace=0.05) as twilio:
        twilio.numbers["+15550001111"] = Number(voice_url="http://127.0.0.1:8080/...")
        caller = twilio.dial("+15557770000", "+15550001111")
        await caller.hears("press 1")
        caller.press("1")
"""

from __future__ import annotations

from types import TracebackType

from aiohttp import web

from contactcenter.core.clock import Clock, SystemClock
from contactcenter.standins.twilio_actions import Desk
from contactcenter.standins.twilio_exchange import Exchange
from contactcenter.standins.twilio_face import Face, Faults
from contactcenter.standins.twilio_model import Call, Heard, Message
from contactcenter.standins.twilio_webhooks import Weather, Webhooks
from contactcenter.standins.twilio_world import Number, Phone, World

__all__ = ["Faults", "Handset", "Number", "Phone", "TwilioStandin", "Weather"]


class Handset:
    """A person's side of one call."""

    def __init__(self, exchange: Exchange, call: Call) -> None:
        self._exchange = exchange
        self.call = call
        self._at = 0

    @property
    def sid(self) -> str:
        return self.call.sid

    @property
    def status(self) -> str:
        return self.call.status

    async def hears(self, text: str, timeout: float = 5.0) -> Heard:
        """Wait until something containing ``text`` is heard, from where the last wait ended."""

        def heard() -> Heard | None:
            for i, one in enumerate(self.call.heard[self._at :], self._at):
                if text in one.text or text == one.kind:
                    self._at = i + 1
                    return one
            return None

        return await self._exchange.world.until(heard, timeout)

    def press(self, keys: str) -> None:
        for key in keys:
            self.call.inputs.put_nowait(("digits", key))

    def say(self, text: str) -> None:
        self._exchange.world.speak(self.call, text)

    def answer(self) -> None:
        self.call.picked.set()

    async def hang_up(self) -> None:
        """End the call; while it rings this declines it."""
        ringing = self.call.status in ("queued", "ringing")
        declined = "busy" if self.call.direction != "inbound" else "canceled"
        await self._exchange.hang_up(self.call, declined if ringing else "completed")

    async def is_in(self, room: str, timeout: float = 5.0) -> None:
        """Wait until the call is in that conference."""
        world = self._exchange.world

        def inside() -> bool:
            conference = world.room_of(self.call)
            return conference is not None and conference.name == room

        await world.until(inside, timeout)

    async def waits_in(self, queue: str, timeout: float = 5.0) -> None:
        """Wait until the call is in that queue."""
        world = self._exchange.world

        def waiting() -> bool:
            return queue in world.queues and self.call in world.queues[queue].waiting

        await world.until(waiting, timeout)

    async def ended(self, timeout: float = 5.0) -> str:
        """Wait for the end and return the final status."""
        await self._exchange.world.until(lambda: not self.call.live, timeout)
        return self.call.status


class TwilioStandin:
    """One account with its numbers, on a loopback port.

    ``pace`` scales all waiting; ``weather`` is what goes wrong with webhooks, ``faults`` with the
    API; ``calls_per_second`` queues calls that come faster.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        clock: Clock | None = None,
        pace: float = 1.0,
        weather: Weather | None = None,
        faults: Faults | None = None,
        calls_per_second: float | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self.weather = weather or Weather()
        self.hooks = Webhooks(auth_token, clock, self.weather)
        self.world = World(account_sid, clock, self.hooks, pace)
        self.exchange = Exchange(self.world, calls_per_second)
        self.face = Face(Desk(self.exchange), auth_token, faults or Faults())
        self.faults = self.face.faults
        self.numbers = self.world.numbers
        self.phones = self.world.phones
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen; returns the base address for ``api_base_url``."""
        await self.hooks.start()
        self._runner = web.AppRunner(self.face.application(), access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound = self._runner.addresses[0]
        self.url = self.world.api_url = f"http://{bound[0]}:{bound[1]}"
        return self.url

    async def stop(self) -> None:
        await self.exchange.stop()
        await self.hooks.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> TwilioStandin:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.stop()

    def dial(self, from_: str, to: str) -> Handset:
        """Someone phones one of the numbers."""
        return Handset(self.exchange, self.exchange.inbound(from_, to))

    async def rings(self, to: str, timeout: float = 5.0) -> Handset:
        """Wait until ``to`` rings; ``Handset.answer`` picks up."""

        def ringing() -> Call | None:
            calls = self.world.calls.values()
            return next((c for c in calls if c.to == to and c.status == "ringing"), None)

        return Handset(self.exchange, await self.world.until(ringing, timeout))

    async def text(self, from_: str, to: str, body: str) -> Message:
        """Someone texts one of the numbers; returns once the product has acknowledged it."""
        return await self.exchange.text_in(from_, to, body)

    async def inbox(self, number: str, count: int = 1, timeout: float = 5.0) -> list[Message]:
        """Wait until ``count`` texts have been delivered to ``number``."""

        def delivered() -> list[Message]:
            texts = self.world.messages.values()
            found = [m for m in texts if m.to == number and m.status == "delivered"]
            return found if len(found) >= count else []

        return await self.world.until(delivered, timeout)

    async def settled(self) -> None:
        """Wait until every webhook has been sent and answered."""
        await self.hooks.settled()
