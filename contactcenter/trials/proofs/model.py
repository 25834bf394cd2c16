"""One figure held against what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """``measured`` must lie within ``within`` of ``known``; ``how`` says where both come from."""

    name: str
    known: float
    measured: float
    within: float
    how: str = ""

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return abs(self.measured - self.known) <= self.within

    def to_data(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "known": self.known,
            "measured": round(self.measured, 6),
            "within": round(self.within, 6),
            "holds": self.holds,
            "how": self.how,
        }


def at_least(name: str, least: float, measured: float, how: str = "") -> Check:
    """``measured`` may be anything from ``least`` up."""
    return Check(name, least, measured, max(0.0, measured - least), how)


Told = Callable[[str], None]
Proof = Callable[[bool, Told], Sequence[Check]]
"""``proof(full, told)``: full size or a short form for every day; ``told`` hears of its steps."""
