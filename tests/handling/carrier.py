"""A carrier made of lists: what it was told, and what it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from contactcenter.channels.voice.base import Earlier, LiveLeg
from contactcenter.channels.voice.steps import Step
from contactcenter.core.ids import derived_id


class Carrier:
    """Legs, rooms and the adapter itself in one; ``faults`` are raised in order."""

    def __init__(self, provider: str = "simulated") -> None:
        self.provider = provider
        self.legs = self.rooms = self
        self.told: list[tuple[str, str, tuple[Any, ...]]] = []
        self.faults: list[Exception | None] = []
        self.living: list[LiveLeg] = []
        self.earlier: list[Earlier | None] = []
        self.before: Callable[[str], Awaitable[None]] | None = None

    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.told]

    async def _act(self, kind: str, op_id: str, *what: Any) -> None:
        if self.before is not None:
            await self.before(kind)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            raise fault
        self.told.append((kind, op_id, what))

    async def originate(
        self,
        op_id: str,
        *,
        to: str,
        from_: str,
        steps: Sequence[Step],
        ring_timeout_s: float,
        earlier: Earlier | None = None,
    ) -> str:
        self.earlier.append(earlier)
        await self._act("originate", op_id, to, from_, tuple(steps), ring_timeout_s)
        return f"leg-{derived_id(op_id)}"

    async def run(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        await self._act("run", op_id, leg, tuple(steps))

    async def hangup(self, op_id: str, leg: str, cause: str = "normal") -> None:
        await self._act("hangup", op_id, leg, cause)

    async def join(self, op_id: str, leg: str, room: str, role: str) -> None:
        await self._act("join", op_id, leg, room, role)

    async def leave(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        await self._act("leave", op_id, leg, tuple(steps))

    async def hold(self, op_id: str, leg: str, on: bool) -> None:
        await self._act("hold", op_id, leg, on)

    async def mute(self, op_id: str, leg: str, on: bool) -> None:
        await self._act("mute", op_id, leg, on)

    async def live(self) -> Sequence[LiveLeg]:
        return self.living

    def lives(self, leg: str, **more: Any) -> None:
        """From now on ``live`` shows this leg."""
        values = {"line": "x", "from_": "x", "to": "x", "state": "up", "direction": "inbound"}
        self.living.append(LiveLeg(leg=leg, **(values | more)))
