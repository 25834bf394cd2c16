"""Campaigns of a server node, in one object: what the node starts and the API asks."""

from __future__ import annotations

from contactcenter.campaigns.rendering import Site
from contactcenter.core.bus import Bus
from contactcenter.core.clock import Clock
from contactcenter.core.db import Database
from contactcenter.core.templating import TemplateWorkers
from contactcenter.handling.lines import Lines


class Campaigns:
    """One per server node. ``owner`` names this process in leases."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        clock: Clock,
        lines: Lines,
        workers: TemplateWorkers,
        site: Site,
        owner: str,
    ) -> None:
        self.db = db
        self.bus = bus
        self.clock = clock
        self.lines = lines
        self.workers = workers
        self.site = site
        self.owner = owner
