"""May we contact this address? What customers and carriers said, by channel and purpose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from contactcenter.core.clock import VirtualClock
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Invalid
from contactcenter.crm import permission
from contactcenter.crm.permission import PURPOSES, Refused
from contactcenter.crm.tables import consent

MARY, MAIL = "+447700900001", "mary@mail.test"
WANTED = [purpose for purpose in PURPOSES if purpose != "transactional"]


@pytest.fixture
async def db(store_url: str) -> AsyncIterator[Database]:
    """In virtual time."""
    database = await Database.open(store_url, clock=VirtualClock())
    yield database
    await database.close()


async def asked(
    db: Database, purpose: str = "marketing", channel: str = "sms", address: str = MARY
) -> Refused | None:
    return await db.read(
        lambda tx: permission.may_contact(tx, channel=channel, address=address, purpose=purpose)
    )


async def out(db: Database, channel: str = "sms", address: str = MARY, scope: str = "all") -> None:
    await db.write(
        lambda tx: permission.opt_out(
            tx,
            channel=channel,
            address=address,
            source="stop_word",
            scope=scope,  # type: ignore[arg-type]  # one of the two
        )
    )


async def suppressed(db: Database, reason: str = "landline", days: float | None = None) -> None:
    until = None if days is None else db.clock.now() + timedelta(days=days)
    await db.write(
        lambda tx: permission.suppress(tx, channel="sms", address=MARY, reason=reason, until=until)
    )


@pytest.mark.parametrize("purpose", PURPOSES)
async def test_whoever_said_nothing_may_be_contacted(db: Database, purpose: str) -> None:
    assert await asked(db, purpose) is None


@pytest.mark.parametrize("purpose", WANTED)
async def test_a_stop_closes_everything_but_what_is_due(db: Database, purpose: str) -> None:
    await out(db)
    assert await asked(db, purpose) == Refused("opted_out")
    assert await asked(db, "transactional") is None


async def test_a_stop_is_about_its_channel_and_address(db: Database) -> None:
    await out(db)
    assert await asked(db, channel="voice") is None
    assert await asked(db, address="+447700900002") is None
    await out(db, "email", MAIL)
    assert await asked(db, channel="email", address=MAIL) == Refused("opted_out")


async def test_an_unsubscribe_closes_marketing_alone(db: Database) -> None:
    await out(db, scope="marketing")
    assert await asked(db) == Refused("opted_out")
    assert await asked(db, "service") is None


@pytest.mark.parametrize("scopes", [("all",), ("marketing",), ("all", "marketing")])
async def test_allowing_it_again_ends_a_stop_and_an_unsubscribe(
    db: Database, scopes: tuple[str, ...]
) -> None:
    for scope in scopes:
        await out(db, scope=scope)
    await db.write(lambda tx: permission.opt_in(tx, channel="sms", address=MARY, source="word"))
    assert await asked(db) is None
    await out(db)
    assert await asked(db) == Refused("opted_out"), "the last word counts"


async def test_a_suppression_says_why_and_until_when(db: Database) -> None:
    await suppressed(db, "unreachable", days=30)
    until = db.clock.now() + timedelta(days=30)
    assert await asked(db, "service") == Refused("unreachable", until)
    assert isinstance(db.clock, VirtualClock)
    await db.clock.advance(30 * 86400 + 1)
    assert await asked(db, "service") is None


async def test_the_end_of_a_suppression_is_not_the_end_of_a_stop(db: Database) -> None:
    await out(db)
    await suppressed(db, days=1)
    assert await asked(db) == Refused("opted_out")
    assert isinstance(db.clock, VirtualClock)
    await db.clock.advance(2 * 86400)
    assert await asked(db) == Refused("opted_out")


async def test_a_stop_outlasts_a_suppression_that_came_first(db: Database) -> None:
    await suppressed(db, days=1)
    await out(db)
    assert isinstance(db.clock, VirtualClock)
    await db.clock.advance(2 * 86400)
    assert await asked(db) == Refused("opted_out")


async def test_a_later_suppression_replaces_the_former(db: Database) -> None:
    await suppressed(db, "unreachable", days=1)
    await suppressed(db, "landline")
    assert await asked(db) == Refused("landline")


async def test_refusals_are_listed_for_a_card_and_ended_ones_are_not(db: Database) -> None:
    await out(db, scope="marketing")
    await out(db, "email", MAIL)
    await suppressed(db, days=1)
    addresses = [MARY, MAIL, "nobody"]
    found = await db.read(lambda tx: permission.refusals(tx, addresses))
    assert found == {MARY: ["sms:all", "sms:marketing"], MAIL: ["email:all"]}
    assert isinstance(db.clock, VirtualClock)
    await db.clock.advance(2 * 86400)
    found = await db.read(lambda tx: permission.refusals(tx, addresses))
    assert found[MARY] == ["sms:marketing"]
    assert await db.read(lambda tx: permission.refusals(tx, [])) == {}


async def test_an_unknown_purpose_is_refused_by_name(db: Database) -> None:
    with pytest.raises(Invalid, match="purposes: service, transactional"):
        await asked(db, "fun")


async def test_saying_it_twice_is_one_row(db: Database) -> None:
    await asyncio.gather(*(out(db) for _ in range(5)))
    count = await db.read(lambda tx: tx.scalar(select(func.count()).select_from(consent)))
    assert count == 1


async def test_proof_and_source_are_kept(db: Database) -> None:
    await db.write(
        lambda tx: permission.opt_out(
            tx, channel="sms", address=MARY, source="stop_word", proof="interaction-1"
        )
    )
    row = await db.read(lambda tx: tx.first(select(consent)))
    assert row is not None
    assert (row.source, row.proof, row.grade, row.at) == (
        "stop_word", "interaction-1", "express", db.clock.now(),
    )  # fmt: skip


async def test_a_stop_waits_for_a_hand_over_that_has_asked_and_not_the_other_way_round(
    postgres_url: str,
) -> None:
    """Whoever asked first commits first; nothing is handed over after a STOP has committed."""
    db = await Database.open(postgres_url)
    order: list[str] = []
    try:
        async with db.engine.connect() as connection, connection.begin() as begun:

            def ask(conn: object) -> None:
                tx = Tx(conn, db.clock.now())  # type: ignore[arg-type]  # what engine hands over
                answer = permission.may_contact(tx, channel="sms", address=MARY, purpose="service")
                assert answer is None

            await connection.run_sync(ask)

            async def stop() -> None:
                await out(db)
                order.append("stopped")

            stopping = asyncio.create_task(stop())
            await asyncio.sleep(0.2)
            order.append("handed over")
            await begun.commit()
        await stopping
        assert order == ["handed over", "stopped"]
        assert await asked(db) == Refused("opted_out")
    finally:
        await db.close()
