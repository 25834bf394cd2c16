"""Whether a skills expression can hold for anybody at all, and if not, why.

An agent has each skill at a level 1-5 or not at all: six cases, kept as a bit mask for each skill
(bit 0: not at all). A part that would need two masks without a common bit can never hold. What a
clause says of an attribute may be so or not, whatever other clauses say; the same clause can not
be both.
"""

from __future__ import annotations

from collections.abc import Iterator

from contactcenter.core.rules_tree import And, Clause, HasSkill, Not, Or, Path, Rule

_ANY = 0b111111
_IS, _IS_NOT = 0b01, 0b10
_MOST_STEPS = 20_000
"""Search steps; past that the answer is "perhaps", so a strange rule is never refused wrongly."""


def contradiction(rule: Rule) -> str | None:
    """Why nobody can ever meet the rule, in words; None when somebody could (or it is unknown)."""
    search = _Search()
    if search.holds([(rule, True)], {}):
        return None
    return search.reason or "no levels of skills can meet it"


def dead_parts(rule: Rule, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Alternatives that can never be the one that holds, with why."""
    match rule:
        case And(parts):
            for n, part in enumerate(parts):
                yield from dead_parts(part, (*path, "and", n))
        case Or(parts):
            for n, part in enumerate(parts):
                why = contradiction(part)
                here = (*path, "or", n)
                if why:
                    yield here, why
                else:
                    yield from dead_parts(part, here)


_Masks = dict[str | Clause, int]


class _Search:
    """Backtracking: what must hold narrows the masks first, then alternatives are tried."""

    def __init__(self) -> None:
        self.steps = 0
        self.reason = ""

    def holds(self, todo: list[tuple[Rule, bool]], masks: _Masks) -> bool:
        """Whether all of ``todo`` (a rule and whether it is to hold) can hold within ``masks``."""
        choices: list[tuple[tuple[Rule, ...], bool]] = []
        while todo:
            self.steps += 1
            if self.steps > _MOST_STEPS:
                return True
            rule, wanted = todo.pop()
            match rule:
                case Not(part):
                    todo.append((part, not wanted))
                case And(parts) | Or(parts):
                    if isinstance(rule, And) == wanted:
                        todo += [(part, wanted) for part in parts]
                    else:
                        choices.append((parts, wanted))
                case HasSkill() if not self._narrow(rule, wanted, masks):
                    return False
                case Clause() if not self._settle(rule, wanted, masks):
                    return False
                case Clause() | HasSkill():
                    pass
        if not choices:
            return True
        (parts, wanted), others = choices[0], choices[1:]
        rest: list[tuple[Rule, bool]] = [
            (And(more) if not is_wanted else Or(more), is_wanted) for more, is_wanted in others
        ]
        if not parts:
            self.reason = self.reason or "an empty list of alternatives never holds"
        return any(self.holds([*rest, (part, wanted)], dict(masks)) for part in parts)

    def _settle(self, leaf: Clause, wanted: bool, masks: _Masks) -> bool:
        if leaf.operator == "not_equals":
            leaf, wanted = Clause(leaf.field, "equals", leaf.value, leaf.kind), not wanted
        before = masks.get(leaf, _IS | _IS_NOT)
        masks[leaf] = before & (_IS if wanted else _IS_NOT)
        if not masks[leaf]:
            words = f"{leaf.field} {leaf.operator} {leaf.value}"
            self.reason = self.reason or f"{words} would have to hold and not to hold"
        return masks[leaf] != 0

    def _narrow(self, leaf: HasSkill, wanted: bool, masks: _Masks) -> bool:
        mask = sum(1 << level for level in range(leaf.at_least, leaf.at_most + 1))
        mask = mask if wanted else _ANY & ~mask
        before = masks.get(leaf.skill, _ANY)
        masks[leaf.skill] = before & mask
        if not masks[leaf.skill]:
            first, second = sorted((_words(before), _words(mask)))
            self.reason = self.reason or f"{leaf.skill} would have to be {first} and {second}"
        return masks[leaf.skill] != 0


def _words(mask: int) -> str:
    """The levels of a mask: ``level 4-5``, ``absent``, ``level 1-2 or absent``."""
    levels = [level for level in range(1, 6) if mask >> level & 1]
    runs: list[list[int]] = []
    for level in levels:
        if runs and runs[-1][-1] == level - 1:
            runs[-1].append(level)
        else:
            runs.append([level])
    spans = [f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs]
    words = [f"level {' or '.join(spans)}"] if spans else []
    return " or ".join([*words, *(["absent"] if mask & 1 else [])])
