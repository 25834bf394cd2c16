"""What happened to the interactions of a queue, and the shares computed from it.

A share without a denominator is None, never 0 or 1.
"""

from __future__ import annotations

from dataclasses import dataclass

SHORT_ABANDON_S = 5.0
"""Customers who leave sooner are counted apart (glossary: short abandon)."""


@dataclass(slots=True)
class QueueCounts:
    """What happened to the interactions that entered a queue in a period."""

    offered: int = 0
    moved_in: int = 0
    """Of the offered, those that came from another queue: to several queues together no new ones.
    They flowed out of the other."""
    answered: int = 0
    answered_in_target: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    abandoned_after_target: int = 0
    flowed_out: int = 0
    waited_s: float = 0.0
    """Sum over the answered."""

    def answer(self, waited_s: float, target_s: float) -> None:
        """One was answered after ``waited_s``."""
        self.answered += 1
        self.waited_s += waited_s
        if waited_s <= target_s:
            self.answered_in_target += 1

    def abandon(self, waited_s: float, target_s: float, short_s: float = SHORT_ABANDON_S) -> None:
        """One left unanswered after ``waited_s``."""
        self.abandoned += 1
        if waited_s < short_s:
            self.abandoned_short += 1
        if waited_s > target_s:
            self.abandoned_after_target += 1

    @property
    def service_level(self) -> float | None:
        """Answered within the target / (answered + abandoned after the target)."""
        return share(self.answered_in_target, self.answered + self.abandoned_after_target)

    @property
    def abandonment_rate(self) -> float | None:
        """(abandoned - short) / (offered - short)."""
        return share(self.abandoned - self.abandoned_short, self.offered - self.abandoned_short)

    @property
    def offered_anew(self) -> int:
        """What counts when queues are added up: each interaction once a stay on the floor."""
        return self.offered - self.moved_in

    @property
    def asa_s(self) -> float | None:
        """Average speed of answer: mean wait of the answered, seconds."""
        return share(self.waited_s, self.answered)


def share(part: float, whole: float) -> float | None:
    """``part / whole``; None when there is nothing to share."""
    return part / whole if whole else None


def occupancy(handled_s: float, available_s: float, reserved_s: float = 0.0) -> float | None:
    """Handled time (talk, hold, wrap-up) / (handled + available + reserved)."""
    return share(handled_s, handled_s + available_s + reserved_s)
