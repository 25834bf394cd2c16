"""``contactcenter menu play`` and ``menu check``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contactcenter.core.errors import ContactCenterError

Parsers = Any  # argparse's class of sub-parsers is private


def add(parsers: Parsers) -> None:
    """Add ``menu`` and its verbs."""
    menu = parsers.add_parser("menu", help="check a menu file, or play it in the terminal")
    verbs = menu.add_subparsers(dest="verb", required=True, metavar="VERB")
    playing = verbs.add_parser("play", help="play a menu: type keys or words, Ctrl-D hangs up")
    playing.add_argument("file", type=Path, metavar="FILE")
    playing.add_argument("--language", metavar="TAG", help="for example zh-CN")
    playing.add_argument(
        "--facts", type=Path, metavar="FILE", help="YAML or JSON with facts and look_ups"
    )
    playing.add_argument("--sms", action="store_true", help="play it as text messages")
    playing.set_defaults(run=play_menu)
    checking = verbs.add_parser("check", help="find every fault of menu files")
    checking.add_argument("files", type=Path, nargs="+", metavar="FILE")
    for name, what in (("queues", "queues"), ("skills", "skills"), ("look-ups", "look-ups")):
        checking.add_argument(
            f"--{name}", type=_names, metavar="A,B", help=f"the {what} that exist"
        )
    checking.set_defaults(run=check_menus)


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def check_menus(args: argparse.Namespace) -> int:
    """0 when every file is whole, 1 with each fault as ``file:line: message``, 2 for no file."""
    from contactcenter.core.errors import ContactCenterError
    from contactcenter.ivr.loader import load_file

    worst = 0
    for file in args.files:
        try:
            menu = load_file(file, queues=args.queues, skills=args.skills, look_ups=args.look_ups)
        except ContactCenterError as error:
            worst = max(worst, _report(error))
        else:
            print(f"{file}: {len(menu.nodes)} nodes, {', '.join(menu.languages)}")
    return worst


def play_menu(args: argparse.Namespace) -> int:
    """0 when the menu was played to its end, 1 when a file is faulty, 2 when there is none."""
    from contactcenter.core.errors import ContactCenterError
    from contactcenter.ivr.loader import load_file
    from contactcenter.ivr.player import play

    try:
        menu = load_file(args.file)
        facts, answers = _facts(args.facts)
    except ContactCenterError as error:
        return _report(error)
    facts = {"open": True, **facts, "channel": "sms" if args.sms else "voice"}
    play(menu, facts, answers, _read_line, print, language=args.language)
    return 0


def _facts(file: Path | None) -> tuple[dict[str, object], Any]:
    from contactcenter.core.errors import NotFound
    from contactcenter.core.located_yaml import read_yaml
    from contactcenter.ivr.player import Answers, read_answers

    if file is None:
        return {}, Answers()
    try:
        source = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"{file}: can not be read", hint="name a YAML or JSON file") from error
    return read_answers(read_yaml(source, str(file)).plain())


def _read_line(prompt: str) -> str | None:
    try:
        return input(prompt)
    except EOFError:
        return None


def _report(error: ContactCenterError) -> int:
    """Every fault with its hint on standard error; the exit code."""
    from contactcenter.core.errors import NotFound
    from contactcenter.core.located_yaml import FileFault, FileInvalid

    faults: Sequence[FileFault] = error.faults if isinstance(error, FileInvalid) else ()
    for fault in faults:
        print(fault, file=sys.stderr)
        if fault.hint:
            print(f"  hint: {fault.hint}", file=sys.stderr)
    if not faults:
        print(error.message, file=sys.stderr)
        if error.hint:
            print(f"  hint: {error.hint}", file=sys.stderr)
    return 2 if isinstance(error, NotFound) else 1
