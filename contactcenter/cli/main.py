"""The command line: one module per verb, each with ``add(parsers)``; nothing heavy is imported
before a verb runs. A module ``verb_part`` belongs to its verb, which adds it.

Exit codes: 0 done, 1 failed, 2 wrong use. Errors go to standard error: one sentence and a hint.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence

from contactcenter import __version__, cli
from contactcenter.core.errors import ContactCenterError


def parser() -> argparse.ArgumentParser:
    """Every verb with its arguments."""
    root = argparse.ArgumentParser(
        prog="contactcenter",
        description="Phone, SMS and e-mail in one interaction log tied to customer records.",
    )
    root.add_argument("--version", action="version", version=f"contactcenter {__version__}")
    parsers = root.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    for module in sorted(each.name for each in pkgutil.iter_modules(cli.__path__)):
        if module != "main" and "_" not in module:
            importlib.import_module(f"contactcenter.cli.{module}").add(parsers)
    return root


def run(argv: Sequence[str]) -> int:
    """Run one command; its exit code."""
    args = parser().parse_args(argv)
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
