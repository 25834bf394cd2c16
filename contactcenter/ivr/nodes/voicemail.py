"""``voicemail``: a caller leaves a message, and the queue's agents get the work of answering it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from contactcenter.ivr.model import Enqueue, Input, Running, Target, Texts
from contactcenter.ivr.reading import NodeReader


@dataclass(frozen=True, slots=True)
class VoicemailNode:
    """In a text the message is there already: it waits in the queue as any other."""

    name: str
    line: int
    queue: str
    queue_line: int
    announce: Texts | None = None

    KIND: ClassVar[str] = "voicemail"
    SPEAKS: ClassVar[bool] = True
    WAITS: ClassVar[bool] = True

    def targets(self) -> tuple[Target, ...]:
        return ()

    def texts(self) -> tuple[Texts, ...]:
        return (self.announce,) if self.announce else ()

    def enter(self, run: Running) -> str | None:
        run.say(self.announce)
        run.record(self.name, self.KIND, "asked")
        run.enqueue(Enqueue(self.queue, message=True))
        return None

    def resume(self, run: Running, given: Input) -> str | None:
        return self.enter(run)


def read(reader: NodeReader) -> VoicemailNode:
    """``voicemail: QUEUE``, ``announce: TEXTS`` said before the tone is announced."""
    queue = reader.text("voicemail", required=True)
    line = reader.line_of("voicemail")
    return VoicemailNode(reader.name, reader.line, queue, line, reader.prompt("announce"))
