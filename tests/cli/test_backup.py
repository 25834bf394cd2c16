"""``contactcenter backup`` and ``restore``: everything travels between the stores, and nobody gets
anything twice because of it."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from contactcenter.campaigns import tables as campaigns
from contactcenter.channels.email.base import MailTaken
from contactcenter.channels.email.tags import AddressTags
from contactcenter.channels.voice import base as voice
from contactcenter.cli.main import run
from contactcenter.core import backup
from contactcenter.core.blobs import Blobs, DatabaseBlobs, FileBlobs
from contactcenter.core.db import Database, Tx
from contactcenter.core.ids import new_id
from contactcenter.crm import log
from contactcenter.crm.model import NewEvent
from contactcenter.crm.tables import interaction
from contactcenter.crm.verify import verify
from contactcenter.handling import look_ups, outbound
from contactcenter.handling.calls import Calls
from contactcenter.handling.desk import Begun, begin_call
from contactcenter.handling.dispatch import dispatch
from contactcenter.handling.lines import Line, Lines
from contactcenter.handling.mails import Mails
from contactcenter.handling.menus import Menus
from contactcenter.handling.tables import outbound_message, voice_command
from contactcenter.migrations import upgrade
from contactcenter.trials.seed import operator
from tests.handling.office import CARE, MARY, PLAIN
from tests.services.stores import register_tables

T = TypeVar("T")
RAW = b"From: mary@mail.test\r\nSubject: x\r\nMessage-ID: <m1@mail.test>\r\n\r\nHello\r\n"
LINE = Lines(
    [
        Line(PLAIN, "voice", "simulated", "Direct", None, "billing"),
        Line(CARE, "email", "smtp", "Care", None, "billing"),
    ]
)
OPEN = ("queued", "claimed", "handing_over", "deferred")
CHANGED = {"outbound_message", "voice_command", "delivery", "campaign", "interaction",
           "interaction_event", "event_content"}  # fmt: skip
"""Tables that a restore writes into."""


class Store:
    """A database and the folder of its blobs."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def arguments(self) -> list[str]:
        return ["--database", self.url, "--data", str(self.folder)]

    def do(self, work: Callable[[Database, Blobs], Coroutine[Any, Any, T]]) -> T:
        async def whole() -> T:
            db = await Database.open(self.url)
            files = FileBlobs(self.folder / "blobs")
            blobs: Blobs = files if db.store == "sqlite" else DatabaseBlobs(db)
            try:
                return await work(db, blobs)
            finally:
                await db.close()

        return asyncio.run(whole())

    def rows(self) -> dict[str, list[Any]]:
        """Every row of every table, comparable over the stores."""

        async def work(db: Database, blobs: Blobs) -> dict[str, list[Any]]:
            def read(tx: Tx) -> dict[str, list[Any]]:
                found = {}
                for table in backup.tables():
                    # a transaction's number means something on one store only
                    columns = [c for c in table.columns if c.name != "xid"]
                    rows = tx.all(select(*columns).order_by(*table.primary_key))
                    found[table.name] = [tuple(row) for row in rows]
                return found

            return await db.read(read)

        register_tables()
        return self.do(work)


@pytest.fixture
def sqlite(empty_sqlite_url: str, tmp_path: Path) -> Store:
    return Store(empty_sqlite_url, tmp_path / "sqlite")


@pytest.fixture
def postgresql(empty_postgres_url: str, tmp_path: Path) -> Store:
    return Store(empty_postgres_url, tmp_path / "postgresql")


