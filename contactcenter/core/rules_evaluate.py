"""Is a rule true for these facts, and if not, which clause failed first. Pure; never raises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contactcenter.core.rules_parse import as_date, as_number
from contactcenter.core.rules_tree import And, Clause, HasSkill, Not, Or, Path, Rule, path_text

NO_FACTS: Mapping[str, object] = {}
NO_SKILLS: Mapping[str, int] = {}


def evaluate(
    rule: Rule, facts: Mapping[str, object] = NO_FACTS, skills: Mapping[str, int] = NO_SKILLS
) -> bool:
    """Whether ``rule`` holds. ``facts``: field -> value; ``skills``: skill -> level of an agent."""
    match rule:
        case HasSkill(skill, low, high):
            return low <= skills.get(skill, 0) <= high
        case And(parts):
            return all(evaluate(part, facts, skills) for part in parts)
        case Or(parts):
            return any(evaluate(part, facts, skills) for part in parts)
        case Not(part):
            return not evaluate(part, facts, skills)
        case Clause():
            return _holds(rule, facts.get(rule.field))


def _holds(clause: Clause, fact: object) -> bool:
    operator, wanted = clause.operator, clause.value
    if operator == "exists":
        return (fact is not None and fact != "") is wanted
    if operator == "not_equals":
        return _read(clause, fact) != wanted
    found: Any = _read(clause, fact)
    if found is None:
        return False
    # The parser made both sides of one kind, so the comparisons below can not raise.
    bound: Any = wanted
    match operator:
        case "equals":
            return bool(found == bound)
        case "less":
            return bool(found < bound)
        case "at_most":
            return bool(found <= bound)
        case "greater":
            return bool(found > bound)
        case "at_least":
            return bool(found >= bound)
        case "in":
            return found in bound
        case "contains":
            return bound in found


def _read(clause: Clause, fact: object) -> object:
    """The fact as a value of the clause's kind; None when it is missing or something else."""
    match clause.kind:
        case "number":
            return as_number(fact)
        case "date":
            return as_date(fact)
        case "bool":
            return fact if isinstance(fact, bool) else None
        case "texts":
            return fact if isinstance(fact, list | tuple | set | frozenset) else None
        case "text":
            return fact if isinstance(fact, str) else None


@dataclass(frozen=True, slots=True)
class Failed:
    """The first leaf that made the rule false. ``reason``: missing, differs, skill_missing,
    level_too_low, level_too_high, negated (it holds, but stands under ``not``), none_given."""

    path: Path
    reason: str
    leaf: Clause | HasSkill | None = None

    def __str__(self) -> str:
        match self.leaf:
            case HasSkill(skill, low, high):
                text = f"skill {skill} {low}-{high}"
            case Clause(name, operator, value):
                text = f"{name} {operator} {value}"
            case None:
                text = "no alternative given"
        return f"{path_text(self.path) or 'rule'}: {text}: {self.reason}"


def explain(
    rule: Rule, facts: Mapping[str, object] = NO_FACTS, skills: Mapping[str, int] = NO_SKILLS
) -> Failed | None:
    """None when the rule holds, else its first failing clause (of an ``or``: the first one's)."""
    if evaluate(rule, facts, skills):
        return None
    return _why(rule, (), facts, skills, wanted=True)


def _why(
    rule: Rule,
    path: Path,
    facts: Mapping[str, object],
    skills: Mapping[str, int],
    *,
    wanted: bool,
) -> Failed:
    """Why ``rule`` is not ``wanted``; ``wanted`` is False under an odd number of ``not``."""
    match rule:
        case Not(part):
            return _why(part, (*path, "not"), facts, skills, wanted=not wanted)
        case And(parts) | Or(parts):
            word = "and" if isinstance(rule, And) else "or"
            for i, part in enumerate(parts):
                if evaluate(part, facts, skills) is not wanted:
                    return _why(part, (*path, word, i), facts, skills, wanted=wanted)
            return Failed((*path, word), "none_given")
        case HasSkill(skill, low):
            if not wanted:
                return Failed(path, "negated", rule)
            level = skills.get(skill, 0)
            reasons = {True: "skill_missing", False: "level_too_low"}
            return Failed(path, reasons[level == 0] if level < low else "level_too_high", rule)
        case Clause():
            if not wanted:
                return Failed(path, "negated", rule)
            missing = facts.get(rule.field) in (None, "")
            return Failed(path, "missing" if missing else "differs", rule)
