"""After a restart or a lost connection: our legs against the carrier's, taken up or ended."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from functools import partial

import structlog

from contactcenter.channels.voice.base import LegEnded, LiveLeg, VoiceAdapter
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
        live = {one.leg: one for one in await self._adapter.legs.live()}
        await self._db.write(partial(_name_awaited, provider=self._adapter.provider, live=live))
        ours = await self._db.read(partial(legs.of_provider, provider=self._adapter.provider))
        for leg in ours:
            if leg.ref in live:
                await self._take_up(leg)
            elif not leg.ref.startswith(AWAITED):  # an awaited one is the executor's to start
                await self._lost(leg)
        known = {leg.ref for leg in ours}
        for ref in live.keys() - known:
            if live[ref].state != "offered":  # an offer's own event comes yet
                await self._quietly(self._adapter.legs.hangup(str(new_id()), ref, "unknown_leg"))

    async def _lost(self, leg: Leg) -> None:
        event = LegEnded(
            provider=leg.provider,
            line=leg.line,
            event_id=f"lost:{leg.ref}",
            leg=leg.ref,
            at=self._clock.now(),
            cause="carrier_lost",
        )
        await self._calls.receive(event)

    async def _take_up(self, leg: Leg) -> None:
        if leg.party != "customer" or self._calls.has_seen(leg.ref):
            return  # this process already runs it
        op_id = str(derived_id("resume", leg.ref, new_id()))

        def work(tx: Tx) -> Sequence[Step] | None:
            steps = self._calls.resume(tx, leg)
            if steps is not None:
                legs.change(tx, leg.id, op_id=op_id)
            return steps

        steps = await self._db.write(work)
        if steps is not None:
            await self._quietly(self._adapter.legs.run(op_id, leg.ref, steps))

    async def _quietly(self, command: Awaitable[None]) -> None:
        try:
            await command
        except ContactCenterError as error:  # the leg ended meanwhile: its own event tells
            _log.info("reconcile_skipped", code=error.code)


def _name_awaited(tx: Tx, provider: str, live: dict[str, LiveLeg]) -> None:
    for one in live.values():
        if one.op_id:
            legs.named(tx, provider, one.op_id, one.leg)
