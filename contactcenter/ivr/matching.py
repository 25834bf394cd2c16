"""From what a customer pressed, said or wrote to what was meant: keys, keywords, digits.

Text is folded first (NFKC, so full-width forms count; letter case; punctuation). An answer that
fits two choices equally well fits none: asking again is better than guessing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from contactcenter.ivr.model import Texts, Typed

MAX_INPUT = 500

DIGIT_WORDS: Mapping[str, str] = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "oh": "0",
    **{sign: str(n) for n, sign in enumerate("零一二三四五六七八九")},
    "〇": "0",
    "幺": "1",
    "两": "2",
}  # fmt: skip

_SIGNS = re.compile(r"[^\w\s*#]|_", re.UNICODE)
_CJK = re.compile(r"[\u3400-\u9fff]")
_JOINERS = re.compile(r"[\s.\-/,、。，()]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """One way on: by ``key``, or by a word. ``label`` None keeps it out of what is read out."""

    id: str
    key: str
    next: str
    line: int
    label: Texts | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def fold(text: str) -> str:
    """Comparable text: NFKC, no letter case, no punctuation, single spaces."""
    plain = unicodedata.normalize("NFKC", text[:MAX_INPUT]).casefold()
    return " ".join(_SIGNS.sub(" ", plain).split())


def choose(choices: Sequence[Choice], typed: Typed, language: str) -> Choice | None:
    """The choice that was meant; None when none or more than one fits."""
    said = fold(typed.value)
    if not said:
        return None
    for choice in choices:
        if choice.key and (said == choice.key or typed.value.strip() == choice.key):
            return choice
    if typed.how == "digits":
        return None
    spoken = DIGIT_WORDS.get(said)
    for choice in choices:
        if choice.key and spoken == choice.key:
            return choice
    return _best((_fit(choice, said, language), choice) for choice in choices)


def _best(ranked: Iterable[tuple[int, Choice]]) -> Choice | None:
    best, winner, tied = 0, None, False
    for fit, choice in ranked:
        if fit > best:
            best, winner, tied = fit, choice, False
        elif fit == best and fit:
            tied = True
    return None if tied else winner


def _fit(choice: Choice, said: str, language: str) -> int:
    """How well ``said`` fits: the length of the longest keyword in it, a whole match above all.

    Words of every language count (people mix them); those of the language in use count more.
    """
    best = 0
    for of_language, words in choice.words.items():
        for word in words:
            folded = fold(word)
            if not folded or not _contains(said, folded):
                continue
            fit = 2 * len(folded) + (1000 if said == folded else 0)
            best = max(best, fit + (1 if of_language == language else 0))
    return best


def _contains(said: str, word: str) -> bool:
    """Chinese has no spaces: there a keyword may stand anywhere; else it must be whole words."""
    if _CJK.search(word):
        return word.replace(" ", "") in said.replace(" ", "")
    return f" {word} " in f" {said} "


def digits_in(typed: Typed, low: int, high: int) -> str | None:
    """The number given, ``low`` to ``high`` digits long; None when there is not exactly one.

    By key it must be digits alone; spoken or written, it may stand in a sentence, be grouped with
    spaces or dashes, or be said digit by digit.
    """
    text = unicodedata.normalize("NFKC", typed.value[:MAX_INPUT]).casefold()
    if typed.how == "digits":
        text = text.rstrip("#")
        return text if text.isdecimal() and text.isascii() and low <= len(text) <= high else None
    spelled = re.sub(r"[a-z]+|[零〇一二三四五六七八九幺两]", _digit, text)
    joined = _JOINERS.sub("", spelled)
    runs = [run for run in re.findall(r"[0-9]+", joined) if low <= len(run) <= high]
    if len(runs) != 1:
        runs = [run for run in re.findall(r"[0-9]+", spelled) if low <= len(run) <= high]
    return runs[0] if len(runs) == 1 else None


def _digit(found: re.Match[str]) -> str:
    return DIGIT_WORDS.get(found.group(), found.group())
