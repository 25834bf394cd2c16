"""``enqueue``: leave the menu for agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from contactcenter.core.rules import Rule
from contactcenter.ivr.model import Enqueue, Input, Running, Target, Texts
from contactcenter.ivr.reading import NodeReader

MAX_PRIORITY = 1000


@dataclass(frozen=True, slots=True)
class EnqueueNode:
    """``attributes`` are constants (codes), so that no personal value reaches the event log."""

    name: str
    line: int
    queue: str
    queue_line: int
    requires: Rule | None
    requires_line: int
    priority: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    announce: Texts | None = None

    KIND: ClassVar[str] = "enqueue"
    SPEAKS: ClassVar[bool] = True
    WAITS: ClassVar[bool] = True

    def targets(self) -> tuple[Target, ...]:
        return ()

    def texts(self) -> tuple[Texts, ...]:
        return (self.announce,) if self.announce else ()

    def enter(self, run: Running) -> str | None:
        run.say(self.announce)
        run.record(self.name, self.KIND, "queued")
        run.enqueue(Enqueue(self.queue, self.requires, self.priority, dict(self.attributes)))
        return None

    def resume(self, run: Running, given: Input) -> str | None:
        return self.enter(run)


def read(reader: NodeReader) -> EnqueueNode:
    """``enqueue: QUEUE``, ``requires: SKILL RULE``, ``priority: MINUTES``, ``attributes``,
    ``announce: TEXTS``."""
    queue = reader.text("enqueue", required=True)
    attributes: dict[str, str] = {}
    for name, value, line in reader.mapping("attributes"):
        if isinstance(value.data, str | int) and "{" not in str(value.data):
            attributes[name] = str(value.data)
        else:
            reader.fault(f"{reader.what}: attribute {name} must be a constant", line)
    return EnqueueNode(
        reader.name,
        reader.line,
        queue,
        reader.line_of("enqueue"),
        reader.rule("requires", skills=True),
        reader.line_of("requires"),
        reader.integer("priority", 0, -MAX_PRIORITY, MAX_PRIORITY),
        attributes,
        reader.prompt("announce"),
    )
