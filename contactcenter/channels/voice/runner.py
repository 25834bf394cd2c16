"""Runs step lists on legs of carriers that are pushed (simulated, Asterisk).

One ``LegRunner`` serves one carrier account. It knows steps, input and time; the carrier's own
acts are the few primitives of ``LegOps``. ``run`` replaces what a leg does. The results go out
as ``Outcome`` through ``LegOps.report``; the adapter turns them into events of the port.

Keys pressed ahead are kept for the next ``Collect`` (a caller who knows the menu types on) and
dropped where they can mean nothing: in a room, while parked, at the end of the leg.
"""

from __future__ import annotations

import asyncio
from bisect import insort
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from contactcenter.channels.voice.runner_ops import (
    Input,
    LegOps,
    Outcome,
    outcome_of,
    usable,
)
from contactcenter.channels.voice.steps import (
    Bridge,
    Collect,
    Dial,
    Hangup,
    Next,
    Park,
    Pause,
    Play,
    Record,
    Reject,
    Say,
    Step,
    checked,
)
from contactcenter.core.clock import Clock
from contactcenter.core.errors import Conflict, ContactCenterError

FALLBACK = Say("One moment, please.", "en")
FALLBACK_AFTER_S = 10.0
"""A leg that asked what comes next and hears nothing for so long hears ``FALLBACK``."""


@dataclass(slots=True, eq=False)
class _LegRun:
    """The runner's side of one leg. ``placed``: it may be in a room or dialled on; so is every
    leg of which the runner has not seen the beginning."""

    leg: str
    up: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: list[tuple[int, Input]] = field(default_factory=list)
    ops_seen: set[str] = field(default_factory=set)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    deaf: bool = False
    placed: bool = True

    def put(self, given: Input) -> None:
        """Keep ``given`` in the order of the leg's input, once."""
        if all(kept.event_id != given.event_id for _, kept in self.waiting):
            insort(self.waiting, (given.order, given), key=lambda each: each[0])
            self.arrived.set()

    def take(self) -> Input | None:
        if not self.waiting:
            self.arrived.clear()
            return None
        return self.waiting.pop(0)[1]


