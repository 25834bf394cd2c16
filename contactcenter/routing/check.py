"""Whether a routing document can be taken: every fault at once, each with place and reason.

Errors refuse it: unknown names, rules that contradict themselves or can never act, moves in a
circle. Warnings do not: a queue that nobody could serve may be waiting for its agents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import takewhile
from typing import Any

from contactcenter.core.located_reader import suggestion
from contactcenter.core.rules_tree import ALWAYS, HasSkill, Not, Rule, fields_of, walk
from contactcenter.routing.book import SECTIONS, Book, BookInvalid, Fault, Path, Sections
from contactcenter.routing.check_circles import actions_of, circles, queues_named
from contactcenter.routing.check_shape import is_name, shape
from contactcenter.routing.circles import without
from contactcenter.routing.config import queue_from
from contactcenter.routing.model import Agent, Queue
from contactcenter.routing.possible import contradiction, dead_parts
from contactcenter.routing.skills import at_best, meets


def checked(plain: Any, onto: Book) -> tuple[Book, list[Fault]]:
    """The book that ``plain``, laid over ``onto``, makes, tidied, and the warnings.
    ``BookInvalid`` with all errors."""
    faults = check(plain, onto)
    errors = [one for one in faults if one.severity == "error"]
    if errors:
        raise BookInvalid(errors)
    return onto.with_sections(normal(plain)).tidy(), faults


def check(plain: Any, onto: Book) -> list[Fault]:
    """Everything that is wrong with ``plain`` laid over ``onto``, errors first."""
    faults = shape(plain)
    if not faults:
        found = list(_together(onto.with_sections(normal(plain))))
    else:
        # what can be read is still looked at together; warnings would be about what can not
        whole = onto.with_sections(normal(_sound(plain, faults)))
        found = [one for one in _together(whole) if one.severity == "error"]
    return sorted(faults + found, key=lambda one: one.severity)


def normal(plain: Any) -> Sections:
    """The sections given, an empty skill description as text."""
    given = {name: dict(section) for name, section in plain.items()}
    if "skills" in given:
        given["skills"] = {name: text or "" for name, text in given["skills"].items()}
    return given


def _sound(plain: Any, faults: list[Fault]) -> dict[str, Any]:
    """The document without the parts that can not be read. A name stands even if all it names is
    faulty: others may refer to it."""
    bad = {one.path for one in faults}
    if not isinstance(plain, Mapping):
        return {}
    found: dict[str, Any] = {}
    for name, section in plain.items():
        if (name,) in bad or name not in SECTIONS:
            continue
        empty: Any = "" if name == "skills" else {}
        found[name] = {
            str(key): empty
            if (name, str(key)) in bad or (name == "hours" and _touches(bad, (name, str(key))))
            else _without(bad, (name, str(key)), value)
            for key, value in section.items()
            if is_name(key)
        }
    return found


_DEEP = ("limits", "skills", "queues", "attributes", "rings", "overflow")
"""Keys of entries of which single parts may be left out."""


def _without(bad: Collection[Path], path: Path, value: Any) -> Any:
    """The value without its faulty parts; a list ends before the first, so that indexes hold."""
    if not _touches(bad, path):
        return value
    if isinstance(value, list | tuple):
        good = takewhile(lambda n: not _touches(bad, (*path, n)), range(len(value)))
        return [value[n] for n in good]
    if not isinstance(value, Mapping):
        return value
    return {
        key: _without(bad, (*path, key), one)
        for key, one in value.items()
        if not _touches(bad, (*path, key)) or (key in _DEEP and (*path, key) not in bad)
    }


def _touches(bad: Collection[Path], path: Path) -> bool:
    return any(one[: len(path)] == path for one in bad)


def _together(book: Book) -> Iterator[Fault]:
    """What only shows when all parts are seen together."""
    lost = [name for name, data in book.queues.items() if _hours_lost(book, data)]
    for name in lost:
        wanted = book.queues[name]["hours"]
        yield _unknown(("queues", name, "hours"), "hours", wanted, book.hours)
    queues = {
        name: queue_from(name, 1, {**data, "hours": None}) for name, data in book.queues.items()
    }
    agents = {name: book.agent(name) for name in book.agents}
    for name, queue in queues.items():
        yield from _names(book, name, queue)
        yield from _rules(name, queue)
        yield from _never(name, queue)
    for name, agent in agents.items():
        for skill in agent.skills:
            if skill not in book.skills:
                yield _unknown(("agents", name, "skills", skill), "skill", skill, book.skills)
        for place in agent.queues:
            if place not in book.queues:
                yield _unknown(("agents", name, "queues", place), "queue", place, book.queues)
    yield from circles(queues)
    for name, queue in queues.items():
        yield from _nobody(name, queue, list(agents.values()))


def _hours_lost(book: Book, data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("hours"), str) and data["hours"] not in book.hours


def _unknown(path: Path, what: str, name: str, known: Collection[str]) -> Fault:
    hint = suggestion(name, sorted(known)[:30]) or f"there are no {what.rstrip('s')}s yet"
    return Fault(path, f"unknown {what} {name!r}", hint)


def _names(book: Book, name: str, queue: Queue) -> Iterator[Fault]:
    """Names of skills and queues that a queue's rules speak of."""
    here: Path = ("queues", name)
    for path, leaf in leaves(queue.requires, (*here, "requires")):
        if leaf.skill not in book.skills:
            yield _unknown(path, "skill", leaf.skill, book.skills)
    for n, ring in enumerate(queue.rings):
        for i, skill in enumerate(ring.drop):
            if skill not in book.skills:
                yield _unknown((*here, "rings", n, "drop", i), "skill", skill, book.skills)
    for path, other in queues_named(name, queue):
        if other not in book.queues:
            yield _unknown(path, "queue", other, book.queues)


