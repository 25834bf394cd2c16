"""Rules, the whole of it in one import: tree, parser, evaluation.

rule = parse({"and": [{"field": "balance", "less": 10}, {"skill": "billing"}]}, terms)
evaluate(rule, {"balance": "4.20"}, {"billing": 3})   # True
"""

from __future__ import annotations

from contactcenter.core.rules_evaluate import Failed, evaluate, explain
from contactcenter.core.rules_parse import as_date, as_number, parse, parse_skills
from contactcenter.core.rules_tree import (
    ALWAYS,
    OPERATORS_OF,
    REQUIREMENT,
    And,
    Clause,
    HasSkill,
    Kind,
    Not,
    Operator,
    Or,
    Path,
    Rule,
    RuleInvalid,
    Terms,
    Value,
    fields_of,
    path_text,
    skills_of,
    to_data,
    walk,
)

__all__ = [
    "ALWAYS",
    "OPERATORS_OF",
    "REQUIREMENT",
    "And",
    "Clause",
    "Failed",
    "HasSkill",
    "Kind",
    "Not",
    "Operator",
    "Or",
    "Path",
    "Rule",
    "RuleInvalid",
    "Terms",
    "Value",
    "as_date",
    "as_number",
    "evaluate",
    "explain",
    "fields_of",
    "parse",
    "parse_skills",
    "path_text",
    "skills_of",
    "to_data",
    "walk",
]
