"""Customers and their addresses: create-or-find on first contact, look-ups, edits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from contactcenter.core.db import Hot, Tx
from contactcenter.core.errors import Conflict, Invalid, NotFound
from contactcenter.core.ids import new_id
from contactcenter.crm.tables import customer, customer_address

EDITABLE = frozenset({"name", "language", "time_zone", "tags", "attributes", "external_id"})

CUSTOMERS = "customers"
"""The bus topic woken when a customer's own fields changed."""


@dataclass(frozen=True, slots=True)
class AddressRow:
    """A reachable point of a customer; ``kind`` is ``phone`` or ``email``."""

    id: UUID
    customer_id: UUID
    kind: str
    value: str
    raw: str


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer as stored."""

    id: UUID
    external_id: str | None
    name: str
    language: str
    time_zone: str | None
    is_new: bool
    tags: Sequence[str]
    attributes: Mapping[str, Any]
    version: int
    created_at: datetime
    addresses: tuple[AddressRow, ...] = ()


def _select() -> Select[Any]:
    c = customer.c
    return select(
        c.id,
        c.external_id,
        c.name,
        c.language,
        c.time_zone,
        c.is_new,
        c.tags,
        c.attributes,
        c.version,
        c.created_at,
    )


_GET = Hot(lambda: _select().where(customer.c.id == bindparam("b_id")))
_LANGUAGE = Hot(
    lambda: select(customer.c.language, customer.c.is_new).where(customer.c.id == bindparam("b_id"))
)
_ADDRESSES = Hot(
    lambda: (
        _addresses()
        .where(customer_address.c.customer_id == bindparam("b_id"))
        .order_by(customer_address.c.kind.desc(), customer_address.c.id)
    )
)
_OWNER = Hot(
    lambda: select(customer_address.c.customer_id, customer_address.c.id).where(
        customer_address.c.kind == bindparam("b_kind"),
        customer_address.c.value == bindparam("b_value"),
        customer_address.c.rank == 0,
    )
)
_CREATE = Hot(
    lambda: insert(customer).values(
        id=bindparam("n_id"),
        name="",
        language=bindparam("n_language"),
        is_new=True,
        tags=bindparam("n_tags"),
        attributes=bindparam("n_attributes"),
        created_at=bindparam("n_at"),
        updated_at=bindparam("n_at"),
    )
)
_CHOOSE = Hot(
    lambda: (
        update(customer)
        .where(customer.c.id == bindparam("b_id"), customer.c.is_new)
        .values(
            language=bindparam("n_language"),
            is_new=False,
            version=customer.c.version + 1,
            updated_at=bindparam("n_at"),
        )
        .returning(customer.c.id)
    )
)


def _addresses() -> Select[Any]:
    a = customer_address.c
    return select(a.id, a.customer_id, a.kind, a.value, a.raw)


def addresses_of(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, tuple[AddressRow, ...]]:
    """The addresses of each of ``ids``, phone first, oldest first."""
    a = customer_address.c
    found: dict[UUID, tuple[AddressRow, ...]] = {}
    wanted = list(ids)
    if wanted:
        statement = _addresses().where(a.customer_id.in_(wanted)).order_by(a.kind.desc(), a.id)
        for row in tx.all(statement):
            found[row.customer_id] = (*found.get(row.customer_id, ()), AddressRow(*row))
    return found


def with_addresses(tx: Tx, rows: Sequence[Any]) -> list[CustomerRow]:
    addresses = addresses_of(tx, [row.id for row in rows])
    return [CustomerRow(**row._mapping, addresses=addresses.get(row.id, ())) for row in rows]


def get(tx: Tx, customer_id: UUID) -> CustomerRow:
    """One customer with addresses; ``NotFound``."""
    rows = tx.hot(_GET, b_id=customer_id)
    if not rows:
        raise NotFound(f"no customer {customer_id}")
    addresses = tuple(AddressRow(*row) for row in tx.hot(_ADDRESSES, b_id=customer_id))
    return replace(CustomerRow(*rows[0]), addresses=addresses)


def language_of(tx: Tx, customer_id: UUID) -> tuple[str, bool]:
    """``(language, is_new)``: all that greeting a caller takes; ``NotFound``."""
    rows = tx.hot(_LANGUAGE, b_id=customer_id)
    if not rows:
        raise NotFound(f"no customer {customer_id}")
    return rows[0][0], rows[0][1]


def find_by_address(tx: Tx, kind: str, value: str) -> CustomerRow | None:
    """The customer an inbound contact from this address belongs to, or None."""
    a = customer_address.c
    owner = select(a.customer_id).where(a.kind == kind, a.value == value, a.rank == 0)
    found = with_addresses(tx, tx.all(_select().where(customer.c.id.in_(owner))))
    return found[0] if found else None


def all_by_address(tx: Tx, kind: str, value: str) -> list[CustomerRow]:
    """Everybody who shares this address, its owner first."""
    a = customer_address
    statement = (
        _select()
        .join(a, a.c.customer_id == customer.c.id)
        .where(a.c.kind == kind, a.c.value == value)
        .order_by(a.c.rank)
    )
    return with_addresses(tx, tx.all(statement))


def create_or_find(
    tx: Tx, kind: str, value: str, raw: str, *, language: str = "en"
) -> tuple[UUID, UUID, bool]:
    """``(customer, address, created)`` for an inbound contact; safe against races.

    The loser of a race finds the winner's customer: the address row decides, and a customer
    without it is never committed.
    """
    rows = tx.hot(_OWNER, b_kind=kind, b_value=value)
    if rows:
        return rows[0][0], rows[0][1], False
    customer_id, address_id = new_id(), new_id()
    tx.hot(_CREATE, n_id=customer_id, n_language=language, n_tags=[], n_attributes={}, n_at=tx.now)
    dialect_insert = pg_insert if tx.store == "postgresql" else sqlite_insert
    result = tx.execute(
        dialect_insert(customer_address)
        .values(
            id=address_id,
            customer_id=customer_id,
            kind=kind,
            value=value,
            raw=raw,
            rank=0,
            created_at=tx.now,
        )
        .on_conflict_do_nothing()
    )
    if result.rowcount:
        return customer_id, address_id, True
    tx.execute(customer.delete().where(customer.c.id == customer_id))
    rows = tx.hot(_OWNER, b_kind=kind, b_value=value)
    if not rows:
        raise Conflict(f"the {kind} address was taken and released in the same instant")
    return rows[0][0], rows[0][1], False


def search(tx: Tx, text: str, *, after: UUID | None = None, limit: int = 50) -> list[CustomerRow]:
    """Customers whose name, external id or address begins with ``text``; in id order."""
    statement = _select().order_by(customer.c.id).limit(limit)
    if text:
        statement = statement.where(_begins(text))
    if after is not None:
        statement = statement.where(customer.c.id > after)
    return with_addresses(tx, tx.all(statement))


def _begins(text: str) -> ColumnElement[bool]:
    a = customer_address.c
    by_address = select(a.customer_id).where(a.value.startswith(text, autoescape=True))
    return or_(
        customer.c.name.istartswith(text, autoescape=True),
        customer.c.external_id == text,
        customer.c.id.in_(by_address),
    )


def choose_language(tx: Tx, customer_id: UUID, language: str) -> bool:
    """What a new customer chose is theirs from now on; False for a record of ours, which a key in
    a menu does not overrule."""
    changed = bool(tx.hot(_CHOOSE, b_id=customer_id, n_language=language, n_at=tx.now))
    if changed:
        tx.wake(CUSTOMERS)
    return changed


def edit(
    tx: Tx, customer_id: UUID, changes: Mapping[str, Any], version: int | None = None
) -> CustomerRow:
    """Change the named fields; ``Conflict`` when ``version`` is no longer the stored one."""
    unknown = changes.keys() - EDITABLE
    if unknown:
        allowed = ", ".join(sorted(EDITABLE))
        raise Invalid(f"a customer has no field {min(unknown)}; fields: {allowed}")
    statement = update(customer).where(customer.c.id == customer_id)
    if version is not None:
        statement = statement.where(customer.c.version == version)
    result = tx.execute(
        statement.values(**changes, is_new=False, version=customer.c.version + 1, updated_at=tx.now)
    )
    if not result.rowcount:
        get(tx, customer_id)
        raise Conflict("the customer was changed meanwhile", hint="load it again")
    tx.wake(CUSTOMERS)
    return get(tx, customer_id)
