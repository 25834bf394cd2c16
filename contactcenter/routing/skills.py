"""Skills expressions: what a queue and an interaction require of an agent.

They speak of skills, of ``agent.NAME`` (what is configured of the agent) and of
``interaction.NAME`` (the attributes it came with). The latter stand still while it waits, so they
are put in place of their clauses once (``placed``), and the matcher compares agents only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import msgspec

from contactcenter.core.rules import (
    ALWAYS,
    And,
    Clause,
    HasSkill,
    Not,
    Or,
    Rule,
    evaluate,
    fields_of,
    parse_skills,
    to_data,
)

INTERACTION = "interaction."
NEVER = Or(())
NO_FACTS: Mapping[str, object] = {}
Leaf = Callable[[Clause | HasSkill, bool], Rule]


def requirement(data: object) -> Rule:
    """The rule in its written form (``None``: anybody). Raises ``core.rules.RuleInvalid``."""
    return ALWAYS if data is None else parse_skills(data)


def written(rule: Rule) -> object:
    """The rule as data; None for one that anybody meets."""
    return None if rule == ALWAYS else to_data(rule)


def canonical(data: object) -> str:
    """One text for one written requirement, whatever the order of its keys."""
    return "" if data is None else msgspec.json.encode(data, order="sorted").decode()


@lru_cache(maxsize=4096)
def parsed(text: str) -> Rule:
    """The rule of a ``canonical`` text."""
    return requirement(msgspec.json.decode(text)) if text else ALWAYS


def meets(rule: Rule, levels: Mapping[str, int], facts: Mapping[str, object] = NO_FACTS) -> bool:
    """Whether an agent with these levels and facts (``Agent.facts``) does."""
    return evaluate(rule, facts, levels)


# -- attributes of interactions ------------------------------------------------------------------


def asks_interaction(rule: Rule) -> bool:
    """Whether it speaks of attributes of the interaction."""
    return any(name.startswith(INTERACTION) for name in fields_of(rule))


@lru_cache(maxsize=4096)
def text_asks_interaction(text: str) -> bool:
    """The same of a ``canonical`` text."""
    return INTERACTION in text and asks_interaction(parsed(text))


def interaction_facts(attributes: Mapping[str, object]) -> dict[str, object]:
    """Attributes as the facts of rules."""
    return {f"{INTERACTION}{name}": value for name, value in attributes.items()}


def placed(rule: Rule, attributes: Mapping[str, object]) -> Rule:
    """The rule for an interaction with these attributes: it speaks of agents alone."""
    facts = interaction_facts(attributes)

    def leaf(one: Clause | HasSkill, wanted: bool) -> Rule:
        if not isinstance(one, Clause) or not one.field.startswith(INTERACTION):
            return one
        return ALWAYS if evaluate(one, facts) else NEVER

    return with_leaves(rule, leaf)


def at_best(rule: Rule) -> Rule:
    """The rule with every attribute of the interaction as its best: who does not meet this meets
    the rule for no interaction."""

    def leaf(one: Clause | HasSkill, wanted: bool) -> Rule:
        if not isinstance(one, Clause) or not one.field.startswith(INTERACTION):
            return one
        return ALWAYS if wanted else NEVER

    return with_leaves(rule, leaf)


def with_leaves(rule: Rule, leaf: Leaf, *, wanted: bool = True) -> Rule:
    """The rule with each leaf put through ``leaf``, told whether the leaf holding helps (False
    under ``not``); simplified, so that the same meaning mostly has the same text."""
    match rule:
        case Not(part):
            inner = with_leaves(part, leaf, wanted=not wanted)
            return NEVER if inner == ALWAYS else ALWAYS if inner == NEVER else Not(inner)
        case And(parts):
            every = tuple(with_leaves(part, leaf, wanted=wanted) for part in parts)
            kept = tuple(one for one in every if one != ALWAYS)
            return NEVER if NEVER in kept else kept[0] if len(kept) == 1 else And(kept)
        case Or(parts):
            every = tuple(with_leaves(part, leaf, wanted=wanted) for part in parts)
            kept = tuple(one for one in every if one != NEVER)
            return ALWAYS if ALWAYS in kept else kept[0] if len(kept) == 1 else Or(kept)
        case _:
            return leaf(rule, wanted)
