"""Requests made from the OpenAPI document: whatever is sent, the answer is one it promises."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from aiohttp import web
from argon2 import PasswordHasher
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from contactcenter.core.access.accounts import Access, Passwords
from contactcenter.core.bus import Bus
from contactcenter.core.clock import SystemClock
from contactcenter.core.db import Database
from contactcenter.core.secrets import Secrets
from contactcenter.web.app import build
from contactcenter.web.openapi import document
from contactcenter.web.operations import all_operations
from contactcenter.web.ports import Services, WebSettings
from tests.web import records
from tests.web.parts import PASSWORD, RecordingDesk

pytestmark = pytest.mark.slow

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(json.loads(document(all_operations())))


class Server(threading.Thread):
    """The application in a loop of its own, because generated requests are made synchronously."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.database = url
        self.ready = threading.Event()
        self.url = ""
        self.tokens: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()

    def run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self.join(10)

    async def _serve(self) -> None:
        db = await Database.open(self.database)
        access = Access(db, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
        for role in ("agent", "supervisor", "marketer", "administrator"):
            await access.create_account(name=role, display_name=role, role=role, password=PASSWORD)
            self.tokens[role], _ = await access.sign_in(role, PASSWORD)
        await records.interaction(db, await records.customer(db), records.received("Hello"))
        app = build(
            Services(
                db=db,
                bus=Bus(db),
                clock=SystemClock(),
                access=access,
                secrets=Secrets(["t" * 40]),
                desk=RecordingDesk(),
                settings=WebSettings(api_per_min=1_000_000, sign_in_per_min=1_000_000),
            )
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self.ready.set()
        await self._ended.wait()
        await runner.cleanup()
        await db.close()


@pytest.fixture(scope="module")
def server(sqlite_template: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    file = tmp_path_factory.mktemp("schemathesis") / "contactcenter.db"
    shutil.copyfile(sqlite_template, file)
    each = Server(f"sqlite:///{file}")
    each.start()
    assert each.ready.wait(20)
    yield each
    each.end()


@SCHEMA.parametrize()
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_one_of_the_document(case: Any, server: Server) -> None:
    name = case.operation.definition.raw.get("description", "")
    roles = [role for role in server.tokens if role in name] or ["supervisor"]
    headers = {"Authorization": f"Bearer {server.tokens[roles[0]]}"}
    if (case.method.upper(), case.path) == ("DELETE", "/api/v1/session"):
        headers = {}  # would sign the other examples out
    response = case.call(base_url=server.url, headers=headers)
    case.validate_response(response, checks=CHECKS)
