"""``enqueue``: leave the menu for agents; ``on`` says where to go when the queue gives it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from contactcenter.core.rules import Rule
from contactcenter.ivr.model import Enqueue, EnqueueStep, Input, Running, Target, Texts
from contactcenter.ivr.reading import NodeReader

MAX_PRIORITY = 1000
MAX_S = 7 * 24 * 3600
HOLD_S = 60
"""How long a named agent is held out for, unless told."""


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
    agent: str = ""
    hold_s: int = 0
    steps: tuple[EnqueueStep, ...] = ()
    age_s: int = 0
    on: Mapping[str, Target] = field(default_factory=dict)
    otherwise: Target | None = None

    KIND: ClassVar[str] = "enqueue"
    SPEAKS: ClassVar[bool] = True
    WAITS: ClassVar[bool] = True

    def targets(self) -> tuple[Target, ...]:
        ways = tuple(self.on.values())
        return (*ways, self.otherwise) if self.otherwise else ways

    def texts(self) -> tuple[Texts, ...]:
        return (self.announce,) if self.announce else ()

    def way_on(self, reason: str) -> str | None:
        """The node that goes on when the queue gave it back for ``reason``; None for none."""
        found = self.on.get(reason) or self.otherwise
        return found.node if found else None

    def enter(self, run: Running) -> str | None:
        run.say(self.announce)
        run.record(self.name, self.KIND, "queued")
        run.enqueue(
            Enqueue(
                self.queue,
                self.requires,
                self.priority,
                dict(self.attributes),
                self.agent,
                self.hold_s,
                self.steps,
                self.age_s,
            )
        )
        return None

    def resume(self, run: Running, given: Input) -> str | None:
        return self.enter(run)


def read(reader: NodeReader) -> EnqueueNode:
    """``enqueue: QUEUE``, ``requires: SKILL RULE``, ``priority: MINUTES``, ``attributes``,
    ``announce: TEXTS``, ``agent: NAME`` held out for ``hold_s``, ``steps: [{requires: SKILL RULE,
    for_s: N}]``, ``age_s``, ``on: {REASON: NODE}``, ``otherwise: NODE``."""
    queue = reader.text("enqueue", required=True)
    attributes: dict[str, str] = {}
    for name, value, line in reader.mapping("attributes"):
        if isinstance(value.data, str | int) and "{" not in str(value.data):
            attributes[name] = str(value.data)
        else:
            reader.fault(f"{reader.what}: attribute {name} must be a constant", line)
    agent = reader.text("agent")
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
        agent,
        reader.integer("hold_s", HOLD_S if agent else 0, 0, MAX_S),
        _steps(reader),
        reader.integer("age_s", 0, -MAX_S, MAX_S),
        _ways(reader),
        reader.target("otherwise"),
    )


def _steps(reader: NodeReader) -> tuple[EnqueueStep, ...]:
    steps = []
    for item in reader.items("steps"):
        part = reader.part(item, f"{reader.what}: step")
        rule, seconds = part.rule("requires", skills=True), part.integer("for_s", 0, 1, MAX_S)
        if "for_s" not in part.data:
            part.fault(f"{part.what}: for_s is missing")
        part.finish()
        steps.append(EnqueueStep(rule, seconds))
    return tuple(steps)


def _ways(reader: NodeReader) -> dict[str, Target]:
    ways = {}
    for reason, value, line in reader.mapping("on"):
        if isinstance(value.data, str):
            ways[reason] = Target(value.data, line, f"on {reason}")
        else:
            reader.fault(f"{reader.what}: on {reason} names a node", line)
    return ways
