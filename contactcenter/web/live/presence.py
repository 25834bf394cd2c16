"""Presence: an agent is there while any server node holds a live socket of theirs.

Rows are leases compared by the database's clock, so a browser that returns to another node, a node
that dies and a restart all end right: the floor hears ``LoseConnection`` once, after the grace time
in which no node renewed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.core.access import tokens
from contactcenter.core.access.model import Principal
from contactcenter.core.db import Database, Tx, now_us
from contactcenter.routing import actions, commands
from contactcenter.routing.tables import agent as agent_table
from contactcenter.web.live.tables import presence as p


class Presence:
    """The live sockets of agents on this node."""

    def __init__(self, db: Database, node: str, grace_s: float) -> None:
        self._db = db
        self._node = node
        self._grace = timedelta(seconds=grace_s)
        self._lease = timedelta(seconds=max(grace_s, 3.0))
        self.turn_s = min(1.0, grace_s / 3)
        """How often leases are renewed and ended ones looked for."""
        self._sockets: Counter[UUID] = Counter()

    async def arrived(self, agent: UUID) -> None:
        """A socket of the agent opened: the floor is told that the desk is there."""
        self._sockets[agent] += 1

        def work(tx: Tx) -> None:
            _hold(tx, agent, self._node, self._lease)
            commands.submit(tx, actions.SignIn(agent))

        await self._db.write(work)

    async def left(self, agent: UUID) -> None:
        """A socket closed. With the last one the grace time begins."""
        self._sockets[agent] -= 1
        if self._sockets[agent] > 0:
            return
        del self._sockets[agent]
        await self._db.write(lambda tx: _until(tx, [agent], self._node, self._grace))

    async def turn(self) -> list[UUID]:
        """Renew ours, end those whose time has passed; the agents that were lost."""
        if self._sockets:
            held = list(self._sockets)
            await self._db.write(lambda tx: _until(tx, held, self._node, self._lease))
        if await self._db.read(lambda tx: tx.first(_ended().limit(1))) is None:
            return []
        return await self._db.write(_end)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.turn()
            await asyncio.sleep(self.turn_s)


def _hold(tx: Tx, agent: UUID, node: str, lease: timedelta) -> None:
    now = tx.scalar(select(now_us()))
    insert = pg_insert if tx.store == "postgresql" else sqlite_insert
    tx.execute(
        insert(p)
        .values(agent_id=agent, node=node, until=now + lease)
        .on_conflict_do_update(index_elements=["agent_id", "node"], set_={"until": now + lease})
    )


def _until(tx: Tx, agents: Iterable[UUID], node: str, left: timedelta) -> None:
    now = tx.scalar(select(now_us()))
    tx.execute(
        update(p).where(p.c.node == node, p.c.agent_id.in_(list(agents))).values(until=now + left)
    )


def _ended() -> Select[tuple[UUID]]:
    return select(p.c.agent_id).where(p.c.until < now_us()).distinct()


def _end(tx: Tx) -> list[UUID]:
    """Delete ended leases; agents with none left lose their connection."""
    ended = {row.agent_id for row in tx.all(_ended())}
    tx.execute(delete(p).where(p.c.until < now_us(), p.c.agent_id.in_(ended)))
    still = {row.agent_id for row in tx.all(select(p.c.agent_id).where(p.c.agent_id.in_(ended)))}
    lost = sorted(ended - still)
    for agent in lost:
        commands.submit(tx, actions.LoseConnection(agent))
    return lost


def is_agent(tx: Tx, account: UUID) -> bool:
    """Whether the account is an agent of the floor."""
    return tx.first(select(agent_table.c.id).where(agent_table.c.id == account)) is not None


async def sign_out_of(db: Database, who: Principal) -> None:
    """Revoke the token; an agent who signs out leaves the floor without a grace time."""

    def work(tx: Tx) -> None:
        tokens.revoke(tx, who.token, f"account:{who.id}")
        if who.role == "agent" and not who.is_program and is_agent(tx, who.id):
            tx.execute(delete(p).where(p.c.agent_id == who.id))
            commands.submit(tx, actions.SignOut(who.id))

    await db.write(work)
