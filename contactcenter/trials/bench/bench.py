"""The rows by name, and running them one after another."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contactcenter.core.errors import ContactCenterError
from contactcenter.trials.bench import (
    assignment,
    event_log,
    floor_store,
    menu_turn,
    offers,
    simulator,
    starts,
)
from contactcenter.trials.bench.model import Row
from contactcenter.trials.bench.place import Place
from contactcenter.trials.crash.bench import empty_store
from contactcenter.trials.crash.site import Migrate

Measure = Callable[[Place], Awaitable[Sequence[Row]]]
ROWS: Mapping[str, Measure] = {
    "menu-turn": menu_turn.measure,
    "event-log": event_log.measure,
    "help": starts.measure_help,
    "ready": starts.measure_ready,
    "offers": offers.measure,
    "assignment": assignment.measure,
    "simulator": simulator.measure,
    "reservations": floor_store.reservations,
    "takeover": floor_store.takeover,
}
WITHOUT_STORE = frozenset({"help", "assignment", "simulator"})


@dataclass(slots=True)
class Measured:
    """Rows, and in words what could not be measured."""

    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


async def run(
    names: Sequence[str],
    store: str,
    migrate: Migrate,
    *,
    server: str = "",
    is_short: bool = False,
    told: Callable[[str], None] = lambda line: None,
) -> Measured:
    """Measure ``names`` on one store (``server``: the PostgreSQL to make databases on). A row that
    fails does not take the others with it."""
    found = Measured()
    for name in names:
        place = f"{name} on {store}" if store else name
        told(place)
        try:
            found.rows += await _measured(name, store, migrate, server, is_short)
        except ContactCenterError as error:
            found.faults.append(f"{place}: {error.message}")
    return found


async def _measured(
    name: str, store: str, migrate: Migrate, server: str, is_short: bool
) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="contactcenter-bench-") as given:
        folder = Path(given)
        if name in WITHOUT_STORE:
            return await ROWS[name](Place("", "", folder, is_short))
        async with empty_store(store, server, folder) as url:
            await migrate(url)
            return await ROWS[name](Place(store, url, folder, is_short))


def machine() -> dict[str, Any]:
    """What it was measured on."""
    return {
        "cores": os.cpu_count(),
        "load": [round(each, 2) for each in os.getloadavg()],
        "python": platform.python_version(),
        "system": platform.platform(),
        "executable": Path(sys.executable).name,
    }


def plain(found: Measured, before: Mapping[str, Any], is_short: bool) -> dict[str, Any]:
    """The result as JSON values. ``before``: the machine as it was when it began."""
    return {
        "short": is_short,
        "machine": dict(before),
        "load_after": [round(each, 2) for each in os.getloadavg()],
        "rows": [row.to_plain() for row in found.rows],
        "faults": found.faults,
    }
