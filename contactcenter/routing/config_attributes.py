"""Attributes of agents, which skills expressions may ask for: read with errors that name the place.

A value is text, a number, true or false, or a list of texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from contactcenter.core.errors import Invalid

_MOST = 50
_LONGEST = 200
_TAKEN = ("site",)
"""Names that mean something else: ``agent.site`` is where the agent sits."""


def attributes_from(data: object, where: str) -> dict[str, Any]:
    """Name -> value. ``Invalid`` with the place of what is no attribute."""
    if not isinstance(data, Mapping):
        raise Invalid(f"{where}: a mapping of names to values")
    if len(data) > _MOST:
        raise Invalid(f"{where}: at most {_MOST}")
    return {_name(name, where): _value(one, f"{where}.{name}") for name, one in data.items()}


def _name(name: object, where: str) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= 100 or name.endswith("."):
        raise Invalid(f"{where}: {str(name)[:60]!r} is not a name of 1 to 100 characters")
    if name in _TAKEN:
        raise Invalid(f"{where}.{name}: the agent's own {name} is asked for by this name")
    return name


def _value(value: Any, where: str) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and isfinite(value) and abs(value) < 1e15:
        return value
    if isinstance(value, str) and len(value) <= _LONGEST:
        return value
    is_list = isinstance(value, list | tuple) and len(value) <= _MOST
    if is_list and all(isinstance(one, str) and len(one) <= _LONGEST for one in value):
        return list(value)
    raise Invalid(
        f"{where}: text of up to {_LONGEST} characters, a number, true, false, or a list of texts"
    )
