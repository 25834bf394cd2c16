"""A web application over a fresh database, with accounts of every role and a recording desk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher

from contactcenter.core.access.accounts import Access, Passwords
from contactcenter.core.bus import Bus
from contactcenter.core.clock import SystemClock
from contactcenter.core.db import Database
from contactcenter.core.secrets import Secrets
from contactcenter.web.app import build
from contactcenter.web.ports import LineEntry, Services, WebSettings
from tests.web.parts import PASSWORD, People, RecordingDesk

LINES = (
    LineEntry("+4420790000", "voice", "simulated", "Main"),
    LineEntry("+4420790000", "sms", "simulated", "Main"),
    LineEntry("care@example.org", "email", "smtp", "Care"),
)


@pytest.fixture
def passwords() -> Passwords:
    """The real algorithm at its cheapest."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
async def services(db: Database, passwords: Passwords) -> AsyncIterator[Services]:
    bus = Bus(db)
    await bus.start()
    yield Services(
        db=db,
        bus=bus,
        clock=SystemClock(),
        access=Access(db, passwords),
        secrets=Secrets(["t" * 40]),
        desk=RecordingDesk(),
        settings=WebSettings(presence_grace_s=0.3),
        lines=LINES,
    )
    await bus.stop()


@pytest.fixture
async def people(services: Services) -> People:
    """An account of every role, named as the role; a second agent."""
    names = {"agent": "agent", "second": "agent", "supervisor": "supervisor"}
    names |= {"marketer": "marketer", "administrator": "administrator"}
    return People(
        {
            name: await services.access.create_account(
                name=name, display_name=name.title(), role=role, password=PASSWORD
            )
            for name, role in names.items()
        }
    )


@pytest.fixture
def settings() -> Mapping[str, Any]:
    """What a test module changes of the web settings."""
    return {}


@pytest.fixture
async def client(
    services: Services, people: People, settings: Mapping[str, Any]
) -> AsyncIterator[TestClient[Any, Any]]:
    """A browserless client of the whole application."""
    app = build(replace(services, settings=replace(services.settings, **settings)))
    async with TestClient(TestServer(app)) as each:
        yield each
