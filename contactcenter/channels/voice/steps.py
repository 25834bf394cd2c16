"""Steps: carrier-neutral instructions to one leg. Pure values; adapters render or run them.

A step list ends in a terminal step (``TERMINAL``): ``Collect``, ``Next`` and ``Dial`` ask the core
again when they are done; ``Park`` and ``Bridge`` hold the leg until it is run again; ``Hangup`` and
``Reject`` end it. ``checked`` adds ``Next`` to a list without an end, so a caller never falls into
silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["customer", "agent", "monitor", "whisper", "barge"]


@dataclass(frozen=True, slots=True)
class Say:
    """Speak ``text`` in ``language`` (BCP 47: ``en-GB``, ``zh-CN``)."""

    text: str
    language: str = "en"
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class Play:
    """Play a stored recording by its media key."""

    media: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Stay silent for ``seconds``."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Collect:
    """Play ``prompts`` and take digits and/or speech; yields ``Collected`` or ``NoInput``.

    ``max_digits`` ends the input at that many digits; ``finish_key`` ends it earlier ("" for none).
    ``first_timeout_s`` runs from the end of the prompts to the first input, ``gap_timeout_s``
    between digits. ``barge_in`` lets input cut the prompts short.
    """

    prompts: tuple[Say | Play | Pause, ...] = ()
    digits: bool = True
    speech: bool = False
    max_digits: int = 1
    finish_key: str = "#"
    first_timeout_s: float = 5.0
    gap_timeout_s: float = 3.0
    hints: tuple[str, ...] = ()
    language: str = "en"
    barge_in: bool = True


@dataclass(frozen=True, slots=True)
class Park:
    """Wait for an agent; ``announcements`` are spoken once, then again every ``repeat_s``."""

    queue: str
    announcements: tuple[Say | Play, ...] = ()
    repeat_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Bridge:
    """Join ``room`` and stay until taken out."""

    room: str
    role: Role = "customer"


@dataclass(frozen=True, slots=True)
class Dial:
    """Connect the leg to ``target`` (an address); ``StepDone`` when that ends."""

    target: str
    ring_timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Record:
    """Record what this leg says (voicemail) up to ``max_s``; then ``RecordingReady``."""

    max_s: float = 120.0
    finish_key: str = "#"


@dataclass(frozen=True, slots=True)
class Next:
    """Ask the core what comes next (``StepDone``)."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse an offered leg before it is answered. ``cause``: ``busy`` or ``rejected``."""

    cause: Literal["busy", "rejected"] = "rejected"


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the leg; ``cause`` is ours, for the log."""

    cause: str = "normal"


Step = Say | Play | Pause | Collect | Park | Bridge | Dial | Record | Next | Reject | Hangup
TERMINAL = (Collect, Park, Bridge, Dial, Next, Reject, Hangup)


@dataclass(frozen=True, slots=True)
class StepList:
    """A checked list of steps, as handed to a leg under one ``op_id``."""

    op_id: str
    steps: tuple[Step, ...] = field(default_factory=tuple)


def checked(steps: Sequence[Step]) -> tuple[Step, ...]:
    """``steps`` up to and with their first terminal step, or with ``Next`` added at the end."""
    taken: list[Step] = []
    for step in steps:
        taken.append(step)
        if isinstance(step, TERMINAL):
            return tuple(taken)
    return (*taken, Next())


_BY_NAME: dict[str, type[Step]] = {
    cls.__name__: cls
    for cls in (Say, Play, Pause, Collect, Park, Bridge, Dial, Record, Next, Reject, Hangup)
}


def step_to_data(step: Step) -> dict[str, Any]:
    """A step as JSON values: its fields and its name under ``step``."""
    data: dict[str, Any] = {"step": type(step).__name__}
    for name in step.__slots__:
        value = getattr(step, name)
        if isinstance(value, tuple):
            value = [v if isinstance(v, str) else step_to_data(v) for v in value]
        data[name] = value
    return data


def step_from_data(data: Mapping[str, Any]) -> Step:
    """The inverse of ``step_to_data``."""
    values: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, list):
            values[name] = tuple(v if isinstance(v, str) else step_from_data(v) for v in value)
        elif name != "step":
            values[name] = value
    return _BY_NAME[data["step"]](**values)
