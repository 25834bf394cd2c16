"""The small site of the crash trials: a prepared store that every day copies, and its settings."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import insert, make_url

from contactcenter.core.access import accounts, tokens
from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.crm.tables import customer, customer_address
from contactcenter.routing.setup import save_agent, save_queue
from contactcenter.trials.seed import operator
from contactcenter.trials.standins_process import StandinsProcess

AGENTS = ("anna", "wei", "omar")
_QUEUE: Mapping[str, Any] = {
    "offer_s": {"voice": 30, "sms": 30, "email": 30},
    "wrap_up_s": 120,
    "exclude_s": 1,
    "media_s": 20,
}
_QUEUES: Mapping[str, Mapping[str, Any]] = {
    "billing": _QUEUE,
    "faults": {**_QUEUE, "offer_s": {"voice": 2}},
    "sales": _QUEUE,
    "retention": _QUEUE,
    "mail": _QUEUE,
}
NOBODYS = "sales"
"""The queue no agent serves: whoever waits there waits in vain."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer who is known before the day begins."""

    name: str
    phone: str
    email: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class Migrate(Protocol):
    """``migrations.upgrade.upgrade``, handed in by who stands above us."""

    async def __call__(self, url: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Template:
    """A store with the site in it, never used itself. ``tokens``: an agent's name -> bearer."""

    url: str
    tokens: Mapping[str, str]
    agents: Mapping[str, UUID]

    @property
    def store(self) -> str:
        return make_url(self.url).get_backend_name()


async def make_template(url: str, migrate: Migrate, people: list[Person]) -> Template:
    """Bring the empty store of ``url`` to the newest schema and write the site into it."""
    await migrate(url)
    db = await Database.open(url)
    try:
        agents = await db.write(_floor)
        await db.write(lambda tx: _people(tx, people))
        bearers = await db.write(lambda tx: _signed_in(tx, agents))
    finally:
        await db.close()
    if make_url(url).get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(make_url(url).database))) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Template(url, bearers, agents)


def _signed_in(tx: Tx, agents: Mapping[str, UUID]) -> dict[str, str]:
    return {
        name: tokens.create(
            tx,
            name=name,
            role="agent",
            account_id=agent,
            is_program=False,
            ends_at=tx.now + tokens.SESSION_LENGTH,
        )[1]
        for name, agent in agents.items()
    }


def _floor(tx: Tx) -> dict[str, UUID]:
    for name, config in _QUEUES.items():
        save_queue(tx, name, config)
    agents = {}
    for name in AGENTS:
        agents[name] = accounts.create(
            tx,
            name=name,
            display_name=name.title(),
            role="agent",
            language="en",
            password_hash="none",  # noqa: S106  # agents here have tokens, nobody signs in
        )
        served = [queue for queue in _QUEUES if queue != NOBODYS]
        skills = dict.fromkeys(_QUEUES, 3)
        save_agent(tx, agents[name], name.title(), {"skills": skills, "queues": served})
    return agents


def _people(tx: Tx, people: list[Person]) -> None:
    for person in people:
        key = new_id()
        tx.execute(
            insert(customer).values(
                id=key,
                name=person.name,
                language="en",
                tags=[],
                attributes=dict(person.attributes),
                created_at=tx.now,
                updated_at=tx.now,
                is_new=False,
            )
        )
        for kind, value in (("phone", person.phone), ("email", person.email)):
            tx.execute(
                insert(customer_address).values(
                    id=new_id(),
                    customer_id=key,
                    kind=kind,
                    value=value,
                    raw=value,
                    created_at=tx.now,
                )
            )


@asynccontextmanager
async def copied(template: Template, folder: Path) -> AsyncIterator[str]:
    """The address of a fresh copy, dropped afterwards."""
    if template.store == "sqlite":
        target = folder / "contactcenter.db"
        await asyncio.to_thread(shutil.copyfile, str(make_url(template.url).database), target)
        yield f"sqlite:///{target}"
        return
    made = make_url(template.url)
    name = f"{made.database}_{new_id().hex[-8:]}"
    await at_server(template.url, f'CREATE DATABASE "{name}" TEMPLATE "{made.database}"')
    try:
        yield made.set(database=name).render_as_string(hide_password=False)
    finally:
        await at_server(template.url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def at_server(url: str, statement: str) -> None:
    """Run one statement on the PostgreSQL server of ``url``, outside of any transaction."""
    import asyncpg

    server = make_url(url).set(drivername="postgresql", database="postgres")
    connection = await asyncpg.connect(server.render_as_string(hide_password=False))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def settings_of(
    database: str, folder: Path, port: int, standins: StandinsProcess
) -> dict[str, Any]:
    """What a server of this site is told."""
    return {
        "database": database,
        "data_dir": str(folder),
        "secret_key": "a secret of the crash trials alone, never of a site",
        "port": port,
        "site_name": "Nordwind",
        "menus_dir": str(operator.MENUS),
        "handset": standins.http_url,
        "world": {"port": standins.world_port},
        "smtp": {
            "host": "127.0.0.1",
            "port": standins.mail_port,
            "tls": "none",
            "drop": True,
            "listen_port": standins.server_smtp_port,
        },
        "lines": operator.lines(),
    }


def free_port() -> int:
    """A port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
