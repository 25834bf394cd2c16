"""Reading the parts all node types share: texts in several languages, targets, rules, names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from contactcenter.core.located_reader import Reader, suggestion
from contactcenter.core.located_yaml import FileFault, Located
from contactcenter.core.rules import REQUIREMENT, Rule, RuleInvalid, Terms, fields_of, parse
from contactcenter.core.templating import lint_source, used
from contactcenter.core.templating_values import Variable, VariableKind, Variables
from contactcenter.ivr.model import Target, Texts, rule_kind


@dataclass(slots=True)
class MenuTerms:
    """What the whole menu has declared, and what its parts turned out to read."""

    languages: tuple[str, ...]
    variables: Variables
    visible: Variables
    fact_kinds: Mapping[str, VariableKind | Literal["texts", "any"]]
    read: set[str] = field(default_factory=set)

    @property
    def rule_terms(self) -> Terms:
        """The fields a branch may compare."""
        kinds = {name: rule_kind(kind) for name, kind in self.fact_kinds.items()}
        return Terms({**kinds, **{name: rule_kind(v.kind) for name, v in self.variables.items()}})


class NodeReader(Reader):
    """A ``Reader`` for one node (or a part of one)."""

    def __init__(
        self,
        located: Located,
        file: str,
        faults: list[FileFault],
        what: str,
        terms: MenuTerms,
        name: str = "",
    ) -> None:
        super().__init__(located, file, faults, what)
        self.terms = terms
        self.name = name

    def part(self, located: Located, what: str) -> NodeReader:
        """A reader for a mapping inside this one."""
        return NodeReader(located, self.file, self.faults, what, self.terms, self.name)

    def prompt(
        self, key: str, *, required: bool = False, only: tuple[str, ...] = ()
    ) -> Texts | None:
        """Texts by language; one plain text stands for every language.

        ``only`` names the variables of a text that may show no others.
        """
        found = self.take(key, required=required)
        return None if found is None else self.texts_of(found, key, self.line_of(key), only)

    def texts_of(self, found: Located, key: str, line: int, only: tuple[str, ...] = ()) -> Texts:
        """``found`` as texts; what is wrong with it is remembered under ``key``."""
        languages = self.terms.languages
        if not isinstance(found.data, dict):
            pair = self._pair(found, key, line, only)
            return Texts(dict.fromkeys(languages, pair), line)
        by_language: dict[str, tuple[str, str]] = {}
        for language, value in found.data.items():
            at = found.key_lines[language]
            if language not in languages:
                hint = suggestion(language, languages)
                self.fault(f"{self.what}: {key}: unknown language {language!r}", at, hint)
                continue
            by_language[language] = self._pair(value, f"{key} {language}", at, only)
        for language in languages:
            if language not in by_language:
                self.fault(f"{self.what}: {key} has no text in {language}", line)
        return Texts(by_language, line)

    def _pair(self, found: Located, key: str, line: int, only: tuple[str, ...]) -> tuple[str, str]:
        """The wording for the ear and for the eye; plain text is both."""
        if isinstance(found.data, dict):
            inner = self.part(found, f"{self.what}: {key}")
            voice, text = inner.take("voice", required=True), inner.take("text", required=True)
            inner.finish()
            parts = [part for part in (voice, text) if part is not None]
            sources = [self._source(part, key, part.line, only) for part in parts]
            return (sources[0], sources[-1]) if sources else ("", "")
        source = self._source(found, key, line, only)
        return source, source

    def _source(self, found: Located, key: str, line: int, only: tuple[str, ...]) -> str:
        if not isinstance(found.data, str) or not found.data.strip():
            self.fault(f"{self.what}: {key} must be text", line)
            return ""
        variables = dict.fromkeys(only, Variable()) if only else self.terms.visible
        faults = lint_source(found.data, variables, key, loops=False)
        for fault in faults:
            self.fault(f"{self.what}: {key}: {fault.message}", line, fault.hint)
        if not faults and "{" in found.data:
            self.terms.read |= used(found.data)
        return found.data

    def target(self, key: str, *, required: bool = False) -> Target | None:
        """Another node's name; whether it exists is checked once all are read."""
        found = self.take(key, required=required)
        if found is None:
            return None
        if not isinstance(found.data, str):
            self.fault(f"{self.what}: {key} names a node", self.line_of(key))
            return None
        return Target(found.data, self.line_of(key), key)

    def rule(self, key: str, *, skills: bool = False) -> Rule | None:
        """A rule over facts and variables, or over what is required of an agent."""
        found = self.take(key)
        if found is None:
            return None
        try:
            rule = parse(found.plain(), REQUIREMENT if skills else self.terms.rule_terms)
        except RuleInvalid as invalid:
            at = found.line_of(invalid.path)
            where = f"{key}: " if at == self.line_of(key) else ""
            self.fault(f"{self.what}: {where}{invalid.bare_message}", at, invalid.hint or "")
            return None
        if not skills:  # else they are fields of agents and interactions
            self.terms.read |= fields_of(rule)
        return rule

    def known_name(self, name: str, line: int) -> bool:
        """Whether ``name`` is a variable or fact; a fault otherwise."""
        known = {**self.terms.fact_kinds, **self.terms.variables}
        if name in known or Terms(dict.fromkeys(known, "any")).kind_of(name):
            self.terms.read.add(name)
            return True
        hint = suggestion(name, sorted(known))
        self.fault(f"{self.what}: unknown variable {name!r}", line, hint)
        return False
