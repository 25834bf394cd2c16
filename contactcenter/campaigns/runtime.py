"""Campaigns of a server node, in one object: what the node starts and the API asks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from contactcenter.campaigns import outcomes
from contactcenter.campaigns.gate import CampaignGate
from contactcenter.campaigns.occurrences import Starter
from contactcenter.campaigns.planner import Planner
from contactcenter.campaigns.rendering import Site
from contactcenter.core.bus import Bus
from contactcenter.core.clock import Clock
from contactcenter.core.db import Database
from contactcenter.core.jobs import Jobs
from contactcenter.core.templating import TemplateWorkers
from contactcenter.crm.follow import LogConsumer
from contactcenter.handling.lines import Lines

Service = Callable[[], Coroutine[Any, Any, None]]


class Campaigns:
    """One per server node. ``owner`` names this process in leases; ``gate`` belongs into the
    node's ``Pump``."""

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
        self.gate = CampaignGate(site)
        self.planner = Planner(db, bus, workers, site, owner)
        self.outcomes = LogConsumer("campaigns", db, bus, outcomes.follow)
        self.jobs = Jobs(db, owner, [Starter(lines).tick])

    def services(self) -> Mapping[str, Service]:
        """What runs as long as the node does."""
        return {
            "campaign_planner": self.planner.run,
            "campaign_outcomes": self.outcomes.run,
            "scheduler": self.jobs.run,
        }
