"""YAML with the line of everything: what menus and template files are read with.

Scalars follow the small, unsurprising core: ``true``/``false``, whole and decimal numbers
(``Decimal``), ISO dates, ``null``; **everything else is text**, so ``no``, ``on``, ``12:30`` and
``007`` stay what they look like. Keys are always text. A key twice is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from contactcenter.core.errors import Invalid

if TYPE_CHECKING:
    import yaml  # at run time where a file is read: its faults are needed everywhere

MAX_CHARACTERS = 2_000_000
MAX_VALUES = 50_000
MAX_DEPTH = 60

Scalar = str | int | Decimal | bool | date | None
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})\.\d{1,12}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_WORDS: dict[str, bool | None] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
}


@dataclass(frozen=True, slots=True)
class FileFault:
    """One fault of a file; lines count from 1."""

    file: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class FileInvalid(Invalid):
    """A file that can not be taken, with all its faults in the order of lines."""

    code = "file_invalid"

    def __init__(self, faults: Sequence[FileFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line)))
        first = self.faults[0]
        more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
        super().__init__(
            f"{first}{more}",
            hint=first.hint or None,
            details={
                "faults": [str(fault) for fault in self.faults],
                "errors": [
                    {"where": f"{fault.file}:{fault.line}", "what": _told(fault)}
                    for fault in self.faults
                ],
            },
        )


def _told(fault: FileFault) -> str:
    return f"{fault.message} ({fault.hint})" if fault.hint else fault.message


@dataclass(frozen=True, slots=True)
class Located:
    """A value and the line it begins on; ``key_lines`` are those of a mapping's keys."""

    data: dict[str, Located] | list[Located] | Scalar
    line: int
    key_lines: dict[str, int] = field(default_factory=dict)

    def plain(self) -> object:
        """The value without lines: dicts, lists and scalars."""
        if isinstance(self.data, dict):
            return {key: value.plain() for key, value in self.data.items()}
        if isinstance(self.data, list):
            return [value.plain() for value in self.data]
        return self.data

    def line_of(self, path: Sequence[str | int]) -> int:
        """The line of the part ``path`` leads to, or of the nearest part that exists."""
        here, line = self, self.line
        for part in path:
            if isinstance(here.data, dict) and isinstance(part, str) and part in here.data:
                line = here.key_lines.get(part, line)
                here = here.data[part]
            elif isinstance(here.data, list) and isinstance(part, int) and part < len(here.data):
                here = here.data[part]
                line = here.line
            else:
                break
        return line


def read_yaml(source: str, file: str) -> Located:
    """The one document of ``source``. Raises ``FileInvalid``; ``file`` names it in faults."""
    import yaml

    if len(source) > MAX_CHARACTERS:
        raise FileInvalid([FileFault(file, 1, f"longer than {MAX_CHARACTERS} characters")])
    try:
        node = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise FileInvalid([FileFault(file, line, f"not YAML: {error.problem}")]) from error
    except yaml.YAMLError as error:
        raise FileInvalid([FileFault(file, 1, "not YAML: unreadable characters")]) from error
    except RecursionError as error:
        raise FileInvalid([FileFault(file, 1, "nested too deep")]) from error
    if node is None:
        raise FileInvalid([FileFault(file, 1, "the file is empty")])
    builder = _Builder(file)
    located = builder.build(node, 0)
    if builder.faults:
        raise FileInvalid(builder.faults)
    return located


class _Builder:
    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[FileFault] = []
        self.count = 0

    def build(self, node: yaml.Node, depth: int) -> Located:
        line = node.start_mark.line + 1
        self.count += 1
        # Aliases share nodes: the count bounds what they multiply to, the depth a cycle of them.
        if self.count > MAX_VALUES or depth > MAX_DEPTH:
            raise FileInvalid([FileFault(self.file, line, "too many values, or nested too deep")])
        kind = getattr(node, "id", "")
        if kind == "mapping":
            return self._mapping(node, line, depth)
        if kind == "sequence":
            return Located([self.build(child, depth + 1) for child in node.value], line)
        return Located(_scalar(str(node.value), getattr(node, "style", None)), line)

    def _mapping(self, node: yaml.Node, line: int, depth: int) -> Located:
        data: dict[str, Located] = {}
        lines: dict[str, int] = {}
        for key, child in node.value:
            at = key.start_mark.line + 1
            if key.id != "scalar":
                self.faults.append(FileFault(self.file, at, "a key must be text"))
                continue
            name = str(key.value)
            if name in data:
                before = f"the first stands on line {lines[name]}"
                self.faults.append(FileFault(self.file, at, f"{name!r} is given twice", before))
                continue
            data[name], lines[name] = self.build(child, depth + 1), at
        return Located(data, line, lines)


def _scalar(text: str, style: str | None) -> Scalar:
    if style in ("'", '"', "|", ">"):
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text


def paths(located: Located) -> Iterator[tuple[tuple[str | int, ...], Located]]:
    """Every part with its path, outermost first."""
    stack: list[tuple[tuple[str | int, ...], Located]] = [((), located)]
    while stack:
        path, here = stack.pop()
        yield path, here
        if isinstance(here.data, dict):
            stack += [((*path, key), value) for key, value in here.data.items()]
        elif isinstance(here.data, list):
            stack += [((*path, index), value) for index, value in enumerate(here.data)]
