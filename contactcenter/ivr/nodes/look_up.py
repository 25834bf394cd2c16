"""``look_up``: ask the shell for something by name, then go on by what came back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from contactcenter.ivr.model import Input, LookedUp, LookUp, Running, Target, Texts
from contactcenter.ivr.reading import NodeReader


@dataclass(frozen=True, slots=True)
class LookUpNode:
    """``args`` are names of variables or facts handed over; ``into`` is the prefix under which the
    values that come back become variables; ``gives`` are those names without the prefix."""

    name: str
    line: int
    look_up: str
    args: tuple[str, ...]
    into: str
    gives: tuple[str, ...]
    found: Target
    missing: Target | None
    failed: Target | None
    timeout_s: int = 5

    KIND: ClassVar[str] = "look_up"
    SPEAKS: ClassVar[bool] = False
    WAITS: ClassVar[bool] = False

    def targets(self) -> tuple[Target, ...]:
        return tuple(t for t in (self.found, self.missing, self.failed) if t is not None)

    def texts(self) -> tuple[Texts, ...]:
        return ()

    def ask_again(self, run: Running) -> bool:
        self.enter(run)
        return True

    def enter(self, run: Running) -> str | None:
        known = {**run.state.facts, **run.state.variables}
        args = {name: known[name] for name in self.args if name in known}
        run.outputs.append(LookUp(self.name, self.look_up, args, float(self.timeout_s)))
        return None

    def resume(self, run: Running, given: Input) -> str | None:
        outcome = given.outcome if isinstance(given, LookedUp) else "failed"
        run.record(self.name, self.KIND, outcome)
        fallback = run.menu.fallback
        if isinstance(given, LookedUp) and outcome == "found":
            values = {n: given.values[n] for n in self.gives if n in given.values}
            run.keep({f"{self.into}.{name}": value for name, value in values.items()})
            return self.found.node
        if outcome == "missing":
            return (self.missing or self.failed or fallback).node
        return (self.failed or fallback).node


def read(reader: NodeReader) -> LookUpNode | None:
    """``look_up: NAME``, ``with: [VARIABLE]``, ``into: PREFIX``, ``next``, ``missing``,
    ``failed`` (both default to the menu's fallback), ``timeout_s``."""
    name = reader.text("look_up", required=True)
    args = tuple(arg for arg in reader.texts("with") if reader.known_name(arg, reader.line))
    into = reader.text("into")
    found = reader.target("next", required=True)
    missing, failed = reader.target("missing"), reader.target("failed")
    timeout = reader.integer("timeout_s", 5, 1, 12)
    prefix = f"{into}."
    gives = tuple(n.removeprefix(prefix) for n in reader.terms.variables if n.startswith(prefix))
    if into and not gives:
        reader.fault(
            f"{reader.what}: no variable {prefix}NAME is declared",
            reader.line_of("into"),
            f"declare for example {prefix}amount under variables",
        )
    if found is None:
        return None
    return LookUpNode(
        reader.name, reader.line, name, args, into, gives, found, missing, failed, timeout
    )
