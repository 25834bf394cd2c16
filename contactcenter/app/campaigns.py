"""Campaigns of a server node, made from its settings."""

from __future__ import annotations

from contextlib import AsyncExitStack

from contactcenter.campaigns.rendering import Site
from contactcenter.campaigns.runtime import Campaigns
from contactcenter.core.bus import Bus
from contactcenter.core.db import Database
from contactcenter.core.secrets import Secrets
from contactcenter.core.settings import Settings
from contactcenter.core.templating import TemplateWorkers
from contactcenter.handling.lines import Lines


def make(
    settings: Settings,
    db: Database,
    bus: Bus,
    lines: Lines,
    secrets: Secrets,
    owner: str,
    stack: AsyncExitStack,
) -> Campaigns:
    """The node's campaigns; their rendering processes end with ``stack``."""
    workers = TemplateWorkers(2)
    stack.push_async_callback(workers.stop)
    site = Site(settings.site_name, settings.url, settings.time_zone, secrets)
    return Campaigns(db, bus, db.clock, lines, workers, site, owner)