def leaves(rule: Rule, path: Path) -> Iterator[tuple[Path, HasSkill]]:
    """Every skill a rule asks for, with its place."""
    if isinstance(rule, HasSkill):
        yield path, rule
    elif isinstance(rule, Not):
        yield from leaves(rule.part, (*path, "not"))
    elif hasattr(rule, "parts"):
        word = type(rule).__name__.lower()
        for n, part in enumerate(rule.parts):
            yield from leaves(part, (*path, word, n))


def _rules(name: str, queue: Queue) -> Iterator[Fault]:
    """Requirements that nobody could meet, whatever their skills."""
    path: Path = ("queues", name, "requires")
    why = contradiction(queue.requires)
    if why:
        yield Fault(path, f"can never match: {why}")
        return
    for at, reason in dead_parts(queue.requires, path):
        yield Fault(at, f"this alternative can never match: {reason}")
    required = {leaf.skill for leaf in walk(queue.requires) if isinstance(leaf, HasSkill)}
    for n, ring in enumerate(queue.rings):
        for i, skill in enumerate(ring.drop):
            if skill not in required:
                yield _warning(
                    ("queues", name, "rings", n, "drop", i), f"{skill} is not required anyway"
                )


def _never(name: str, queue: Queue) -> Iterator[Fault]:
    """Rules that nothing can ever set off."""
    here: Path = ("queues", name)
    limits = queue.limits
    for missing, path, reason in (
        (limits.full_then and limits.max_length is None, "full_then", "limits.max_length"),
        (limits.wait_then and queue.max_wait_s is None, "wait_then", "max_wait_s"),
    ):
        if missing:
            yield Fault((*here, "limits", path), f"can never happen: {reason} is not given")
    if queue.escalate is not None and queue.max_offers is None:
        yield Fault((*here, "escalate"), "can never happen: max_offers is not given")
    for n, rule in enumerate(queue.overflow):
        if _is_out_of_reach(rule.measure, rule.above, rule.below):
            bound = f"above {rule.above:g}" if rule.above is not None else f"below {rule.below:g}"
            yield Fault((*here, "overflow", n), f"can never match: {rule.measure} {bound}")
    most = queue.max_wait_s
    if most is None:
        return
    late = [((*here, "rings", n, "after_s"), one.after_s) for n, one in enumerate(queue.rings)]
    late += [
        ((*here, "overflow", n, "above"), int(one.above or 0))
        for n, one in enumerate(queue.overflow)
        if one.measure == "own_wait_s"
    ]
    if queue.anyone_after_s is not None:
        late.append(((*here, "anyone_after_s"), queue.anyone_after_s))
    for at, seconds in late:
        if seconds >= most:
            yield Fault(at, f"can never happen: nothing waits longer than max_wait_s, {most} s")


def _is_out_of_reach(measure: str, above: float | None, below: float | None) -> bool:
    if below is not None:
        return below <= 0
    return above is not None and measure == "service_level_percent" and above >= 100


def _nobody(name: str, queue: Queue, agents: list[Agent]) -> Iterator[Fault]:
    """Whether at least one agent could ever serve the queue, its widest circle reached."""
    if contradiction(queue.requires):
        return
    pool = {name, *(other for ring in queue.rings for other in ring.add)}
    for _, action in actions_of(name, queue):
        pool |= set(action.add)
    there = [one for one in agents if pool & set(one.queues)]
    if not there:
        yield _warning(("queues", name), "no agent is in this queue, nor in a ring's")
        return
    dropped = frozenset(skill for ring in queue.rings for skill in ring.drop)
    rule: Rule = ALWAYS
    if queue.anyone_after_s is None:
        rule = at_best(without(queue.requires, dropped))
    if not any(meets(rule, one.levels(), one.facts()) for one in there):
        what = "skills and attributes" if fields_of(rule) else "skills"
        yield _warning(
            ("queues", name, "requires"), f"none of its {len(there)} agents has these {what}"
        )


def _warning(path: Path, message: str) -> Fault:
    return Fault(path, message, severity="warning")
