"""Accounts and tokens: creation, edits that end tokens, programs, audit, passwords."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from contactcenter.core.access import accounts, tokens
from contactcenter.core.access.accounts import Access, Passwords
from contactcenter.core.access.model import ROLES, Principal
from contactcenter.core.access.tables import access_token, account, audit
from contactcenter.core.bus import Bus
from contactcenter.core.db import Database, Tx
from contactcenter.core.errors import Conflict, Denied, Invalid, NotFound, NotSignedIn
from contactcenter.core.ids import new_id

PASSWORD = "correct horse battery"


@pytest.fixture
def cheap() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def access(db: Database, cheap: Passwords) -> Access:
    return Access(db, cheap)


async def create(access: Access, name: str = "wang", **more: Any) -> UUID:
    values = {"display_name": "Wang Fang", "role": "agent", "password": PASSWORD} | more
    return await access.create_account(name=name, **values)


async def test_an_account_signs_in_and_keeps_its_id(access: Access) -> None:
    wanted = new_id()
    assert await create(access, account_id=wanted, language="zh-CN") == wanted
    token, who = await access.sign_in("wang", PASSWORD)
    assert token.startswith("cc_")
    assert (who.id, who.role, who.language) == (wanted, "agent", "zh-CN")
    assert who.actor == f"agent:{wanted}"
    assert await access.principal(token) == who


async def test_a_taken_name_is_a_conflict(access: Access) -> None:
    await create(access)
    with pytest.raises(Conflict) as caught:
        await create(access)
    assert caught.value.code == "name_taken"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("password", "short", "weak_password"),
        ("password", "x" * 201, "weak_password"),
        ("role", "manager", "unknown_role"),
        ("language", "fr", "invalid"),
    ],
)
async def test_wrong_values_are_named(access: Access, field: str, value: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        await create(access, **{field: value})
    assert caught.value.code == code


@pytest.mark.parametrize(
    "changes", [{"active": False}, {"role": "supervisor"}, {"password_hash": "x"}]
)
async def test_a_change_of_rights_ends_every_token(
    access: Access, db: Database, changes: dict[str, Any]
) -> None:
    wang = await create(access)
    first, _ = await access.sign_in("wang", PASSWORD)
    second, _ = await access.sign_in("wang", PASSWORD)
    await db.write(lambda tx: accounts.edit(tx, wang, changes, version=1, actor="test"))
    for token in (first, second):
        with pytest.raises(NotSignedIn):
            await access.principal(token)


async def test_a_change_of_name_ends_none(access: Access, db: Database) -> None:
    wang = await create(access)
    token, _ = await access.sign_in("wang", PASSWORD)
    changes = {"display_name": "Fang Wang"}
    await db.write(lambda tx: accounts.edit(tx, wang, changes, version=1, actor="test"))
    assert (await access.principal(token)).display_name == "Fang Wang"


async def test_an_edit_of_an_old_version_is_a_conflict(access: Access, db: Database) -> None:
    wang = await create(access)
    await db.write(lambda tx: accounts.edit(tx, wang, {"language": "zh-CN"}, version=1, actor="t"))
    with pytest.raises(Conflict):
        await db.write(lambda tx: accounts.edit(tx, wang, {"language": "en"}, version=1, actor="t"))
    with pytest.raises(NotFound):
        await db.write(lambda tx: accounts.edit(tx, new_id(), {}, version=None, actor="t"))


async def test_a_program_has_a_role_of_its_own(access: Access, db: Database) -> None:
    _, text = await db.write(
        lambda tx: tokens.create(
            tx, name="crm-sync", role="supervisor", account_id=None, is_program=True, ends_at=None
        )
    )
    who = await access.principal(text)
    assert (who.name, who.role, who.is_program) == ("crm-sync", "supervisor", True)
    assert who.id == who.token


async def test_a_program_may_stand_for_an_account(access: Access, db: Database) -> None:
    wang = await create(access)
    _, text = await db.write(
        lambda tx: tokens.create(
            tx, name="bot", role="agent", account_id=wang, is_program=True, ends_at=None
        )
    )
    assert (await access.principal(text)).id == wang


async def test_living_tells_which_tokens_are_in_force(access: Access, db: Database) -> None:
    wang = await create(access)
    ids = [(await access.sign_in("wang", PASSWORD))[1].token for _ in range(3)]
    await db.write(lambda tx: tokens.revoke(tx, ids[0], "test"))

    def past(tx: Tx) -> None:
        late = tx.now - timedelta(seconds=1)
        tx.execute(update(access_token).where(access_token.c.id == ids[1]).values(ends_at=late))

    await db.write(past)
    assert await access.living(set(ids)) == {ids[2]}
    await db.write(lambda tx: accounts.edit(tx, wang, {"active": False}, version=None, actor="t"))
    assert await access.living(set(ids)) == set()
    assert await access.living(set()) == set()


async def test_revoking_wakes_and_is_audited_once(access: Access, db: Database) -> None:
    await create(access)
    _, who = await access.sign_in("wang", PASSWORD)
    bus = Bus(db)
    async with bus.waiter(tokens.TOKENS) as waiter:
        await db.write(lambda tx: tokens.revoke(tx, who.token, "test"))
        assert await waiter.wait(2)
    await db.write(lambda tx: tokens.revoke(tx, who.token, "test"))
    rows = await db.read(lambda tx: tx.all(select(audit).where(audit.c.action == "token_revoked")))
    assert len(rows) == 1
    with pytest.raises(NotFound):
        await db.write(lambda tx: tokens.revoke(tx, new_id(), "test"))


async def test_a_password_hashed_with_older_parameters_is_renewed(db: Database) -> None:
    old = Access(db, Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)))
    new = Access(db, Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)))
    await create(old)
    stored = select(account.c.password_hash)
    before = await db.read(lambda tx: tx.scalar(stored))
    await new.sign_in("wang", PASSWORD)
    after = await db.read(lambda tx: tx.scalar(stored))
    assert before != after
    assert not new.passwords.is_outdated(after)
    await new.sign_in("wang", PASSWORD)


async def test_hashing_leaves_the_loop_free(cheap: Passwords) -> None:
    slow = Passwords(PasswordHasher(time_cost=4, memory_cost=32_768, parallelism=1))
    hashing = asyncio.create_task(slow.hash(PASSWORD))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0.001)
        turns += 1
    assert turns > 3
    assert (await hashing).startswith("$argon2id$")
    assert not await cheap.matches(None, PASSWORD)
    assert not await cheap.matches("not a hash", PASSWORD)


async def test_names_for_people(access: Access, db: Database) -> None:
    wang = await create(access)
    li = await create(access, "li", display_name="Li")
    found = await db.read(lambda tx: accounts.names_of(tx, {wang, li, new_id()}))
    assert found == {wang: "Wang Fang", li: "Li"}
    names = [row.name for row in await db.read(accounts.all_accounts)]
    assert names == ["li", "wang"]
    assert (await db.read(lambda tx: accounts.named(tx, "li"))).id == li


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_needed(role: Any) -> None:
    who = Principal(new_id(), "n", "n", role, "en", new_id(), None)
    who.need(frozenset({role}))
    with pytest.raises(Denied, match="this needs the role"):
        who.need(frozenset(ROLES) - {role})
