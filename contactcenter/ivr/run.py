"""One turn in the making: what nodes say, ask, record and change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from contactcenter.core.errors import ContactCenterError
from contactcenter.core.templating import render_lenient
from contactcenter.core.templating_values import Variable, Variables
from contactcenter.ivr.model import (
    Enqueue,
    Leave,
    LeaveReason,
    Menu,
    MenuEvent,
    MenuState,
    Output,
    Prompt,
    Texts,
    rule_value,
    storable,
)

_OFFER: Variables = {"label": Variable(), "key": Variable()}


@lru_cache(maxsize=4096)
def _offer(source: str, language: str, label: str, key: str) -> str:
    """The wording of a choice knows its label and key alone, so the same ones sound the same."""
    return render_lenient(source, language, _OFFER, {"label": label, "key": key}).strip()


@dataclass(slots=True)
class Run:
    """Gathers the outputs and events of one turn; the state is replaced, never changed."""

    menu: Menu
    state: MenuState
    outputs: list[Output] = field(default_factory=list)
    events: list[MenuEvent] = field(default_factory=list)

    @property
    def channel(self) -> str:
        """``voice``, ``sms`` or ``email``."""
        return str(self.state.facts.get("channel", "voice"))

    def rule_facts(self) -> dict[str, object]:
        """Facts and variables, as rules see them."""
        fallbacks = {
            name: variable.fallback
            for name, variable in self.menu.variables.items()
            if variable.fallback is not None
        }
        known = {**fallbacks, **self.state.facts, **self.state.variables}
        return {name: rule_value(value) for name, value in known.items()}

    def change(self, **changes: Any) -> None:
        """Replace fields of the state."""
        self.state = replace(self.state, **changes)

    def keep(self, values: Mapping[str, object]) -> None:
        """Remember variables, as JSON can hold them."""
        stored = {name: storable(value) for name, value in values.items()}
        self.change(variables={**self.state.variables, **stored})

    def offer(self, label: str, key: str) -> str:
        """The sentence that offers a choice by voice."""
        language = self.state.language
        source = self.menu.wording["choice"].get(language, self.channel)
        return _offer(source, language, label, key)

    def text(self, texts: Texts | None, language: str = "") -> str:
        """The rendered text for this customer; "" when there is none."""
        if texts is None:
            return ""
        language = language or self.state.language
        source = texts.get(language, self.channel)
        if "{" not in source:
            return source.strip()
        values = {**self.state.facts, **self.state.variables}
        try:
            zone = str(self.state.facts.get("time_zone") or "UTC")
            return render_lenient(source, language, self.menu.visible, values, zone=zone).strip()
        except ContactCenterError as fault:
            # A caller hears the rest of the menu rather than silence; the log says what failed.
            self.record(self.state.node, "text", f"fault_{fault.code}")
            return ""

    def prompts(self, texts: Texts | None, every_language: bool = False) -> tuple[Prompt, ...]:
        """The text as prompts: in the customer's language, or once in each of the menu's."""
        languages = self.menu.languages if every_language else (self.state.language,)
        spoken = ((self.text(texts, language), language) for language in languages)
        return tuple(Prompt(text, language) for text, language in spoken if text)

    def say(self, texts: Texts | None, every_language: bool = False) -> None:
        """Put prompts out."""
        self.outputs += self.prompts(texts, every_language)

    def record(
        self, node: str, kind: str, code: str, content: dict[str, Any] | None = None
    ) -> None:
        """Log one step of a node by its outcome code."""
        data = {"node": node, "kind": kind, "code": code}
        self.events.append(MenuEvent("menu_step", data, content))

    def enqueue(self, output: Enqueue) -> None:
        """Leave the menu for a queue."""
        self.outputs.append(output)
        self._left("queued", solved=False)

    def leave(self, reason: LeaveReason) -> None:
        """Leave the menu for good."""
        self.outputs.append(Leave(reason))
        self._left(reason, solved=reason == "solved")

    def _left(self, reason: str, *, solved: bool) -> None:
        self.change(left=reason)
        data = {"menu": self.menu.name, "reason": reason, "solved": solved}
        self.events.append(MenuEvent("menu_left", data))
