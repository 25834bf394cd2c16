"""Writes the pages made from code: commands, API, licences of what we install.

python docs/generate.py            write them
python docs/generate.py --check    fail when one is not current (the tests do this)
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from routing_keys import page as routing_page  # type: ignore[import-not-found]  # beside us

from contactcenter.cli.main import parser
from contactcenter.web.openapi import document
from contactcenter.web.operations import all_operations

REFERENCE = Path(__file__).parent / "reference"
MADE = "<!-- Made by docs/generate.py: change the code, then run `python3 dev.py docs`. -->\n"


def commands() -> str:
    """Every command with its arguments, as its own help says them."""
    text = [f"{MADE}\n# Commands\n"]
    text += [
        "Exit codes: 0 done, 1 failed, 2 wrong use. Errors go to standard error: one sentence and",
        "a hint.\n",
    ]
    for depth, tree in walk(parser()):
        text.append(f"{'#' * (depth + 2)} {tree.prog}\n")
        text += paragraphs(tree)
    return "\n".join(text)


def walk(
    tree: argparse.ArgumentParser, depth: int = 0
) -> Iterator[tuple[int, argparse.ArgumentParser]]:
    """The parser and those below it, with their depth, in the order of definition."""
    yield depth, tree
    for action in tree._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in dict.fromkeys(action.choices.values()):
                yield from walk(below, min(depth + 1, 2))


def paragraphs(tree: argparse.ArgumentParser) -> Iterator[str]:
    """Description and a table of arguments; not `format_help`, which wraps by terminal width."""
    if tree.description:
        yield f"{' '.join(tree.description.split())}\n"
    rows = [row(action) for action in tree._actions if action.help != argparse.SUPPRESS]
    rows = [line for line in rows if line]
    if rows:
        yield "| argument | |\n|---|---|"
        yield "\n".join(rows) + "\n"


def row(action: argparse.Action) -> str:
    """One line of the table, empty for what every command has."""
    if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
        return ""
    value = action.metavar or (action.dest.upper() if action.option_strings else action.dest)
    if action.choices:
        value = ", ".join(str(choice) for choice in action.choices)
    takes = "" if action.nargs == 0 else f" {value}"
    name = ", ".join(action.option_strings) + takes if action.option_strings else str(value)
    said = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")
    return f"| `{name.strip()}` | {' '.join(said.split())} |".replace("||", "| |")


def api() -> str:
    """Every operation of the API in one table; the document itself is `/api/openapi.json`."""
    paths = json.loads(document(all_operations()))["paths"]
    text = [
        f"{MADE}\n# API\n",
        "Base path `/api/v1`. The OpenAPI 3.1 document is served at `/api/openapi.json`; faults",
        "are RFC 9457 problem documents. Live events: [live](live.md).\n",
        "| method | path | what it does |\n|---|---|---|",
    ]
    for path, methods in sorted(paths.items()):
        for method, about in methods.items():
            text.append(f"| {method.upper()} | `{path}` | {about.get('summary', '')} |")
    return "\n".join(text) + "\n"


def routing() -> str:
    """The keys of the routing document."""
    return str(routing_page(MADE))


PAGES = {"commands.md": commands, "api.md": api, "routing.md": routing}


def main(arguments: list[str]) -> int:
    stale = []
    for name, make in PAGES.items():
        page, text = REFERENCE / name, make()
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in arguments:
                page.write_text(text, encoding="utf-8")
    state = "not current" if "--check" in arguments else "written"
    print(f"docs/reference: {', '.join(stale) + ' ' + state if stale else 'all current'}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
