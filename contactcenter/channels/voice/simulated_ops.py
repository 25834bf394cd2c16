"""The runner's primitives on the simulated world."""

from __future__ import annotations

import asyncio
from typing import Literal

from contactcenter.channels.voice import world
from contactcenter.channels.voice.runner_ops import Outcome
from contactcenter.channels.voice.simulated_transport import WorldTransport
from contactcenter.channels.voice.steps import Play, Role, Say
from contactcenter.core.ids import derived_id, new_id


class SimulatedOps:
    """Implements ``LegOps``. They wait for a lost connection; the runner's own replacement and
    ``close`` end the waiting."""

    def __init__(self, transport: WorldTransport) -> None:
        self._transport = transport
        self._prompts: dict[str, asyncio.Event] = {}
        self._dials: dict[str, asyncio.Event] = {}
        self._closing = False

    def prompt_done(self, prompt: str) -> None:
        if prompt in self._prompts:
            self._prompts[prompt].set()

    def dial_ended(self, op_id: str) -> None:
        if op_id in self._dials:
            self._dials[op_id].set()

    def close(self) -> None:
        """From now on a cancelled prompt is not silenced: the server stops, the call lives on."""
        self._closing = True

    async def answer(self, leg: str) -> bool:
        return bool(await self._transport.call(world.Answer(leg=leg)))

    async def speak(self, leg: str, prompt: Say | Play) -> None:
        # A fresh id each time: the same words said again are a prompt of their own.
        reference = str(new_id())
        text, language = (prompt.text, prompt.language) if isinstance(prompt, Say) else ("", "")
        media = prompt.media if isinstance(prompt, Play) else ""
        heard = self._prompts[reference] = asyncio.Event()
        try:
            await self._transport.call(
                world.Speak(
                    op_id=reference,
                    leg=leg,
                    prompt=reference,
                    text=text,
                    language=language,
                    media=media,
                )
            )
            await heard.wait()
        except asyncio.CancelledError:
            if not self._closing:
                self._transport.post(world.StopPrompts(leg=leg))
            raise
        finally:
            del self._prompts[reference]

    async def join(self, leg: str, room: str, role: Role) -> None:
        await self._transport.call(world.RoomJoin(leg=leg, room=room, role=role))

    async def leave(self, leg: str) -> None:
        await self._transport.call(world.RoomLeave(leg=leg))

    async def dial(self, op_id: str, leg: str, target: str, ring_timeout_s: float) -> None:
        over = self._dials[op_id] = asyncio.Event()
        try:
            is_over = await self._transport.call(
                world.Dial(op_id=op_id, leg=leg, target=target, ring_timeout_s=ring_timeout_s)
            )
            if not is_over:
                await over.wait()
        finally:
            del self._dials[op_id]

    async def record(self, op_id: str, leg: str, on: bool) -> None:
        action: Literal["start", "stop"] = "start" if on else "stop"
        await self._transport.call(
            world.Record(op_id=f"{op_id}/{action}", target=f"leg:{leg}", action=action)
        )

    async def end(self, leg: str, cause: str, *, rejected: bool) -> None:
        if rejected:
            await self._transport.call(world.Reject(leg=leg, cause=cause))
        else:
            await self._transport.call(world.Hangup(leg=leg, cause=cause))

    async def report(self, leg: str, outcome: Outcome) -> None:
        """Posted: once decided, an outcome is not lost with the step list that led to it."""
        self._transport.post(
            world.Report(
                leg=leg,
                event_id=_event_id(leg, outcome),
                outcome=outcome.kind,
                steps_op=outcome.op_id,
                value=outcome.value,
                how=outcome.how,
                consumed=outcome.consumed,
            )
        )


def _event_id(leg: str, outcome: Outcome) -> str:
    """The same for the same input, so a repetition is recognised; without input (no key came, or
    the steps are done) the same for the same steps."""
    basis = outcome.consumed or (outcome.op_id, outcome.kind)
    return f"{leg}.{derived_id(*basis)}"
