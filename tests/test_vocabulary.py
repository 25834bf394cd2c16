"""One word for one thing: the words `docs/glossary.md` rejects stand in no name of ours."""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contactcenter.cli.main import parser
from contactcenter.core.db import metadata
from contactcenter.web.openapi import document
from contactcenter.web.operations import all_operations
from tests.services.stores import register_tables

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"

# Words that are right in another sense. Each has its reason.
ALLOWED_WORDS = {
    "attribute": "a customer's own columns, kept from an import",
    "contact": "a contact note, and the product's own name",
    "dial": "the act of calling a number; a party in a call is a leg",
    "interaction": "rejected only as a name for a contact note",
    "list": "a page of a reply; the customers of a campaign are a segment",
    "result": "what a function or a command gave back; an agent chooses a disposition",
    "session": "the sign-in of a browser or program",
    "status": "an HTTP or process status; an agent has a state",
    "tag": "a free mark on a customer or campaign; an ability is a skill",
    "type": "a media or content type, as the RFCs call it; a message has a purpose",
    "worker": "an operating-system process",
}
# Names that others have fixed, or where the sense is another. Each has its reason.
ALLOWED_NAMES = {
    "action": "the audit's verb: what an account did",
    "connected": "both legs joined in one room, as the handset protocol says it",
    "Bridge": "the step that joins legs in a room; the carriers' word for it",
    "CallScript": "what a scripted caller of the demo does; what callers hear is a menu",
    "DemoUser": "`demo --json` prints `users`, for scripts that rely on it",
    "Inbox": "what a simulated handset has received; a mailbox of ours is a line",
    "Pause": "silence in a prompt; nobody's state",
    "Split": "a campaign's shares by channel; what waits for agents is a queue",
    "control_order": "the order of commands to a call; who gets nothing is the holdout",
    "controls": "buttons on a page",
    "operator": "a comparison in a rule",
    "pause": "what one does to a campaign; an agent is away",
    "ring_off": "the sound of an offer",
    "ring_on": "the sound of an offer",
}


def rejected_words() -> set[tuple[str, ...]]:
    """The last column of the glossary, each as lower-case parts, less the allowed words."""
    words = set()
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| **") and cells[3] != "-":
            words |= {parts(word.strip()) for word in cells[3].split(",")}
    return words - {(word,) for word in ALLOWED_WORDS}


def parts(name: str) -> tuple[str, ...]:
    """``WrapUpCode``, ``wrap_up_code`` and ``wrap-up codes`` have the same parts."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(singular(part) for part in re.findall(r"[a-z0-9]+", spaced.lower()))


def singular(word: str) -> str:
    """Good enough for the words we reject: ``status`` and ``address`` keep their end."""
    return word[:-1] if re.search(r"[^su]s$", word) and len(word) > 3 else word


def offences(names: Iterable[tuple[str, str]]) -> list[str]:
    """Names holding a rejected word, with where they stand."""
    rejected = sorted(rejected_words())
    return [
        f"{place}: {name} (not '{' '.join(word)}')"
        for place, name in names
        if name not in ALLOWED_NAMES
        for word in rejected
        if holds(parts(name), word)
    ]


def holds(own: tuple[str, ...], word: tuple[str, ...]) -> bool:
    return any(own[i : i + len(word)] == word for i in range(len(own)))


def table_names() -> Iterator[tuple[str, str]]:
    register_tables()
    for table in metadata.tables.values():
        yield "table", table.name
        for column in table.columns:
            yield f"column of {table.name}", column.name


def class_names() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "contactcenter").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if "twilio" in place:
            continue  # an adapter and its stand-in speak the provider's words
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield place, node.name


def api_names() -> Iterator[tuple[str, str]]:
    """Paths, parameters and fields, from the document that programs read."""
    api = json.loads(document(all_operations()))
    for path, methods in api["paths"].items():
        yield from ((f"API path {path}", part) for part in path.strip("/").split("/"))
        for about in methods.values():
            for parameter in about.get("parameters", []):
                yield f"parameter of {path}", parameter["name"]
    for schema, about in api["components"]["schemas"].items():
        yield "API schema", schema
        for name in about.get("properties", {}):
            yield f"field of {schema}", name


def command_names() -> Iterator[tuple[str, str]]:
    """Commands, options and arguments of `contactcenter`."""
    yield from _commands("contactcenter", parser())


def _commands(place: str, tree: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in tree._actions:
        for option in action.option_strings:
            yield place, option
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield place, name
                yield from _commands(f"{place} {name}", below)


def page_keys() -> Iterator[tuple[str, str]]:
    """The keys of the desks' texts, joined by dots."""
    texts = ROOT / "ui" / "src" / "text" / "en.json"
    yield from _keys("", json.loads(texts.read_text(encoding="utf-8")))


def _keys(prefix: str, texts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in texts.items():
        yield f"page key {prefix}", key
        if isinstance(value, dict):
            yield from _keys(f"{prefix}{key}.", value)


SOURCES: dict[str, Callable[[], Iterable[tuple[str, str]]]] = {
    "tables": table_names,
    "classes": class_names,
    "API": api_names,
    "commands": command_names,
    "page keys": page_keys,
}


@pytest.mark.parametrize("source", SOURCES)
def test_names_use_the_glossary(source: str) -> None:
    names = list(SOURCES[source]())
    assert names, f"no {source} found: this test looks in the wrong place"
    assert not offences(names)


def test_every_exception_is_still_needed() -> None:
    in_use = {name for source in SOURCES.values() for _, name in source()}
    words = {part for name in in_use for part in parts(name)}
    assert set(ALLOWED_NAMES) <= in_use
    assert {word for word in ALLOWED_WORDS if word not in words} <= {"contact"}


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("ticket_id", "ticket"),
        ("Conversations", "conversation"),
        ("WrapUpCode", "wrap up code"),
        ("/api/v1/task-queues", "task queue"),
        ("loginStatus", None),
        ("instruments", None),
    ],
)
def test_the_check_sees_words_in_every_spelling(name: str, fault: str | None) -> None:
    found = offences([("here", name)])
    if fault is None:
        assert not found
    else:
        assert f"here: {name} (not '{fault}')" in found
