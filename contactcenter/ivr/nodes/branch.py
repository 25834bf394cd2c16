"""``branch``: go where the first rule that holds points; ``else`` when none does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from contactcenter.core.rules import Rule, evaluate
from contactcenter.ivr.model import Input, Running, Target, Texts
from contactcenter.ivr.reading import NodeReader


@dataclass(frozen=True, slots=True)
class Branch:
    """Ways in the order they are tried, and the one that is left."""

    name: str
    line: int
    ways: tuple[tuple[Rule, Target], ...]
    otherwise: Target

    KIND: ClassVar[str] = "branch"
    SPEAKS: ClassVar[bool] = False
    WAITS: ClassVar[bool] = False

    def targets(self) -> tuple[Target, ...]:
        return (*(target for _, target in self.ways), self.otherwise)

    def texts(self) -> tuple[Texts, ...]:
        return ()

    def enter(self, run: Running) -> str | None:
        facts = run.rule_facts()
        for place, (rule, target) in enumerate(self.ways, 1):
            if evaluate(rule, facts):
                run.record(self.name, self.KIND, f"way_{place}")
                return target.node
        run.record(self.name, self.KIND, "else")
        return self.otherwise.node

    def resume(self, run: Running, given: Input) -> str | None:
        return self.enter(run)


def read(reader: NodeReader) -> Branch | None:
    """``branch: [{when: RULE, next: NODE}, ..., {else: NODE}]``."""
    ways: list[tuple[Rule, Target]] = []
    otherwise: Target | None = None
    line = reader.line_of("branch")
    for item in reader.items("branch", required=True):
        way = reader.part(item, f"{reader.what}: way")
        if otherwise is not None:
            way.fault(f"{reader.what}: nothing may come after else")
        if "else" in way.data:
            otherwise = way.target("else", required=True)
        else:
            rule, target = way.rule("when"), way.target("next", required=True)
            if "when" not in way.data:
                way.fault(f"{way.what}: when is missing")
            if rule is not None and target is not None:
                ways.append((rule, target))
        way.finish()
    if otherwise is None:
        reader.fault(f"{reader.what}: a branch needs an else", line, "add - else: NODE at the end")
        return None
    return Branch(reader.name, reader.line, tuple(ways), otherwise)
