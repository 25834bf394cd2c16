"""``collect``: ask, and take a choice (by key, keyword or speech), a number, or free words.

Without an answer the question is asked again, ``tries`` times in all; then ``otherwise``, or the
menu's fallback, takes over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from contactcenter.ivr.matching import Choice, choose, digits_in
from contactcenter.ivr.model import Ask, Input, Option, Running, Silence, Target, Texts, Typed


@dataclass(frozen=True, slots=True)
class Free:
    """What is wanted instead of a choice: ``low`` to ``high`` digits, or up to ``high`` letters of
    free words; kept in the variable ``into``."""

    kind: Literal["digits", "words"]
    into: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Collect:
    """Either ``choices`` or ``free`` is given."""

    name: str
    line: int
    prompt: Texts
    choices: tuple[Choice, ...]
    free: Free | None
    next: Target | None
    otherwise: Target | None
    no_input: Texts | None
    no_match: Texts | None
    tries: int = 3
    speech: bool = False
    in_every_language: bool = False
    first_timeout_s: int = 5
    gap_timeout_s: int = 3

    KIND: ClassVar[str] = "collect"
    SPEAKS: ClassVar[bool] = True
    WAITS: ClassVar[bool] = True

    def targets(self) -> tuple[Target, ...]:
        chosen = (Target(choice.next, choice.line, choice.id) for choice in self.choices)
        others = (target for target in (self.next, self.otherwise) if target is not None)
        return (*chosen, *others)

    def texts(self) -> tuple[Texts, ...]:
        labels = (choice.label for choice in self.choices if choice.label is not None)
        again = (text for text in (self.no_input, self.no_match) if text is not None)
        return (self.prompt, *labels, *again)

    def enter(self, run: Running) -> str | None:
        run.record(self.name, self.KIND, "asked")
        run.outputs.append(self._ask(run))
        return None

    def ask_again(self, run: Running) -> bool:
        run.outputs.append(self._ask(run))
        return True

    def resume(self, run: Running, given: Input) -> str | None:
        if isinstance(given, Typed) and given.value.strip():
            content = {"value": given.value, "how": given.how}
            if self.free is not None:
                return self._take(run, self.free, given, content)
            choice = choose(self.choices, given, run.state.language)
            if choice is not None:
                run.record(self.name, self.KIND, f"choice_{choice.id}", content)
                return choice.next
            return self._again(run, "no_match", content)
        if isinstance(given, Typed | Silence):
            return self._again(run, "no_input", None)
        # An answer to a look-up nobody waits for: late. The question stands.
        run.record(self.name, self.KIND, "late_look_up")
        run.outputs.append(self._ask(run))
        return None

    def _take(self, run: Running, free: Free, given: Typed, content: dict[str, str]) -> str | None:
        if free.kind == "digits":
            value = digits_in(given, free.low, free.high)
        else:
            value = " ".join(given.value.split())[: free.high]
            value = value if len(value) >= free.low and given.how != "digits" else None
        if value is None or self.next is None:
            return self._again(run, "no_match", content)
        run.keep({free.into: value})
        run.record(self.name, self.KIND, "collected", content)
        return self.next.node

    def _again(
        self, run: Running, code: Literal["no_input", "no_match"], content: dict[str, str] | None
    ) -> str | None:
        run.record(self.name, self.KIND, code, content)
        tries = run.state.tries + 1
        if tries >= self.tries:
            run.record(self.name, self.KIND, "given_up")
            return (self.otherwise or run.menu.fallback).node
        run.change(tries=tries)
        own = self.no_input if code == "no_input" else self.no_match
        run.say(own or run.menu.wording[code])
        run.outputs.append(self._ask(run))
        return None

    def _ask(self, run: Running) -> Ask:
        options = tuple(self._option(run, choice) for choice in self.choices)
        words = (choice.words.get(run.state.language, ()) for choice in self.choices)
        longest = max((len(choice.key) for choice in self.choices), default=1) or 1
        free = self.free
        return Ask(
            self.name,
            run.prompts(self.prompt, self.in_every_language),
            options,
            run.state.language,
            free=free.kind if free else "",
            digits=free.kind == "digits" if free else any(choice.key for choice in self.choices),
            speech=self.speech,
            max_digits=free.high if free and free.kind == "digits" else longest,
            first_timeout_s=float(self.first_timeout_s),
            gap_timeout_s=float(self.gap_timeout_s),
            hints=tuple(word for group in words for word in group),
        )

    def _option(self, run: Running, choice: Choice) -> Option:
        label = run.text(choice.label)
        # Where the question is put in every language, it names the keys itself.
        read_out = label and choice.key and not self.in_every_language
        spoken = run.offer(label, choice.key) if read_out else ""
        return Option(choice.id, choice.key, label, spoken)
