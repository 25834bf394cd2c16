"""The simulated carrier's SMS adapter, on the same world and transports as the voice adapter."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec

from contactcenter.channels.sms.base import Handed, SmsEvent, SmsReceived, SmsReported, SmsSink
from contactcenter.channels.voice import world
from contactcenter.channels.voice.simulated_inbox import Inbox, until_taken
from contactcenter.channels.voice.simulated_transport import Subscription, WorldTransport
from contactcenter.core.clock import Clock
from contactcenter.core.errors import Invalid, TransportError


class SimulatedSms:
    """One account of the simulated carrier with its ``lines``."""

    def __init__(
        self,
        *,
        lines: Sequence[str],
        transport: WorldTransport,
        clock: Clock,
        provider: str = "simulated",
        command_wait_s: float = 10.0,
    ) -> None:
        self.provider = provider
        self.lines = tuple(lines)
        self._transport = transport
        self._clock = clock
        self._wait_s = command_wait_s
        self._inbox = Inbox()
        self._underway: set[str] = set()
        self._sink: SmsSink | None = None

    async def start(self, sink: SmsSink) -> None:
        self._sink = sink
        await self._transport.attach(
            Subscription("sms", self.lines, self._on_event, lambda world_id: None, lambda: None)
        )

    async def stop(self) -> None:
        await self._transport.detach("sms")
        await self._inbox.close()

    async def send(self, message_key: str, *, line: str, to: str, text: str) -> Handed:
        command = world.SmsSend(key=message_key, from_=line, to=to, text=text)
        try:
            return _handed(await self._transport.call(command, self._wait_s))
        except Invalid as error:
            raise TransportError(error.message, permanent=True, reply_code=error.code) from error

    async def look_up(
        self,
        message_key: str,
        *,
        line: str = "",
        to: str = "",
        text: str = "",
        since: datetime | None = None,
    ) -> Handed | None:
        """By the key alone: this carrier keeps it."""
        value = await self._transport.call(world.SmsLookUp(key=message_key), self._wait_s)
        return None if value is None else _handed(value)

    def _on_event(self, event: world.AnyEvent) -> None:
        """Each text once at a time; a repetition while it is under way is left to that."""
        port_event = self._to_port(event)
        if port_event is None or event.id in self._underway:
            return
        self._underway.add(event.id)
        party = port_event.from_ if isinstance(port_event, SmsReceived) else port_event.message_key
        self._inbox.put(party, self._hand_over(port_event))

    def _hand_over(self, event: SmsEvent) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            sink = self._sink
            if sink is not None:
                await until_taken(self._clock, event.event_id, lambda: sink(event))
                self._transport.ack((event.event_id,))
            self._underway.discard(event.event_id)

        return work

    def _to_port(self, event: world.AnyEvent) -> SmsEvent | None:
        match event:
            case world.TextReceived():
                return SmsReceived(
                    provider=self.provider,
                    line=event.line,
                    event_id=event.id,
                    from_=event.from_,
                    text=event.text,
                    at=event.at,
                )
            case world.TextState():
                return SmsReported(
                    provider=self.provider,
                    line=event.line,
                    event_id=event.id,
                    message_key=event.key,
                    provider_ref=event.ref,
                    state=event.state,
                    code=event.code,
                    at=event.at,
                )
        return None


def _handed(value: object) -> Handed:
    row = msgspec.convert(value, world.TextRow)
    return Handed(row.ref, row.state)
