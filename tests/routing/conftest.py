"""One site per test, once on each store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database
from tests.routing.sites import Site


@pytest.fixture
async def site(store_url: str) -> AsyncIterator[Site]:
    """A site with a queue and a virtual clock, once on each store."""
    clock = VirtualClock()
    database = await Database.open(store_url, clock=clock)
    site = Site(database, Bus(database), clock)
    await site.queue(wrap_up_s=30)
    yield site
    for router in site.routers:
        await router.stop()
    await database.close()
