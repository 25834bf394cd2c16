"""``say``: speak or write a text, then go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from contactcenter.ivr.model import Input, Running, Target, Texts
from contactcenter.ivr.reading import NodeReader


@dataclass(frozen=True, slots=True)
class Say:
    """``in_every_language`` says the text once in each language of the menu."""

    name: str
    line: int
    text: Texts
    next: Target
    in_every_language: bool = False

    KIND: ClassVar[str] = "say"
    SPEAKS: ClassVar[bool] = True
    WAITS: ClassVar[bool] = False

    def targets(self) -> tuple[Target, ...]:
        return (self.next,)

    def texts(self) -> tuple[Texts, ...]:
        return (self.text,)

    def enter(self, run: Running) -> str | None:
        run.say(self.text, self.in_every_language)
        run.record(self.name, self.KIND, "said")
        return self.next.node

    def resume(self, run: Running, given: Input) -> str | None:
        return self.next.node


def read(reader: NodeReader) -> Say | None:
    """``say: TEXTS``, ``next: NODE``, ``in_every_language: true|false``."""
    text = reader.prompt("say", required=True)
    following = reader.target("next", required=True)
    every = reader.flag("in_every_language")
    if text is None or following is None:
        return None
    return Say(reader.name, reader.line, text, following, every)
