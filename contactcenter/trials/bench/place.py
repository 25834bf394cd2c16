"""Where a row is measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """A migrated store of its own and a folder. ``is_short``: only to see that it can be
    measured. ``store`` and ``url`` are empty for what needs no store."""

    store: str
    url: str
    folder: Path
    is_short: bool
