"""The command line: one module per verb, each with ``add(parsers)``; nothing heavy is imported
before a verb runs. A module ``verb_part`` belongs to its verb, which adds it.

Only the module of the verb in question is loaded: ``--help`` reads ``VERBS``, which the tests hold
against the modules. Exit codes: 0 done, 1 failed, 2 wrong use. Errors go to standard error: one
sentence and a hint.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from contactcenter import __version__, cli
from contactcenter.core.errors import ContactCenterError

VERBS: Mapping[str, tuple[str, str]] = {
    "backup": ("backup", "write everything into one file, while the server runs"),
    "restore": ("backup", "bring a backup into an empty database, of either store"),
    "bench": ("bench", "measure this program, or kill it and look"),
    "campaign": ("campaign", "campaigns: watch, schedule, hold, explain"),
    "demo": ("demo", "start everything on an embedded database with a simulated carrier"),
    "doctor": ("doctor", "look at the settings and at everything they name"),
    "email": ("email", "look into mail"),
    "handset": ("handset", "be a customer: call, press keys, text and mail from the terminal"),
    "import": ("imports", "bring records in from files"),
    "log": ("log", "check the interaction log"),
    "menu": ("menu", "check a menu file, or play it in the terminal"),
    "migrate": ("migrate", "bring the database to this program's schema"),
    "routing": ("routing", "the distributor: simulate it, prove it, explain it"),
    "serve": ("serve", "run a server node"),
    "token": ("token", "bearer tokens for programs"),
    "wfm": ("wfm", "compute waiting times, and the agents a target needs"),
}
"""Verb -> its module and its line in the help. A verb that is missing here works, but costs every
``--help`` the loading of all modules."""


def parser() -> argparse.ArgumentParser:
    """Every verb with its arguments."""
    import pkgutil

    root, parsers = _root()
    for module in sorted(each.name for each in pkgutil.iter_modules(cli.__path__)):
        if module != "main" and "_" not in module:
            _module(module).add(parsers)
    return root


def _parser_for(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The least that can read ``argv``: one verb, or the list of all when none is named."""
    first = argv[0] if argv else ""
    if first in VERBS:
        root, parsers = _root()
        _module(VERBS[first][0]).add(parsers)
        return root
    if set(argv) - {"-h", "--help", "--version"}:
        return parser()
    root, parsers = _root()
    for verb, (_, words) in VERBS.items():
        parsers.add_parser(verb, help=words, add_help=False)
    return root


def _root() -> tuple[argparse.ArgumentParser, argparse._SubParsersAction[argparse.ArgumentParser]]:
    root = argparse.ArgumentParser(
        prog="contactcenter",
        description="Phone, SMS and e-mail in one interaction log tied to customer records.",
    )
    root.add_argument("--version", action="version", version=f"contactcenter {__version__}")
    return root, root.add_subparsers(dest="verb", metavar="COMMAND", required=True)


def _module(name: str) -> Any:
    return importlib.import_module(f"contactcenter.cli.{name}")


def run(argv: Sequence[str]) -> int:
    """Run one command; its exit code."""
    args = _parser_for(argv).parse_args(argv)
    try:
        code: int = args.run(args)
    except ContactCenterError as error:
        print(f"contactcenter: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return code
