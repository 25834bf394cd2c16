"""A real router under the web tests, with a queue and the two agents in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from contactcenter.core.db import Tx
from contactcenter.routing.router import Router
from contactcenter.routing.setup import save_agent, save_queue
from contactcenter.web.ports import Services
from tests.web.parts import API, Client, People, bearer


@asynccontextmanager
async def running(services: Services, people: People) -> AsyncIterator[Router]:
    """The router runs; both agents are in the queue ``care``, offline."""

    def work(tx: Tx) -> None:
        save_queue(tx, "care", {"target_s": 20})
        for name in ("agent", "second"):
            save_agent(tx, people[name], name.title(), {"queues": ["care"]})

    await services.db.write(work)
    router = Router(services.db, services.bus, owner="test")
    await router.start()
    try:
        yield router
    finally:
        await router.stop()


async def set_state(client: Client, name: str, state: str, reason: str | None = None) -> None:
    """Choose a state, as the desk does."""
    body = {"state": state, "reason": reason}
    headers = await bearer(client, name)
    reply = await client.put(f"{API}/agents/me/state", json=body, headers=headers)
    assert reply.status == 200, await reply.text()
