"""The written form of a queue's policies: read with errors that name the place, and written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, get_args

import msgspec

from contactcenter.core.errors import Invalid
from contactcenter.routing.policies import (
    MEASURES,
    MOST_RINGS,
    AgentOrder,
    Announcements,
    Blending,
    CallbackPolicy,
    CallerOrder,
    Consequence,
    Limits,
    Overflow,
    Sticky,
    Widening,
)

_TYPES: Mapping[str, Any] = {
    "caller_order": CallerOrder,
    "agent_order": tuple[AgentOrder, ...],
    "escalate": Consequence | None,
    "rings": tuple[Widening, ...],
    "overflow": tuple[Overflow, ...],
    "limits": Limits,
    "announcements": Announcements | None,
    "callback": CallbackPolicy,
    "sticky": Sticky | None,
    "blending": Blending | None,
}
KEYS = tuple(_TYPES)
_SET_IN_ACTION = ("add", "move", "play", "callback", "leave")


def policies_from(data: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The policies that ``data`` sets, by name; ``Invalid`` names the place below ``where``."""
    found = {name: _read(name, data[name], where) for name in KEYS if name in data}
    _check_orders(found, where)
    _check_rings(found.get("rings", ()), f"{where}.rings")
    for n, rule in enumerate(found.get("overflow", ())):
        _check_overflow(rule, f"{where}.overflow[{n}]")
    for name in ("full_then", "nobody_then", "closed_then", "wait_then"):
        action = getattr(found.get("limits"), name, None)
        if action is not None:
            _check_entry(action, f"{where}.limits.{name}")
    if found.get("escalate") is not None:
        _check_action(found["escalate"], f"{where}.escalate")
    blending = found.get("blending")
    if blending is not None and not blending.yields_to:
        raise Invalid(f"{where}.blending.yields_to: name at least one queue")
    return found


def policy_data(name: str, value: Any) -> Any:
    """One policy in its written form, without what has its default."""
    plain = msgspec.to_builtins(value)
    return _lean(value, plain)


def _read(name: str, data: Any, where: str) -> Any:
    if name == "agent_order" and isinstance(data, str):
        data = [data]
    try:
        return msgspec.convert(data, _TYPES[name])
    except msgspec.ValidationError as error:
        raise Invalid(_placed(str(error), f"{where}.{name}")) from error


def _placed(message: str, where: str) -> str:
    """``text - at `$[0].after_s``` with its place in front, and what is allowed there."""
    text, _, path = message.partition(" - at ")
    where += re.sub(r"^\$", "", path.strip("`"))
    text = text[:1].lower() + text[1:]
    if "enum value" in text:
        last = re.split(r"[.\[]", where.rstrip("]0123456789["))[-1]
        text += "; allowed: " + ", ".join(_CHOICES.get(last, ()))
    elif "unknown field" in text:
        kind = next((one for part, one in _FIELDS.items() if re.search(part, where)), None)
        text += "; allowed: " + ", ".join(kind.__struct_fields__ if kind else ())
    return f"{where}: {text}"


_CHOICES: Mapping[str, tuple[str, ...]] = {
    "agent_order": get_args(AgentOrder),
    "caller_order": get_args(CallerOrder),
    "measure": MEASURES,
    "first": ("customer", "agent"),
}
_FIELDS: Mapping[str, type[msgspec.Struct]] = {
    r"(then|escalate)$": Consequence,
    r"\.rings\[\d+\]$": Widening,
    r"\.overflow\[\d+\]$": Overflow,
    r"\.limits$": Limits,
    r"\.announcements$": Announcements,
    r"\.callback$": CallbackPolicy,
    r"\.sticky$": Sticky,
    r"\.blending$": Blending,
}


def _lean(value: Any, plain: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        pairs = zip(value.__struct_fields__, _defaults(type(value)), strict=True)
        return {
            name: _lean(getattr(value, name), plain[name])
            for name, default in pairs
            if getattr(value, name) != default
        }
    if isinstance(value, tuple):
        return [_lean(one, its) for one, its in zip(value, plain, strict=True)]
    return plain


def _defaults(kind: type[msgspec.Struct]) -> list[Any]:
    given = kind.__struct_defaults__
    return [msgspec.NODEFAULT] * (len(kind.__struct_fields__) - len(given)) + list(given)


def _check_orders(found: Mapping[str, Any], where: str) -> None:
    orders = found.get("agent_order")
    if orders is not None and (not orders or len(set(orders)) != len(orders)):
        raise Invalid(f"{where}.agent_order: one or several different orders")


def _check_rings(rings: tuple[Widening, ...], where: str) -> None:
    if len(rings) > MOST_RINGS:
        raise Invalid(f"{where}: at most {MOST_RINGS} rings")
    for n, (one, after) in enumerate(pairwise(rings), start=1):
        if after.after_s <= one.after_s:
            raise Invalid(f"{where}[{n}].after_s: must be more than {one.after_s}, the ring before")
    for n, one in enumerate(rings):
        if not one.drop and not one.add:
            raise Invalid(f"{where}[{n}]: a ring drops skills or adds queues")


def _check_overflow(rule: Overflow, where: str) -> None:
    if (rule.above is None) == (rule.below is None):
        raise Invalid(f"{where}: give one bound, above or below")
    if rule.measure == "own_wait_s" and (rule.of or rule.above is None):
        raise Invalid(f"{where}: own_wait_s is the interaction's own and has a bound above")
    _check_action(rule.then, f"{where}.then")


def _check_entry(action: Consequence, where: str) -> None:
    _check_action(action, where)
    if action.play or action.add:
        raise Invalid(f"{where}: move, callback or leave")


def _check_action(action: Consequence, where: str) -> None:
    given = [name for name in _SET_IN_ACTION if getattr(action, name)]
    if len(given) != 1:
        raise Invalid(f"{where}: exactly one of {', '.join(_SET_IN_ACTION)}")
