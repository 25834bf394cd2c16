"""The operations of the API: one file a topic, each with a list ``OPERATIONS``,
and ``PICTURES`` where the live socket shows something of it."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from contactcenter.web.live.polled import Picture
from contactcenter.web.operation import Operation


def all_operations() -> list[Operation]:
    """Every topic's operations, in the order of the file names; a new topic is a new file."""
    return [each for topic in _topics() for each in topic.OPERATIONS]


def all_pictures() -> list[Picture]:
    """Further topics of the live socket: the files' optional lists ``PICTURES``."""
    return [each for topic in _topics() for each in getattr(topic, "PICTURES", ())]


def _topics() -> list[Any]:
    modules = sorted(pkgutil.iter_modules(__path__), key=lambda each: each.name)
    return [importlib.import_module(f"{__name__}.{module.name}") for module in modules]
