"""What the ``LegRunner`` needs of a carrier, and the values that pass between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from contactcenter.channels.voice.steps import Collect, Play, Role, Say


@dataclass(frozen=True, slots=True)
class Input:
    """A key or a spoken sentence. ``order`` ranks the input of one leg."""

    event_id: str
    order: int
    how: Literal["digits", "speech"]
    value: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step list came to. ``consumed`` names the input that led to it."""

    kind: Literal["done", "collected", "no_input"]
    op_id: str
    value: str = ""
    how: Literal["digits", "speech"] = "digits"
    consumed: tuple[str, ...] = ()


class LegOps(Protocol):
    """What a carrier can do with one leg. Each may raise ``Conflict`` when the leg is gone."""

    async def answer(self, leg: str) -> bool:
        """Take the call; False while the far end of our own call still rings."""
        ...

    async def speak(self, leg: str, prompt: Say | Play) -> None:
        """Returns when the prompt was heard to its end; cancelled, it stops the prompt."""
        ...

    async def join(self, leg: str, room: str, role: Role) -> None: ...

    async def leave(self, leg: str) -> None:
        """Out of any room and any dialled-on call."""
        ...

    async def dial(self, op_id: str, leg: str, target: str, ring_timeout_s: float) -> None:
        """Returns when the dialled-on call is over."""
        ...

    async def record(self, op_id: str, leg: str, on: bool) -> None:
        """Start or stop recording what the leg says. Steps that replace a running recording do
        not say stop: the carrier stops it when other steps begin."""
        ...

    async def end(self, leg: str, cause: str, *, rejected: bool) -> None: ...

    async def report(self, leg: str, outcome: Outcome) -> None:
        """Hand the outcome on; the input it consumed is taken for good."""
        ...


def usable(given: Input, step: Collect) -> bool:
    return step.speech if given.how == "speech" else step.digits


def outcome_of(op_id: str, step: Collect, taken: Sequence[Input]) -> Outcome:
    consumed = tuple(each.event_id for each in taken)
    if taken and taken[-1].how == "speech":
        return Outcome("collected", op_id, taken[-1].value, "speech", consumed)
    keys = "".join(each.value for each in taken)
    if step.finish_key and keys.endswith(step.finish_key):
        keys = keys[: -len(step.finish_key)]
    if not keys:
        return Outcome("no_input", op_id, consumed=consumed)
    return Outcome("collected", op_id, keys, "digits", consumed)
