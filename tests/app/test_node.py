"""A server node: started from settings, refused when something is wrong, stopped in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import pytest
from sqlalchemy import select

from contactcenter.app import node
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Conflict, Invalid
from contactcenter.core.settings import Settings, load
from contactcenter.crm import log
from contactcenter.crm.tables import interaction
from contactcenter.crm.verify import verify
from contactcenter.handling import conversations, letters
from contactcenter.migrations import upgrade
from contactcenter.standins.maildrop import MailDrop
from tests.handling.office import eventually

CARE = {"address": "care@nordwind.example", "channel": "email", "provider": "smtp", "name": "Care"}


def settings(url: str, folder: Path, **more: Any) -> Settings:
    given = {"database": url, "data_dir": str(folder), "port": 0,
             "secret_key": "k" * 40, **more}  # fmt: skip
    return load(environ={}, overrides=given)


@asynccontextmanager
async def running(given: Settings) -> AsyncIterator[node.Node]:
    """A node, ready; it must end cleanly."""
    until = asyncio.Event()
    started: asyncio.Future[node.Node] = asyncio.get_running_loop().create_future()

    async def ready(one: node.Node) -> None:
        started.set_result(one)

    task = asyncio.create_task(node.run(given, upgrade, ready=ready, until=until))
    both: set[asyncio.Future[Any]] = {task, started}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        task.result()
    yield started.result()
    until.set()
    await task


async def refused(given: Settings) -> Invalid | Conflict:
    with pytest.raises((Invalid, Conflict)) as fault:
        async with running(given):
            pass
    error = fault.value
    assert isinstance(error, Invalid | Conflict)
    return error


async def test_a_node_answers_and_ends(empty_store_url: str, tmp_path: Path) -> None:
    await upgrade.upgrade(empty_store_url)
    for _ in range(2):  # and again: nothing of the first is left in the way
        async with running(settings(empty_store_url, tmp_path)) as one:
            assert {"dispatch", "voice", "outbound", "sweep"} <= one.services.keys()
            async with aiohttp.ClientSession() as http:
                for page in ("healthz", "readyz"):
                    async with http.get(f"{one.url}/{page}") as reply:
                        assert reply.status == 200


async def test_an_embedded_store_has_one_server(empty_sqlite_url: str, tmp_path: Path) -> None:
    await upgrade.upgrade(empty_sqlite_url)
    given = settings(empty_sqlite_url, tmp_path)
    async with running(given):
        error = await refused(given)
    assert error.code == "database_in_use"
    assert "PostgreSQL" in str(error.hint)
    async with running(given):
        pass


async def test_two_nodes_share_a_postgresql(empty_postgres_url: str, tmp_path: Path) -> None:
    await upgrade.upgrade(empty_postgres_url)
    given = settings(empty_postgres_url, tmp_path)
    async with running(given) as first, running(given) as second:
        assert first.url != second.url
        assert [first.router.active, second.router.active].count(True) <= 1


async def test_a_port_that_is_taken_is_said_so(empty_sqlite_url: str, tmp_path: Path) -> None:
    await upgrade.upgrade(empty_sqlite_url)
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    error = await refused(settings(empty_sqlite_url, tmp_path, port=port))
    server.close()
    await server.wait_closed()
    assert error.code == "port_taken"
    assert "--port" in str(error.hint)


async def test_wrong_menus_and_wordings_stop_the_start(
    empty_sqlite_url: str, tmp_path: Path
) -> None:
    await upgrade.upgrade(empty_sqlite_url)
    menus = tmp_path / "menus"
    menus.mkdir()
    (menus / "front.yaml").write_text("menu: [")
    error = await refused(settings(empty_sqlite_url, tmp_path, menus_dir=str(menus)))
    assert error.code == "menus"
    templates = tmp_path / "templates" / "sms"
    templates.mkdir(parents=True)
    (templates / "help.yaml").write_text('bodies: {en: {text: "{{ nobody }}"}}')
    error = await refused(settings(empty_sqlite_url, tmp_path, templates_dir=str(templates.parent)))
    assert error.code == "templates"
    assert "sms/help" in error.message


async def test_a_store_without_tables_is_refused(empty_sqlite_url: str, tmp_path: Path) -> None:
    error = await refused(settings(empty_sqlite_url, tmp_path))
    assert (error.code, error.hint) == ("schema", "run: contactcenter migrate")


async def test_a_service_that_breaks_takes_the_node_with_it(
    empty_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-dead server would look alive to a load balancer."""
    await upgrade.upgrade(empty_sqlite_url)

    async def breaks(self: object) -> None:
        await asyncio.sleep(0.05)
        raise RuntimeError("on purpose")

    monkeypatch.setattr("contactcenter.handling.sweep.Sweep.run", breaks)
    with pytest.raises(RuntimeError, match="on purpose"):
        await node.run(
            settings(empty_sqlite_url, tmp_path), upgrade, ready=_nothing, until=asyncio.Event()
        )


def _answer(tx: Tx) -> None:
    state = log.load(tx, tx.scalar(select(interaction.c.id)))
    subject, extra = letters.reply_head(tx, state, None)
    to = conversations.address_of(tx, state)
    conversations.answer(tx, state, to, "Hello too", key="1", subject=subject, extra=extra)


async def _nothing(one: node.Node) -> None:
    return None


@pytest.mark.mail
async def test_mail_in_and_out_over_real_smtp(empty_store_url: str, tmp_path: Path) -> None:
    """A letter comes in by the listener; what the outbound path queues leaves through the relay."""
    await upgrade.upgrade(empty_store_url)
    drop = MailDrop(tmp_path / "drop.db")
    await drop.start()
    given = settings(
        empty_store_url, tmp_path, lines=[CARE],
        smtp={"host": "127.0.0.1", "port": drop.port, "tls": "none", "listen_port": 0},
    )  # fmt: skip
    try:
        async with running(given) as one:
            assert one.listener is not None
            letter = EmailMessage()
            letter["From"], letter["To"], letter["Subject"] = "m@mail.test", CARE["address"], "Hi"
            letter.set_content("Hello")
            port = int(getattr(one.listener, "port", 0))
            await aiosmtplib.send(letter, hostname="127.0.0.1", port=port, start_tls=False)
            await one.db.write(_answer)

            async def arrived() -> bool:
                return bool(drop.mailbox("m@mail.test"))

            await eventually(arrived, "the answer")
            (answer,) = drop.mailbox("m@mail.test")
            assert answer.subject == "Re: Hi"
            assert (await verify(one.db)).differences == ()
    finally:
        await drop.stop()


async def test_the_database_is_closed_at_the_end(empty_sqlite_url: str, tmp_path: Path) -> None:
    await upgrade.upgrade(empty_sqlite_url)
    async with running(settings(empty_sqlite_url, tmp_path)) as one:
        db = one.db
        assert json.dumps(one.url)
    assert isinstance(db, Database)
    again = await Database.open(empty_sqlite_url)
    assert (await verify(again)).interactions == 0
    await again.close()
