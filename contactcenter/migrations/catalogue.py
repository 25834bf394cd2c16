"""Every package's tables, imported so that they stand in the one catalogue."""

from __future__ import annotations

import importlib
import pkgutil

import contactcenter
from contactcenter.core.db import metadata

BESIDE = (
    "contactcenter.core.blobs",
    "contactcenter.core.leases",
    "contactcenter.crm.importing",
)
"""Modules that keep a table of their own beside the ``tables`` of their package."""


def register() -> None:
    """Import every module that defines a table; running it again changes nothing."""
    for found in pkgutil.walk_packages(contactcenter.__path__, "contactcenter."):
        if found.name.endswith(".tables"):
            importlib.import_module(found.name)
    for name in BESIDE:
        importlib.import_module(name)


register()

__all__ = ["metadata"]
