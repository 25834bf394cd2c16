"""``hang_up``: end the menu, ``solved: true`` where the customer got what they came for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from contactcenter.ivr.model import Input, Running, Target, Texts
from contactcenter.ivr.reading import NodeReader


@dataclass(frozen=True, slots=True)
class HangUp:
    """``say`` None ends without a word: allowed only where the nodes before have spoken."""

    name: str
    line: int
    say: Texts | None
    solved: bool = False

    KIND: ClassVar[str] = "hang_up"
    SPEAKS: ClassVar[bool] = True
    WAITS: ClassVar[bool] = True

    def targets(self) -> tuple[Target, ...]:
        return ()

    def texts(self) -> tuple[Texts, ...]:
        return (self.say,) if self.say else ()

    def enter(self, run: Running) -> str | None:
        run.say(self.say)
        code = "solved" if self.solved else "ended"
        run.record(self.name, self.KIND, code)
        run.leave("solved" if self.solved else "ended")
        return None

    def resume(self, run: Running, given: Input) -> str | None:
        return self.enter(run)


def read(reader: NodeReader) -> HangUp:
    """``hang_up: TEXTS`` (the last words, may be empty), ``solved: true|false``."""
    return HangUp(reader.name, reader.line, reader.prompt("hang_up"), reader.flag("solved"))
