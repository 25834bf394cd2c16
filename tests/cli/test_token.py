"""``contactcenter token``: made once, listed without its text, revoked."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

import pytest
from argon2 import PasswordHasher

from contactcenter.cli import token
from contactcenter.core.access.accounts import Access, Passwords
from contactcenter.core.access.model import Principal
from contactcenter.core.db import Database
from contactcenter.core.errors import ContactCenterError, NotFound, NotSignedIn


def run(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    token.add(parser.add_subparsers())
    args = parser.parse_args(["token", *argv])
    code: int = args.run(args)
    return code


def on_store(url: str, text: str) -> Principal:
    async def look() -> Principal:
        db = await Database.open(url)
        try:
            return await Access(db).principal(text)
        finally:
            await db.close()

    return asyncio.run(look())


def test_a_token_is_printed_alone_and_works(sqlite_url: str, capsys: Any) -> None:
    assert run("create", "--name", "crm", "--role", "supervisor", "--database", sqlite_url) == 0
    text = capsys.readouterr().out.strip()
    who = on_store(sqlite_url, text)
    assert (who.name, who.role, who.is_program, who.ends_at) == ("crm", "supervisor", True, None)


def test_json_list_and_revoke(sqlite_url: str, capsys: Any) -> None:
    common = ("--database", sqlite_url, "--json")
    run("create", "--name", "b", "--role", "agent", "--days", "2", *common)
    made = json.loads(capsys.readouterr().out)
    run("list", *common)
    listed = json.loads(capsys.readouterr().out)
    assert listed["id"] == made["id"]
    assert listed["ends"] is not None
    assert made["token"] not in json.dumps(listed)
    assert run("revoke", made["id"], *common) == 0
    with pytest.raises(NotSignedIn):
        on_store(sqlite_url, made["token"])
    run("list", *common)
    assert capsys.readouterr().out == ""


def test_for_an_account(sqlite_url: str, capsys: Any) -> None:
    async def account() -> Any:
        db = await Database.open(sqlite_url)
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        made = await Access(db, cheap).create_account(
            name="wang", display_name="Wang", role="agent", password="long enough words"
        )
        await db.close()
        return made

    wang = asyncio.run(account())
    common = ("--name", "bot", "--account", "wang", "--database", sqlite_url)
    run("create", "--role", "agent", *common)
    assert on_store(sqlite_url, capsys.readouterr().out.strip()).id == wang
    with pytest.raises(ContactCenterError, match="has the role agent"):
        run("create", "--role", "supervisor", *common)
    with pytest.raises(NotFound):
        run("create", "--role", "agent", "--name", "x", "--account", "li", "--database", sqlite_url)


@pytest.mark.parametrize(
    "argv",
    [
        ("create", "--name", "x"),
        ("create", "--name", "x", "--role", "manager"),
        ("create", "--name", "x", "--role", "agent", "--days", "0"),
        ("revoke", "not-an-id"),
        (),
    ],
)
def test_wrong_use_exits_with_2(argv: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*argv)
    assert caught.value.code == 2
