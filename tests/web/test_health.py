"""Health, metrics, upkeep, and what is logged of a request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from contactcenter.core.access.tables import access_token
from contactcenter.core.db import Tx
from contactcenter.core.ids import new_id
from contactcenter.web import health, upkeep
from contactcenter.web.kept_up import kept_up
from contactcenter.web.ports import Services
from contactcenter.web.tables import idempotent_reply
from tests.web.parts import API, Client, bearer, problem


async def test_alive_and_ready(client: Client) -> None:
    reply = await client.get("/healthz")
    assert (reply.status, await reply.json()) == (200, {"status": "ok"})
    reply = await client.get("/readyz")
    assert (await reply.json()) == {"status": "ready", "parts": {"database": "ok"}}


class TestWithoutDatabase:
    @pytest.fixture(autouse=True)
    def broken(self, client: Client, services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
        async def read(work: Callable[[Tx], Any]) -> Any:
            raise OperationalError("select", {}, OSError("postgres://user:secret@host is gone"))

        monkeypatch.setattr(services.db, "read", read)

    async def test_alive_but_not_ready(self, client: Client) -> None:
        assert (await client.get("/healthz")).status == 200
        reply = await client.get("/readyz")
        assert reply.status == 503
        assert (await reply.json())["parts"] == {"database": "failed"}

    async def test_requests_are_asked_to_come_again(self, client: Client) -> None:
        reply = await client.get(f"{API}/session", headers={"Authorization": "Bearer cc_x"})
        body = await problem(reply, 503, "unavailable")
        assert reply.headers["Retry-After"] == "1"
        assert "secret" not in str(body)


async def test_a_slow_database_is_not_ready(
    client: Client, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(work: Callable[[Tx], Any]) -> Any:
        await asyncio.sleep(30)

    monkeypatch.setattr(health, "_PATIENCE_S", 0.05)
    monkeypatch.setattr(services.db, "read", read)
    assert (await client.get("/readyz")).status == 503


async def test_metrics_count_by_route(client: Client) -> None:
    for _ in range(3):
        await client.get(f"{API}/customers/{new_id()}", headers=await bearer(client, "agent"))
    await client.get("/no/such/path")
    text = await (await client.get("/metrics")).text()
    route = 'route="/api/v1/customers/{id}",status="404"'
    assert f'contactcenter_http_requests_total{{method="GET",{route}}} 3.0' in text
    assert "/no/such/path" not in text
    assert "contactcenter_live_sockets 0.0" in text


async def test_what_is_logged_names_the_route_and_no_token(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "contactcenter.web.middleware")
    await client.get("/unsubscribe/very-secret-token")
    await client.post(f"{API}/session", json={"name": "agent", "password": "not the password"})
    found = {(r.__dict__["route"], r.__dict__["status"], r.levelname) for r in caplog.records}
    assert ("/unsubscribe/{token}", 404, "INFO") in found
    assert ("/api/v1/session", 401, "INFO") in found
    everything = str([record.__dict__ for record in caplog.records])
    assert "very-secret-token" not in everything
    assert "not the password" not in everything


async def test_upkeep_forgets_what_is_past_its_time(client: Client, services: Services) -> None:
    headers = await bearer(client, "agent")
    url = f"{API}/interactions/{new_id()}/hold"
    for key in ("old", "new"):
        await client.post(url, headers=headers | {"Idempotency-Key": key})
    await client.delete(f"{API}/session", headers=await bearer(client, "second"))
    assert await services.db.write(upkeep.sweep) == (0, 0)

    def age(tx: Tx) -> None:
        r, t = idempotent_reply.c, access_token.c
        tx.execute(
            update(idempotent_reply).where(r.key == "old").values(at=tx.now - timedelta(hours=25))
        )
        long_ago = tx.now - timedelta(days=31)
        tx.execute(
            update(access_token).where(t.revoked_at.is_not(None)).values(revoked_at=long_ago)
        )

    await services.db.write(age)
    assert await services.db.write(upkeep.sweep) == (1, 1)
    keys = await services.db.read(lambda tx: tx.all(select(idempotent_reply.c.key)))
    assert [row.key for row in keys] == ["new"]


async def test_a_loop_is_begun_again_until_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    from contactcenter.web import kept_up as module

    monkeypatch.setattr(module, "PAUSE_S", 0.001)
    turns = 0
    third = asyncio.Event()

    async def loop() -> None:
        nonlocal turns
        turns += 1
        if turns < 3:
            raise LookupError("again")
        third.set()
        await asyncio.sleep(30)

    task = asyncio.create_task(kept_up(loop))
    await third.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_fault_in_a_cancellations_place_ends_the_loop() -> None:
    async def loop() -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            raise ValueError("Connection closed") from None

    task = asyncio.create_task(kept_up(loop))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(ValueError, match="Connection closed"):
        await task