@pytest.fixture(params=["sqlite to postgresql", "postgresql to sqlite", "sqlite to sqlite"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Store, Store]:
    """A filled store and an empty one."""
    first, _, second = request.param.partition(" to ")
    source: Store = request.getfixturevalue(first)
    if first == second:
        target = Store(f"sqlite:///{tmp_path / 'second.db'}", tmp_path / "second")
    else:
        target = request.getfixturevalue(second)
    asyncio.run(upgrade.upgrade(source.url))
    source.do(_fill)
    return source, target


async def _fill(db: Database, blobs: Blobs) -> None:
    """Customers and agents of the demo, a call waiting, one being dialled, a mail, messages in
    every state, a campaign half-way."""
    await operator.seed(db, {user.name: "correct horse battery" for user in operator.USERS})
    calls = Calls(db, LINE, Menus({}, look_ups.STANDARD))
    at = datetime.now(UTC)
    await calls.receive(
        voice.LegOffered(
            provider="simulated", line=PLAIN, event_id="e1", leg="leg-1", at=at, from_=MARY,
            to=PLAIN,
        )
    )  # fmt: skip
    mails = Mails(db, LINE, AddressTags([b"k" * 32]), blobs)
    await mails.receive(
        MailTaken(
            provider="smtp", line=CARE, event_id="m1", mail_from="mary@mail.test", rcpt_to=(CARE,),
            raw=RAW, at=at,
        )
    )  # fmt: skip
    agent = new_id()
    begun = Begun(LINE.all[0], agent, "+447700900777", "service")
    key = await db.write(lambda tx: begin_call(tx, begun=begun, key=new_id()))
    await db.write(lambda tx: _accepted(tx, key, agent))
    await db.write(_messages)
    await db.write(_campaign)


def _accepted(tx: Tx, key: UUID, agent: UUID) -> None:
    """As the router and dispatch would: the agent's leg is asked for."""
    data = {"reservation": str(new_id()), "agent": str(agent)}
    log.append(tx, key, NewEvent("accepted", "router", data))
    dispatch(tx, [one for one in log.events_of(tx, key) if one.kind == "accepted"])


def _messages(tx: Tx) -> None:
    mail = tx.scalar(select(interaction.c.id).where(interaction.c.channel == "email"))
    state = log.load(tx, mail)
    for number, wanted in enumerate((*OPEN, "sent", "delivered")):
        draft = outbound.Draft(
            key=UUID(int=number), interaction_id=mail, customer_id=state.customer_id,
            channel="email", provider="smtp", line=CARE, address="mary@mail.test",
            purpose="service", actor="system", text="Hello", subject="x",
        )  # fmt: skip
        outbound.queue_message(tx, draft)
        changed = update(outbound_message).where(outbound_message.c.id == draft.key)
        tx.execute(changed.values(state=wanted))


def _campaign(tx: Tx) -> None:
    segment, template, campaign = new_id(), new_id(), new_id()
    now = tx.now
    tx.execute(insert(campaigns.segment).values(id=segment, name="s", rule={}, created_at=now))
    tx.execute(
        insert(campaigns.campaign).values(
            id=campaign, name="c", state="running", segment_id=segment, channels=[],
            purpose="marketing", created_at=now,
        )
    )  # fmt: skip
    tx.execute(
        insert(campaigns.campaign_occurrence).values(campaign_id=campaign, run="1", due_at=now)
    )
    for state, outcome in (
        ("queued", "queued"), ("waiting_until", "waiting_until"), ("claimed", "queued"),
        ("handed", "delivered"), ("skipped", "skipped"), ("held_out", "held_out"),
    ):  # fmt: skip
        tx.execute(
            insert(campaigns.delivery).values(
                id=new_id(), campaign_id=campaign, run="1", step="1", customer_id=new_id(),
                channel="sms", template_id=template, template_version=1, provider="simulated",
                line="+1", state=state, outcome=outcome, changed_at=now,
                until=now + timedelta(hours=1) if state == "waiting_until" else None,
            )
        )  # fmt: skip


def _restored(both: tuple[Store, Store], file: Path) -> Store:
    source, target = both
    assert run(["backup", str(file), *source.arguments()]) == 0
    assert run(["restore", str(file), *target.arguments()]) == 0
    return target


def test_everything_travels_and_nothing_is_done_twice(
    both: tuple[Store, Store], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = _restored(both, tmp_path / "b.tar.gz")
    told = capsys.readouterr().out
    assert "7 messages in doubt" in told
    assert "0 differences" in told
    before, after = both[0].rows(), target.rows()
    assert before.keys() == after.keys()
    assert sum(len(rows) for rows in before.values()) > 500
    for name in before.keys() - CHANGED:
        assert after[name] == before[name], name
    for name in CHANGED - {"interaction_event", "event_content"}:
        assert len(after[name]) == len(before[name]), name
    _the_raw_mail_is_there(target)
    _what_may_have_been_sent_is_in_doubt_and_nobody_is_dialled(target)
    _work_goes_on(target)


def _the_raw_mail_is_there(target: Store) -> None:
    async def work(db: Database, blobs: Blobs) -> bytes:
        (key,) = [key async for key in blobs.keys()]  # noqa: SIM118  # no mapping
        return await blobs.get(key)

    assert target.do(work) == RAW


def _what_may_have_been_sent_is_in_doubt_and_nobody_is_dialled(target: Store) -> None:
    async def work(db: Database, blobs: Blobs) -> dict[str, list[Any]]:
        m, d, c = outbound_message.c, campaigns.delivery.c, campaigns.campaign.c
        reads: dict[str, Any] = {
            "messages": select(m.state, m.reply_code).order_by(m.id),
            "deliveries": select(d.outcome, d.reason, d.state).order_by(d.id),
            "campaigns": select(c.state).where(c.name == "c"),
            "commands": select(voice_command.c.kind, voice_command.c.state),
        }
        return {
            name: [tuple(row) for row in await db.read(lambda tx, one=one: tx.all(one))]  # type: ignore[misc]  # bound now
            for name, one in reads.items()
        }

    found = target.do(work)
    assert found["messages"] == [
        *[("in_doubt", "restored")] * 4, ("sent", None), ("delivered", None),
    ]  # fmt: skip
    assert found["deliveries"] == [
        *[("in_doubt", "restored", "handed")] * 3,
        ("delivered", None, "handed"), ("skipped", None, "skipped"), ("held_out", None, "held_out"),
    ]  # fmt: skip
    assert found["campaigns"] == [("paused",)]
    assert found["commands"] == [("originate", "superseded")]


def _work_goes_on(target: Store) -> None:
    """New rows take new numbers; the log agrees with its projection."""

    async def work(db: Database, blobs: Blobs) -> int:
        calls = Calls(db, LINE, Menus({}, look_ups.STANDARD))
        event = voice.LegOffered(
            provider="simulated", line=PLAIN, event_id="e2", leg="leg-2", at=datetime.now(UTC),
            from_=MARY, to=PLAIN,
        )  # fmt: skip
        assert await calls.receive(event)
        assert await calls.receive(event)
        found = await verify(db)
        assert found.differences == ()
        return found.interactions

    assert target.do(work) == 4


def test_a_store_that_is_not_empty_is_left_alone(
    sqlite: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = sqlite
    asyncio.run(upgrade.upgrade(source.url))
    source.do(_fill)
    file = tmp_path / "b.tar.gz"
    assert run(["backup", str(file), *source.arguments()]) == 0
    before = source.rows()
    assert run(["restore", str(file), *source.arguments()]) == 1
    assert "not empty" in capsys.readouterr().err
    assert source.rows() == before


def test_a_database_without_tables_is_not_backed_up(
    sqlite: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["backup", str(tmp_path / "b"), *sqlite.arguments()]) == 1
    assert "contactcenter migrate" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("content", [b"", b"not a tar", b"\x1f\x8b broken"])
def test_a_file_that_is_no_backup_is_refused(
    sqlite: Store, tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "b.tar.gz"
    file.write_bytes(content)
    assert run(["restore", str(file), *sqlite.arguments()]) == 1
    assert "not a backup" in capsys.readouterr().err


def test_a_backup_that_is_cut_short_is_refused_before_anything_is_written(
    sqlite: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = Store(f"sqlite:///{tmp_path / 'source.db'}", tmp_path / "source")
    asyncio.run(upgrade.upgrade(source.url))
    source.do(_fill)
    file = tmp_path / "b.tar.gz"
    assert run(["backup", str(file), *source.arguments()]) == 0
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert run(["restore", str(file), *sqlite.arguments()]) == 1
    assert "not a backup" in capsys.readouterr().err


def test_a_backup_is_an_archive_anybody_can_read(sqlite: Store, tmp_path: Path) -> None:
    asyncio.run(upgrade.upgrade(sqlite.url))
    file = tmp_path / "b.tar.gz"
    assert run(["backup", str(file), *sqlite.arguments()]) == 0
    with tarfile.open(file) as archive:
        names = archive.getnames()
    assert "manifest.json" in names
    assert "tables/customer.jsonl" in names
    assert not any("lease" in name for name in names)
