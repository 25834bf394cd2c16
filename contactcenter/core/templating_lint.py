"""What a template may be made of: an allow-list over Jinja's syntax tree, and declared variables.

The sandbox does not bound resources (``'a' * 50000000``, wide formats, powers), so everything that
can multiply is left out of the language: no ``*``, ``**``, ``/``, ``%``, no calls, no assignment,
no macros, no inclusion, only listed filters. What is left grows with its input alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import Environment, TemplateSyntaxError, nodes

from contactcenter.core.templating_values import LintFault, TemplateBody, Variables

MAX_SOURCE = 200_000
MAX_DEPTH = 40
MAX_LOOPS = 4
"""Loops within loops; Python's own compiler gives up at 20."""
MAX_FAULTS = 50

_OURS = ("number", "money", "date", "time")
_JINJAS = (
    *("default", "d", "upper", "lower", "title", "capitalize", "trim"),
    *("join", "length", "first", "last", "truncate", "escape", "e"),
)
FILTERS = frozenset((*_OURS, *_JINJAS))
TESTS = frozenset(["defined", "undefined", "none", "in"])
LOOP_FIELDS = frozenset(["index", "first", "last", "length"])
ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr,
    nodes.Filter, nodes.Test, nodes.If, nodes.For, nodes.CondExpr, nodes.And, nodes.Or, nodes.Not,
    nodes.Compare, nodes.Operand, nodes.Concat, nodes.Add, nodes.Sub, nodes.Neg, nodes.Pos,
    nodes.Tuple, nodes.List, nodes.Keyword,
)  # fmt: skip
NAMES = {
    nodes.Mul: "*", nodes.Pow: "**", nodes.Div: "/", nodes.FloorDiv: "//", nodes.Mod: "%",
    nodes.Call: "a call", nodes.Assign: "set", nodes.AssignBlock: "set", nodes.Macro: "macro",
    nodes.Include: "include", nodes.Import: "import", nodes.FromImport: "import",
    nodes.Extends: "extends", nodes.Block: "block", nodes.Getitem: "[...]", nodes.Dict: "a mapping",
}  # fmt: skip

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_STRING = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")


def lint(body: TemplateBody, variables: Variables) -> tuple[LintFault, ...]:
    """All faults of a body's three parts; empty when it may be saved."""
    faults: list[LintFault] = []
    for part in ("subject", "text", "html"):
        faults += lint_source(getattr(body, part), variables, part)
    return tuple(faults[:MAX_FAULTS])


def lint_source(
    source: str, variables: Variables | None, part: str = "text", *, loops: bool = True
) -> tuple[LintFault, ...]:
    """Faults of one source. ``variables`` None checks the structure only; ``loops`` False refuses
    ``for`` as well, which bounds the work in-process rendering can be made to do."""
    if len(source) > MAX_SOURCE:
        return (LintFault(part, 1, 1, f"longer than {MAX_SOURCE} characters"),)
    if "{" not in source:
        return ()
    try:
        tree = Environment().parse(source)  # noqa: S701 (parsed, never rendered)
    except TemplateSyntaxError as error:
        return (LintFault(part, error.lineno, 1, error.message or "bad syntax"),)
    except RecursionError:
        return (LintFault(part, 1, 1, "nested too deep"),)
    except ValueError:
        return (LintFault(part, 1, 1, "a number with too many digits"),)
    checker = _Checker(source, variables, part, loops)
    checker.visit(tree, {}, 0)
    return tuple(checker.faults[:MAX_FAULTS])


def used(source: str) -> frozenset[str]:
    """The dotted names a (valid) source reads."""
    tree = Environment().parse(source)  # noqa: S701 (parsed, never rendered)
    found = set()
    for node in tree.find_all((nodes.Name, nodes.Getattr)):
        name = _dotted(node)
        if name is not None:
            found.add(name)
    return frozenset(
        name for name in found if not any(other.startswith(f"{name}.") for other in found)
    )


def _dotted(node: nodes.Node) -> str | None:
    """``customer.name`` of the chain of attributes over a name; None for any other expression."""
    if isinstance(node, nodes.Name):
        return node.name if node.ctx == "load" else None
    if isinstance(node, nodes.Getattr):
        head = _dotted(node.node)
        return None if head is None else f"{head}.{node.attr}"
    return None


