"""A stage per test, once on each store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
    """A site at Monday, 9:00 UTC, when quiet hours end; once on each store."""
    async with _stage(store_url, workers) as each:
        yield each


@pytest.fixture
async def postgres_stage(postgres_url: str, workers: TemplateWorkers) -> AsyncIterator[Stage]:
    """The same, where two transactions can be under way at once."""
    async with _stage(postgres_url, workers) as each:
        yield each


@asynccontextmanager
async def _stage(url: str, workers: TemplateWorkers) -> AsyncIterator[Stage]:
    clock = VirtualClock()
    database = await Database.open(url, clock=clock)
    yield Stage(database, clock, workers)
    await database.close()
