"""Why an agent does not get an interaction: the first reason, from the floor as it stands.

Requirements are evaluated here on the facts as they are, not as the matcher keeps them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contactcenter.core.rules import ALWAYS, And, Clause, HasSkill, Or, Rule, explain, fields_of
from contactcenter.routing.circles import Circle, circle_of, requires_of, rule_of
from contactcenter.routing.floor import Floor
from contactcenter.routing.match import FREE
from contactcenter.routing.model import Agent, Queue, Waiting
from contactcenter.routing.policies import MOST_RINGS
from contactcenter.routing.skills import (
    NEVER,
    interaction_facts,
    meets,
    requirement,
    with_leaves,
)
from contactcenter.routing.standing import standing

ASKED_TOO = "asked_too"
"""Free, and offered the same interaction at the same moment."""
LOWER_ORDER = "lower_order"
"""Free, and another stood before them in the order of the queue."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``reason``: ``free``, not_in_queue, not_signed_in, away, skill_missing, level_too_low,
    attribute_differs, at_capacity, on_call, delay_over, excluded, ... ``until``: when it ends by
    itself, where that is known. ``detail``: values that words may use."""

    reason: str
    until: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent of the queue and the verdict on them."""

    agent: UUID
    name: str
    verdict: Verdict


def verdict(floor: Floor, item: Waiting, agent: Agent, now: datetime) -> Verdict:
    """The first reason why this agent does not get this interaction, or ``free``."""
    if item.held and agent.id in item.preferred:
        return _of_standing(floor, item, agent, now) or _of_time(floor, item, agent, now)
    queue = floor.queues[item.queue]
    member = floor.matcher.membership(agent, queue, circle_of(item))
    if member is None:
        later = floor.matcher.membership(agent, queue, _LAST)
        return Verdict("not_in_queue" if later is None else "ring_not_reached")
    absent = _absent(floor, agent)
    if absent is not None:
        return absent
    own = requirement(requires_of(item))
    rule = rule_of(queue, circle_of(item), own)
    levels = agent.levels()
    facts = {**agent.facts(), **interaction_facts(item.attributes)} if fields_of(rule) else {}
    if not meets(rule, levels, facts):
        if _widens(queue) and meets(rule_of(queue, _LAST, own), levels, facts):
            return Verdict("ring_not_reached")
        return _unmet(rule, levels, facts)
    found = _of_standing(floor, item, agent, now)
    if found is not None:
        return found
    may_from = item.entered_first + timedelta(seconds=member.delay_s)
    if may_from > now:
        return Verdict("delay_over", may_from, {"delay_s": member.delay_s})
    if item.held:
        return Verdict("held_for_preferred", item.preferred_until)
    return _of_time(floor, item, agent, now)


def _unmet(rule: Rule, levels: Mapping[str, int], facts: Mapping[str, object]) -> Verdict:
    """What is missing: a skill if no attribute could mend it, else the first attribute."""

    def skills_alone(leaf: Clause | HasSkill, wanted: bool) -> Rule:
        return leaf if isinstance(leaf, HasSkill) else ALWAYS if wanted else NEVER

    def attributes_alone(leaf: Clause | HasSkill, wanted: bool) -> Rule:
        return leaf if isinstance(leaf, Clause) else ALWAYS if wanted else NEVER

    skilled = with_leaves(rule, skills_alone)
    if meets(skilled, levels):
        failed = explain(with_leaves(rule, attributes_alone), facts) or explain(rule, facts, levels)
        leaf = failed.leaf if failed else None
        if isinstance(leaf, Clause):
            found = facts.get(leaf.field)
            words = f"{leaf.field} {leaf.operator} {_plain(leaf.value)}"
            return Verdict("attribute_differs", detail={"asked": words, "found": _plain(found)})
    is_level = meets(_any_level(skilled), levels)
    return Verdict("level_too_low" if is_level else "skill_missing")


def _plain(value: object) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


_LAST = Circle(MOST_RINGS)
"""The circle with every ring open (not yet anyone)."""


def _widens(queue: Queue) -> bool:
    return bool(queue.rings)


def _absent(floor: Floor, agent: Agent) -> Verdict | None:
    state = floor.states[agent.id]
    if state.presence == "offline":
        return Verdict("not_signed_in")
    if state.presence == "away":
        return Verdict("away", detail={"reason": state.presence_reason, "since": state.since})
    return None


def _of_standing(floor: Floor, item: Waiting, agent: Agent, now: datetime) -> Verdict | None:
    absent = _absent(floor, agent)
    if absent is not None:
        return absent
    held = floor.held.get(agent.id, {}).values()
    stands = standing(agent, floor.states[agent.id], held, {}).on[item.channel]
    if stands == FREE:
        return None
    return Verdict(stands, detail={"load": dict(Counter(one.channel for one in held))})


def _of_time(floor: Floor, item: Waiting, agent: Agent, now: datetime) -> Verdict:
    if item.excludes(agent.id, now):
        return Verdict("excluded", item.excluded[str(agent.id)])
    if item.is_to_be_called() and floor.matcher.called_for[agent.id]:
        return Verdict("calling_another")
    if not item.held and floor.yields(floor.queues[item.queue], now):
        return Verdict("yielding")
    return Verdict(FREE)


def candidates(floor: Floor, item: Waiting, now: datetime) -> list[Candidate]:
    """Every agent of the interaction's queue with the verdict on them, by name."""
    found = [
        Candidate(agent.id, agent.name, verdict(floor, item, agent, now))
        for agent in floor.agents.values()
    ]
    mine = [one for one in found if one.verdict.reason != "not_in_queue"]
    return sorted(mine, key=lambda one: (one.name, one.agent))


def _any_level(rule: Rule) -> Rule:
    """The rule with the levels asked for left out: who meets it has the skills, not the level."""
    match rule:
        case HasSkill(skill):
            return HasSkill(skill)
        case And(parts):
            return And(tuple(_any_level(part) for part in parts))
        case Or(parts):
            return Or(tuple(_any_level(part) for part in parts))
    return rule
