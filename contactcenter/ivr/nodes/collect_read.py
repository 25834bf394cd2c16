"""Reading a ``collect`` node; apart from the node, which is long enough."""

from __future__ import annotations

import re

from contactcenter.ivr.matching import Choice, fold
from contactcenter.ivr.nodes.collect import Collect, Free
from contactcenter.ivr.reading import NodeReader

_KEY = re.compile(r"[0-9]{1,2}|\*")
_ID = re.compile(r"[a-z][a-z0-9_]*")
MAX_DIGITS = 32
MAX_WORDS = 500


def read(reader: NodeReader) -> Collect | None:
    """``collect: TEXTS`` with ``choices``, ``digits`` or ``words``; see docs/reference/menu.md."""
    prompt = reader.prompt("collect", required=True)
    choices = _choices(reader)
    free = _free(reader)
    following, otherwise = reader.target("next"), reader.target("otherwise")
    tries = reader.integer("tries", 3, 1, 10)
    speech = reader.flag("speech", default=any(c.words for c in choices) or _is_words(free))
    first = reader.integer("first_timeout_s", 5, 1, 60)
    gap = reader.integer("gap_timeout_s", 3, 1, 20)
    every = reader.flag("in_every_language")
    no_input, no_match = reader.prompt("no_input"), reader.prompt("no_match")
    if bool(choices) == (free is not None):
        reader.fault(f"{reader.what}: a collect takes exactly one of choices, digits, words")
        return None
    if free is not None and following is None:
        reader.fault(f"{reader.what}: next is missing")
    if choices and following is not None:
        reader.fault(f"{reader.what}: next stands at each choice", following.line)
    if prompt is None:
        return None
    return Collect(
        reader.name,
        reader.line,
        prompt,
        choices,
        free,
        following,
        otherwise,
        no_input,
        no_match,
        tries,
        speech,
        every,
        first,
        gap,
    )


def _is_words(free: Free | None) -> bool:
    return free is not None and free.kind == "words"


def _choices(reader: NodeReader) -> tuple[Choice, ...]:
    choices: list[Choice] = []
    seen: dict[str, int] = {}
    for item in reader.items("choices"):
        part = reader.part(item, f"{reader.what}: choice")
        choice = _choice(part)
        if choice is None:
            continue
        words = (word for group in choice.words.values() for word in group)
        for sign in (f"id {choice.id}", f"key {choice.key}", *(f"word {fold(w)}" for w in words)):
            if sign != "key " and seen.setdefault(sign, part.line) != part.line:
                part.fault(f"{reader.what}: {sign} is used by the choice on line {seen[sign]} too")
        choices.append(choice)
    return tuple(choices)


def _choice(part: NodeReader) -> Choice | None:
    identifier = part.text("id", required=True)
    key = part.text("key")
    target = part.target("next", required=True)
    label = part.prompt("label")
    words = _words(part)
    part.finish()
    if identifier and not _ID.fullmatch(identifier):
        part.fault(f"{part.what}: id {identifier!r} is not a name", part.line_of("id"), "a_z, 0-9")
    if key and not _KEY.fullmatch(key):
        part.fault(f"{part.what}: key {key!r}", part.line_of("key"), "allowed: 0 to 99, *")
    if not key and not words:
        part.fault(f"{part.what}: neither key nor words: nobody could choose it")
    if target is None or not identifier:
        return None
    return Choice(identifier, key, target.node, target.line, label, words)


def _words(part: NodeReader) -> dict[str, tuple[str, ...]]:
    found = part.take("words")
    if found is None:
        return {}
    if not isinstance(found.data, dict):
        same = part.texts("words")
        return dict.fromkeys(part.terms.languages, same)
    inner = part.part(found, f"{part.what}: words")
    words = {language: inner.texts(language) for language in part.terms.languages}
    inner.finish()
    return {language: group for language, group in words.items() if group}


def _free(reader: NodeReader) -> Free | None:
    for kind, most in (("digits", MAX_DIGITS), ("words", MAX_WORDS)):
        found = reader.take(kind)
        if found is None:
            continue
        part = reader.part(found, f"{reader.what}: {kind}")
        into = part.text("into", required=True)
        low = part.integer("min", 1, 1, most)
        high = part.integer("max", most if kind == "words" else low, 1, most)
        part.finish()
        variable = reader.terms.variables.get(into)
        if into and (variable is None or variable.kind not in ("text", "number")):
            part.fault(
                f"{part.what}: {into!r} is not a declared variable of kind text",
                part.line_of("into"),
            )
        if low > high:
            part.fault(f"{part.what}: min is above max")
        reader.take("words" if kind == "digits" else "digits")
        return Free("digits" if kind == "digits" else "words", into, low, high)
    return None