class _Checker:
    """Walks a tree; ``scope`` maps loop variables to the fields their items carry."""

    def __init__(self, source: str, variables: Variables | None, part: str, loops: bool) -> None:
        self.variables = variables
        self.part = part
        self.loops = loops
        self.faults: list[LintFault] = []
        self.nested = 0
        self._lines = list(_expressions_only(source))
        self._seen: dict[tuple[int, str], int] = {}

    def visit(self, node: nodes.Node, scope: dict[str, tuple[str, ...]], depth: int) -> None:
        if len(self.faults) >= MAX_FAULTS:
            return
        if depth > MAX_DEPTH:
            self._fault(node, f"nested deeper than {MAX_DEPTH}")
        elif not isinstance(node, ALLOWED) or (isinstance(node, nodes.For) and not self.loops):
            name = NAMES.get(type(node), type(node).__name__.lower())
            self._fault(node, f"{name} is not allowed in a template", symbol=name)
        elif isinstance(node, nodes.Name | nodes.Getattr):
            self._name(node, scope)
        elif isinstance(node, nodes.For):
            self._for(node, scope, depth)
        else:
            self._listed(node)
            for child in node.iter_child_nodes():
                self.visit(child, scope, depth + 1)

    def _listed(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            self._fault(
                node, f"unknown filter {node.name!r}", symbol=node.name, allowed=sorted(FILTERS)
            )
        elif isinstance(node, nodes.Test) and node.name not in TESTS:
            self._fault(
                node, f"unknown test {node.name!r}", symbol=node.name, allowed=sorted(TESTS)
            )

    def _for(self, node: nodes.For, scope: dict[str, tuple[str, ...]], depth: int) -> None:
        if node.recursive or not isinstance(node.target, nodes.Name):
            self._fault(node, "a loop takes one name and is not recursive")
            return
        self.nested += 1
        if self.nested > MAX_LOOPS:
            self._fault(node, f"more than {MAX_LOOPS} loops within each other")
            return
        self.visit(node.iter, scope, depth + 1)
        fields: tuple[str, ...] = ()
        name = _dotted(node.iter)
        if name is not None and self.variables is not None and name in self.variables:
            fields = self.variables[name].fields
            if self.variables[name].kind != "list":
                self._fault(node.iter, f"{name} is not a list", symbol=name)
        inner = {**scope, node.target.name: fields, "loop": tuple(LOOP_FIELDS)}
        for child in (*node.body, *((node.test,) if node.test else ())):
            self.visit(child, inner, depth + 1)
        self.nested -= 1
        for child in node.else_:
            self.visit(child, scope, depth + 1)

    def _name(self, node: nodes.Name | nodes.Getattr, scope: dict[str, tuple[str, ...]]) -> None:
        name = _dotted(node)
        if name is None:
            self._fault(node, "attributes are taken of declared variables only")
            return
        if any(part.startswith("_") for part in name.split(".")):
            self._fault(node, f"{name!r} begins with an underscore", symbol=name)
            return
        head, _, rest = name.partition(".")
        if head in scope:
            if rest and self.variables is not None and rest not in scope[head]:
                self._fault(
                    node, f"unknown variable {name!r}", symbol=name, allowed=sorted(scope[head])
                )
        elif self.variables is not None and name not in self.variables:
            grouped = [known for known in self.variables if known.startswith(f"{name}.")]
            self._fault(
                node,
                f"{name!r} is a group, not a variable" if grouped else f"unknown variable {name!r}",
                symbol=name,
                allowed=grouped or sorted(self.variables),
            )

    def _fault(
        self, node: nodes.Node, message: str, *, symbol: str = "", allowed: list[str] | None = None
    ) -> None:
        hint = f"allowed: {', '.join(allowed)}" if allowed else ""
        column = self._column(node.lineno, symbol)
        self.faults.append(LintFault(self.part, node.lineno, column, message, hint))

    def _column(self, line: int, symbol: str) -> int:
        """Jinja keeps lines only: the n-th fault about a name on a line is its n-th occurrence."""
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        nth = self._seen.get((line, symbol), 0)
        self._seen[line, symbol] = nth + 1
        edge = r"(?<![\w.])" if symbol[:1].isalnum() else ""
        end = r"(?!\w)" if symbol[-1:].isalnum() else ""
        spots = [found.start() for found in re.finditer(edge + re.escape(symbol) + end, text)]
        if symbol and spots:
            return spots[min(nth, len(spots) - 1)] + 1
        return max(1, len(text) - len(text.lstrip()) + 1)


def _expressions_only(source: str) -> Iterator[str]:
    """The source's lines with everything outside tags, and strings inside them, blanked."""
    kept = list(re.sub(r"[^\n]", " ", source))
    for tag in _TAG.finditer(source):
        text = _STRING.sub(lambda found: " " * len(found.group()), tag.group())
        kept[tag.start() : tag.end()] = text
    yield from "".join(kept).split("\n")
