"""Playing a menu by hand: reads lines, writes lines, look-ups answered from a file.

For the terminal (``contactcenter menu play``) and for tests; it runs the production engine and
shows exactly what the phone would say or the text would read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from contactcenter.channels.voice import steps
from contactcenter.core.errors import Invalid
from contactcenter.core.rules import to_data
from contactcenter.ivr import text, voice
from contactcenter.ivr.engine import start, step
from contactcenter.ivr.model import (
    Ask,
    Enqueue,
    HungUp,
    Input,
    Leave,
    LookedUp,
    LookUp,
    Menu,
    Silence,
    Turn,
    Typed,
)

ReadLine = Callable[[str], str | None]
WriteLine = Callable[[str], None]
MAX_LOOK_UPS = 100


@dataclass(frozen=True, slots=True)
class Answers:
    """Canned look-ups by name: a mapping of values, ``None`` for missing, ``"failed"``; or a list
    of ``{with: {name: value}, found: {...}}`` of which the first that fits answers."""

    by_name: Mapping[str, object] = field(default_factory=dict)

    def answer(self, look_up: LookUp) -> LookedUp:
        """What the shell would have fetched. An unknown name has failed."""
        if look_up.name not in self.by_name:
            return LookedUp("failed")
        canned = self.by_name[look_up.name]
        if isinstance(canned, Sequence) and not isinstance(canned, str):
            canned = next((self._values(case) for case in canned if _fits(case, look_up)), None)
        if canned is None:
            return LookedUp("missing")
        if isinstance(canned, Mapping):
            return LookedUp("found", cast(Mapping[str, object], canned))
        return LookedUp("failed")

    @staticmethod
    def _values(case: object) -> object:
        return case.get("found") if isinstance(case, Mapping) else None


def _fits(case: object, look_up: LookUp) -> bool:
    wanted = case.get("with", {}) if isinstance(case, Mapping) else None
    if not isinstance(wanted, Mapping):
        return False
    return all(str(look_up.args.get(name)) == str(value) for name, value in wanted.items())


def read_answers(data: object) -> tuple[dict[str, object], Answers]:
    """Facts and look-ups of a facts file's data. Raises ``Invalid``."""
    if not isinstance(data, Mapping) or not data.keys() <= {"facts", "look_ups"}:
        raise Invalid("a facts file is a mapping", hint="allowed: facts, look_ups")
    facts, look_ups = data.get("facts") or {}, data.get("look_ups") or {}
    if not isinstance(facts, Mapping) or not isinstance(look_ups, Mapping):
        raise Invalid("facts and look_ups are mappings by name")
    return dict(facts), Answers(look_ups)


def play(
    menu: Menu,
    facts: Mapping[str, object],
    answers: Answers,
    read: ReadLine,
    write: WriteLine,
    *,
    language: str | None = None,
) -> Turn:
    """Play to the end and give the last turn. ``read`` gives None when the customer hangs up."""
    turn = start(menu, facts, language=language)
    look_ups = 0
    while True:
        _show(turn, write)
        final = turn.final
        if isinstance(final, Enqueue | Leave):
            return turn
        if isinstance(final, LookUp):
            look_ups += 1
            answer = answers.answer(final) if look_ups <= MAX_LOOK_UPS else LookedUp("failed")
            write(f"(look-up {final.name}: {answer.outcome})")
            turn = step(menu, turn.state, answer)
        else:
            turn = step(menu, turn.state, _input(final, turn, read))


def _show(turn: Turn, write: WriteLine) -> None:
    if turn.state.facts.get("channel") != "voice":
        message = text.to_text(turn.outputs)
        if message:
            write(message)
    else:
        for spoken in voice.to_steps(turn.outputs):
            said = spoken.prompts if isinstance(spoken, steps.Collect) else (spoken,)
            for part in said:
                if isinstance(part, steps.Say):
                    write(f"[{part.language}] {part.text}")
    final = turn.final
    if isinstance(final, Enqueue):
        requires = f", requires {to_data(final.requires)}" if final.requires else ""
        what = "message for queue" if final.message else "queue"
        write(f"({what} {final.queue}{requires}, priority {final.priority})")
    elif isinstance(final, Leave):
        write(f"(the menu is left: {final.reason})")


def _input(ask: Ask, turn: Turn, read: ReadLine) -> Input:
    line = read("> ")
    if line is None:
        return HungUp()
    if turn.state.facts.get("channel") != "voice":
        return text.input_from(line)
    line = line.strip()
    if not line:
        return Silence()
    if all(sign in "0123456789*#" for sign in line):
        return Typed(line.rstrip("#") or line, "digits")
    return Typed(line, "speech") if ask.speech else Silence()
