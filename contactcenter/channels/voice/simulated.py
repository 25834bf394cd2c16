"""The simulated carrier's voice adapter: events to the core, the core's commands to the world.

No HTTP, no documents: an embedded world called directly, or one in another process over a
loopback socket (``simulated_transport``). Steps are run by the common ``LegRunner``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from contactcenter.channels.voice import world
from contactcenter.channels.voice.base import Capability, VoiceSink
from contactcenter.channels.voice.runner import LegRunner
from contactcenter.channels.voice.runner_ops import Input
from contactcenter.channels.voice.simulated_commands import SimulatedCommands
from contactcenter.channels.voice.simulated_events import to_port
from contactcenter.channels.voice.simulated_inbox import Inbox, until_taken
from contactcenter.channels.voice.simulated_memo import read_memo
from contactcenter.channels.voice.simulated_ops import SimulatedOps
from contactcenter.channels.voice.simulated_transport import Subscription, WorldTransport
from contactcenter.channels.voice.steps import Step
from contactcenter.core.clock import Clock

_log = logging.getLogger(__name__)

CAPABILITIES: frozenset[Capability] = frozenset(
    {"originate", "hold", "mute", "transfer", "record", "supervise", "captions", "agent_media"}
)


@dataclass(slots=True)
class _Known:
    """What this process has seen of a leg: its line, and events with whether they are done."""

    line: str
    events: dict[str, bool] = field(default_factory=dict)


class SimulatedVoice:
    """One account of the simulated carrier with its ``lines``."""

    def __init__(
        self,
        *,
        lines: Sequence[str],
        transport: WorldTransport,
        clock: Clock,
        provider: str = "simulated",
        command_wait_s: float = 5.0,
    ) -> None:
        self.provider = provider
        self.lines = tuple(lines)
        self.capabilities = CAPABILITIES
        self._transport = transport
        self._clock = clock
        self._ops = SimulatedOps(transport)
        self._runner = LegRunner(self._ops, clock, discard=self._done, failed=self._failed)
        self._inbox = Inbox()
        self._known: dict[str, _Known] = {}
        self._world_id = ""
        self._sink: VoiceSink | None = None
        self._carrier: Callable[[bool], Awaitable[None]] | None = None
        self._notices: set[asyncio.Task[None]] = set()
        commands = SimulatedCommands(
            provider, transport, self._runner, command_wait_s, self._inbox.idle
        )
        self.legs = self.rooms = self.recording = self.agent_side = commands

    async def start(self, sink: VoiceSink, carrier: Callable[[bool], Awaitable[None]]) -> None:
        """Deliver to ``sink``. Events kept by the world come first, ``carrier(True)`` after them,
        so that ``live()`` shows no surprise."""
        self._sink, self._carrier = sink, carrier
        await self._transport.attach(
            Subscription("voice", self.lines, self._on_event, self._on_up, self._on_down)
        )

    async def stop(self) -> None:
        self._ops.close()
        await self._transport.detach("voice")
        for notice in tuple(self._notices):
            notice.cancel()
        await asyncio.gather(*self._notices, return_exceptions=True)
        await self._inbox.close()
        await self._runner.close()

    # -- from the world ------------------------------------------------------------------------

    def _on_event(self, event: world.AnyEvent) -> None:
        known = self._known.setdefault(event.leg, _Known(event.line))
        if event.id in known.events:
            if known.events[event.id]:
                self._transport.ack((event.id,))
            return
        known.events[event.id] = False
        match event:
            case world.Digit():
                self._runner.feed(event.leg, Input(event.id, event.seq, "digits", event.digit))
            case world.Speech():
                self._runner.feed(event.leg, Input(event.id, event.seq, "speech", event.text))
            case world.PromptDone():
                self._done((event.id,))
                self._ops.prompt_done(event.prompt)
            case world.DialEnded():
                self._done((event.id,))
                self._ops.dial_ended(event.op_id)
            case _:
                self._inbox.put(event.leg, lambda: self._hand_over(event))

    async def _hand_over(self, event: world.AnyEvent) -> None:
        """To the core; acknowledge when it is durable; then do what the core answered."""
        port_event = to_port(self.provider, event)
        sink = self._sink
        if port_event is None or sink is None:
            return
        if isinstance(event, world.Offered):
            self._runner.begins(event.leg)
        elif isinstance(event, world.Answered):
            self._runner.answered(event.leg)
        elif isinstance(event, world.Ended):
            self._runner.gone(event.leg)
        steps = await until_taken(self._clock, event.id, lambda: sink(port_event))
        self._done((event.id,))
        if isinstance(event, world.Ended):
            self._known.pop(event.leg, None)
        elif steps is not None:
            self._run(event.id, event.leg, steps)
        elif isinstance(event, world.Answered) and not self._runner.is_instructed(event.leg):
            op_id, waiting = read_memo(event.memo)
            self._run(op_id, event.leg, waiting)

    def _run(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        self._transport.post(world.Begin(op_id=op_id, leg=leg))
        self._runner.run(op_id, leg, steps)

    def _done(self, event_ids: Sequence[str]) -> None:
        """These events need no repetition."""
        for event_id in event_ids:
            known = self._known.get(event_id.partition(".")[0])
            if known is not None:
                known.events[event_id] = True
        self._transport.ack(event_ids)

    def _failed(self, leg: str, error: Exception) -> None:
        _log.warning("leg %s: a step failed: %s", leg, error)

    # -- the connection ------------------------------------------------------------------------

    def _on_up(self, world_id: str) -> None:
        if self._world_id not in ("", world_id):
            self._forget_legs()
        self._world_id = world_id
        self._notice(self._come_up())

    def _on_down(self) -> None:
        if self._carrier is not None:
            self._notice(self._carrier(False))

    async def _come_up(self) -> None:
        await self._inbox.idle()
        if self._carrier is not None:
            await self._carrier(True)

    def _forget_legs(self) -> None:
        """Another world: the legs of the former one are gone with it."""
        for leg, known in tuple(self._known.items()):
            lost = world.Ended(
                id=f"{leg}.lost",
                leg=leg,
                line=known.line,
                at=self._clock.now(),
                cause="carrier_lost",
            )
            self._on_event(lost)

    def _notice(self, work: Awaitable[None]) -> None:
        async def tell() -> None:
            await work

        task = asyncio.get_running_loop().create_task(tell())
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)
