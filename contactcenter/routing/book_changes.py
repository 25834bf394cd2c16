"""What differs between two routing documents, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contactcenter.core.rules_tree import path_text
from contactcenter.routing.book import Book, Path

_WHOLE = ("requires", "hours")
"""Keys whose values are told as one: parts of a skills expression say little by themselves."""


@dataclass(frozen=True, slots=True)
class Change:
    """One part: absent before, absent after, or another value."""

    path: Path
    before: Any
    after: Any

    @property
    def where(self) -> str:
        """The place as text."""
        return path_text(self.path)

    @property
    def kind(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def changes(before: Book, after: Book) -> list[Change]:
    """What leads from one to the other, in the order of the document; None: not there."""
    return list(_mappings((), before.sections(), after.sections()))


def _mappings(path: Path, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in [*before, *(key for key in after if key not in before)]:
        yield from _values((*path, key), before.get(key), after.get(key))


def _values(path: Path, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    is_whole = len(path) > 2 and path[-1] in _WHOLE
    both = isinstance(before, Mapping) and isinstance(after, Mapping)
    if both and not is_whole:
        yield from _mappings(path, before, after)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for n, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _values((*path, n), one, other)
    else:
        yield Change(path, before, after)
