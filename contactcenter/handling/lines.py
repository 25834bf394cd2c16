"""Lines: the configured numbers and mailboxes, and what answers on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contactcenter.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Line:
    """One number or mailbox. ``menu`` answers first; without one, ``queue`` takes the interaction.

    ``languages`` are what the line's menu and texts offer, the first is its default.
    """

    address: str
    channel: str
    provider: str
    name: str
    menu: str | None = None
    queue: str | None = None
    languages: tuple[str, ...] = ("en",)
    region: str | None = None
    from_name: str = ""


class Lines:
    """All lines, found by channel and address."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.all = tuple(lines)
        self._by_key = {(line.channel, line.address): line for line in self.all}

    def get(self, channel: str, address: str) -> Line:
        """The line; ``Invalid`` naming those there are."""
        found = self._by_key.get((channel, address))
        if found is None:
            known = ", ".join(a for c, a in self._by_key if c == channel) or "none"
            raise Invalid(f"no {channel} line {address}; lines: {known}", code="unknown_line")
        return found

    def find(self, channel: str, address: str) -> Line | None:
        return self._by_key.get((channel, address))

    def first(self, channel: str) -> Line | None:
        """The first line of a channel: the default sender."""
        return next((line for line in self.all if line.channel == channel), None)
