"""Which rules decide: the number that a record carries, so that a replay knows whom it asks."""

from __future__ import annotations

FLOOR_RULES = 2
"""The floor's rules as this program has them. Raise it whenever the same commands at the same times
may lead to other results or decisions than before: a router writes it into the first command after
it took over, and a replay holds only decisions of its own rules against its own."""


def are_others(rules: int | None) -> bool:
    """Whether commands marked so were decided by other rules. None: from before there were marks;
    they may be the same."""
    return rules is not None and rules != FLOOR_RULES
