"""Accounts, for administrators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contactcenter.core.access import accounts
from contactcenter.core.access.accounts import AccountRow
from contactcenter.core.access.model import LANGUAGES
from contactcenter.core.db import Tx
from contactcenter.core.errors import Conflict, Denied, Invalid
from contactcenter.web.call import Call, cursor_of, read_cursor
from contactcenter.web.operation import ADMINISTRATORS, operation
from contactcenter.web.shapes.queries import (
    AccountChange,
    AccountIn,
    AccountInfo,
    AccountPage,
    Page,
)


@operation("GET", "/accounts", roles=ADMINISTRATORS)
async def list_accounts(call: Call, query: Page) -> AccountPage:
    """Accounts in the order of their sign-in names."""
    after = read_cursor(query.after).get("name", "")
    if not isinstance(after, str):
        raise Invalid("query.after: not one of ours", code="bad_cursor")
    rows = await call.services.db.read(
        lambda tx: accounts.all_accounts(tx, after=after, limit=query.limit + 1)
    )
    page = rows[: query.limit]
    more = len(rows) > query.limit
    return AccountPage(
        items=[_info(row) for row in page], next=cursor_of(name=page[-1].name) if more else None
    )


@operation("POST", "/accounts", roles=ADMINISTRATORS, status=201, has_version=True)
async def create_account(call: Call, body: AccountIn) -> AccountInfo:
    """A new account."""
    _check_language(body.language)
    account_id = await call.services.access.create_account(
        **body.model_dump(), actor=f"account:{call.who.id}"
    )
    row = await call.services.db.read(lambda tx: accounts.get(tx, account_id))
    call.etag = row.version
    return _info(row)


@operation("PATCH", "/accounts/{id}", roles=ADMINISTRATORS, has_version=True)
async def edit_account(call: Call, id: UUID, body: AccountChange) -> AccountInfo:  # noqa: A002
    """Change an account; nobody can take away their own rights."""
    changes: dict[str, Any] = body.model_dump(exclude_unset=True, exclude={"password"})
    for name, value in changes.items():
        if value is None:
            raise Invalid(f"body.{name}: may be left out, but not null", code="malformed_request")
    if id == call.who.id and changes.keys() & {"role", "active"}:
        raise Denied("your own role and access are changed by another administrator")
    if "language" in changes:
        _check_language(changes["language"])
    if body.password is not None:
        changes["password_hash"] = await call.services.access.passwords.hash(body.password)

    def work(tx: Tx) -> AccountRow:
        actor = f"account:{call.who.id}"
        return accounts.edit(tx, id, changes, version=call.if_match, actor=actor)

    try:
        row = await call.services.db.write(work)
    except Conflict as conflict:
        raise call.changed_meanwhile(conflict) from conflict
    call.etag = row.version
    return _info(row)


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        raise Invalid(f"body.language: one of {', '.join(LANGUAGES)}", code="malformed_request")


def _info(row: AccountRow) -> AccountInfo:
    return AccountInfo.model_validate(
        {
            "id": str(row.id),
            "name": row.name,
            "display_name": row.display_name,
            "role": row.role,
            "language": row.language,
            "active": row.active,
            "created_at": row.created_at,
        }
    )


OPERATIONS = [list_accounts, create_account, edit_account]
