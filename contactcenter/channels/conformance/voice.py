"""What every voice adapter must do, told as calls. Subclass ``VoiceContract`` and give ``rig``.

``rig`` is a ``VoiceRig``: the adapter under test, started with ``rig.core`` as its sink, a far end
that calls and is called, and a way to let time pass (virtual or real).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from contactcenter.channels.voice.base import VoiceAdapter, VoiceEvent
from contactcenter.channels.voice.steps import Step

E = TypeVar("E", bound=VoiceEvent)
Answer = Callable[[VoiceEvent], Sequence[Step] | None]


class FarEnd(Protocol):
    """A customer's phone. ``prompts`` and ``captions`` are what it heard so far, in order."""

    number: str

    @property
    def prompts(self) -> list[str]: ...

    @property
    def captions(self) -> list[str]: ...

    async def call(self, line: str) -> None: ...

    async def answer(self) -> None: ...

    async def press(self, digits: str) -> None: ...

    async def say(self, text: str) -> None: ...

    async def hang_up(self) -> None: ...


@dataclass(slots=True)
class ScriptedCore:
    """Stands for the core: remembers events, answers by their type.

    Like the real one it knows an event by its id: a repetition gets the same answer and is not
    counted again.
    """

    answers: dict[type[VoiceEvent], Answer] = field(default_factory=dict)
    events: list[VoiceEvent] = field(default_factory=list)
    repeated: int = 0
    _replies: dict[str, Sequence[Step] | None] = field(default_factory=dict)

    def on(self, kind: type[VoiceEvent], *answers: Sequence[Step] | None) -> None:
        """Answer the first event of ``kind`` with the first of ``answers`` and so on, then None."""
        waiting = list(answers)
        self.answers[kind] = lambda event: waiting.pop(0) if waiting else None

    async def sink(self, event: VoiceEvent) -> Sequence[Step] | None:
        if event.event_id in self._replies:
            self.repeated += 1
            return self._replies[event.event_id]
        self.events.append(event)
        answer = self.answers.get(type(event))
        reply = answer(event) if answer is not None else None
        self._replies[event.event_id] = reply
        return reply

    def of(self, kind: type[E]) -> list[E]:
        """The events of ``kind``, in the order they came."""
        return [event for event in self.events if isinstance(event, kind)]

    def one(self, kind: type[E]) -> E:
        """The only event of ``kind``."""
        found = self.of(kind)
        assert len(found) == 1, f"{len(found)} events of {kind.__name__}: {self.names()}"
        return found[0]

    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


class VoiceRig(Protocol):
    """One adapter with its carrier and a far end."""

    adapter: VoiceAdapter
    core: ScriptedCore
    far: FarEnd
    line: str
    carrier: list[bool]
    """What ``carrier(up)`` was called with, in order."""

    async def pass_time(self, seconds: float) -> None:
        """Let ``seconds`` of the carrier's time pass."""
        ...

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let a little time pass until ``holds()``; fails when it never does."""
        ...
