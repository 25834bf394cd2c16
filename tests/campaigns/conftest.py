"""A stage per test, once on each store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database
from contactcenter.core.templating import TemplateWorkers
from tests.campaigns.stage import Stage


@pytest.fixture(scope="session")
async def workers() -> AsyncIterator[TemplateWorkers]:
    async with TemplateWorkers(1) as each:
        yield each


@pytest.fixture
async def stage(store_url: str, workers: TemplateWorkers) -> AsyncIterator[Stage]:
    """A site at Monday, 9:00 UTC, when quiet hours end."""
    clock = VirtualClock()
    database = await Database.open(store_url, clock=clock)
    yield Stage(database, clock, workers)
    await database.close()
