"""After a restart or a lost connection: our legs against the carrier's, taken up or ended."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from functools import partial
from typing import Any

import structlog

from contactcenter.channels.voice.base import (
    Joined,
    LegAnswered,
    LegEnded,
    LiveLeg,
    VoiceAdapter,
    VoiceEvent,
)
from contactcenter.channels.voice.steps import Step
from contactcenter.core.clock import Clock
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import ContactCenterError
from contactcenter.core.ids import derived_id, new_id
from contactcenter.handling import legs
from contactcenter.handling.calls import Calls
from contactcenter.handling.legs import AWAITED, Leg

_log = structlog.get_logger(__name__)


class Reconciler:
    """One per voice adapter; ``carrier`` is what the adapter calls when it comes up or goes."""

    def __init__(self, db: Database, clock: Clock, calls: Calls, adapter: VoiceAdapter) -> None:
        self._db = db
        self._clock = clock
        self._calls = calls
        self._adapter = adapter
        self.is_up = False

    async def carrier(self, up: bool) -> None:
        """The carrier's connection came up (compare now) or went down."""
        self.is_up = up
        _log.info("carrier", provider=self._adapter.provider, up=up)
        if up:
            await self.reconcile()

    async def reconcile(self) -> None:
        """End our legs that the carrier no longer has, take up those it has, drop strangers."""
        ours_of = partial(legs.of_provider, provider=self._adapter.provider)
        before = {leg.ref for leg in await self._db.read(ours_of)}
        live = {one.leg: one for one in await self._adapter.legs.live()}
        await self._db.write(partial(_name_awaited, provider=self._adapter.provider, live=live))
        ours = await self._db.read(ours_of)
        for leg in ours:
            if leg.ref in live:
                await self._take_up(leg, live[leg.ref])
            elif leg.ref in before and not leg.ref.startswith(AWAITED):
                # one started meanwhile is not missing; an awaited one is the executor's to start
                await self._report(leg, LegEnded, cause="carrier_lost")
        known = {leg.ref for leg in ours}
        awaited = {leg.line for leg in ours if leg.ref.startswith(AWAITED)}
        for ref in live.keys() - known:
            if live[ref].direction == "outbound" and live[ref].line in awaited:
                continue  # perhaps the one a killed process asked for: the executor looks first
            if live[ref].state != "offered":  # an offer's own event comes yet
                await self._quietly(self._adapter.legs.hangup(str(new_id()), ref, "unknown_leg"))

    async def _take_up(self, leg: Leg, live: LiveLeg) -> None:
        """Learn what its lost reports would have told; then run what it should be doing, unless
        this process gave it steps: those are under way."""
        if live.state == "up" and leg.state != "up":
            await self._report(leg, LegAnswered)
        if live.room and live.room != leg.room:
            await self._report(leg, Joined, room=live.room)
        if self._calls.has_instructed(leg.ref):
            return
        op_id = str(derived_id("resume", leg.ref, new_id()))

        def work(tx: Tx) -> Sequence[Step] | None:
            now = legs.find(tx, leg.provider, leg.ref)
            steps = self._calls.resume(tx, now) if now else None
            if steps is not None:
                legs.change(tx, leg.id, op_id=op_id)
            return steps

        steps = await self._db.write(work)
        if steps is not None:
            await self._quietly(self._adapter.legs.run(op_id, leg.ref, steps))

    async def _report(self, leg: Leg, kind: type[VoiceEvent], **more: Any) -> None:
        """Hand over what the carrier has not told us and now shows."""
        event = kind(
            provider=leg.provider,
            line=leg.line,
            event_id=f"found:{leg.ref}:{new_id()}",
            leg=leg.ref,
            at=self._clock.now(),
            **more,
        )
        await self._calls.receive(event)

    async def _quietly(self, command: Awaitable[None]) -> None:
        try:
            await command
        except ContactCenterError as error:  # the leg ended meanwhile: its own event tells
            _log.info("reconcile_skipped", code=error.code)


def _name_awaited(tx: Tx, provider: str, live: dict[str, LiveLeg]) -> None:
    for one in live.values():
        if one.op_id:
            legs.named(tx, provider, one.op_id, one.leg)
