"""Floor values as rows and back.

Fields that most rows have at their default share one JSON column, ``more``: rows stay narrow, and
what is added to the floor later needs no new column.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from contactcenter.routing.model import AgentState, Reservation, Waiting

T = TypeVar("T", bound=msgspec.Struct)

MORE = "more"
_RENAMED = {"interaction": "interaction_id", "agent": "agent_id", "customer": "customer_id"}
_IN_MORE: Mapping[type[msgspec.Struct], tuple[str, ...]] = {
    Waiting: (
        "direction",
        "steps",
        "preferred",
        "preferred_until",
        "age_s",
        "added",
        "fired",
        "told_at",
        "told",
        "callback",
        "ring",
        "anyone",
        "step",
        "held",
    ),
    AgentState: ("occupied_s", "offers", "faded_at", "offered_at"),
    Reservation: (),
}


def columns_of(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Field -> column, of the fields that have a column of their own."""
    names = (name for name in kind.__struct_fields__ if name not in _IN_MORE[kind])
    return {name: _RENAMED.get(name, name) for name in names}


def all_columns(kind: type[msgspec.Struct]) -> list[str]:
    """The columns of a kind of row, ``more`` included."""
    return [*columns_of(kind).values(), *([MORE] if _IN_MORE[kind] else [])]


_OWN = {kind: columns_of(kind) for kind in _IN_MORE}
_DEFAULTS = {
    kind: dict(
        zip(
            kind.__struct_fields__[-len(kind.__struct_defaults__) :],
            kind.__struct_defaults__,
            strict=True,
        )
    )
    for kind in _IN_MORE
}


def row_of(value: msgspec.Struct) -> dict[str, Any]:
    """The value as a row: column -> what is stored."""
    kind = type(value)
    row = {column: _stored(getattr(value, name)) for name, column in _OWN[kind].items()}
    if _IN_MORE[kind]:
        defaults = _DEFAULTS[kind]
        more = {
            name: found
            for name in _IN_MORE[kind]
            if (found := getattr(value, name)) != defaults[name]
        }
        row[MORE] = msgspec.to_builtins(more) if more else None
    return row


def value_of(kind: type[T], row: Mapping[str, Any]) -> T:
    """The value of a row (column -> what was stored)."""
    data = {name: row[column] for name, column in _OWN[kind].items()}
    return msgspec.convert(data | (row.get(MORE) or {}), kind)


def _stored(value: Any) -> Any:
    """Mappings and tuples go into JSON columns, with times as ISO text."""
    return msgspec.to_builtins(value) if isinstance(value, Mapping | tuple) else value
