"""The operations of the API: one file a topic, each with a list ``OPERATIONS``."""

from __future__ import annotations

import importlib
import pkgutil

from contactcenter.web.operation import Operation


def all_operations() -> list[Operation]:
    """Every topic's operations, in the order of the file names; a new topic is a new file."""
    found: list[Operation] = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda each: each.name):
        topic = importlib.import_module(f"{__name__}.{module.name}")
        operations: list[Operation] = topic.OPERATIONS
        found.extend(operations)
    return found
