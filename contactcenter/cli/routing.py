"""``contactcenter routing ...``: each module ``routing_*`` of this package adds its sub-verbs."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from contactcenter import cli

_PREFIX = "routing_"


def add(parsers: Any) -> None:
    """The verb with every sub-verb that a module beside this one brings."""
    verb = parsers.add_parser("routing", help="the distributor: simulate it, prove it, explain it")
    verbs = verb.add_subparsers(dest="routing_verb", metavar="COMMAND", required=True)
    for module in sorted(each.name for each in pkgutil.iter_modules(cli.__path__)):
        if module.startswith(_PREFIX):
            importlib.import_module(f"contactcenter.cli.{module}").add(verbs)
