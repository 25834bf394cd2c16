"""Every package's tables, imported so that they stand in the one catalogue."""

from __future__ import annotations

import importlib

from contactcenter.core.db import metadata

TABLES = (
    "contactcenter.core.blobs",
    "contactcenter.core.leases",
    "contactcenter.core.access.tables",
    "contactcenter.crm.tables",
    "contactcenter.crm.importing",
    "contactcenter.routing.tables",
    "contactcenter.handling.tables",
    "contactcenter.campaigns.tables",
    "contactcenter.web.tables",
)

for module in TABLES:
    importlib.import_module(module)

__all__ = ["metadata"]
