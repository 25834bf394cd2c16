"""Typed values out of a located mapping, gathering every fault instead of stopping at one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from decimal import Decimal

from contactcenter.core.located_yaml import FileFault, Located


class Reader:
    """Reads one mapping. Each ``take`` names a key that is allowed; ``finish`` refuses the rest.

    A value that is missing or unfit puts a fault into the shared list and yields a harmless value,
    so that reading goes on and all faults are reported at once.
    """

    def __init__(self, located: Located, file: str, faults: list[FileFault], what: str) -> None:
        self.located = located
        self.file = file
        self.faults = faults
        self.what = what
        self.line = located.line
        self._taken: dict[str, None] = {}
        if isinstance(located.data, dict):
            self.data = located.data
        else:
            self.data = {}
            self.fault(f"{what} is a mapping of names to values")

    def fault(self, message: str, line: int | None = None, hint: str = "") -> None:
        """Remember a fault, at this mapping's line unless told."""
        self.faults.append(FileFault(self.file, line or self.line, message, hint))

    def line_of(self, key: str) -> int:
        """The line of ``key``, or of the mapping when it is absent."""
        return self.located.key_lines.get(key, self.line)

    def take(self, key: str, *, required: bool = False) -> Located | None:
        """The raw value of ``key``; null counts as absent."""
        self._taken[key] = None
        found = self.data.get(key)
        if found is None or found.data is None:
            if required and isinstance(self.located.data, dict):
                self.fault(f"{self.what}: {key} is missing", self.line_of(key))
            return None
        return found

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """Text; a plain number counts as its text (``key: 1``)."""
        found = self.take(key, required=required)
        if found is None:
            return default
        if isinstance(found.data, str):
            return found.data
        if isinstance(found.data, int | Decimal) and not isinstance(found.data, bool):
            return str(found.data)
        self.fault(f"{self.what}: {key} must be text", self.line_of(key))
        return default

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        found = self.take(key)
        if found is None:
            return default
        value = found.data
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.fault(
            f"{self.what}: {key} must be a whole number from {low} to {high}", self.line_of(key)
        )
        return default

    def flag(self, key: str, default: bool = False) -> bool:
        """``true`` or ``false``."""
        found = self.take(key)
        if found is None:
            return default
        if isinstance(found.data, bool):
            return found.data
        self.fault(f"{self.what}: {key} must be true or false", self.line_of(key))
        return default

    def one_of(self, key: str, allowed: Iterable[str], default: str) -> str:
        """One of a closed list of words."""
        value = self.text(key, default)
        words = sorted(allowed)
        if value in words:
            return value
        self.fault(
            f"{self.what}: unknown {key} {value!r}",
            self.line_of(key),
            suggestion(value, words),
        )
        return default

    def items(self, key: str, *, required: bool = False) -> list[Located]:
        """A list; a single value that is no list is a fault."""
        found = self.take(key, required=required)
        if found is None:
            return []
        if isinstance(found.data, list):
            return found.data
        self.fault(f"{self.what}: {key} must be a list", self.line_of(key))
        return []

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts (or one text)."""
        found = self.take(key)
        if found is None:
            return ()
        parts = found.data if isinstance(found.data, list) else [found]
        words = []
        for part in parts:
            if isinstance(part.data, str | int | Decimal) and not isinstance(part.data, bool):
                words.append(str(part.data))
            else:
                self.fault(f"{self.what}: {key} must be text", part.line)
        return tuple(words)

    def mapping(self, key: str, *, required: bool = False) -> Iterator[tuple[str, Located, int]]:
        """The entries of a mapping under ``key``: name, value, line of the name."""
        found = self.take(key, required=required)
        if found is None:
            return
        if not isinstance(found.data, dict):
            self.fault(f"{self.what}: {key} must be a mapping", self.line_of(key))
            return
        for name, value in found.data.items():
            yield name, value, found.key_lines[name]

    def finish(self) -> None:
        """Refuse every key that was not asked for."""
        for key in self.data:
            if key not in self._taken:
                self.fault(
                    f"{self.what}: unknown key {key!r}",
                    self.line_of(key),
                    suggestion(key, sorted(self._taken)),
                )


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """``did you mean ...`` when one is close, and what is allowed."""
    words = list(allowed)
    close = difflib.get_close_matches(word, words, n=1)
    near = f"did you mean {close[0]!r}? " if close else ""
    return f"{near}allowed: {', '.join(words)}" if words else near
