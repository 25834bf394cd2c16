"""A comparison as data and as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from contactcenter.routing.whatif import WhatIf

_COLUMNS = ("recorded", "same_rules", "rules")
_SHARES = frozenset({"service_level", "abandonment_rate", "occupancy"})
_SECONDS = frozenset({"asa_s", "longest_wait_s"})


def data_of(found: WhatIf) -> dict[str, Any]:
    """JSON-able. ``queues``: name -> measure -> the three values; ``""`` is the whole floor."""
    return {
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "commands": found.commands,
        "interactions": found.interactions,
        "queues": {
            queue: {
                name: {column: _value(found, column, queue, name) for column in _COLUMNS}
                for name in _names(found, queue)
            }
            for queue in _queues(found)
        },
        "unknown": {
            "same_rules": asdict(found.same_rules_unknown),
            "rules": asdict(found.rules_unknown),
        },
        "refusals": found.refusals,
        "misses": found.misses,
    }


def page(found: WhatIf) -> str:
    """The three columns side by side, and what can not be known."""
    lines = [f"{'':22}{'recorded':>12}{'same rules':>12}{'these rules':>12}"]
    for queue in _queues(found):
        lines.append(queue or "whole floor")
        for name in _names(found, queue):
            cells = "".join(f"{_cell(found, column, queue, name):>12}" for column in _COLUMNS)
            lines.append(f"  {name.replace('_', ' '):20}{cells}")
    return "\n".join([*lines, "", *_cautions(found)])


def _cautions(found: WhatIf) -> Iterator[str]:
    guessed = found.rules_unknown
    yield (
        "'same rules' is the record played again: how far it is from 'recorded' is what the "
        "assumptions alone do."
    )
    yield (
        f"Guessed under these rules: the patience of {guessed.patience_drawn} interactions (they "
        f"waited longer than was seen), the service of {guessed.service_drawn} (never served)."
    )
    if guessed.without_effect:
        yield f"Recorded commands that had nothing to act on: {guessed.without_effect}."
    yield "Not known: whether customers would have called again, or other agents have been slower."


def _queues(found: WhatIf) -> list[str]:
    return sorted({*found.recorded, *found.same_rules, *found.rules})


def _names(found: WhatIf, queue: str) -> list[str]:
    return list(found.rules.get(queue) or found.recorded.get(queue) or found.same_rules[queue])


def _value(found: WhatIf, column: str, queue: str, name: str) -> Any:
    return getattr(found, column).get(queue, {}).get(name)


def _cell(found: WhatIf, column: str, queue: str, name: str) -> str:
    value = _value(found, column, queue, name)
    if value is None:
        return "-"
    if name in _SHARES:
        return f"{100 * value:.1f}%"
    return f"{value:.1f} s" if name in _SECONDS else str(value)