class LegRunner:
    """Executes steps on every leg of one carrier account.

    ``discard`` is told of input that can mean nothing any more; ``failed`` of a primitive that
    did not work (leg, error): a leg that has gone is not a failure.
    """

    def __init__(
        self,
        ops: LegOps,
        clock: Clock,
        *,
        discard: Callable[[Sequence[str]], None],
        failed: Callable[[str, ContactCenterError], None] = lambda leg, error: None,
    ) -> None:
        self._ops = ops
        self._clock = clock
        self._discard = discard
        self._failed = failed
        self._legs: dict[str, _LegRun] = {}

    def legs(self) -> list[str]:
        """The legs this runner has heard of and not been told the end of."""
        return list(self._legs)

    def run(self, op_id: str, leg: str, steps: Sequence[Step]) -> None:
        """Replace what ``leg`` does; the same ``op_id`` twice acts once."""
        state = self._leg(leg)
        if op_id in state.ops_seen:
            return
        state.ops_seen.add(op_id)
        # All that have not ended: one replaced before it began has not waited for its own.
        former = [task for task in state.tasks if not task.done()]
        for task in former:
            task.cancel()
        begun = asyncio.get_running_loop().create_task(
            self._run(state, op_id, checked(steps), former)
        )
        state.tasks = [*former, begun]

    def begins(self, leg: str) -> None:
        """The leg is new: in no room yet."""
        self._leg(leg).placed = False

    def is_instructed(self, leg: str) -> bool:
        """Whether ``run`` was called for the leg."""
        return bool(self._leg(leg).ops_seen)

    def answered(self, leg: str) -> None:
        """The far end took the call."""
        self._leg(leg).up.set()

    def feed(self, leg: str, given: Input) -> None:
        """Input of the customer, in any order; repeated input is taken once."""
        state = self._leg(leg)
        if state.deaf:
            self._discard((given.event_id,))
            return
        state.put(given)

    def gone(self, leg: str) -> None:
        """The leg has ended."""
        state = self._legs.pop(leg, None)
        if state is None:
            return
        self._drop_input(state)
        for task in state.tasks:
            task.cancel()

    async def close(self) -> None:
        """Stop instructing; the legs live on at the carrier."""
        tasks = [task for state in self._legs.values() for task in state.tasks]
        self._legs.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- one step list -------------------------------------------------------------------------

    async def _run(
        self,
        state: _LegRun,
        op_id: str,
        steps: tuple[Step, ...],
        former: Sequence[asyncio.Task[None]],
    ) -> None:
        if former:
            await asyncio.wait(former)
        try:
            await self._place(state, steps)
            for index, step in enumerate(steps):
                await self._step(state, f"{op_id}/{index}", op_id, step)
        except Conflict:
            # The leg ended, or a later command overtook this one: its own event follows.
            return
        except ContactCenterError as error:
            # A step the carrier refused (a number that is none): the core decides what is next.
            self._failed(state.leg, error)
            await self._finish(state, Outcome("done", op_id))

    async def _place(self, state: _LegRun, steps: tuple[Step, ...]) -> None:
        """Answer, and leave the room unless the first step stays in it."""
        first = steps[0]
        if isinstance(first, Reject | Hangup):
            return
        if not state.up.is_set():
            if not await self._ops.answer(state.leg):
                await state.up.wait()
            state.up.set()
        if state.placed and not isinstance(first, Bridge | Dial):
            await self._ops.leave(state.leg)
        state.placed = False

    async def _step(self, state: _LegRun, part: str, op_id: str, step: Step) -> None:
        state.deaf = False
        match step:
            case Say() | Play():
                await self._ops.speak(state.leg, step)
            case Pause():
                await self._clock.sleep(step.seconds)
            case Collect():
                await self._finish(state, await self._collect(state, op_id, step))
            case Park():
                await self._park(state, step)
            case Bridge():
                self._become_deaf(state)
                state.placed = True
                await self._ops.join(state.leg, step.room, step.role)
            case Dial():
                self._become_deaf(state)
                state.placed = True
                await self._ops.dial(part, state.leg, step.target, step.ring_timeout_s)
                state.placed = False
                await self._finish(state, Outcome("done", op_id))
            case Record():
                await self._record(state, part, step)
            case Next():
                await self._finish(state, Outcome("done", op_id))
            case Reject():
                await self._ops.end(state.leg, step.cause, rejected=True)
            case Hangup():
                await self._ops.end(state.leg, step.cause, rejected=False)

    async def _finish(self, state: _LegRun, outcome: Outcome) -> None:
        """Ask the core again; nobody is left in silence while it thinks too long."""
        await self._ops.report(state.leg, outcome)
        while True:
            await self._clock.sleep(FALLBACK_AFTER_S)
            await self._ops.speak(state.leg, FALLBACK)

    async def _park(self, state: _LegRun, step: Park) -> None:
        self._become_deaf(state)
        while True:
            for announcement in step.announcements:
                await self._ops.speak(state.leg, announcement)
            await self._clock.sleep(step.repeat_s)

    async def _record(self, state: _LegRun, part: str, step: Record) -> None:
        await self._ops.record(part, state.leg, True)
        await _first(self._clock.sleep(step.max_s), self._until_key(state, step.finish_key))
        await self._ops.record(part, state.leg, False)

    async def _until_key(self, state: _LegRun, key: str) -> None:
        while True:
            given = state.take()
            if given is None:
                await state.arrived.wait()
            else:
                self._discard((given.event_id,))
                if given.value == key:
                    return

    # -- collecting ----------------------------------------------------------------------------

    async def _collect(self, state: _LegRun, op_id: str, step: Collect) -> Outcome:
        self._forget_finish_keys(state, step)
        await self._prompts(state, step)
        taken: list[Input] = []
        try:
            await self._take_all(state, step, taken)
        except asyncio.CancelledError:
            # Other steps come; what was pressed so far is input ahead of them.
            for given in taken:
                state.put(given)
            raise
        return outcome_of(op_id, step, taken)

    async def _take_all(self, state: _LegRun, step: Collect, taken: list[Input]) -> None:
        seconds = step.first_timeout_s
        while True:
            given = await self._next_input(state, step, seconds, taken)
            if given is None:
                return
            if given.how == "speech" or given.value == step.finish_key:
                return
            if len(taken) >= step.max_digits:
                return
            seconds = step.gap_timeout_s

    async def _prompts(self, state: _LegRun, step: Collect) -> None:
        """Play the prompts; with barge-in, usable input cuts them short."""
        if not step.prompts:
            return
        if not step.barge_in:
            await self._play_all(state, step)
            return
        if self._has_usable(state, step):
            return
        await _first(self._play_all(state, step), self._until_usable(state, step))

    async def _play_all(self, state: _LegRun, step: Collect) -> None:
        for prompt in step.prompts:
            if isinstance(prompt, Pause):
                await self._clock.sleep(prompt.seconds)
            else:
                await self._ops.speak(state.leg, prompt)

    async def _until_usable(self, state: _LegRun, step: Collect) -> None:
        while not self._has_usable(state, step):
            state.arrived.clear()
            await state.arrived.wait()

    def _has_usable(self, state: _LegRun, step: Collect) -> bool:
        return any(usable(given, step) for _, given in state.waiting)

    async def _next_input(
        self, state: _LegRun, step: Collect, seconds: float, taken: list[Input]
    ) -> Input | None:
        """The next key or sentence that ``step`` takes, within ``seconds``, added to ``taken``;
        others are dropped."""
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            while True:
                given = state.take()
                if given is None:
                    if timer.done():
                        return None
                    await _either(timer, state.arrived)
                elif usable(given, step):
                    # Before the next await: a cancellation there must find it in `taken`.
                    taken.append(given)
                    return given
                else:
                    self._discard((given.event_id,))
        finally:
            await _cancel([timer])

    def _forget_finish_keys(self, state: _LegRun, step: Collect) -> None:
        """A finish key pressed ahead belongs to the input before (``123#`` of three digits)."""
        while state.waiting and step.finish_key and state.waiting[0][1].value == step.finish_key:
            self._discard((state.waiting.pop(0)[1].event_id,))

    # -- inside --------------------------------------------------------------------------------

    def _leg(self, leg: str) -> _LegRun:
        return self._legs.setdefault(leg, _LegRun(leg))

    def _become_deaf(self, state: _LegRun) -> None:
        state.deaf = True
        self._drop_input(state)

    def _drop_input(self, state: _LegRun) -> None:
        dropped = tuple(given.event_id for _, given in state.waiting)
        state.waiting.clear()
        if dropped:
            self._discard(dropped)


async def _either(timer: asyncio.Future[None], event: asyncio.Event) -> None:
    """Until the timer has run out or the event is set."""
    waiter = asyncio.ensure_future(event.wait())
    either: list[asyncio.Future[Any]] = [timer, waiter]
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancel([waiter])


async def _first(*works: Awaitable[None]) -> None:
    """Wait for the first of ``works`` and cancel the others; its fault is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await _cancel(tasks)


async def _cancel(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Cancel ``tasks`` and see them end. ``asyncio.wait``, unlike awaiting a task, never takes our
    own cancellation for theirs."""
    for task in tasks:
        task.cancel()
    unfinished = [task for task in tasks if not task.done()]
    if unfinished:
        await asyncio.wait(unfinished)
    for task in tasks:
        if not task.cancelled():
            task.exception()
