"""Whom an interaction asks, and how the circle widens while it waits.

A circle is reckoned from the time spent in the queue: rings drop skills and add queues, at last
anyone of the queue may have it, and overflow rules add queues for this interaction alone. The place
in the order stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple

from msgspec.structs import replace

from contactcenter.core.rules import ALWAYS, And, HasSkill, Not, Or, Rule, skills_of
from contactcenter.routing.model import Queue, Waiting
from contactcenter.routing.skills import (
    at_best,
    canonical,
    parsed,
    placed,
    text_asks_interaction,
    written,
)


class Circle(NamedTuple):
    """``ring``: how many rings are open. ``anyone``: skills no longer count. ``added``: queues
    added by overflow rules."""

    ring: int = 0
    anyone: bool = False
    added: tuple[str, ...] = ()


FIRST = Circle()


def circle_of(item: Waiting) -> Circle:
    """The circle the item has reached."""
    if not (item.ring or item.anyone or item.added):
        return FIRST
    return Circle(item.ring, item.anyone, item.added)


def requires_of(item: Waiting) -> Any:
    """What the interaction itself requires, as data: its routing step's or its own."""
    return item.steps[item.step].requires if item.step < len(item.steps) else item.requires


def widened(queue: Queue, item: Waiting, now: datetime) -> Waiting:
    """The item with its circle and routing step as of ``now``."""
    if not queue.rings and queue.anyone_after_s is None and not item.steps:
        ring, anyone, step = 0, False, 0
    else:
        waited = now - item.entered_queue
        ring = sum(timedelta(seconds=one.after_s) <= waited for one in queue.rings)
        last = queue.anyone_after_s
        anyone = last is not None and timedelta(seconds=last) <= waited
        ends = accumulate(one.for_s for one in item.steps)
        step = sum(timedelta(seconds=end) <= waited for end in ends)
    if (ring, anyone, step) == (item.ring, item.anyone, item.step):
        return item
    return replace(item, ring=ring, anyone=anyone, step=step)


def widenings(queue: Queue, item: Waiting) -> Iterator[datetime]:
    """The times at which the circle or the routing step changes."""
    for ring in queue.rings:
        yield item.entered_queue + timedelta(seconds=ring.after_s)
    if queue.anyone_after_s is not None:
        yield item.entered_queue + timedelta(seconds=queue.anyone_after_s)
    until = item.entered_queue
    for step in item.steps:
        until += timedelta(seconds=step.for_s)
        yield until


def queues_of(queue: Queue, circle: Circle) -> tuple[str, ...]:
    """The queues whose agents are asked, the own first, each once."""
    rings = (name for ring in queue.rings[: circle.ring] for name in ring.add)
    return tuple(dict.fromkeys((queue.name, *rings, *circle.added)))


def rule_of(queue: Queue, circle: Circle, own: Rule) -> Rule:
    """What an agent must meet; ``own`` is the interaction's requirement."""
    if circle.anyone:
        return ALWAYS
    rule = both(queue.requires, own)
    dropped = dropped_of(queue, circle)
    return without(rule, dropped) if dropped else rule


def dropped_of(queue: Queue, circle: Circle) -> frozenset[str]:
    """The skills that no longer count."""
    return frozenset(skill for ring in queue.rings[: circle.ring] for skill in ring.drop)


_WHOLE = "="
"""Begins the text of a rule that has the interaction's attributes in it, so the whole of it."""


def text_of(queue: Queue, item: Waiting, circle: Circle, *, asks: bool) -> str:
    """What the item requires, as text: its own alone, and together with the queue's where either
    speaks of its attributes. ``asks``: whether the queue's does."""
    own = canonical(requires_of(item))
    if circle.anyone or not (asks or text_asks_interaction(own)):
        return own
    dropped = dropped_of(queue, circle)
    return _whole(
        *(placed(without(one, dropped), item.attributes) for one in (queue.requires, parsed(own)))
    )


def text_at_best(queue: Queue, *, asks: bool) -> str:
    """The same for an interaction that requires nothing of its own and suits most agents."""
    return _whole(at_best(queue.requires)) if asks else ""


def _whole(*parts: Rule) -> str:
    return _WHOLE + "\n".join(canonical(written(part)) for part in parts)


def rule_of_text(queue: Queue, circle: Circle, text: str) -> Rule:
    """What an agent must meet; ``text`` as ``text_of`` makes it."""
    if not text.startswith(_WHOLE):
        return rule_of(queue, circle, parsed(text))
    rule: Rule = ALWAYS
    for part in text.removeprefix(_WHOLE).split("\n"):
        rule = both(rule, parsed(part))
    return rule


def both(queue: Rule, own: Rule) -> Rule:
    """What an agent must meet to serve an interaction with requirement ``own`` in a queue."""
    if own == ALWAYS:
        return queue
    return own if queue == ALWAYS else And((queue, own))


def without(rule: Rule, dropped: frozenset[str]) -> Rule:
    """The rule when some skills no longer count: a part that is about one of them holds."""
    match rule:
        case HasSkill(skill):
            return ALWAYS if skill in dropped else rule
        case Not(part):
            return ALWAYS if dropped & set(skills_of(part)) else rule
        case And(parts):
            kept = tuple(one for one in (without(part, dropped) for part in parts) if one != ALWAYS)
            return kept[0] if len(kept) == 1 else And(kept)
        case Or(parts):
            left = tuple(without(part, dropped) for part in parts)
            return ALWAYS if ALWAYS in left else Or(left)
    return rule
