"""Faults of the settings in words: both names, what was given and what is allowed.

A secret's value is never shown, nor anything that might hold one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

HIDDEN = "(hidden)"
_SENSITIVE = frozenset({"database"})
"""Not secrets by type, but their values hold passwords."""
_SHOWN = 60
Loc = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. ``setting`` in TOML's spelling (``smtp.port``, ``lines.1.name``); ``given``
    is None for what is missing; ``allowed`` completes the sentence "allowed: ..."."""

    setting: str
    given: Any
    allowed: str

    @property
    def about(self) -> frozenset[str]:
        """The setting and what it stands in: one fault of either is enough."""
        parts = self.setting.split(".")
        return frozenset(".".join(parts[:n]) for n in range(1, len(parts) + 1))

    def text(self) -> str:
        place = f"{variable(self.setting)} ({written(self.setting)})"
        if self.given is None:
            return f"{place}: {self.allowed}"
        return f"{place}: given {shown(self.setting, self.given)}; allowed: {self.allowed}"


def variable(setting: str) -> str:
    """The environment's name; what stands inside JSON is said after it."""
    first, *rest = setting.split(".")
    if first == "lines" and rest:
        inner = f" {'.'.join(rest[1:])}" if rest[1:] else ""
        return f"CC_LINES, line {int(rest[0]) + 1}{inner}"
    if first == "twilio" and rest[:1] == ["agent_addresses"] and rest[1:]:
        return f"CC_TWILIO__AGENT_ADDRESSES {'.'.join(rest[1:])}"
    return "CC_" + "__".join([first, *rest]).upper()


def written(setting: str) -> str:
    """The name in a TOML file."""
    first, *rest = setting.split(".")
    if first == "lines" and rest:
        return ".".join([f"lines[{rest[0]}]", *rest[1:]])
    return setting


def shown(setting: str, value: Any) -> str:
    """What was given, short; ``HIDDEN`` for secrets and for whole sections, which may hold some."""
    if isinstance(value, SecretStr | dict) or setting in _SENSITIVE:
        return HIDDEN
    if isinstance(value, str) and "://" in value and "@" in value:
        return HIDDEN  # an address with a password in it
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} seconds"
    text = repr(str(value) if isinstance(value, Path) else value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def field_faults(
    model: type[BaseModel], values: Mapping[str, Any], errors: Iterable[Any]
) -> list[Fault]:
    """pydantic's errors as faults; ``values`` is what was validated."""
    found: dict[str, Fault] = {}
    for error in errors:
        fault = _fault(model, error)
        found.setdefault(fault.setting, fault)
    return list(found.values())


def _fault(model: type[BaseModel], error: Any) -> Fault:
    loc = tuple(part for part in error["loc"] if part != "[key]")
    setting = ".".join(str(part) for part in loc)
    field, secret = field_at(model, loc)
    if error["type"] == "extra_forbidden":
        return Fault(setting, None, "there is no such setting" + _sibling(model, loc))
    if error["type"] == "missing":
        return Fault(setting, None, f"needed: {allowed(field) if field else 'a value'}")
    words = allowed(field) if field else str(error["msg"])
    if error["type"] == "value_error":
        words = str(error["msg"]).removeprefix("Value error, ")
    given = error["input"]
    return Fault(setting, SecretStr("") if secret or field is None else given, words)


def _sibling(model: type[BaseModel], loc: Loc) -> str:
    field, _ = field_at(model, loc[:-1])
    inside = _model_of(field.annotation) if field else model
    close = difflib.get_close_matches(str(loc[-1]), inside.model_fields if inside else (), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def field_at(model: type[BaseModel], loc: Loc) -> tuple[FieldInfo | None, bool]:
    """The field a place is in, and whether its value must not be shown."""
    field: FieldInfo | None = None
    here: Any = model
    for part in loc:
        inner = _model_of(here)
        if inner is None:
            break
        if isinstance(part, int):
            continue
        if part not in inner.model_fields:
            return None, True
        field = inner.model_fields[part]
        here = field.annotation
    section = field is not None and _model_of(field.annotation) is not None
    return field, section or here is SecretStr


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """The model an annotation names, also inside ``tuple[...]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) is tuple:
        return _model_of(get_args(annotation)[0])
    return None


def allowed(field: FieldInfo) -> str:
    """What a field takes, in words."""
    limits: dict[str, Any] = {}
    for item in field.metadata:
        limits |= {name: getattr(item, name) for name in ("ge", "le") if hasattr(item, name)}
    return _kind(field.annotation, limits)


def _kind(annotation: Any, limits: Mapping[str, Any]) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return _either([str(value) for value in get_args(annotation)])
    if origin in (Union, UnionType):
        kinds = [_kind(one, limits) for one in get_args(annotation) if one is not type(None)]
        return " or ".join(kinds) + ", or nothing"
    if origin is tuple:
        of = get_args(annotation)[0]
        tables = _model_of(of) is not None
        return "a list of tables (JSON in the environment)" if tables else "a list of texts"
    if origin is dict:
        return "a table of name = text (JSON in the environment)"
    if _model_of(annotation) is not None:
        return "a table (in the environment one variable each)"
    return _PLAIN.get(annotation, "a text") + _span(limits)


_PLAIN: Mapping[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    timedelta: "seconds (120), or 2m, 1h, 1d",
    Path: "a path",
}


def _span(limits: Mapping[str, Any]) -> str:
    if "ge" in limits and "le" in limits:
        return f" from {limits['ge']} to {limits['le']}"
    return f" of at least {limits['ge']}" if "ge" in limits else ""


def _either(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + f" or {words[-1]}" if len(words) > 1 else words[0]


def pruned(
    values: Mapping[str, Any], places: Iterable[Loc], line: type[BaseModel]
) -> dict[str, Any]:
    """``values`` without what is wrong at ``places``. A line that lacks something by that stays in
    its place unvalidated, with what is right of it, so that the rest can be looked at."""
    kept: dict[str, Any] = deepcopy(dict(values))
    broken: set[int] = set()
    for loc in places:
        if loc[0] == "lines" and len(loc) > 1 and isinstance(loc[1], int):
            broken.add(loc[1])
            _drop(kept, loc[:3])
        else:
            _drop(kept, loc)
    if broken:
        kept["lines"] = [
            _as_line(one, n, line) if n in broken else one for n, one in enumerate(kept["lines"])
        ]
    return kept


def _drop(values: Any, loc: Loc) -> None:
    """Take away what stands at a place, or the nearest thing around it that can be."""
    for n, part in enumerate(loc):
        if isinstance(values, dict):
            last = n == len(loc) - 1
            if last or not isinstance(values.get(part), dict | list):
                values.pop(part, None)
                return
            values = values[part]
        elif isinstance(values, list) and isinstance(part, int) and n + 1 < len(loc):
            values = values[part]
        else:
            return


def _as_line(given: Any, number: int, line: type[BaseModel]) -> BaseModel:
    blank = {"address": f"line {number + 1}", "channel": "", "provider": "", "name": ""}
    right = given if isinstance(given, dict) else {}
    return line.model_construct(**{**blank, **right})
