"""A turn by text message: outputs to one readable text, an answer to an input."""

from __future__ import annotations

from collections.abc import Sequence

from contactcenter.ivr.model import Ask, Input, Option, Output, Prompt, Silence, Typed

READABLE = 480
"""Characters a customer will read on a phone; about four GSM-7 segments, seven of UCS-2."""


def to_text(outputs: Sequence[Output], limit: int = READABLE) -> str:
    """The message to send; "" when there is nothing to say.

    Over ``limit`` the oldest prompts go first, then the question is cut; numbered choices stay.
    """
    before = [output.text for output in outputs if isinstance(output, Prompt)]
    ask = next((output for output in outputs if isinstance(output, Ask)), None)
    if ask is None:
        return _cut("\n".join(before), limit)
    question = "\n".join(prompt.text for prompt in ask.prompts)
    options = "\n".join(line for line in map(_line, ask.options) if line)
    while before and len(_joined(*before, question, options)) > limit:
        before.pop(0)
    room = limit - len(_joined("", options)) - 1
    return _joined(*before, question if before else _cut(question, max(room, 40)), options)


def _line(option: Option) -> str:
    return " ".join(part for part in (option.key, option.label) if part) if option.label else ""


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _cut(text: str, limit: int) -> str:
    # Three dots, not the ellipsis sign: that one would turn a GSM-7 text into UCS-2.
    return text if len(text) <= limit else text[: limit - 3].rstrip() + "..."


def input_from(text: str) -> Input:
    """A text as input: a number, a keyword, or words; nothing readable counts as silence."""
    return Typed(text, "text") if text.strip() else Silence()
