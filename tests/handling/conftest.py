"""One office per test, once on each store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contactcenter.core.bus import Bus
from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database
from contactcenter.standins.world import World
from tests.handling.office import Office, new_office
from tests.handling.stage import Stage
from tests.routing.sites import Site


@pytest.fixture
async def office(store_url: str) -> AsyncIterator[Office]:
    """A site with the queue ``sales``, in virtual time; the router is driven by hand."""
    clock = VirtualClock()
    database = await Database.open(store_url, clock=clock)
    site = Site(database, Bus(database), clock)
    await site.queue(wrap_up_s=30)
    yield new_office(site)
    for router in site.routers:
        await router.stop()
    await database.close()


@pytest.fixture
async def stage(office: Office) -> AsyncIterator[Stage]:
    world = World(office.clock, chars_per_s=200.0)
    agent = await office.agent()
    await office.router.stop()  # its lease is for the server's
    made = Stage(office, world, office.clock, agent)
    await made.start()
    yield made
    await made.kill()
    await world.close()
