"""The core's commands to the simulated carrier: legs, rooms, recording and the agent's side."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec

from contactcenter.channels.voice import world
from contactcenter.channels.voice.base import AgentMedia, Earlier, LiveLeg
from contactcenter.channels.voice.runner import LegRunner
from contactcenter.channels.voice.simulated_memo import write_memo
from contactcenter.channels.voice.simulated_transport import WorldTransport
from contactcenter.channels.voice.steps import Bridge, Dial, Role, Step, checked
from contactcenter.core.errors import Unsupported
from contactcenter.core.ids import derived_id


class SimulatedCommands:
    """Implements ``Legs``, ``Rooms``, ``Recording`` and ``AgentSide`` of the port.

    ``wait_s``: how long a command may go unanswered before it is a ``TransportError``.
    ``taken``: returns when every event received so far is durable.
    """

    def __init__(
        self,
        provider: str,
        transport: WorldTransport,
        runner: LegRunner,
        wait_s: float,
        taken: Callable[[], Awaitable[None]],
    ) -> None:
        self._provider = provider
        self._transport = transport
        self._runner = runner
        self._wait_s = wait_s
        self._taken = taken

    async def originate(
        self,
        op_id: str,
        *,
        to: str,
        from_: str,
        steps: Sequence[Step],
        ring_timeout_s: float = 30.0,
        machine_detection: bool = False,
        earlier: Earlier | None = None,  # this carrier keeps the op_id
    ) -> str:
        if machine_detection:
            raise Unsupported(f"{self._provider}: this carrier does not detect machines")
        leg = str(derived_id("leg", self._provider, op_id))
        await self._call(
            world.Originate(
                op_id=op_id,
                leg=leg,
                to=to,
                from_=from_,
                ring_timeout_s=ring_timeout_s,
                memo=write_memo(op_id, checked(steps)),
            )
        )
        return leg

    async def run(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        await self._call(world.Begin(op_id=op_id, leg=leg))
        self._runner.run(op_id, leg, steps)

    async def hangup(self, op_id: str, leg: str, cause: str = "normal") -> None:
        await self._call(world.Hangup(op_id=op_id, leg=leg, cause=cause))

    async def transfer(self, op_id: str, leg: str, target: str) -> None:
        await self.run(op_id, leg, (Dial(target),))

    async def live(self) -> Sequence[LiveLeg]:
        rows = msgspec.convert(await self._call(world.Live()), list[world.LegRow])
        # the answer came after every event that led to it: a leg missing here has told its end
        await self._taken()
        return [LiveLeg(**msgspec.structs.asdict(row)) for row in rows]

    async def join(self, op_id: str, leg: str, room: str, role: Role) -> None:
        await self.run(op_id, leg, (Bridge(room, role),))

    async def leave(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        await self.run(op_id, leg, steps)

    async def hold(self, op_id: str, leg: str, on: bool) -> None:
        await self._call(world.Hold(op_id=op_id, leg=leg, on=on))

    async def mute(self, op_id: str, leg: str, on: bool) -> None:
        await self._call(world.Mute(op_id=op_id, leg=leg, on=on))

    async def record(
        self, op_id: str, room: str, action: Literal["start", "pause", "resume", "stop"]
    ) -> None:
        await self._call(world.Record(op_id=op_id, target=f"room:{room}", action=action))

    async def recording(self, media: str) -> bytes:
        """The recording stored under ``media``: JSON ``{seconds, lines: [{at_s, speaker, text}]}``.

        Raises ``NotFound``.
        """
        return str(await self._call(world.Fetch(media=media))).encode()

    async def agent_media(self, agent: str) -> AgentMedia:
        return AgentMedia("captions")

    async def speak(self, op_id: str, leg: str, text: str, language: str = "") -> None:
        await self._call(world.SpeakAs(op_id=op_id, leg=leg, text=text, language=language))

    async def _call(self, command: world.AnyCommand) -> object:
        return await self._transport.call(command, self._wait_s)
