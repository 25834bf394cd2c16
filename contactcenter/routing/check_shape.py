"""Each entry of the routing document by itself: keys and values, every fault with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from contactcenter.core.errors import Invalid
from contactcenter.core.located_reader import suggestion
from contactcenter.core.rules_tree import RuleInvalid
from contactcenter.routing.book import MOST_NAMED, SECTIONS, Fault, Path
from contactcenter.routing.config import AGENT_KEYS, QUEUE_KEYS, agent_from, queue_from
from contactcenter.routing.hours_read import HoursInvalid, read_hours

_LONGEST_NAME = 100
_LONGEST_TEXT = 500
_NOBODY = UUID(int=0)
_PLACE = re.compile(r"((?:\.[^.\[\]: ]+|\[\d+\])*): (.*)", re.DOTALL)
_PARTS = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_LISTS = ("rings", "overflow")
"""Keys whose entries are read one by one, so that each one's fault is told."""


def shape(plain: object) -> list[Fault]:
    """What is wrong with the entries of the sections given, each by itself."""
    if not isinstance(plain, Mapping):
        return [Fault((), "a routing document is a mapping", f"keys are {', '.join(SECTIONS)}")]
    faults = []
    for name, section in plain.items():
        if name not in SECTIONS:
            hint = suggestion(str(name), SECTIONS)
            faults.append(Fault((str(name),), f"unknown section {str(name)!r}", hint))
        elif not isinstance(section, Mapping):
            faults.append(Fault((name,), "must be a mapping of names"))
        elif len(section) > MOST_NAMED:
            faults.append(Fault((name,), f"more than {MOST_NAMED} entries"))
        else:
            faults += _section(name, section)
    return faults


def _section(name: str, section: Mapping[Any, Any]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for key, value in section.items():
        path = (name, str(key))
        if not is_name(key):
            yield Fault(path, f"a name has 1 to {_LONGEST_NAME} characters")
            continue
        alike = seen.setdefault(key.strip().casefold(), key)
        if alike != key:
            yield Fault(path, f"the same name as {alike!r} but for case and spaces")
        yield from _READERS[name](path, key, value)


def is_name(key: object) -> bool:
    """Whether something may be called this."""
    return isinstance(key, str) and bool(key.strip()) and len(key) <= _LONGEST_NAME


def _skill(path: Path, name: str, value: Any) -> Iterator[Fault]:
    if value is not None and (not isinstance(value, str) or len(value) > _LONGEST_TEXT):
        yield Fault(path, f"a skill is described in up to {_LONGEST_TEXT} characters")


def _hours(path: Path, name: str, value: Any) -> Iterator[Fault]:
    try:
        read_hours(value)
    except HoursInvalid as error:
        for one in error.faults:
            yield Fault((*path, *one.path), one.message, one.hint)


def _queue(path: Path, name: str, value: Any) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(path, "a queue is a mapping", f"keys are {', '.join(QUEUE_KEYS)}")
        return
    yield from _unknown(path, value, QUEUE_KEYS)
    hours = value.get("hours")
    if hours is not None and not isinstance(hours, str):
        yield from _hours((*path, "hours"), name, hours)
    known = {key: one for key, one in value.items() if key in QUEUE_KEYS and key != "hours"}
    prefix = f"queue {name}"

    def make(data: Mapping[str, Any]) -> None:
        queue_from(name, 1, data)

    yield from _one_by_one(path, prefix, known, make)


def _agent(path: Path, name: str, value: Any) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(path, "an agent is a mapping", f"keys are {', '.join(AGENT_KEYS)}")
        return
    yield from _unknown(path, value, AGENT_KEYS)
    known = {key: one for key, one in value.items() if key in AGENT_KEYS}
    queues = known.get("queues", {})
    if isinstance(queues, Sequence) and not isinstance(queues, str):
        for n, queue in enumerate(queues):
            if not isinstance(queue, str):
                yield Fault((*path, "queues", n), "a queue is named by text")
                known.pop("queues", None)
    elif not isinstance(queues, Mapping):
        yield Fault((*path, "queues"), "a list of queues, or a mapping with priority and delay_s")
        known.pop("queues")
    if not isinstance(known.get("skills", {}), Mapping):
        yield Fault((*path, "skills"), "a mapping of skills to levels 1-5")
        known.pop("skills")

    def make(data: Mapping[str, Any]) -> None:
        agent_from(_NOBODY, 1, name, data)

    yield from _one_by_one(path, f"agent {name}", known, make)


_READERS: Mapping[str, Callable[[Path, str, Any], Iterator[Fault]]] = {
    "skills": _skill,
    "hours": _hours,
    "queues": _queue,
    "agents": _agent,
}


def _unknown(path: Path, value: Mapping[Any, Any], allowed: Sequence[str]) -> Iterator[Fault]:
    for key in value:
        if key not in allowed:
            hint = suggestion(str(key), allowed)
            yield Fault((*path, str(key)), f"unknown key {str(key)[:60]!r}", hint)


_Make = Callable[[Mapping[str, Any]], None]


def _one_by_one(path: Path, prefix: str, known: Mapping[str, Any], make: _Make) -> Iterator[Fault]:
    """Every key alone, so that a fault in one hides none in the others; then all together."""
    sound = True
    for key, value in known.items():
        for at, data in _pieces(key, value):
            fault = _tried(make, data, path, prefix, key, at)
            if fault:
                sound = False
                yield fault
    if sound:
        fault = _tried(make, known, path, prefix, "", ())
        if fault:
            yield fault


def _pieces(key: str, value: Any) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A key's value in parts that are read alone, with the place of each below the key."""
    if key in _LISTS and isinstance(value, list | tuple):
        for n, one in enumerate(value):
            yield (n,), {key: [one]}
    elif key in ("limits", "skills", "queues", "attributes") and isinstance(value, Mapping):
        for name, one in value.items():
            yield (), {key: {name: one}}
    else:
        yield (), {key: value}


def _tried(
    make: _Make, data: Mapping[str, Any], path: Path, prefix: str, key: str, at: Path
) -> Fault | None:
    try:
        make(data)
    except RuleInvalid as error:
        hint = f"allowed: {', '.join(error.allowed)}" if error.allowed else ""
        return Fault((*path, "requires", *error.path), error.bare_message, hint)
    except Invalid as error:
        return _placed(error, path, prefix, key, at)
    return None


def _placed(error: Invalid, path: Path, prefix: str, key: str, at: Path) -> Fault:
    """The reader's message names its place in words: made a path again."""
    found = _PLACE.fullmatch(error.message.removeprefix(prefix))
    if not error.message.startswith(prefix) or not found:
        return Fault((*path, *([key] if key else [])), error.message, error.hint or "")
    parts: list[str | int] = [
        int(index) if index else name for name, index in _PARTS.findall(found[1])
    ]
    if at and parts[:1] == [key]:  # read as a list of one
        parts[1:2] = at
    return Fault((*path, *parts), found[2], error.hint or "")
