"""``contactcenter token create|list|revoke``: bearer tokens for programs."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    from contactcenter.core.db import Tx

T = TypeVar("T")

_ROLES = ("agent", "supervisor", "marketer", "administrator")


def add(parsers: Any) -> None:
    """The verb and its arguments."""
    verb = parsers.add_parser("token", help="bearer tokens for programs")
    verbs = verb.add_subparsers(dest="token_verb", metavar="COMMAND", required=True)
    create = verbs.add_parser("create", help="make a token; it is shown once")
    create.add_argument("--name", required=True, help="what the token is for")
    create.add_argument("--role", required=True, choices=_ROLES)
    create.add_argument("--account", help="sign-in name of the account it stands for")
    create.add_argument("--days", type=_days, help="how long it lives (default: until revoked)")
    create.set_defaults(run=run_create)
    listed = verbs.add_parser("list", help="tokens of programs in force")
    listed.set_defaults(run=run_list)
    revoke = verbs.add_parser("revoke", help="end a token now")
    revoke.add_argument("token", type=UUID, metavar="ID")
    revoke.set_defaults(run=run_revoke)
    for each in (create, listed, revoke):
        each.add_argument("--database", help="sqlite:///FILE or postgresql://... (else settings)")
        each.add_argument("--json", action="store_true", help="JSON, one line a token")


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= 3650:
        raise argparse.ArgumentTypeError("1 to 3650 days")
    return days


def run_create(args: argparse.Namespace) -> int:
    """Prints the token alone, so that a script can take it."""
    from datetime import timedelta

    from contactcenter.core.access import accounts, tokens
    from contactcenter.core.errors import Invalid

    def work(tx: Tx) -> tuple[UUID, str]:
        account = accounts.named(tx, args.account) if args.account else None
        if account is not None and account.role != args.role:
            raise Invalid(f"--role: {account.name} has the role {account.role}")
        return tokens.create(
            tx,
            name=args.name,
            role=args.role,
            account_id=account.id if account else None,
            is_program=True,
            ends_at=tx.now + timedelta(days=args.days) if args.days else None,
        )

    token_id, text = _write(args, work)
    if args.json:
        print(json.dumps({"id": str(token_id), "token": text}))
    else:
        print(text)
    return 0


def run_list(args: argparse.Namespace) -> int:
    """Id, role, end and name of each; never the token itself."""
    from contactcenter.core.access import tokens

    for row in _write(args, tokens.programs):
        ends = row.ends_at.isoformat() if row.ends_at else None
        if args.json:
            print(json.dumps({"id": str(row.id), "role": row.role, "name": row.name, "ends": ends}))
        else:
            print(f"{row.id}  {row.role:13}  {ends or 'no end':32}  {row.name}")
    return 0


def run_revoke(args: argparse.Namespace) -> int:
    """Sockets opened with it close within 5 s."""
    from contactcenter.core.access import tokens

    _write(args, lambda tx: tokens.revoke(tx, args.token, "system"))
    return 0


def _write(args: argparse.Namespace, work: Callable[[Tx], T]) -> T:
    return asyncio.run(_run(args.database, work))


async def _run(url: str | None, work: Callable[[Tx], T]) -> T:
    from contactcenter.core.db import Database

    if url is None:
        from contactcenter.core.settings import load

        url = load().database_url
    db = await Database.open(url)
    try:
        return await db.write(work)
    finally:
        await db.close()
