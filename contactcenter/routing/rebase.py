"""What a record shows of the router's own life: where one took over, where a command broke it.

A router that takes over builds its floor from the rows, not from the commands. The rows hold
queues and agents as they are configured, and a changed one is in its row before the command that
tells the floor of it was applied; all the rest must be what the commands led to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from contactcenter.routing.floor import Floor
from contactcenter.routing.recorded import RecordedCommand
from contactcenter.routing.rows import FloorRows, rows_of

_CONFIGURED = {"queues": "name", "agents": "agent"}
_KEYS = {
    "states": "agent",
    "waiting": "interaction",
    "reservations": "id",
    "queue_states": "name",
}


def is_takeover(one: RecordedCommand) -> bool:
    """The first command of a router that has built its floor from the rows."""
    return one.kind == "settle"


def rules_of(one: RecordedCommand) -> int | None:
    """By which rules a router that takes over decides; None: it did not say."""
    found = one.data.get("rules")
    return found if isinstance(found, int) else None


def is_fault(one: RecordedCommand) -> bool:
    """A command that broke the floor, or could not be stored, and was refused without it."""
    refused = one.result.get("refused") if isinstance(one.result, Mapping) else None
    return isinstance(refused, Mapping) and refused.get("code") == "fault"


def differing_part(
    floor: Floor, rows: FloorRows, *, may_be_ahead: bool = False
) -> tuple[str, str] | None:
    """The first row that is not the same here and there, as JSON: (theirs, ours); None: equal.

    ``may_be_ahead``: a queue or an agent may be there in a later version, a new agent offline.
    """
    ours: dict[str, Any] = msgspec.to_builtins(rows_of(floor))
    theirs: dict[str, Any] = msgspec.to_builtins(rows)
    if ours == theirs:
        return None
    for name, rows_there in theirs.items():
        if name in _CONFIGURED and may_be_ahead:
            found = _behind(ours[name], rows_there, _CONFIGURED[name])
        elif name == "states" and may_be_ahead:
            found = _first(ours[name], _without_new(rows_there, ours[name]), "agent")
        elif name == "queue_states" and may_be_ahead:
            known = {row["name"] for row in ours["queues"]}
            found = _first(ours[name], [row for row in rows_there if row["name"] in known], "name")
        elif name in _KEYS or name in _CONFIGURED:
            found = _first(ours[name], rows_there, (_KEYS | _CONFIGURED)[name])
        elif ours[name] != rows_there:
            found = {name: rows_there}, {name: ours[name]}
        else:
            continue
        if found is not None:
            return _text(found[0]), _text(found[1])
    return None


_Pair = tuple[Any, Any] | None
_Rows = Sequence[Mapping[str, Any]]


def _first(ours: _Rows, theirs: _Rows, key: str) -> _Pair:
    mine, other = _by(ours, key), _by(theirs, key)
    for name in sorted(mine.keys() | other.keys()):
        if mine.get(name) != other.get(name):
            return other.get(name), mine.get(name)
    return None


def _behind(ours: _Rows, theirs: _Rows, key: str) -> _Pair:
    mine, other = _by(ours, key), _by(theirs, key)
    for name, row in mine.items():
        there = other.get(name)
        if there != row and (there is None or there["version"] <= row["version"]):
            return there, row
    return None


def _without_new(theirs: _Rows, ours: _Rows) -> _Rows:
    known = {row["agent"] for row in ours}
    return [row for row in theirs if row["agent"] in known or row["presence"] != "offline"]


def _by(rows: _Rows, key: str) -> dict[str, Mapping[str, Any]]:
    return {str(row[key]): row for row in rows}


def _text(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
