"""Skills expressions: what a queue and an interaction require of an agent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from contactcenter.core.rules import ALWAYS, Rule, evaluate, parse_skills, to_data


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


def meets(rule: Rule, levels: Mapping[str, int]) -> bool:
    """Whether an agent with these levels does."""
    return evaluate(rule, {}, levels)
